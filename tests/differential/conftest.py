"""The comparison with the installed Hydra."""
