"""The program of a rank: does the work of a job and tells what came of it.

Run by its path, as `rank.py FOLDER`, so that nothing needs to be installed for it or put into PYTHONPATH: it takes over
the search path of the process that has started the job.
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import json
import os
import pickle
import runpy
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from safe_instantiate.testing.job import Job, JobFolder, Outcome, RaisedError

#: A failed rank stays this long for others that fail too, since torchrun ends them all as soon as one is gone.
FAREWELL_SECONDS = 1.0
_PAUSE = 0.02


def write_all_to(log: Path) -> None:
    """Whatever this process prints, below Python too, in the order in which it happens."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)


def tell_where_when_ended(stacks: Path) -> None:
    """At SIGTERM, which ends a rank, say first where each thread is; also when Python is stuck in a C function.

    What a crash in C code ends, a segmentation fault or an abort, says so in the log.
    """
    file = stacks.open("w")
    faulthandler.enable()
    faulthandler.register(signal.SIGTERM, file=file, all_threads=True, chain=True)
    # A forked child, a DataLoader's worker say, is ended by SIGTERM in the course of things.
    os.register_at_fork(after_in_child=lambda: faulthandler.unregister(signal.SIGTERM))


def outcome_of(job: Job) -> Outcome:
    """Do the work; what it returns or raises."""
    from safe_instantiate.testing.job import Outcome

    try:
        value = _value_of(job)
    except BaseException as error:
        return Outcome(None, described(error), time.time())
    return Outcome(value, None, time.time())


def _value_of(job: Job) -> bytes:
    from safe_instantiate.testing.job import Function

    with _group(job.backend):
        if isinstance(job.work, Function):
            return _pickled(job.work.load()(*job.args, **job.kwargs), job.work.qualname)
        _run_script(job.work.file, [str(each) for each in job.args])
        return pickle.dumps(None)


@contextmanager
def _group(backend: str | None) -> Iterator[None]:
    """In a process group, if one is asked for; after a failure it stays, since its end would wait for the others."""
    if backend is None:
        yield
        return
    from safe_instantiate.distributed import ensure_process_group

    group = ensure_process_group(backend)
    yield
    group.__exit__(None, None, None)


def _run_script(file: str, arguments: list[str]) -> None:
    sys.argv[:] = [file, *arguments]
    sys.path.insert(0, os.path.dirname(file))
    try:
        runpy.run_path(file, run_name="__main__")
    except SystemExit as left:
        if left.code not in (None, 0):
            raise


def _pickled(value: Any, name: str) -> bytes:
    try:
        return pickle.dumps(value)
    except Exception as error:
        raise TypeError(f"{name} returned a {type(value).__name__} that can't be pickled: {error}") from error


def described(error: BaseException) -> RaisedError:
    """What another process is told of an exception: without the frames of this file, which stand above the work's."""
    from safe_instantiate.testing.job import RaisedError

    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    text = "".join(traceback.format_exception(type(error), error, frames))
    message = str(error).strip().split("\n")[0]
    summary = f"{type(error).__qualname__}: {message}" if message else type(error).__qualname__
    try:
        pickled = pickle.dumps(error)
        pickle.loads(pickled)  # many exceptions can be written and not read
    except Exception:
        pickled = None
    return RaisedError(summary, text.rstrip(), pickled)


def stay_for_others(folder: JobFolder) -> None:
    """Until all have come to an end of their own, or it takes too long."""
    end = time.monotonic() + FAREWELL_SECONDS
    others = range(int(os.environ["WORLD_SIZE"]))
    while time.monotonic() < end and not all(folder.has_outcome(rank) for rank in others):
        time.sleep(_PAUSE)


def leave(status: int) -> NoReturn:
    """End, as the processes of multiprocessing do, without the destructors of C++ libraries.

    Those of torch have aborted ranks whose work was done: "terminate called without an active exception".
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(status)


def main(path: Path) -> None:
    """Do the work of the job in this folder, as the rank that torchrun says."""
    sys.path[:] = json.loads((path / "search_path.json").read_text("utf-8"))
    from safe_instantiate.testing.job import JobFolder, Outcome

    folder, rank = JobFolder(path), int(os.environ["RANK"])
    write_all_to(folder.log(rank))
    folder.begin(rank)
    tell_where_when_ended(folder.stacks(rank))
    try:
        outcome = outcome_of(folder.read_job())
    except Exception as error:  # the job can't be read: what it passes on can't be imported here
        outcome = Outcome(None, described(error), time.time())
    folder.write_outcome(rank, outcome)
    if outcome.error is not None:
        stay_for_others(folder)
        leave(1)  # at once, and whatever threads and process groups there are: the others may wait for this one
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    leave(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
