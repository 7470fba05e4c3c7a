from __future__ import annotations

import torch
from torch import nn


class Sam3Image(nn.Module):
    """Stands for a segmentation model; one layer is enough to be optimised."""

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.head = nn.Linear(width, 2)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = self.head(images)
        return output
