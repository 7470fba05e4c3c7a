"""Runs the digits example as a person does: one command, in the repository's root."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TIME_LIMIT = 300  # seconds; for a machine that is busy with other things
TIME_TO_END = 30  # seconds; DataLoader workers look for their parent every five


@dataclass(frozen=True)
class Finished:
    """What a run printed and left behind."""

    status: int
    stdout: str
    stderr: str
    output: Path

    def result(self, folder: str = ".") -> dict[str, Any]:
        result: dict[str, Any] = json.loads((self.output / folder / "result.json").read_text())
        return result

    def final_loss(self, folder: str = ".") -> float:
        return float(self.result(folder)["last_epoch"]["train_loss"])


def start_digits(output: Path, *arguments: str, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "examples.digits", "--output", str(output), *arguments]
    environment = {**os.environ, "COLUMNS": "1000"}  # a table's messages on one line
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, **options
    )


def run_digits(output: Path, *arguments: str) -> Finished:
    process = start_digits(output, *arguments, stderr=subprocess.PIPE)
    try:
        stdout, stderr = process.communicate(timeout=TIME_LIMIT)
    except BaseException:
        process.send_signal(signal.SIGTERM)  # the launcher ends the processes that it started
        process.communicate()
        raise
    return Finished(process.returncode, stdout, stderr, output)


def processes_of_run(output: Path) -> list[str]:
    """The ids of running processes that a run with this output folder started, and of all that those started.

    The launcher has the folder in its command line; torchrun puts it into the environment, which workers inherit.
    """
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:  # ended in the meantime
            continue
        if str(output).encode() in told:
            found.append(process.name)
    return found


def processes_left_by_run(output: Path) -> list[str]:
    """As ``processes_of_run``, without those that are just ending: a worker does when it sees that its parent has."""
    deadline = time.monotonic() + TIME_TO_END
    while (left := processes_of_run(output)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left
