"""The process group, ranks, seeds, and sums over all ranks."""

import os
import random
from datetime import timedelta
from typing import Any

import numpy as np
import torch
import torch.distributed as dist


def rank() -> int:
    """This process's number among all processes, also before the process group exists (torchrun says it)."""
    return dist.get_rank() if dist.is_initialized() else int(os.environ.get("RANK", "0"))


def choose_backend() -> str:
    """NCCL if each process of this machine can have a GPU of its own, else gloo on the CPU."""
    local_world_size = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    return "nccl" if torch.cuda.is_available() and torch.cuda.device_count() >= local_world_size else "gloo"


def init_process_group(backend: str | None, timeout_minutes: float) -> torch.device:
    """Join the process group that torchrun's environment describes and return the device to train on."""
    backend = backend or choose_backend()
    device = torch.device("cpu")
    if backend == "nccl":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
        torch.backends.cudnn.deterministic = True
    dist.init_process_group(backend, timeout=timedelta(minutes=timeout_minutes))
    return device


def set_seeds(seed: int, epoch: int, rank: int) -> None:
    """Seed every generator, anew for each epoch: a resumed run draws what an uninterrupted one draws."""
    value = (seed * 10_000 + epoch) * 1_000 + rank
    random.seed(value)
    np.random.seed(value % 2**32)
    torch.manual_seed(value)


def sum_over_ranks(*values: float, device: torch.device) -> list[float]:
    """Each value's sum over all ranks, the same list on every rank."""
    total = torch.tensor(values, dtype=torch.float64, device=device)
    dist.all_reduce(total)
    sums: list[float] = total.tolist()
    return sums


def gather_from_ranks(value: int) -> list[int]:
    """The value of every rank, in the order of the ranks."""
    gathered: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(gathered, value)
    return gathered
