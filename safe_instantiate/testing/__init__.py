"""For the tests of those who use the library: a world of several ranks in one process, and in real processes."""

from __future__ import annotations

from .fake import fake_distributed
from .launching import torchrun
from .results import RankFate, RankResult, TorchrunError

__all__ = ["RankFate", "RankResult", "TorchrunError", "fake_distributed", "torchrun"]
