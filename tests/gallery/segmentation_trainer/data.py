from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset, DistributedSampler


class ImageFolder(Dataset[torch.Tensor]):
    """Image number `i` is a row filled with `i`."""

    def __init__(self, root: str, num_images: int = 16, width: int = 4) -> None:
        self.root = root
        self.num_images = num_images
        self.width = width

    def __len__(self) -> int:
        return self.num_images

    def __getitem__(self, index: int) -> torch.Tensor:
        return torch.full((self.width,), float(index))


def collate_images(images: Sequence[torch.Tensor], pad_to: int) -> torch.Tensor:
    batch = torch.stack(list(images))
    return torch.nn.functional.pad(batch, (0, pad_to - batch.shape[1]))


class TorchDataset:
    """A dataset and all that its loader needs; with several processes, a sampler for this one's share."""

    def __init__(
        self,
        dataset: Dataset[torch.Tensor],
        batch_size: int,
        num_workers: int = 0,
        distributed: bool = False,
        indices: Sequence[int] = (),
        collate_fn: Callable[..., Any] | None = None,
    ) -> None:
        self.dataset = dataset
        self.batch_size = batch_size
        self.num_workers = num_workers
        self.collate_fn = collate_fn
        self.sampler: Any = DistributedSampler(dataset, shuffle=False) if distributed else list(indices)

    def get_loader(self, epoch: int) -> DataLoader[torch.Tensor]:
        if isinstance(self.sampler, DistributedSampler):
            self.sampler.set_epoch(epoch)
        return DataLoader(
            self.dataset,
            batch_size=self.batch_size,
            num_workers=self.num_workers,
            sampler=self.sampler,
            collate_fn=self.collate_fn,
        )


class LoaderFactory:
    """As `TorchDataset`, for a sampler that is a node of the config."""

    def __init__(self, dataset: Dataset[torch.Tensor], sampler: Any, batch_size: int) -> None:
        self.dataset = dataset
        self.sampler = sampler
        self.batch_size = batch_size

    def get_loader(self, epoch: int) -> DataLoader[torch.Tensor]:
        self.sampler.set_epoch(epoch)
        return DataLoader(self.dataset, batch_size=self.batch_size, sampler=self.sampler)
