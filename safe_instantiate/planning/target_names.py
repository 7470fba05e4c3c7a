"""What the `_target_` of a node names."""

from __future__ import annotations

from typing import Any

from safe_instantiate.config.keys import TARGET
from safe_instantiate.config.standing import MISSING, Failed
from safe_instantiate.planning.nodes import Place
from safe_instantiate.planning.problems import Problems
from safe_instantiate.targets.policy import Policy
from safe_instantiate.targets.target import Target, TargetError, find_target


class TargetNames:
    """Finds the targets of one config; each is looked up once, and what is wrong with one is a problem."""

    __slots__ = ("_found", "_policy", "_problems")

    def __init__(self, policy: Policy, problems: Problems) -> None:
        self._policy = policy
        self._problems = problems
        self._found: dict[str, Target] = {}

    def target(self, written: Any, place: Place) -> Target | None:
        """The target that is written at a place, or None, with the problem told."""
        if written.__class__ is str:
            known = self._found.get(written)
            if known is not None:
                return known
        elif written is MISSING:
            self._problems.missing((place, TARGET))
            return None
        elif written.__class__ is Failed:
            self._problems.unresolved(written, (place, TARGET))
            return None
        if not isinstance(written, str) and not callable(written):
            self._problems.no_callable(written, place)
            return None
        try:
            target = find_target(written, self._policy)
        except TargetError as error:
            self._problems.wrong_target(written, error, place)
            return None
        if written.__class__ is str:
            self._found[written] = target
        return target
