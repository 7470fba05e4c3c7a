"""Drawing samples from what a config has made: a dataset, a DataLoader, or what makes loaders."""

from __future__ import annotations

import io
import itertools
import pickle
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

#: How many samples a batch is tried with where nobody says how many it has.
_SOME: Final = 2


@dataclass(frozen=True, slots=True)
class Source:
    """Where samples come from: the dataset, how a batch is made of them, and how many workers read it.

    Without a `batch_size` the collate function gets the samples one by one.
    """

    dataset: Any
    collate: Callable[[Any], Any] | None
    batch_size: int | None
    num_workers: int


def source_of(built: Any) -> Source:
    """The dataset in a DataLoader or a loader factory; anything else is a dataset itself."""
    inner = getattr(built, "dataset", None)
    if inner is None or not (hasattr(built, "get_loader") or hasattr(built, "batch_sampler")):
        return Source(built, None, None, 0)
    sampler = getattr(built, "batch_sampler", None)
    size, workers = getattr(built, "batch_size", None), getattr(built, "num_workers", 0)
    if size is None and sampler is not None:
        size = getattr(sampler, "batch_size", _SOME)
    return Source(
        inner,
        getattr(built, "collate_fn", None),
        size if isinstance(size, int) else None,
        workers if isinstance(workers, int) else 0,
    )


def length_of(dataset: Any) -> int | None:
    """How many samples there are; None where a dataset doesn't say.

    Raises:
        SampleError: its `__len__` fails.
    """
    try:
        return len(dataset)
    except (TypeError, NotImplementedError):  # how a stream says that it has none
        return None
    except Exception as error:
        raise SampleError("the length", error) from error


def draws(dataset: Any, count: int, seed: int) -> Iterator[tuple[int, Any]]:
    """Samples with their indices: the first, the last, and others at random; of a stream, the first ones."""
    length = length_of(dataset)
    if length is None or not hasattr(dataset, "__getitem__") or _is_stream(dataset):
        yield from _first(dataset, count)
        return
    ends = [index for index in (0, length - 1) if 0 <= index < length][:count]
    others = random.Random(seed).sample(range(length), min(count, length))
    for index in list(dict.fromkeys([*ends, *others]))[:count]:
        try:
            sample = dataset[index]
        except Exception as error:
            raise SampleError(f"sample {index}", error) from error
        yield index, sample


def _first(dataset: Any, count: int) -> Iterator[tuple[int, Any]]:
    index = 0
    try:
        for index, sample in enumerate(itertools.islice(iter(dataset), count)):
            yield index, sample
            index += 1
    except Exception as error:
        raise SampleError(f"sample {index}", error) from error


def _is_stream(dataset: Any) -> bool:
    """Whether a dataset of torch is only iterated over, though its class has a `__getitem__` that raises."""
    stream = getattr(sys.modules.get("torch.utils.data"), "IterableDataset", None)
    return stream is not None and isinstance(dataset, stream)


class SampleError(Exception):
    """Something that could not be read of a dataset, and what was raised (the cause)."""

    def __init__(self, what: str, error: Exception) -> None:
        super().__init__(f"{what} raised {type(error).__name__}: {error}")


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
