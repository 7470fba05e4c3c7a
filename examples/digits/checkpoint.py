"""Checkpoints that are either complete or not there."""

import os
from pathlib import Path
from typing import Any

import torch


def save_checkpoint(state: dict[str, Any], path: Path) -> None:
    """Write ``state`` to ``path``; a crash on the way leaves the checkpoint that was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    torch.save(state, unfinished)
    os.replace(unfinished, path)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read what ``save_checkpoint`` wrote, to the CPU.

    Raises FileNotFoundError, with what to do, when there is no checkpoint.
    """
    if not path.exists():
        raise FileNotFoundError(f"there is no checkpoint {path} to resume from; run once without resuming")
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state
