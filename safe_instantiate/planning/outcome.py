"""What comes of planning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from safe_instantiate.errors import Problem
from safe_instantiate.planning.nodes import PlanNode


@dataclass(slots=True)  # not frozen, which would cost a tenth of planning a single node
class Planned:
    """What planning gives: the root of the plan, and the problems that keep it from being built.

    `named_controls` are the control keys that interpolations of the config refer to; `given` names the arguments that
    are left to the builds.
    """

    root: Any
    problems: tuple[Problem, ...] = ()
    full_key: str = ""
    named_controls: frozenset[str] = frozenset()
    given: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Positional:
    """Positional arguments: their values, which of them are built, and whether their number is known."""

    values: tuple[Any, ...]
    built: tuple[tuple[int, PlanNode], ...]
    known: bool
