"""Object detection with samplers in samplers, datasets in datasets, and a loader for each split."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Optional, Protocol

import torch
from torch import nn
from torch.utils.data import BatchSampler, Dataset, Sampler
from typing_extensions import TypedDict


class Target(TypedDict, total=False):
    boxes: Any
    labels: Any


class Transform(Protocol):
    def __call__(self, image: Any, target: Target) -> tuple[Any, Target]: ...


class CocoDetection(Dataset[Any]):
    def __init__(
        self, img_folder: str, ann_file: str, transforms: Optional[Transform] = None, return_masks: bool = False
    ): ...

    def __len__(self) -> int: ...


class MosaicDataset(Dataset[Any]):
    def __init__(self, dataset: Dataset[Any], size: tuple[int, int] = (640, 640), prob: float = 0.5) -> None: ...

    def __len__(self) -> int: ...


class GroupedBatchSampler(BatchSampler):
    def __init__(self, sampler: Sampler[int], group_ids: Sequence[int], batch_size: int) -> None: ...

    def __iter__(self) -> Iterator[list[int]]: ...


def aspect_ratio_groups(dataset: Dataset[Any], k: int = 0) -> list[int]: ...


def collate(batch: list[Any], pad_to: int = 32) -> Any: ...


class RandomHorizontalFlip(nn.Module):
    def __init__(self, p: float = 0.5) -> None:
        super().__init__()


class RandomSelect:
    def __init__(self, *transforms: Transform, p: Optional[list[float]] = None) -> None: ...

    def __call__(self, image: Any, target: Target) -> tuple[Any, Target]: ...


class FasterRCNN(nn.Module):
    def __init__(
        self,
        backbone: nn.Module,
        num_classes: Optional[int] = None,
        anchor_sizes: tuple[tuple[int, ...], ...] = ((32,), (64,)),
        box_score_thresh: float = 0.05,
        norm_layer: Optional[Callable[..., nn.Module]] = None,
        loss_weights: Optional[dict[str, float]] = None,
    ) -> None:
        super().__init__()


class ResNetFPN(nn.Module):
    def __init__(
        self, name: str, weights: Optional[str] = None, trainable_layers: int = 3, norm: type[nn.Module] = nn.Identity
    ):
        super().__init__()


class WarmupMultiStepLR(torch.optim.lr_scheduler.LRScheduler):
    def __init__(
        self, optimizer: torch.optim.Optimizer, milestones: list[int], gamma: float = 0.1, warmup_iters: int = 500
    ) -> None: ...
