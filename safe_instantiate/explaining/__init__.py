"""What a plan looks like to a person: as a tree, as a Python program, as a picture, and as the time it took."""
