"""What the process that starts a job and the ranks of the job tell each other: files in one folder."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import json
import os
import pickle
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["Function", "Job", "JobFolder", "Outcome", "RaisedError", "Script", "function_of"]

#: The name under which the main module of a program is known to processes that it starts, as in multiprocessing.
_MAIN_ELSEWHERE = "__mp_main__"


@dataclass(frozen=True, slots=True)
class Function:
    """Where a function is found by another process: its module, by name or else by file, and its path therein."""

    module: str
    qualname: str
    file: str | None

    def load(self) -> Callable[..., Any]:
        """The function, in a process whose `sys.path` is that of the process that has named it."""
        found: Any = _module(self.module, self.file)
        for name in self.qualname.split("."):
            found = getattr(found, name)
        function: Callable[..., Any] = found
        return function


@dataclass(frozen=True, slots=True)
class Script:
    """A Python file that is run as the main program."""

    file: str


@dataclass(frozen=True, slots=True)
class Job:
    """What each rank does; with a `backend`, in a process group that is started for it."""

    work: Function | Script
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    backend: str | None


@dataclass(frozen=True, slots=True)
class RaisedError:
    """An exception of a rank: in words, and pickled where it can be."""

    summary: str
    traceback: str
    pickled: bytes | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a rank: the pickled value that it returned, or what it raised, and when."""

    value: bytes | None
    error: RaisedError | None
    time: float


@dataclass(frozen=True, slots=True)
class JobFolder:
    """The files of a job. A rank that is started again writes over what it has said before; its log goes on."""

    path: Path

    def write_job(self, job: Job) -> None:
        """For the ranks; the search path apart, because they need it to read the rest."""
        self._search_path.write_text(json.dumps(sys.path), "utf-8")
        self._job.write_bytes(pickle.dumps(job))

    def read_job(self) -> Job:
        """What `write_job` has written."""
        job: Job = pickle.loads(self._job.read_bytes())
        return job

    def begin(self, rank: int) -> None:
        """Forget what an earlier attempt of this rank has left."""
        self._outcome(rank).unlink(missing_ok=True)
        self.stacks(rank).unlink(missing_ok=True)
        self._started(rank).write_text(str(os.getpid()), "utf-8")

    def write_outcome(self, rank: int, outcome: Outcome) -> None:
        """Whole or not at all: somebody may be looking."""
        draft = self._outcome(rank).with_suffix(".draft")
        draft.write_bytes(pickle.dumps(outcome))
        draft.replace(self._outcome(rank))

    def outcome(self, rank: int) -> Outcome | None:
        """What the rank has told, if it has come to that."""
        if not self.has_outcome(rank):
            return None
        outcome: Outcome = pickle.loads(self._outcome(rank).read_bytes())
        return outcome

    def has_outcome(self, rank: int) -> bool:
        """Whether the rank has come to an end of its own."""
        return self._outcome(rank).exists()

    def process(self, rank: int) -> int | None:
        """The process in which the rank was started last, if it was."""
        file = self._started(rank)
        return int(file.read_text("utf-8") or 0) or None if file.exists() else None

    def log(self, rank: int) -> Path:
        """What the rank prints, to stdout and stderr."""
        return self.path / f"{rank}.log"

    def stacks(self, rank: int) -> Path:
        """Where the rank was when it was told to end."""
        return self.path / f"{rank}.stacks"

    def agent_log(self, node: int) -> Path:
        """What torchrun itself has printed."""
        return self.path / f"agent-{node}.log"

    def exit_codes(self, node: int) -> Path:
        """How the processes of a node have ended, as torchrun saw it, when one of them has failed."""
        return self.path / f"agent-{node}.json"

    @property
    def _job(self) -> Path:
        return self.path / "job"

    @property
    def _search_path(self) -> Path:
        return self.path / "search_path.json"  # rank.py reads it too, before it can import this

    def _started(self, rank: int) -> Path:
        return self.path / f"{rank}.process"

    def _outcome(self, rank: int) -> Path:
        return self.path / f"{rank}.outcome"


def function_of(function: Callable[..., Any]) -> Function:
    """Where another process finds this function.

    Raises:
        TypeError: nowhere; it is a lambda, a local function, an object that is called, or typed into a console.

    >>> function_of(function_of).qualname
    'function_of'
    >>> function_of(lambda: 1)
    Traceback (most recent call last):
    TypeError: another process can't find <lambda> ...
    """
    module, qualname = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(qualname, str):
        raise TypeError(f"another process can't find {function!r}: it has no name. Give a function of a module.")
    found_in: Any = sys.modules.get(module)
    file = getattr(found_in, "__file__", None)
    found = found_in
    for name in qualname.split("."):
        found = getattr(found, name, None)
    if found != function:  # two bound methods of one class are equal, not identical
        raise TypeError(
            f"another process can't find {qualname} in {module}: give a function that stands at the top of a module; "
            "what it needs goes into args and kwargs."
        )
    if module == "__main__":
        spec = sys.modules[module].__spec__
        if spec is None and file is None:
            raise TypeError(f"another process can't find {qualname}: it was typed in. Give a function of a file.")
        module = spec.name if spec is not None else _MAIN_ELSEWHERE
        sys.modules.setdefault(module, found_in)  # for what comes back
    return Function(module, qualname, os.path.abspath(file) if file is not None else None)


def _module(name: str, file: str | None) -> ModuleType:
    """The module; read from its file where its name leads nowhere, or to another file."""
    try:
        found = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if file is None or error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
    else:
        if file is None or _same_file(getattr(found, "__file__", None), file):
            return found
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file that could be imported as {name}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # what it defines is pickled by this name, of which pickle imports each part
    for parent in itertools.accumulate(name.split(".")[:-1], "{}.{}".format):
        sys.modules.setdefault(parent, ModuleType(parent))
    spec.loader.exec_module(module)
    return module


def _same_file(one: str | None, other: str) -> bool:
    return one is not None and os.path.exists(one) and os.path.exists(other) and os.path.samefile(one, other)
