"""Ending what a job has started, all of it: what is started for it bears a mark in its environment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

__all__ = ["MARK", "end"]

#: The variable that every process of a job inherits; its value is the job's folder.
MARK: Final = "SAFE_INSTANTIATE_TORCHRUN"
#: How long a job that is told to end may take before it is killed. Torchrun ends its ranks, and says where they were.
_FAREWELL_SECONDS: Final = 10.0


def end(agents: Sequence[subprocess.Popen[bytes]], mark: str, ranks: Sequence[int]) -> None:
    """Leave no process of the job behind.

    Args:
        agents: the processes that were started for it.
        mark: the value of `MARK` in their environment.
        ranks: the process ids of its ranks, each of which leads a process group of its own.
    """
    for agent in agents:
        if agent.poll() is None:
            agent.terminate()
    deadline = time.monotonic() + _FAREWELL_SECONDS
    for agent in agents:
        with suppress(subprocess.TimeoutExpired):
            agent.wait(max(0.0, deadline - time.monotonic()))
    for agent in agents:
        if agent.poll() is None:
            _kill_group(agent.pid)
    if sys.platform == "linux":
        _kill_marked(f"{MARK}={mark}")
    else:
        for process in ranks:
            _kill_group(process)
    for agent in agents:
        agent.wait()


def _kill_marked(entry: str) -> None:
    """Again until none is found, since one that was not killed yet may have started another."""
    while found := list(_marked(entry.encode())):
        for process in found:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def _marked(entry: bytes) -> Iterator[int]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):  # it has ended, or is somebody else's
                if entry in (folder / "environ").read_bytes().split(b"\0"):
                    yield int(folder.name)


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
