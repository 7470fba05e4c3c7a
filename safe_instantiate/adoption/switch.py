"""The switch inside Hydra's `instantiate`: who answers a call of it, ours or Hydra's own.

References to Hydra's function are everywhere: under any name in any module, in class attributes, default arguments,
closures, partials, containers, and in modules that nobody has imported yet. All of them are references to *one*
function object, so that object is what changes: while a patch is open, its `__code__` is a line that asks who is to
answer.

*Why not replace the references?* A scan of `sys.modules` finds those that are module globals when it runs, and no
others. What it replaces, it replaces for every thread; and it has to be undone in the reverse order of everybody else
who sets the same names (`mock.patch` above all), or something stays behind. Here no module is touched. Who answers is
asked anew at each call, so a thread outside a patch gets Hydra's own code; and restoring is one assignment, whatever
the order in which patches end.

*Who is inside a patch?* The context (`contextvars`) that opened it, and the contexts that were copied from it since:
asyncio tasks, `copy_context().run`, forked processes. A new thread has an empty context of its own and stays outside
(unless Python was told to pass contexts on, `-X thread_inherit_context`), save for a patch that was opened for
everywhere. A patch that has ended has ended for all of them.

*Who always gets Hydra's own?* Hydra, which builds its launchers, sweepers and callbacks with the same function: they
are no part of the job, and an allow-list for the job's targets must not refuse them. And `hydra_compat`, which asks
what Hydra does.

Hydra's own checks look at the names of targets and at its policy's tables, not at this function's code.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from types import CodeType, FrameType, FunctionType
from typing import Any, Final, cast

from safe_instantiate.distributed.forks import lock_kept_over_forks
from safe_instantiate.hydra_compat import INSTANTIATE_FUNCTIONS
from safe_instantiate.instantiator import Instantiator

#: The packages and modules whose calls get Hydra's own.
_HYDRAS_CALLERS: Final = ("hydra", "hydra_plugins", "safe_instantiate.hydra_compat")


@dataclass(eq=False, slots=True)
class Patch:
    """One stretch of time in which ours answers; `open` until it has ended."""

    instantiator: Instantiator
    everywhere: bool
    open: bool = True


class Switch:
    """Decides, call by call, who answers; stands in Hydra's function as long as any patch is open."""

    def __init__(self, hydras: FunctionType) -> None:
        self._hydras = hydras
        #: What Hydra's function was when the switch went in. Kept: a call under way may need it afterwards.
        self._original = hydras
        #: Every open patch, oldest first. Replaced as a whole, so that it can be read without the lock.
        self._open: tuple[Patch, ...] = ()
        self._lock = lock_kept_over_forks()
        #: Those that were opened in this context, or in one that it was copied from; some may have ended since.
        self._here: ContextVar[tuple[Patch, ...]] = ContextVar("safe_instantiate_patches", default=())

    def begin(self, instantiator: Instantiator, *, everywhere: bool) -> Patch:
        """Open a patch: from now on `instantiator` answers in this context, or in every thread."""
        patch = Patch(instantiator, everywhere)
        with self._lock:
            if not self._open:
                self._put_in()
            self._open = (*self._open, patch)
        if not everywhere:
            self._here.set((*_still_open(self._here.get()), patch))
        return patch

    def end(self, patch: Patch) -> None:
        """Close an open patch, in any order and from any thread; after the last one Hydra's function is what it was."""
        with self._lock:
            patch.open = False
            self._open = _still_open(self._open)
            if not self._open:
                self._take_out()
        self._here.set(_still_open(self._here.get()))

    def is_inside(self, patch: Patch) -> bool:
        """Whether this context opened the patch, or was copied from one inside it."""
        return patch in self._here.get()

    def chosen(self) -> Callable[..., Any]:
        """What a call of Hydra's function is to run. Asked by the line that stands in that function, by no one else."""
        instantiator = self._in_force()
        if instantiator is None or _is_hydras(sys._getframe(1).f_back):
            return self._original
        return instantiator.instantiate

    def _in_force(self) -> Instantiator | None:
        for patch in reversed(self._here.get()):
            if patch.open:
                return patch.instantiator
        for patch in reversed(self._open):
            if patch.everywhere:
                return patch.instantiator
        return None

    def _put_in(self) -> None:
        self._original = _copy(self._hydras)
        # `inspect.signature` goes on showing Hydra's parameters.
        vars(self._hydras)["__wrapped__"] = self._original
        self._hydras.__code__ = _asking_line(self._original.__code__)

    def _take_out(self) -> None:
        self._hydras.__code__ = self._original.__code__
        del vars(self._hydras)["__wrapped__"]


def _is_hydras(caller: FrameType | None) -> bool:
    # A function that is the first of its thread has no caller.
    name = None if caller is None else caller.f_globals.get("__name__")
    return isinstance(name, str) and any(name == own or name.startswith(f"{own}.") for own in _HYDRAS_CALLERS)


def _still_open(patches: tuple[Patch, ...]) -> tuple[Patch, ...]:
    return tuple(patch for patch in patches if patch.open)


def _copy(function: FunctionType) -> FunctionType:
    copy = FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__)
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__annotations__ = function.__annotations__
    return copy


def _asking_line(replaced: CodeType) -> CodeType:
    """The line that stands in Hydra's function.

    It runs with Hydra's globals, so it imports what it needs. It claims to be the first line of what it replaces:
    Hydra finds the line that a warning is about by leaving out the callers from its own file.
    """
    line = "def instantiate(*args, **kwargs): from {} import SWITCH; return SWITCH.chosen()(*args, **kwargs)"
    source = "\n" * (replaced.co_firstlineno - 1) + line.format(__name__)
    namespace: dict[str, Any] = {}
    exec(compile(source, replaced.co_filename, "exec"), namespace)
    return cast(CodeType, namespace["instantiate"].__code__)


#: The one that stands in Hydra's function: whoever has a reference to that has this object.
SWITCH: Final = Switch(cast(FunctionType, INSTANTIATE_FUNCTIONS[0]))
