"""Random configs, given to Hydra's instantiate and to ours, and the two answers compared.

A case is data (`cases`), drawn from a source of randomness (`generator`). It is turned into Python source, run once
for each engine on objects of its own (`running`), and the two outcomes are compared part by part (`outcomes`).
Every place where they part must be named by a row of `differences`, for one of the `reasons`; what no row names is
a failure, and is cut down to a minimal snippet first (`shrinking`). `python -m tests.differential --help` is the long
run.
"""
