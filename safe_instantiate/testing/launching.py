"""`torchrun`: run a function or script in every rank of a job, under the real torchrun, and collect what came of it."""

from __future__ import annotations

import json
import math
import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, overload

from .job import Job, JobFolder, Outcome, Script, function_of
from .processes import MARK, end
from .results import RankFate, RankResult, TorchrunError, how_it_ended

__all__ = ["torchrun"]

T = TypeVar("T")

_HERE: Final = Path(__file__).parent
_AGENT: Final = "agent.py"
_RANK: Final = "rank.py"
#: How long torchrun lets a rank take that ignores being told to end.
_SHUTDOWN_SECONDS: Final = "3"
#: What another launcher says to its processes is nothing to this one's; PET_* are torchrun's options.
_FOREIGN: Final = ("TORCHELASTIC_", "PET_", "MASTER_")
_FOREIGN_NAMES: Final = (
    *("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"),
    *("GROUP_RANK", "GROUP_WORLD_SIZE", "ROLE_RANK", "ROLE_WORLD_SIZE", "ROLE_NAME"),
)


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a job is laid out."""

    nnodes: int
    nproc: int
    max_restarts: int

    @property
    def world_size(self) -> int:
        return self.nnodes * self.nproc


@overload
def torchrun(
    fn: Callable[..., T],
    nproc: int = 2,
    *,
    nnodes: int = 1,
    backend: str | None = None,
    timeout: float = 60.0,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    env: Mapping[str, str] | None = None,
    max_restarts: int = 0,
) -> list[RankResult[T]]: ...
@overload
def torchrun(
    fn: str | Path,
    nproc: int = 2,
    *,
    nnodes: int = 1,
    backend: str | None = None,
    timeout: float = 60.0,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    env: Mapping[str, str] | None = None,
    max_restarts: int = 0,
) -> list[RankResult[None]]: ...
def torchrun(
    fn: Callable[..., Any] | str | Path,
    nproc: int = 2,
    *,
    nnodes: int = 1,
    backend: str | None = None,
    timeout: float = 60.0,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    env: Mapping[str, str] | None = None,
    max_restarts: int = 0,
) -> list[RankResult[Any]]:
    """Run a function, or a script, in every rank of a job that the real torchrun starts.

    No port is fixed, and no process or file is left, however it ends: the launchers of several nodes meet in a file,
    and torch picks a free port for the ranks.

    Args:
        fn: a function that stands at the top of a module (the ranks import it), or the path of a script.
        nproc: how many ranks each node has.
        nnodes: how many launchers are started on this machine, each as if it were a machine of its own.
        backend: "gloo", "nccl" ...: each rank is in a process group when it begins, which is ended after it. By default
            there is none: the function starts it itself, as a training script does.
        timeout: seconds for everything, the start of the processes (a few seconds) included. What has not ended by then
            is killed.
        args: for the function, pickled; for a script its command line.
        kwargs: for the function, pickled.
        env: environment variables, beside those of this process. OMP_NUM_THREADS is 1 where neither says otherwise.
        max_restarts: how often torchrun starts the ranks anew when one of them fails.

    Returns:
        A `RankResult` for each rank, in rank order: what the function returned there (pickled; None for a script), and
        what was printed. After restarts it is the value of the last attempt, and the log of all of them.

    Raises:
        TorchrunError: a rank failed, or the job did not end in time. It says which rank failed first and how, what the
            others did, and where each rank was that had to be ended.
        TypeError: `fn` is no function that another process can find, or `kwargs` are given for a script.
        ValueError: a number is too small.
        FileNotFoundError: there is no such script.

    >>> import os
    >>> [(result.rank, result.value) for result in torchrun(os.getenv, nproc=2, args=["RANK"])]
    [(0, '0'), (1, '1')]
    """
    shape = _Shape(
        _at_least("nnodes", nnodes, 1), _at_least("nproc", nproc, 1), _at_least("max_restarts", max_restarts, 0)
    )
    if not (timeout > 0 and math.isfinite(timeout)):
        raise ValueError(f"timeout is a number of seconds above zero, got {timeout!r}")
    job = _job(fn, args, kwargs, backend)
    deadline = time.monotonic() + timeout
    with tempfile.TemporaryDirectory(prefix="torchrun-", ignore_cleanup_errors=True) as path:
        folder = JobFolder(Path(path).resolve())
        folder.write_job(job)
        with _agents(folder, shape, env or {}) as agents:
            in_time = _wait(agents, deadline)
        return _results(folder, shape, timeout if not in_time else None, [agent.returncode for agent in agents])


def _at_least(name: str, number: int, least: int) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or number < least:
        raise ValueError(f"{name} is a whole number from {least} on, got {number!r}")
    return number


def _job(
    fn: Callable[..., Any] | str | Path, args: Sequence[Any], kwargs: Mapping[str, Any] | None, backend: str | None
) -> Job:
    if not isinstance(fn, (str, Path)):
        return Job(function_of(fn), args, dict(kwargs or {}), backend)
    if kwargs:
        raise TypeError("a script takes a command line, `args`, and no `kwargs`")
    script = Path(fn).absolute()
    if not script.is_file():
        raise FileNotFoundError(f"there is no script {script}")
    return Job(Script(str(script)), args, {}, backend)


# ---- the processes ---------------------------------------------------------------------------------------------------


@contextmanager
def _agents(folder: JobFolder, shape: _Shape, changes: Mapping[str, str]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """One torchrun for each node; all that they have started is gone when the block ends."""
    environment = _environment(folder, changes)
    meeting = uuid.uuid4().hex
    started: list[subprocess.Popen[bytes]] = []
    try:
        for node in range(shape.nnodes):
            with folder.agent_log(node).open("wb") as log:
                started.append(
                    subprocess.Popen(
                        _command(folder, shape, node, meeting),
                        env=environment,
                        stdin=subprocess.PIPE,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                        start_new_session=True,  # Ctrl-C is for this process, which then ends those
                    )
                )
        yield started
    finally:
        ranks = [process for rank in range(shape.world_size) if (process := folder.process(rank))]
        end(started, str(folder.path), ranks)
        for agent in started:
            if agent.stdin is not None:
                agent.stdin.close()


def _command(folder: JobFolder, shape: _Shape, node: int, meeting: str) -> list[str]:
    return [
        *(sys.executable, str(_HERE / _AGENT), str(folder.exit_codes(node))),
        *("--nnodes", str(shape.nnodes), "--nproc-per-node", str(shape.nproc)),
        *("--max-restarts", str(shape.max_restarts)),
        # In a file, where no port can be taken by somebody else between its choice and its use.
        *("--rdzv-backend", "c10d", "--rdzv-conf", "store_type=file"),
        *("--rdzv-endpoint", str(folder.path / "rendezvous"), "--rdzv-id", meeting),
        *("--local-addr", "localhost", "--log-dir", str(folder.path / "torchrun")),
        *(str(_HERE / _RANK), str(folder.path)),
    ]


def _environment(folder: JobFolder, changes: Mapping[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _FOREIGN_NAMES and not name.startswith(_FOREIGN)
    }
    defaults = {"OMP_NUM_THREADS": "1", "TORCH_ELASTIC_SHUTDOWN_TIMEOUT": _SHUTDOWN_SECONDS}
    return {**defaults, **kept, **changes, MARK: str(folder.path)}


def _wait(agents: Sequence[subprocess.Popen[bytes]], deadline: float) -> bool:
    """Until all have succeeded or one has failed; False when neither has happened in time."""
    ended: queue.Queue[int] = queue.Queue()
    for agent in agents:
        threading.Thread(target=lambda agent=agent: ended.put(agent.wait()), daemon=True).start()
    try:
        for _ in agents:
            if ended.get(timeout=max(0.0, deadline - time.monotonic())) != 0:
                break
    except queue.Empty:
        return False
    return True


# ---- what came of it -------------------------------------------------------------------------------------------------


def _results(
    folder: JobFolder, shape: _Shape, exceeded: float | None, agent_codes: Sequence[int]
) -> list[RankResult[Any]]:
    outcomes = {rank: folder.outcome(rank) for rank in range(shape.world_size)}
    values = {rank: each.value for rank, each in outcomes.items() if each is not None and each.value is not None}
    if exceeded is None and not any(agent_codes) and len(values) == shape.world_size:
        return [RankResult(rank, pickle.loads(value), _text(folder.log(rank))) for rank, value in values.items()]
    codes = _exit_codes(folder, shape)
    if not any(agent_codes):
        codes = dict.fromkeys(outcomes, 0)
    fates = [_fate(folder, rank, outcomes[rank], codes.get(rank), in_time=exceeded is None) for rank in outcomes]
    failed = [fate for fate in fates if fate.failed]
    first = min(failed, key=lambda fate: _when(outcomes[fate.rank]), default=None)
    unexplained = first is None and not all(fate.stacks or outcomes[fate.rank] for fate in fates)
    agent_log = "\n".join(_text(folder.agent_log(node)) for node in range(shape.nnodes)) if unexplained else ""
    raise TorchrunError(_problem(fates, outcomes, first, exceeded), fates, first, agent_log)


def _exit_codes(folder: JobFolder, shape: _Shape) -> dict[int, int]:
    """Of the ranks of each node that failed, as its torchrun saw them."""
    codes: dict[int, int] = {}
    for node in range(shape.nnodes):
        told = _text(folder.exit_codes(node))
        codes.update({int(rank): code for rank, code in json.loads(told or "{}").items()})
    return codes


def _fate(folder: JobFolder, rank: int, outcome: Outcome | None, code: int | None, *, in_time: bool) -> RankFate:
    stacks, log = _stacks(folder, rank) if outcome is None else "", _text(folder.log(rank))
    error, traceback, failed = None, "", False
    if outcome is not None and outcome.error is not None:
        what, traceback, failed = f"raised {outcome.error.summary}", outcome.error.traceback, True
        error = _unpickled(outcome.error.pickled)
    elif outcome is not None and code not in (None, 0, -signal.SIGTERM):
        what, failed = f"returned, and then {how_it_ended(code)}", True
    elif outcome is not None:
        what = "returned"
    elif folder.process(rank) is None:
        what = "was not started"
    elif stacks or code in (None, -signal.SIGTERM):
        what = "was ended, since another rank had failed" if in_time else "had not finished, and was ended"
    else:
        what, failed = f"{how_it_ended(code)} before it returned", True
    return RankFate(rank, what, error, traceback, stacks, log, failed)


def _when(outcome: Outcome | None) -> tuple[int, float]:
    """When a rank failed, to find the first: one that died has told nobody, but made others fail that talked to it."""
    if outcome is None:
        return (0, 0.0)
    return (1, outcome.time) if outcome.error is not None else (2, outcome.time)


def _problem(
    fates: Sequence[RankFate],
    outcomes: Mapping[int, Outcome | None],
    first: RankFate | None,
    exceeded: float | None,
) -> str:
    """In one line, to which what the first rank did is added."""
    late = f"the job did not end within {exceeded:g} s" if exceeded is not None else ""
    if first is not None:
        return f"Rank {first.rank} of {len(fates)} failed first{', and ' if late else ''}{late}"
    if not late:
        return "torchrun itself failed"
    slow = [str(fate.rank) for fate in fates if outcomes[fate.rank] is None]
    return f"{late.capitalize()}; of {len(fates)} ranks, these had not finished: {', '.join(slow) or 'none'}"


def _stacks(folder: JobFolder, rank: int) -> str:
    """Where the threads of a rank were, without the frames that every rank begins with."""
    lines = _text(folder.stacks(rank)).splitlines()
    return "\n".join(line for line in lines if str(_HERE / _RANK) not in line)


def _unpickled(pickled: bytes | None) -> BaseException | None:
    """The exception, where its class can be imported here too."""
    if pickled is None:
        return None
    try:
        error: BaseException = pickle.loads(pickled)
    except Exception:
        return None
    return error


def _text(file: Path) -> str:
    return file.read_text("utf-8", errors="replace") if file.exists() else ""
