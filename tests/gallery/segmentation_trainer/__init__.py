"""A training code base in miniature, written for Hydra: its trainer takes configs and builds its own parts from them.

Nothing here knows which `instantiate` it runs on. `trainer.py` and `optim.py` import one by name, as such code does;
the tests put the engine under test in its place.
"""
