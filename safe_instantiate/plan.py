"""A plan, and what its reader can do with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from safe_instantiate.building.builder import build
from safe_instantiate.errors import Problem, planning_error
from safe_instantiate.planning.settings import Settings


@dataclass(frozen=True, slots=True)
class Plan:
    """What a config means: which targets are called, with what. Made by `plan`; immutable.

    Attributes:
        problems: everything that is certainly wrong with the config; a plan that has any can't be built.

    >>> from safe_instantiate import plan
    >>> fraction = plan({"_target_": "fractions.Fraction", "_args_": [1, 3]})
    >>> fraction.build()
    Fraction(1, 3)
    >>> fraction.build() is fraction.build()
    False
    """

    problems: tuple[Problem, ...]
    _root: Any = field(repr=False)
    _full_key: str = field(repr=False)
    _settings: Settings = field(repr=False)

    def build(self) -> Any:
        """Build the objects: every call makes new ones, sharing nothing but the values that were built already.

        Returns:
            What the config's top level stands for.

        Raises:
            hydra.errors.InstantiationException: the config is wrong (all of `problems` listed, nothing was built), or
                a constructor raised (with Hydra 1.4 the constructor's own exception, with a note).
        """
        if self.problems:
            raise planning_error(self.problems)
        settings = self._settings
        return build(self._root, self._full_key, settings.policy, defer_samplers=settings.defer_samplers)
