"""Runs in every rank: ranks that have a port and processes of their own, and end in each way there is."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path

import torch.distributed as dist

from safe_instantiate import instantiate
from tests.distributed.groups import ensured
from tests.distributed.leftovers import shared_memory_of


def busy(ending: str, backend: str, told: str) -> None:
    """Starts a group, a worker and another program, tells of its port and its shared memory, returns, raises or hangs.

    The worker's batches are plain numbers: tensors would be handed over by way of a socket in the file system, which
    stays there when its process is killed.
    """
    rank = os.environ["RANK"]
    lock = multiprocessing.get_context("spawn").Lock()  # has a file in shared memory, which one for forks has not
    with ensured(backend), lock:
        loader = instantiate(
            {
                "_target_": "torch.utils.data.DataLoader",
                "dataset": {"_target_": "tests.distributed.objects.Numbers", "size": 8},
                "collate_fn": {"_target_": "builtins.list", "_partial_": True},
                "num_workers": 1,
                "persistent_workers": True,
            }
        )
        assert len(list(loader)) == 8
        _start_a_program()
        report = {"port": int(os.environ["MASTER_PORT"]), "shared": sorted(shared_memory_of(os.getpid()))}
        Path(told, rank).write_text(json.dumps(report), "utf-8")
        dist.barrier()  # the first that raises has the other one ended, which shall have told by then
        if ending == "hangs":
            threading.Event().wait()
        if ending == "raises":
            raise ValueError(f"rank {rank} ends as it was told")


def _start_a_program() -> None:
    """One that does not end by itself and cares for no parent; nobody ends it."""
    program = "import signal; signal.pause()"
    subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
