"""What is measured on the test images."""

from torch import Tensor

from .distributed import sum_over_ranks


class Accuracy:
    """The share of right answers over all ranks."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.right = 0
        self.count = 0

    def update(self, logits: Tensor, labels: Tensor) -> None:
        self.right += int((logits.argmax(dim=-1) == labels).sum())
        self.count += len(labels)
        self.device = labels.device

    def compute(self) -> float:
        right, count = sum_over_ranks(self.right, self.count, device=self.device)
        return right / count
