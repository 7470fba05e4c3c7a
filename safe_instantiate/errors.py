"""What is raised, and how it reads.

Two moments, two kinds of text. Everything that is wrong with a config is found together, before a constructor runs:
one exception lists the problems (`planning_error`). What a constructor raises is passed on with the place and the
target added, never its arguments' values, which may be secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hydra.errors import InstantiationException

__all__ = ["InstantiationException", "PlanningException", "Problem", "call_message", "planning_error"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is certainly wrong with a config.

    `raised` is the class that Hydra raises for it, so that code which catches that class keeps working; None for what
    Hydra doesn't check. `code` names the kind of mistake as docs/checks.md lists them, and `names` the arguments that
    it is about.
    """

    full_key: str
    message: str
    hint: str = ""
    raised: type[Exception] | None = None
    cause: BaseException | None = None
    code: str = ""
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        # Hydra ends its messages with this line, and people's tests and log filters look for it.
        place = f"\nfull_key: {self.full_key}" if self.full_key and "full_key: " not in self.message else ""
        hint = f"\n{self.hint}" if self.hint else ""
        return f"{self.message}{place}{hint}"


class PlanningException(InstantiationException):
    """A config that can't be built; no constructor has run.

    `problems` holds each `Problem`, in the order in which the config was read.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        Exception.__init__(self, _listed(self.problems))

    def __str__(self) -> str:
        # KeyError, one of the classes this may be mixed with, would print the repr.
        return str(self.args[0])

    def __reduce__(self) -> tuple[Callable[..., Exception], tuple[Any, ...]]:
        # Causes hold tracebacks and user objects, which seldom survive pickling; the text names them already.
        return planning_error, (tuple(replace(problem, cause=None) for problem in self.problems),)


def planning_error(problems: Sequence[Problem]) -> PlanningException:
    """The exception for these problems: Hydra's `InstantiationException`, and what Hydra raises for the first one.

    Hydra stops at the first problem with that problem's own class (`MissingMandatoryValue`, `TypeError`, an
    interpolation error ...). Being of that class too, this exception is caught by whoever caught Hydra's.
    """
    first = next((problem for problem in problems if problem.raised is not None), problems[0])
    error = _class_for(first.raised or InstantiationException)(problems)
    if first.cause is not None:
        for name, value in vars(first.cause).items():  # an OmegaConf error's key, full_key, object_type ...
            if name != "problems" and not name.startswith("__"):
                error.__dict__.setdefault(name, value)
    error.__cause__ = first.cause
    return error


def _class_for(raised: type[Exception]) -> type[PlanningException]:
    if issubclass(PlanningException, raised):
        return PlanningException
    if issubclass(raised, InstantiationException):
        return PlanningException
    # Remembered by the class itself, which knows its subclasses: what somebody's resolver raises is not kept for ever.
    made = (each for each in raised.__subclasses__() if each.__bases__ == (PlanningException, raised))
    return next(made, None) or type("InstantiationException", (PlanningException, raised), {"__module__": __name__})


def _listed(problems: Sequence[Problem]) -> str:
    if len(problems) == 1:
        return str(problems[0])
    lines = [f"{len(problems)} errors in the config; nothing was built."]
    for number, problem in enumerate(problems, 1):
        # The key stands first here, where a reader looks for it; alone, it stands where Hydra has it.
        text = str(problem).replace(f"\nfull_key: {problem.full_key}", "").replace("\n", "\n   ")
        lines.append(f"{number}. {problem.full_key or '(top level)'}: {text}")
    return "\n".join(lines)


def call_message(name: str, full_key: str, error: BaseException, args: Sequence[Any], kwargs: Mapping[Any, Any]) -> str:
    """What is said when a constructor raised: Hydra's two lines, the place, and the arguments' names and types."""
    place = f"\nfull_key: {full_key}" if full_key else ""
    return f"Error in call to target '{name}':\n{error!r}{place}\ngiven: {types_of(args, kwargs)}"


def types_of(args: Sequence[Any], kwargs: Mapping[Any, Any]) -> str:
    """Arguments by name and type; never their values.

    >>> types_of((3,), {"token": "secret"})
    '(int, token: str)'
    """
    given = [type(value).__name__ for value in args]
    given += [f"{key}: {type(value).__name__}" for key, value in kwargs.items()]
    return f"({', '.join(given)})"
