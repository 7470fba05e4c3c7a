"""How much memory this process has, on the host and on the GPU."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that the process holds: resident on the host, and allocated by torch on GPUs; None where unknown."""

    host: int | None
    gpu: int | None

    def since(self, before: Memory) -> Memory:
        """What was added since."""
        return Memory(_difference(self.host, before.host), _difference(self.gpu, before.gpu))


def memory_now() -> Memory:
    """What the process holds now."""
    return Memory(_resident(), _allocated_on_gpus())


def _resident() -> int | None:
    try:
        with open("/proc/self/statm") as statm:
            pages = int(statm.read().split()[1])
    except (OSError, ValueError, IndexError):  # not Linux
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def _allocated_on_gpus() -> int | None:
    # Asking must not initialise CUDA: a process that forks workers later could not use it.
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is None or not cuda.is_initialized():
        return None
    return sum(int(cuda.memory_allocated(device)) for device in range(cuda.device_count()))


def _difference(now: int | None, before: int | None) -> int | None:
    return None if now is None else now - (before or 0)
