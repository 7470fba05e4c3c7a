"""What docs/checks.md calls my_project."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from hydra.utils import instantiate
from omegaconf import DictConfig
from torch import nn
from typing_extensions import deprecated


@dataclass
class Schedule:
    warmup: int
    steps: int = 1000


class Crop:
    def __init__(self, size: tuple[int, int]) -> None: ...


class Images:
    def __init__(self, root: str = ".", split: Literal["train", "val"] = "train") -> None: ...


class Trainer:
    def __init__(
        self,
        model: nn.Module,
        steps: int = 1000,
        schedule: Schedule | None = None,
        activation: Callable[..., float] | None = None,
        optimizer: torch.optim.Optimizer | None = None,
        teacher: Any = None,
    ) -> None: ...


class SelfBuilding:
    def __init__(self, model: DictConfig) -> None:
        self.model = instantiate(model)


@deprecated("use my_project.Trainer")
class OldTrainer(Trainer): ...
