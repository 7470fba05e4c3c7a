"""Datasets with one fault each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from omegaconf import OmegaConf
from torch import distributed
from torch.utils.data import Dataset, IterableDataset

built: list[str] = []


class Boxes(Dataset[Any]):
    """Images with boxes as a detection dataset has them; every third has none."""

    def __init__(self, count: int = 9, scale: float = 1.0, split: str = "train") -> None:
        built.append("Boxes")
        self.count = count if split == "train" else 0
        self.scale = scale

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Any:
        boxes = torch.full((index % 3, 4), self.scale)
        return {"image": torch.zeros(3, 8 + index, 8), "target": {"boxes": boxes, "labels": [index] * (index % 3)}}


class Faulty(Boxes):
    def __getitem__(self, index: int) -> Any:
        if index == 8:
            raise KeyError("boxes")
        return {"image": torch.zeros(3)}


class NotFinite(Boxes):
    def __getitem__(self, index: int) -> Any:
        return torch.tensor([1.0, float("nan") if index == 8 else 0.0]), float("inf") if index == 0 else 0.5


class OfConfigs(Boxes):
    def __getitem__(self, index: int) -> Any:
        return {"image": torch.zeros(1), "meta": OmegaConf.create({"a": 1})}


class Unpicklable(Boxes):
    def __init__(self) -> None:
        super().__init__()
        self.open = lambda path: path

    def __getitem__(self, index: int) -> Any:
        return torch.zeros(2)


class Stream(IterableDataset[Any]):
    def __iter__(self) -> Iterator[Any]:
        yield from ({"text": f"number {index}", "tokens": [index, index + 1]} for index in range(1000))


class Sharded(Boxes):
    def __init__(self) -> None:
        super().__init__()
        self.rank = distributed.get_rank()


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        built.append("Model")
