"""Parts that the digits example doesn't have, for mistakes that can't be made with those it has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from typing_extensions import deprecated

from examples.digits.meters import Accuracy


@deprecated("use examples.digits.meters.Accuracy")
class OldAccuracy(Accuracy):
    pass


class ConfusionMatrix:
    def __init__(self, names_file: str, normalize: bool = False) -> None:
        self.names_file = names_file


class Smoothed:
    def __init__(self, meter: Any, window: int = 10) -> None:
        self.meter = meter


class Custom:
    def __init__(self, function: Callable[..., float]) -> None:
        self.function = function


@dataclass
class Thresholds:
    low: float
    high: float = 1.0


class Calibration:
    def __init__(self, thresholds: Thresholds) -> None:
        self.thresholds = thresholds


class WeightAverage:
    def __init__(self, optimizer: torch.optim.Optimizer, options: dict[str, Any]) -> None:
        self.optimizer = optimizer


class Options:
    def __init__(self, decay: float) -> None:
        self.decay = decay
