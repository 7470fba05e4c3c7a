"""A small CNN on scikit-learn's handwritten digits, trained on two processes from a composed Hydra config.

``python -m examples.digits`` starts it; ``README.md`` beside this file explains it in one page.
"""
