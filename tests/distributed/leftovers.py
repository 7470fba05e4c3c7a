"""What a launch may leave behind: processes, ports, shared memory. Reads /proc, so it knows Linux only."""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def processes_bearing(variable: str, value: str) -> set[int]:
    """The processes that were started with this environment variable, whoever their parent is now."""
    line = f"{variable}={value}".encode()
    found = set()
    for file in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # gone meanwhile, or somebody else's
            if line in file.read_bytes().split(b"\0"):
                found.add(int(file.parent.name))
    return found


def still_there(processes: Iterable[int], seconds: float) -> dict[int, str]:
    """Waits until they have ended, and returns the command lines of those that have not in time."""
    end = time.monotonic() + seconds
    return {pid: _command(pid) for pid in sorted(processes) if not _ends(pid, end)}


def _ends(pid: int, end: float) -> bool:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        readable, _, _ = select.select([descriptor], [], [], max(0.0, end - time.monotonic()))
        return bool(readable)
    finally:
        os.close(descriptor)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return "ended just now"


def anybody_listens(port: int) -> bool:
    """Whether a connection to the port of this machine is accepted."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def shared_memory_of(pid: int) -> set[str]:
    """The files in shared memory that a process uses now; what other processes keep there is not its affair."""
    lines = Path(f"/proc/{pid}/maps").read_text("utf-8").splitlines()
    return {path for line in lines if (path := line.split(maxsplit=5)[-1]).startswith("/dev/shm/")}
