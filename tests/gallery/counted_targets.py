"""Targets that count how often they are called, and one module that needs a package which is not installed."""

from __future__ import annotations

from typing import Any

#: The names of the targets that were called, in order.
CALLS: list[str] = []


class Model:
    def __init__(self, width: int = 4, depth: int = 2) -> None:
        CALLS.append("Model")
        self.width = width
        self.depth = depth


class Images:
    def __init__(self, root: str, split: str = "train") -> None:
        CALLS.append("Images")
        self.root = root
        self.split = split


class Anything:
    def __init__(self, **kwargs: Any) -> None:
        CALLS.append("Anything")
        self.kwargs = kwargs


def train(*, max_epochs: int, lr_mode: str, initial_lr: float, loss: str, ema: bool = False) -> None:
    CALLS.append("train")
