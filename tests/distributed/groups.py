"""Process groups as trainers start them themselves, without `ensure_process_group`; for use in a rank."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from torch.distributed.rendezvous import rendezvous

#: Long for a collective call among processes that all run the same few lines.
SECONDS = 60.0


@contextmanager
def own_group(backend: str, name: str, *, halved: bool = False) -> Iterator[tuple[int, int]]:
    """All ranks as one group, or two groups of half of the ranks each; rank and size. `name` is used once in a launch.

    Half of the world is what is left for a rank when an elastic job goes on with fewer processes.
    """
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    store, _, _ = next(rendezvous("env://", rank, size))
    if halved and size > 1:
        half, rank = divmod(rank, size // 2)
        name, size = f"{name}/{half}", size // 2
    if backend == "nccl":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    attempt = os.environ["TORCHELASTIC_RESTART_COUNT"]
    dist.init_process_group(
        backend,
        store=dist.PrefixStore(f"{name}/{attempt}", store),
        rank=rank,
        world_size=size,
        timeout=timedelta(seconds=SECONDS),
    )
    try:
        yield rank, size
    finally:
        dist.destroy_process_group()
