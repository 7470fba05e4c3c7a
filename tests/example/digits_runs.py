"""Runs the digits example as a person does: one command, in the repository's root."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TIME_LIMIT = 300  # seconds; for a machine that is busy with other things


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


def processes_that_mention(text: str) -> list[str]:
    """The ids of running processes with ``text`` in their command line (DataLoader workers have their parent's)."""
    found = []
    for command_line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = command_line.read_bytes()
        except OSError:  # ended in the meantime
            continue
        if text.encode() in arguments:
            found.append(command_line.parent.name)
    return found
