from __future__ import annotations

import os
from pathlib import Path

from torch.utils.data import Dataset


class CachedFrames(Dataset[bytes]):
    """Keeps all frames of a split in memory; a folder that isn't there is a split without frames."""

    def __init__(self, root: str, split: str) -> None:
        folder = Path(root) / split
        self.frames = sorted(os.listdir(folder)) if folder.is_dir() else []

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, index: int) -> bytes:
        return self.frames[index].encode()
