"""Datasets with one fault each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

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


class StreamWithALength(Stream):
    def __len__(self) -> int:
        return 1000


class BrokenStream(Stream):
    def __iter__(self) -> Iterator[Any]:
        yield 1
        raise OSError("shard 1 is missing")


class WithoutAnIndex(Boxes):
    def __len__(self) -> int:
        raise FileNotFoundError("index.json")


@dataclass
class Sample:
    image: Any
    label: int


class Pair(NamedTuple):
    image: Any
    label: int


class Picture:
    """What an image of PIL says of itself."""

    def __init__(self, size: tuple[int, int], mode: str = "RGB") -> None:
        self.size, self.mode = size, mode

    def getbands(self) -> tuple[str, ...]:
        return tuple(self.mode)

    def getextrema(self) -> Any:
        return (0, 255) if len(self.mode) == 1 else ((0, 250),) * len(self.mode)


class OfKind(Boxes):
    """The same two things in samples of one kind or another."""

    def __init__(self, kind: str) -> None:
        super().__init__(4)
        self.kind = kind

    def __getitem__(self, index: int) -> Any:
        image = torch.full((2,), 0.5)
        kinds = {
            "dict": {"image": image, "label": index},
            "tuple": (image, index),
            "dataclass": Sample(image, index),
            "namedtuple": Pair(image, index),
            "picture": (Picture((4 + index, 3)), Picture((2, 2), "L")),
            "numpy": {"image": image.numpy(), "label": image.numpy().sum()},
            "almost": torch.tensor([0.0, 1.0000001]),
            "a long name": {f"everything_that_is_known_of_the_{name}_of_a_sample": image for name in ("left", "right")},
        }
        return kinds[self.kind]


def labels_of(samples: list[Sample], offset: int = 0) -> Any:
    return {"labels": torch.tensor([sample.label + offset for sample in samples])}


def no_labels(samples: list[Any]) -> Any:
    return samples[0]["labels"]


class Sharded(Boxes):
    def __init__(self) -> None:
        super().__init__()
        self.rank = distributed.get_rank()


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        built.append("Model")
