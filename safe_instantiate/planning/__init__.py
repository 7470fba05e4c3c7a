"""From a config to a plan: what is built, by whom, from what."""
