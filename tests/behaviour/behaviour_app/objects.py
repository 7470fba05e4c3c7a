"""Things that a config builds."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from omegaconf import DictConfig, OmegaConf
from torch.utils.data import Dataset, DistributedSampler

CALLS: list[str] = []


class Box:
    """Keeps what it was given."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        self.kwargs = kwargs


@dataclass
class LoggingConf:
    log_dir: str = "logs"
    every: int = 1


@dataclass
class BoxConf:
    """A config, since it names a target."""

    _target_: str = "behaviour_app.objects.Box"
    lr: float = 0.1


@dataclass
class AnyConf:
    """A config that takes anything."""

    _target_: str = "behaviour_app.objects.Box"
    value: Any = None


@dataclass
class Strict:
    """Takes its fields and nothing else."""

    lr: float
    layers: Any = None


@dataclass(eq=False)
class DataModule(torch.nn.Module):
    width: int = 2

    def __post_init__(self) -> None:
        super().__init__()


@dataclass
class DataSet(Dataset):
    size: int = 2

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> int:
        return index


@dataclass
class Transform:
    scale: float = 2.0

    def __call__(self, value: float) -> float:
        return value * self.scale


@dataclass
class ScalarLogger:
    log_dir: str = "logs"

    def log_metrics(self, metrics: dict[str, float]) -> None: ...


class TaggedDataset(dict, Dataset):  # type: ignore[type-arg]
    """A dataset that keeps its samples in itself."""


class Point(NamedTuple):
    x: int
    y: int


class Unhashable:
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any = None) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        raise AssertionError("nobody needs to compare this")

    def __bool__(self) -> bool:
        raise AssertionError("nobody needs to know the truth of this")

    def __call__(self, value: int = 0) -> tuple[str, int]:
        return "called", value


class Slotted:
    """Takes no weak reference."""

    __slots__ = ()

    def __call__(self, value: int = 0) -> tuple[str, int]:
        return "called", value


def record(name: str, *_: Any, **__: Any) -> str:
    CALLS.append(name)
    return name


def pair(a: Any, b: Any = None) -> tuple[Any, Any]:
    return a, b


def takes_arg(_arg_: Any = None, **others: Any) -> tuple[Any, dict[str, Any]]:
    return _arg_, others


def fails(*_: Any, **__: Any) -> None:
    raise LookupError("the file is not where it was")


def leaves(*_: Any, **__: Any) -> None:
    raise SystemExit(7)


def returns(value: Any) -> Any:
    return value


def ordered() -> OrderedDict[str, int]:
    return OrderedDict(b=1, a=2)


def unreadable() -> DictConfig:
    return OmegaConf.create({"c": "${no}"})


def samples() -> DistributedSampler[int]:
    return DistributedSampler(DataSet(2))


def gives_system() -> Callable[..., Any]:
    return os.system
