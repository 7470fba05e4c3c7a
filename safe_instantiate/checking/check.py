"""The check: everything that is found in a plan, at once, with nothing built."""

from __future__ import annotations

from collections.abc import Iterable

from safe_instantiate.checking.conversion import diagnostic_of
from safe_instantiate.checking.diagnostic import Report
from safe_instantiate.errors import Problem


def check_plan(problems: Iterable[Problem]) -> Report:
    """The report on a plan."""
    return Report(tuple(diagnostic_of(problem) for problem in problems))
