"""Mutation testing: a small change is made to a module, and some test has to notice it."""
