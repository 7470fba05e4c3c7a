"""Arguments that a plan leaves to its builds: declared when the config is read, given each time it is built."""

from __future__ import annotations

from typing import Any, Final

from safe_instantiate.errors import Problem
from safe_instantiate.planning.nodes import Argument


class Given:
    """The class of `GIVEN`, which stands for an argument that every build of a plan is given.

    >>> from safe_instantiate import GIVEN, plan
    >>> thirds = plan({"_target_": "fractions.Fraction", "denominator": 3}, numerator=GIVEN)
    >>> thirds.build(numerator=1), thirds.build(numerator=2)
    (Fraction(1, 3), Fraction(2, 3))
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "GIVEN"

    def __reduce__(self) -> str:
        return "GIVEN"


#: Stands for a call-site argument that every build of a plan is given: `plan(config, params=GIVEN)`.
GIVEN: Final = Given()


def declared(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str | int, ...]:
    """Which arguments of a call are left to the builds: the numbers of positional ones, the names of the others."""
    positional = sum(value.__class__ is Given for value in args)
    return (*range(positional), *(name for name, value in kwargs.items() if value.__class__ is Given))


def placed(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call, with a node in place of each that is left to the builds."""
    numbers = iter(range(len(args)))
    return (
        tuple(Argument(next(numbers)) if value.__class__ is Given else value for value in args),
        {name: Argument(name) if value.__class__ is Given else value for name, value in kwargs.items()},
    )


def name_problems(given: tuple[str | int, ...]) -> tuple[Problem, ...]:
    """What is wrong with the names of arguments that are left to the builds."""
    return tuple(
        Problem("", f"'{name}' can't be left to the builds of a plan: it is no name of an argument in Python")
        for name in given
        if isinstance(name, str) and not (name.isidentifier() and name.isascii())
    )


def taken(given: tuple[str | int, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str | int, Any]:
    """What a build was given, by name or number.

    Raises:
        TypeError: it is not what the plan leaves to its builds.
    """
    values: dict[str | int, Any] = dict(enumerate(args))
    values.update(kwargs)
    missing = [name for name in given if name not in values]
    if missing:
        raise TypeError(f"this plan leaves {_listed(missing)} to its builds, and this build was not given it")
    if len(values) > len(given):
        unknown = [name for name in values if name not in given]
        raise TypeError(f"this build was given {_listed(unknown)}, which the plan does not leave to it: use GIVEN")
    return values


def _listed(names: list[str | int]) -> str:
    return ", ".join(f"'{name}'" if isinstance(name, str) else f"argument {name + 1}" for name in names)
