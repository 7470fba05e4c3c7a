"""The images, an augmentation around them, and the wrapper that makes a loader for each epoch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from sklearn.datasets import load_digits  # type: ignore[import-untyped]
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torch.utils.data.distributed import DistributedSampler

TEST_SIZE = 360  # of 1,797 images

Sample: TypeAlias = tuple[Tensor, int]


@dataclass(slots=True)
class Batch:
    """Images of shape (batch, 1, 8, 8) with pixels in 0..1, and their labels."""

    images: Tensor
    labels: Tensor

    def to(self, device: torch.device) -> "Batch":
        return Batch(self.images.to(device), self.labels.to(device))


class DigitImages(Dataset[Sample]):
    """scikit-learn's handwritten digits, pixels in 0..16; the split is the same on every rank and in every run."""

    def __init__(self, split: Literal["train", "test"]) -> None:
        digits = load_digits()
        order = torch.randperm(len(digits.target), generator=torch.Generator().manual_seed(0))
        chosen = order[:TEST_SIZE] if split == "test" else order[TEST_SIZE:]
        self.images = torch.from_numpy(digits.images).float()[chosen].unsqueeze(1)
        self.labels: list[int] = torch.from_numpy(digits.target)[chosen].tolist()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> Sample:
        return self.images[index], self.labels[index]


class WithNoise(Dataset[Sample]):
    """Another dataset's images, each time with other noise on their pixels."""

    def __init__(self, dataset: Dataset[Sample], std: float) -> None:
        self.dataset = dataset
        self.std = std

    def __len__(self) -> int:
        return len(self.dataset)  # type: ignore[arg-type]  # torch's Dataset leaves __len__ to its subclasses

    def __getitem__(self, index: int) -> Sample:
        image, label = self.dataset[index]
        return image + self.std * torch.randn_like(image), label


def collate_digits(samples: list[Sample], pixel_max: float) -> Batch:
    """Stack samples and scale their pixels to 0..1."""
    images, labels = zip(*samples, strict=True)
    return Batch(torch.stack(images) / pixel_max, torch.tensor(labels))


class TorchDataset:
    """A dataset with its sampler, batch size and workers; each rank loads its own share.

    The sampler asks the default process group for rank and world size.
    """

    def __init__(
        self,
        dataset: Dataset[Sample],
        batch_size: int,
        shuffle: bool,
        num_workers: int,
        collate_fn: Callable[[list[Sample]], Batch] | None = None,
    ) -> None:
        self.dataset = dataset
        self.batch_size = batch_size
        self.num_workers = num_workers
        self.collate_fn = collate_fn
        self.sampler: DistributedSampler[Sample] = DistributedSampler(dataset, shuffle=shuffle)

    def get_loader(self, epoch: int) -> DataLoader[Sample]:
        """The loader for one epoch: the order changes from epoch to epoch, and is the same in every run."""
        self.sampler.set_epoch(epoch)
        return DataLoader(
            self.dataset,
            batch_size=self.batch_size,
            sampler=self.sampler,
            num_workers=self.num_workers,
            # A worker forked beside the process group's threads would copy the locks that they hold at that moment.
            multiprocessing_context="forkserver" if self.num_workers else None,
            collate_fn=self.collate_fn,
        )
