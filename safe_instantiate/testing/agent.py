"""The program of a node: torchrun itself, which ends when the process that started it does.

Run by its path, as `agent.py FILE ARGUMENT ...`, with the arguments of torchrun. Its standard input is a pipe that
nobody writes to; it closes when the other process is gone, killed or not.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading
from pathlib import Path


def end_with_the_other_side(pipe: int, abandoned: threading.Event) -> None:
    """Have this process told to end, as by a person, as soon as the pipe closes."""

    def wait() -> None:
        os.read(pipe, 1)
        abandoned.set()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def main(exit_codes: Path, arguments: list[str]) -> None:
    """Run torchrun; when processes fail, leave how each of them has ended in the file."""
    pipe, abandoned = os.dup(0), threading.Event()
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)  # the ranks inherit this one
    end_with_the_other_side(pipe, abandoned)
    from torch.distributed import run
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    try:
        run.main(arguments)
    except ChildFailedError as failed:
        exit_codes.write_text(json.dumps({rank: each.exitcode for rank, each in failed.failures.items()}), "utf-8")
        raise
    finally:
        if abandoned.is_set():
            shutil.rmtree(exit_codes.parent, ignore_errors=True)  # nobody else will


if __name__ == "__main__":
    del sys.path[0]  # this folder, whose modules are no top-level ones
    main(Path(sys.argv[1]), sys.argv[2:])
