"""Datasets, loaders and what they consist of, annotated in every way."""

from __future__ import annotations

import typing
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Optional, TypedDict, Union

import torch
from omegaconf import DictConfig, ListConfig
from omegaconf.base import Container
from torch.utils.data import DataLoader, Dataset, Sampler

if typing.TYPE_CHECKING:
    from nowhere import Unknown

ANNOTATIONS: dict[str, Any] = {
    "dataset_class": Dataset,
    "optional_dataset": Optional[Dataset],
    "union_with_none": "Dataset | None",
    "list_of_datasets": "list[Dataset]",
    "typing_list": typing.List[Dataset],
    "sequence_of_callables": Sequence[Callable[..., Any]],
    "tuple_of_datasets": "tuple[Dataset, ...]",
    "dict_of_datasets": "dict[str, Dataset]",
    "mapping_of_datasets": Mapping[str, Dataset],
    "sampler": Sampler,
    "callable": Callable[..., Any],
    "bare_callable": "Callable",
    "a_class": "Codec",
    "string": "Dataset",
    "string_within": Optional["Dataset"],
    "string_within_a_list": typing.List["Codec"],
    "annotated": typing.Annotated[Dataset, "the training split"],
    "type_of": "type[Dataset]",
}
CONFIG_ANNOTATIONS: dict[str, Any] = {
    "DictConfig": DictConfig,
    "ListConfig": ListConfig,
    "either": Union[DictConfig, ListConfig],
    "Container": Container,
    "dict": dict,
    "typing.Dict": typing.Dict,
    "dict of anything": "dict[str, Any]",
    "Mapping": Mapping,
    "optional": Optional[DictConfig],
    "string": "DictConfig",
    "string within": Optional["DictConfig"],
    "TypedDict": "Options",
    "OrderedDict": OrderedDict,
}


class Options(TypedDict):
    path: str


class Codec:
    """Neither a dataset nor callable."""


class Numbers(Dataset):  # type: ignore[type-arg]
    def __init__(self, size: int = 4, transform: Any = None) -> None:
        self.size = size
        self.transform = transform

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> int:
        if not 0 <= index < self.size:
            raise IndexError(index)
        return index


class Indexed:
    """A dataset by what it can do."""

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> int:
        return index


class IndexedWrapper(Indexed):
    def __init__(self, inner: Any) -> None:
        self.inner = inner


class Layers(torch.nn.Sequential):
    """A module that has a length and can be indexed."""

    def __init__(self, dataset: Any) -> None:
        super().__init__()
        self.dataset = dataset


class Wrapper(Numbers):
    """Says nothing of what it takes."""

    def __init__(self, inner=None, other=None, dataset=None, datasets=None, collate_fn=None) -> None:  # type: ignore[no-untyped-def]
        super().__init__()
        self.inner, self.other, self.dataset, self.datasets = inner, other, dataset, datasets
        self.collate_fn = collate_fn


class Hidden(Numbers):
    def __init__(self, inner: Unknown) -> None:
        super().__init__()
        self.inner = inner


class LoaderFactory:
    def __init__(self, dataset: Any, source: Any = None, collate_fn: Any = None) -> None:
        self.dataset, self.source, self.collate_fn = dataset, source, collate_fn

    def get_loader(self, epoch: int) -> DataLoader[Any]:
        return DataLoader(self.dataset, collate_fn=self.collate_fn)


class Trainer:
    """No part of data loading."""

    def __init__(self, dataset: Any = None, model: Any = None) -> None:
        self.dataset, self.model = dataset, model


class Sized(Trainer):
    """Has a length, but nothing can be taken out of it."""

    def __len__(self) -> int:
        return 1


def annotated(annotation: Any) -> type:
    """A dataset whose parameter `inner` is annotated so."""

    class Annotated(Numbers):
        def __init__(self, inner) -> None:  # type: ignore[no-untyped-def]
            super().__init__()
            self.inner = inner

    Annotated.__init__.__annotations__["inner"] = annotation
    return Annotated


def numbers(size: int = 4) -> Numbers:
    return Numbers(size)


def codec() -> Codec:
    return Codec()


def collate(samples: list[int], scale: int = 1) -> list[int]:
    return [sample * scale for sample in samples]
