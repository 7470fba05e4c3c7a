from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class TrainingParams:
    def __init__(self, max_epochs: int, lr_mode: str, initial_lr: float, loss: str, lr_warmup_epochs: int = 0) -> None:
        self.max_epochs = max_epochs


def train(model: str, training_params: Mapping[str, Any], num_classes: int) -> None: ...
