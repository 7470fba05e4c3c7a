"""From a plan to objects."""
