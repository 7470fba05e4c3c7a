"""What ranks do in the tests of `torchrun`.

Where a test has to know that a process is gone, the process holds a pipe open: whoever reads it comes to its end then.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any

RANK = int(os.environ.get("RANK", "-1"))


class UnreadableError(Exception):
    """Can be pickled, but not read again."""

    def __init__(self, one: int, other: int) -> None:
        super().__init__("needs two")


def hold(pipe: str) -> int:
    """Say that this process is here, and go on holding the pipe, children that inherit it too."""
    held = os.open(pipe, os.O_WRONLY)
    os.set_inheritable(held, True)
    os.write(held, b".")
    return held


def forever() -> None:
    while True:
        time.sleep(1000)


def tells_what_it_got(*args: Any, **kwargs: Any) -> dict[str, Any]:
    import torch.distributed as dist

    print(f"rank {RANK} prints")
    subprocess.run([sys.executable, "-c", "print('so does its child')"], check=True)
    return {
        "args": args,
        "kwargs": kwargs,
        "world": (RANK, int(os.environ["WORLD_SIZE"]), int(os.environ["LOCAL_RANK"])),
        "environment": {name: os.environ.get(name) for name in ("COLOUR", "OMP_NUM_THREADS", "PET_NNODES")},
        "has a group": dist.is_initialized(),
        "reads": sys.stdin.read(),
    }


def sums_the_ranks() -> tuple[str, int]:
    import torch
    import torch.distributed as dist

    ranks = torch.tensor([dist.get_rank()])
    dist.all_reduce(ranks)
    return dist.get_backend(), int(ranks)


def fails_on_rank_1() -> None:
    print(f"rank {RANK} prints")
    if RANK == 1:
        raise LookupError("no such shard\nand more of it")
    forever()


def fails_everywhere() -> None:
    raise UnreadableError(1, 2)


def returns_hangs_or_ignores_its_end(pipe: str) -> None:
    if RANK == 0:
        return
    if RANK == 2:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hold(pipe)
    forever()


def waits(pipe: str) -> None:
    hold(pipe)
    forever()


def leaves_a_child(pipe: str) -> None:
    held = hold(pipe)
    program = f"import os, time; os.write({held}, b'.'); time.sleep(1000)"
    subprocess.Popen([sys.executable, "-c", program], pass_fds=[held], start_new_session=True)


def is_killed_on_rank_1() -> None:
    import torch.distributed as dist

    if RANK == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    dist.barrier()


def leaves_without_a_word() -> None:
    os._exit(0)


def dies_after_its_end() -> str:
    import atexit

    atexit.register(os._exit, 5)
    return "a value"


def fails_the_first_time() -> int:
    attempt = int(os.environ["TORCHELASTIC_RESTART_COUNT"])
    print(f"attempt {attempt}")
    if attempt == 0 and RANK == 1:
        raise LookupError
    if attempt == 0:
        forever()
    return attempt


def returns_a_lambda() -> object:
    return lambda: None


class Holder:
    @staticmethod
    def method(value: int) -> int:
        return value + RANK


if __name__ == "__main__":  # a program that has started a job, to be ended itself
    from safe_instantiate.testing import torchrun

    torchrun(waits, nproc=1, args=[sys.argv[1]], timeout=float(sys.argv[2]))
