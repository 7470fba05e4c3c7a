"""What the configs of these tests build: datasets, samplers and models as users write them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from torch.utils.data import Dataset, DistributedSampler

from safe_instantiate import is_deferred


class Numbers(Dataset[int]):
    """The numbers below `size`."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> int:
        return index


class SelfSampling(Numbers):
    """Makes its sampler in its own constructor, as wrappers do."""

    def __init__(self, size: int, **options: Any) -> None:
        super().__init__(size)
        self.sampler: DistributedSampler[int] = DistributedSampler(self, **options)


class Watching(SelfSampling):
    """Tells with every number whether its sampler waits in the process that asks."""

    def __getitem__(self, index: int) -> tuple[int, bool]:  # type: ignore[override]
        return index, is_deferred(self.sampler)


class Wrapping(Dataset[int]):
    """A dataset around another one; its code asks the inner one for its items only."""

    def __init__(self, dataset: Dataset[int]) -> None:
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)  # type: ignore[arg-type]

    def __getitem__(self, index: int) -> int:
        return self.dataset[index]


class Resumable(DistributedSampler[int]):
    """Remembers how far it got and goes on from there, as stateful samplers for restarts do."""

    def __init__(
        self,
        dataset: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        super().__init__(dataset, num_replicas=num_replicas, rank=rank, shuffle=shuffle, seed=seed, drop_last=drop_last)
        self.yielded = 0
        self.go_on_after: int | None = None

    def __iter__(self) -> Iterator[int]:
        self.yielded, self.go_on_after = self.go_on_after or 0, None
        for index in itertools.islice(super().__iter__(), self.yielded, None):
            self.yielded += 1
            yield index

    def state_dict(self) -> dict[str, int]:
        return {"epoch": self.epoch, "yielded": self.yielded}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.set_epoch(state["epoch"])
        self.go_on_after = state["yielded"]


class Line(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Points of `y = 2x + 1`."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        x = torch.tensor([index / self.size])
        return x, 2 * x + 1


class Regression(nn.Module):
    """One straight line."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.line(x)
        return y


class Diary:
    """A logger: a file in a folder, which must not be there before."""

    def __init__(self, folder: str) -> None:
        self.path = f"{folder}/diary.txt"
        self.file = open(self.path, "x", encoding="utf-8")  # noqa: SIM115 - closed by `close`

    def write(self, line: str) -> None:
        self.file.write(f"{line}\n")

    def close(self) -> None:
        self.file.close()
