"""Looking at a plan before it is built: what is wrong with it, and what is worth knowing."""
