"""Drawing samples from what a config has made: a dataset, a DataLoader, or what makes loaders."""

from __future__ import annotations

import io
import itertools
import pickle
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Source:
    """Where samples come from: the dataset, how a batch is made of them, and how many workers read it."""

    dataset: Any
    collate: Callable[[list[Any]], Any] | None
    batch_size: int | None
    num_workers: int


def source_of(built: Any) -> Source:
    """The dataset in a DataLoader or a loader factory; anything else is a dataset itself."""
    inner = getattr(built, "dataset", None)
    if inner is None or not (hasattr(built, "get_loader") or hasattr(built, "batch_sampler")):
        return Source(built, None, None, 0)
    size, workers = getattr(built, "batch_size", None), getattr(built, "num_workers", 0)
    return Source(
        inner,
        getattr(built, "collate_fn", None),
        size if isinstance(size, int) else None,
        workers if isinstance(workers, int) else 0,
    )


def length_of(dataset: Any) -> int | None:
    """How many samples there are; None where a dataset doesn't say, or can't."""
    try:
        return len(dataset)
    except (TypeError, NotImplementedError):
        return None


def draws(dataset: Any, count: int, seed: int) -> Iterator[tuple[int, Any]]:
    """Samples with their indices: the first, the last, and others at random; of a stream, the first ones."""
    length = length_of(dataset)
    if length is None or not hasattr(dataset, "__getitem__"):
        yield from enumerate(itertools.islice(iter(dataset), count))
        return
    ends = [index for index in (0, length - 1) if 0 <= index < length][:count]
    others = random.Random(seed).sample(range(length), min(count, length))
    for index in list(dict.fromkeys([*ends, *others]))[:count]:
        try:
            sample = dataset[index]
        except Exception as error:
            raise SampleError(index, error) from error
        yield index, sample


class SampleError(Exception):
    """A sample that could not be read: its index, and what was raised (the cause)."""

    def __init__(self, index: int, error: Exception) -> None:
        super().__init__(f"sample {index} raised {type(error).__name__}: {error}")
        self.index = index


def unpicklable(obj: Any) -> str | None:
    """Why a worker process that is started afresh can't be given an object; None if it can."""
    try:
        pickle.Pickler(_Nowhere()).dump(obj)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


class _Nowhere(io.RawIOBase):
    """Takes what is written and keeps nothing: a dataset may hold gigabytes."""

    def write(self, data: Any) -> int:
        return len(data)

    def writable(self) -> bool:
        return True
