"""All facts of one target: where its path leads, what it accepts, whether a config may name it."""
