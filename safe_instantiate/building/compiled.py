"""A compiled plan: the generated function, with the errors, the deferral and the policy that the builder has."""

from __future__ import annotations

import functools
import itertools
import linecache
import sys
import weakref
from bisect import bisect_right
from collections.abc import Callable
from types import CodeType, FrameType, TracebackType
from typing import Any, Final

from safe_instantiate.building.compiler import Program, RefusedResult, Statement, write
from safe_instantiate.building.failures import call_failed, refused
from safe_instantiate.distributed import deferring
from safe_instantiate.errors import InstantiationException
from safe_instantiate.planning.nodes import full_key
from safe_instantiate.targets.policy import Policy

_numbers: Final = itertools.count(1)


class CompiledPlan:
    """A plan as one Python function; calling it builds the objects. Made by `Plan.compile`; immutable.

    It can be pickled if what it builds from can.

    Attributes:
        source: the function's source.

    >>> from safe_instantiate import plan
    >>> compiled = plan({"_target_": "fractions.Fraction", "_args_": [1, 3]}).compile()
    >>> compiled()
    Fraction(1, 3)
    >>> print(compiled.source)
    def build():
        result = judged(Fraction(1, 3))
        return result
    <BLANKLINE>
    """

    __slots__ = (
        "__weakref__",
        "_again",
        "_code",
        "_deferring",
        "_function",
        "_lines",
        "_on_failure",
        "_prefix",
        "_program",
        "source",
    )

    def __init__(
        self,
        root: Any,
        given: tuple[str | int, ...],
        prefix: str,
        policy: Policy,
        *,
        defer_samplers: bool,
        on_failure: Callable[[Exception], None],
    ) -> None:
        # Code can't be pickled: it is written again where it arrives.
        self._again = functools.partial(
            CompiledPlan, root, given, prefix, policy, defer_samplers=defer_samplers, on_failure=on_failure
        )
        self._on_failure = on_failure
        self._program: Program = write(root, given, prefix, policy)
        self._prefix = prefix
        self._lines = [statement.line for statement in self._program.statements]
        self.source: str = self._program.source
        filename = f"<plan {next(_numbers)}>"
        values = dict(self._program.values)
        exec(compile(self.source, filename, "exec"), values)
        self._function: Any = values.pop("build")  # not among its own globals: what it builds from goes when it goes
        self._code: CodeType = self._function.__code__
        self._deferring = functools.partial(_current_key, self._code, weakref.ref(self)) if defer_samplers else None
        # Tracebacks, debuggers and `inspect` find the source here.
        linecache.cache[filename] = (len(self.source), None, self.source.splitlines(keepends=True), filename)
        weakref.finalize(self, linecache.cache.pop, filename, None)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Build the objects, as `Plan.build` does.

        Args:
            *args: the positional arguments that the plan leaves to its builds.
            **kwargs: the keyword arguments that it leaves to them.

        Raises:
            hydra.errors.InstantiationException: a constructor raised (with Hydra 1.4 the constructor's own exception,
                with a note).
            TypeError: what the plan leaves to its builds was not given, or more than that.
        """
        try:
            with deferring(self._deferring):
                return self._called(args, kwargs)
        except Exception as error:
            self._on_failure(error)
            raise

    def __reduce__(self) -> tuple[Callable[..., CompiledPlan], tuple[Any, ...]]:
        return self._again, ()

    def __repr__(self) -> str:
        return f"<compiled plan of {len(self._lines)} statements>"

    def _called(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            return self._function(*args, **kwargs)
        except RefusedResult as error:
            statement = self._failed(error.__traceback__)
            assert statement is not None and statement.call is not None
            raise refused(statement.call, self._prefix, error.refusal) from None
        except Exception as error:
            failure = self._told(error)
            if failure is None:
                raise
            raise failure from error

    def _told(self, error: Exception) -> InstantiationException | None:
        """The exception to raise in its place, as the builder would; None to let it pass."""
        frame = _frame_of(self._code, error.__traceback__)
        statement = self._failed(error.__traceback__)
        if frame is None or statement is None or statement.call is None:
            return None  # raised by the call of the function itself, or by a statement that has told all
        names = {**self._program.values, **frame.tb_frame.f_locals, "_given_": lambda *args, **kwargs: (args, kwargs)}
        args, kwargs = eval(f"_given_{statement.arguments}", names)
        return call_failed(statement.call, self._prefix, error, args, kwargs)

    def _failed(self, traceback: TracebackType | None) -> Statement | None:
        found = _frame_of(self._code, traceback)
        return None if found is None else self.statement_at(found.tb_lineno)

    def statement_at(self, line: int) -> Statement | None:
        """The statement that a line of the source belongs to."""
        index = bisect_right(self._lines, line)
        return self._program.statements[index - 1] if index else None

    def key_at(self, line: int, names: dict[str, Any]) -> str:
        """The full key of the node that is being built at a line, given the function's locals there."""
        statement = self.statement_at(line)
        call = statement.call if statement is not None else None
        if call is None and self._program.run_name in names:
            call = names[self._program.run_name].current
        return self._prefix if call is None else full_key(self._prefix, call.place)


def _frame_of(code: CodeType, traceback: TracebackType | None) -> TracebackType | None:
    while traceback is not None and traceback.tb_frame.f_code is not code:
        traceback = traceback.tb_next
    return traceback


def _current_key(code: CodeType, compiled: weakref.ref[CompiledPlan]) -> str:
    """The full key of the node that is being built, by the line that the generated function has come to."""
    plan = compiled()
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code is not code:
        frame = frame.f_back
    return plan.key_at(frame.f_lineno, frame.f_locals) if plan is not None and frame is not None else ""
