"""Image classification in the manner of timm and torchvision scripts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Optional, Protocol, Union

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Sampler


class Compose:
    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None: ...

    def __call__(self, image: Any) -> Any: ...


class RandomResizedCrop(nn.Module):
    def __init__(
        self,
        size: Union[int, Sequence[int]],
        scale: tuple[float, float] = (0.08, 1.0),
        ratio: tuple[float, float] = (3.0 / 4.0, 4.0 / 3.0),
        interpolation: str = "bilinear",
        antialias: Optional[bool] = True,
    ) -> None:
        super().__init__()


class Normalize(nn.Module):
    def __init__(self, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> None:
        super().__init__()


class Resize(nn.Module):
    def __init__(self, size: Union[int, Sequence[int]], interpolation: str = "bilinear") -> None:
        super().__init__()


class CenterCrop(nn.Module):
    def __init__(self, size: Union[int, Sequence[int]]) -> None:
        super().__init__()


class RandomErasing(nn.Module):
    def __init__(self, p: float = 0.5, value: Union[int, float, str, tuple[int, ...]] = 0) -> None:
        super().__init__()


class ImageFolder(Dataset[Any]):
    def __init__(
        self,
        root: Union[str, Path],
        transform: Optional[Callable[..., Any]] = None,
        target_transform: Optional[Callable[..., Any]] = None,
        loader: Callable[[str], Any] = open,
        allow_empty: bool = False,
    ) -> None: ...


class MixupCollator:
    def __init__(self, alpha: float, num_classes: int, prob: float = 1.0, mode: Literal["batch", "pair"] = "batch"): ...

    def __call__(self, samples: list[Any]) -> tuple[Tensor, Tensor]: ...


def seed_worker(worker_id: int, seed: int = 0) -> None: ...


def create_model(
    model_name: str,
    pretrained: bool = False,
    num_classes: Optional[int] = None,
    drop_path_rate: Optional[float] = None,
    checkpoint_path: Optional[Union[str, os.PathLike]] = None,  # type: ignore[type-arg]
    **kwargs: Any,
) -> nn.Module:
    return nn.Identity()


class ModelEma:
    def __init__(self, decay: float = 0.9999, device: torch.device = None) -> None: ...  # type: ignore[assignment]


class Callback:
    def on_epoch_end(self, epoch: int) -> None: ...


class Checkpoint(Callback):
    def __init__(
        self,
        dirpath: Union[str, Path],
        monitor: str,
        mode: Literal["min", "max"] = "min",
        every: Union[int, timedelta] = 1,
        last: Optional[bool] = None,
    ) -> None: ...


class EmaCallback(Callback):
    def __init__(self, average: ModelEma, start: float = 0.0) -> None: ...


class Logger(Protocol):
    def log(self, name: str, value: float, step: int) -> None: ...


class TensorBoardLogger:
    def __init__(
        self,
        save_dir: Union[str, Path],
        name: Optional[str] = "run",
        version: Union[int, str, None] = None,
        **kwargs: Any,
    ) -> None: ...

    def log(self, name: str, value: float, step: int) -> None: ...


class Accuracy(nn.Module):
    def __init__(self, num_classes: int, top_k: int = 1, average: Literal["micro", "macro", None] = "micro") -> None:
        super().__init__()


class Engine:
    def __init__(
        self,
        model: nn.Module,
        optimizer: Callable[..., torch.optim.Optimizer],
        scheduler: Optional[Callable[[torch.optim.Optimizer], torch.optim.lr_scheduler.LRScheduler]],
        train_loader: DataLoader[Any],
        val_loader: DataLoader[Any],
        criterion: nn.Module,
        epochs: int,
        output_dir: Union[str, Path],
        ema: Optional[ModelEma] = None,
        callbacks: Iterable[Callback] = (),
        loggers: Optional[list[Logger]] = None,
        metrics: Optional[Mapping[str, nn.Module]] = None,
        clip_grad: Optional[float] = None,
        amp_dtype: torch.dtype = torch.float16,
        device: Union[str, torch.device] = "cuda",
    ) -> None: ...


class RepeatedSampler(Sampler[int]):
    def __init__(self, data_source: Any, repeats: int = 3, shuffle: bool = True) -> None: ...
