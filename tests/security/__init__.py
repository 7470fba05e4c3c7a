"""Configs that try to do what a config must not, and look-alikes that are legitimate.

`python -m tests.security` prints how many of the attacks the installed Hydra lets through, beside this library.
"""
