"""Runs in every rank: ranks that have a port and processes of their own, and end in each way there is."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from safe_instantiate import instantiate
from tests.distributed.groups import ensured


def busy(ending: str, backend: str, told: str) -> None:
    """Tells of its port in the folder `told`, starts a group, a worker and another program; returns, raises or hangs.

    The worker's batches are plain numbers: tensors would be handed over by way of a socket in the file system, which
    stays there when its process is killed.
    """
    rank = os.environ["RANK"]
    Path(told, rank).write_text(os.environ["MASTER_PORT"], "utf-8")
    with ensured(backend):
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
        if ending == "hangs":
            threading.Event().wait()
        if ending == "raises":
            raise ValueError(f"rank {rank} ends as it was told")


def _start_a_program() -> None:
    """One that does not end by itself and cares for no parent; nobody ends it."""
    program = "import signal; signal.pause()"
    subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
