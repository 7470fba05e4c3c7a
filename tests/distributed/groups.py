"""Process groups as trainers start them themselves, without `ensure_process_group`; for use in a rank."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from torch.distributed.rendezvous import rendezvous

from safe_instantiate import ensure_process_group
from safe_instantiate.distributed import ProcessGroupHandle

#: Long for a collective call among processes that all run the same few lines.
SECONDS = 240.0


class _Occasion:
    """What the ranks are about, the same in all of them; each new group of theirs has a number below it."""

    name = "launch"
    groups = 0


def begin(name: str) -> None:
    """A new check: what an earlier one has failed to do in one rank must not mislead the others."""
    _Occasion.name, _Occasion.groups = name, 0


def start(backend: str, *, halved: bool = False) -> None:
    """`init_process_group` for all ranks, or for each half of them on its own.

    Half of the world is what is left for a rank when an elastic job goes on with fewer processes. Each group has a part
    of the launcher's store to itself: torch gives every group the same one, where the next meets the addresses of ranks
    that have left the last.
    """
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    store, _, _ = next(rendezvous("env://", rank, size))
    part = f"{_Occasion.name}/{os.environ['TORCHELASTIC_RESTART_COUNT']}/{_Occasion.groups}"
    _Occasion.groups += 1
    if halved and size > 1:
        half, rank = divmod(rank, size // 2)
        part, size = f"{part}/{half}", size // 2
    if backend == "nccl":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group(
        backend, store=dist.PrefixStore(part, store), rank=rank, world_size=size, timeout=timedelta(seconds=SECONDS)
    )


@contextmanager
def own_group(backend: str, *, halved: bool = False) -> Iterator[None]:
    """A group by `start`, for the block."""
    start(backend, halved=halved)
    try:
        yield
        end()
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()


@contextmanager
def ensured(backend: str) -> Iterator[ProcessGroupHandle]:
    """A group by `ensure_process_group`, for the block."""
    with ensure_process_group(backend, timeout=SECONDS) as group:
        yield group
        dist.barrier()


def end() -> None:
    """Ends the group when all ranks are done with it.

    A check is over in no time: without the barrier one rank could be gone while another one still connects.
    """
    dist.barrier()
    dist.destroy_process_group()
