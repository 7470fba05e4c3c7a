"""Samplers and datasets as users write them, and worlds to use them in; importable, so that other processes can too."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch.distributed as dist
from torch.utils.data import Dataset, DistributedSampler

from safe_instantiate.distributed import deferring, is_deferred, resolve_deferred


class Numbers(Dataset):
    """The numbers below `size`; refers to whatever sampler it is given, as wrappers do."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.sampler: Any = None

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> int:
        return index


class Stream(Dataset):
    """Has no length."""


class SelfSampling(Numbers):
    """Makes its sampler inside its own constructor."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.sampler = DistributedSampler(self, shuffle=False)


class Stateful(DistributedSampler):
    """Remembers how far it got and goes on from there after a restart."""

    def __init__(self, dataset: Any, num_replicas: int | None = None, rank: int | None = None, **options: Any) -> None:
        super().__init__(dataset, num_replicas, rank, **options)
        self.yielded = 0
        self.go_on_after: int | None = None

    def __iter__(self) -> Iterator[int]:
        self.yielded, self.go_on_after = self.go_on_after or 0, None
        for index in itertools.islice(super().__iter__(), self.yielded, None):
            self.yielded += 1
            yield index

    def state_dict(self) -> dict[str, int]:
        return {"yielded": self.yielded}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.go_on_after = state["yielded"]


class Counting(DistributedSampler):
    """Counts how often its constructor ran, before and after the one of `DistributedSampler`."""

    def __init__(self, dataset: Any, **options: Any) -> None:
        self.begun = vars(self).get("begun", 0) + 1
        self.num_samples = "not known yet"
        super().__init__(dataset, **options)
        self.finished = vars(self).get("finished", 0) + 1
        self.seed = 77


class Eager(DistributedSampler):
    """Reads in its constructor what only the process group knows."""

    def __init__(self, dataset: Any) -> None:
        super().__init__(dataset)
        self.half = self.num_samples // 2


class Delegating(DistributedSampler):
    """Passes on to its dataset what it doesn't have."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "dataset":
            raise AttributeError(name)
        return getattr(self.dataset, name)


class Telling(DistributedSampler):
    """Tells its dataset of each epoch."""

    def set_epoch(self, epoch: int) -> None:
        super().set_epoch(epoch)
        self.dataset.epoch = epoch


class Compact(DistributedSampler):
    """Pickles in a way of its own, and compares by value, which makes it unhashable."""

    def __getstate__(self) -> dict[str, Any]:
        return {"everything": dict(vars(self))}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state["everything"])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Compact) and self.seed == other.seed

    __hash__ = None


class Named(ABC):
    @abstractmethod
    def name(self) -> str: ...


class Abstract(DistributedSampler, Named):
    """Has a metaclass and two bases."""

    def name(self) -> str:
        return f"{self.num_replicas} shards"


class Loud(DistributedSampler):
    """Its repr needs what the process group knows."""

    def __repr__(self) -> str:
        return f"Loud({self.num_samples})"


@contextmanager
def world(rank: int, size: int) -> Iterator[None]:
    """As if this process were one of `size`."""
    with (
        mock.patch("torch.distributed.is_initialized", return_value=True),
        mock.patch("torch.distributed.get_world_size", return_value=size),
        mock.patch("torch.distributed.get_rank", return_value=rank),
    ):
        yield


@contextmanager
def group_of_one() -> Iterator[None]:
    """A real process group, of this process alone."""
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        yield
    finally:
        dist.destroy_process_group()


def deferred(sampler_class: Any = DistributedSampler, *args: Any, **options: Any) -> Any:
    """A sampler made during a build of the config node `data.sampler`; of ten numbers, unless told otherwise."""
    with deferring(lambda: "data.sampler"):
        return sampler_class(*(args or [Numbers(10)]), **options)


def plain(sampler_class: Any, *args: Any, rank: int, size: int, **options: Any) -> Any:
    """The same made without any deferral."""
    with world(rank, size):
        return sampler_class(*(args or [Numbers(10)]), **options)


def what_another_process_finds(sampler: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"deferred": is_deferred(sampler), "class": isinstance(sampler, Stateful)}
    try:
        len(sampler)
    except RuntimeError as error:
        found["error"] = str(error)
    with world(1, 4):
        found["resolved"] = resolve_deferred()
        found["shard"] = list(sampler)
    return found
