"""Reading configs: the control keys, OmegaConf's nodes, and call-site arguments."""
