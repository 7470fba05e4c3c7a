"""A plan, and what its reader can do with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from safe_instantiate.building.builder import build
from safe_instantiate.building.failures import failed_key, with_place
from safe_instantiate.checking.diagnostic import Report
from safe_instantiate.errors import Problem, planning_error
from safe_instantiate.planning.built import is_built
from safe_instantiate.planning.nodes import Call, Mapping, PlainList, PlanNode, Sequence, Shared
from safe_instantiate.planning.settings import Settings

if TYPE_CHECKING:
    from safe_instantiate.checking.subject import Caller


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
    _config: Any = field(default=None, repr=False)

    def build(self) -> Any:
        """Build the objects: every call makes new ones, sharing nothing but the values that were built already.

        Returns:
            What the config's top level stands for.

        Raises:
            hydra.errors.InstantiationException: the config is wrong (all of `problems` listed, nothing was built), or
                a constructor raised (with Hydra 1.4 the constructor's own exception, with a note).
        """
        if self.problems:
            from safe_instantiate.checking.places import placed

            raise planning_error(tuple(placed(problem, self._config) for problem in self.problems))
        settings = self._settings
        try:
            return build(self._root, self._full_key, settings.policy, defer_samplers=settings.defer_samplers)
        except Exception as error:
            self._say_where(error)
            raise

    def _say_where(self, error: Exception) -> None:
        from safe_instantiate.checking.places import place_in_words

        key = failed_key(error)
        place = place_in_words(self._config, key) if key is not None else ""
        if place:
            with_place(error, place)

    def check(self) -> Report:
        """Everything that is wrong with the config, or worth knowing; nothing is built.

        Returns:
            The report; while it is `ok`, `build` fails for nothing that can be known beforehand.

        >>> from safe_instantiate import plan
        >>> print(plan({"_target_": "fractions.Fraction", "numerater": 1}).check())
        error: numerater: Fraction.__new__() got an unexpected keyword argument 'numerater' [unknown-argument]
            did you mean 'numerator'? it accepts numerator, denominator...
        1 error
        """
        return self.check_for("engine")

    def check_for(self, caller: Caller) -> Report:
        """The check, for who calls the targets that stand in no other's arguments."""
        from safe_instantiate.checking.check import Planned, check_plan  # who only builds needs none of it

        planned = Planned(self._root, self.problems, self._full_key, self._config, self._settings)
        return check_plan(planned, caller)

    @property
    def is_group(self) -> bool:
        """Whether the config has no target of its own at its top: an application's config hasn't."""
        return isinstance(self._root, (Mapping, Sequence))

    def children(self) -> Plan:
        """The plan of the list of what a group's children come to: those with a target, and objects.

        Raises:
            TypeError: the config has a target of its own, so it is no group.

        >>> from safe_instantiate import plan
        >>> plan({"a": {"_target_": "fractions.Fraction", "_args_": [1, 3]}, "off": None}).children().build()
        [Fraction(1, 3)]
        """
        if self.problems:
            return self
        root = self._root
        if not isinstance(root, (Mapping, Sequence)):
            raise TypeError("This config has no children to build: it has a target of its own, or is built already")
        return Plan((), _child_list(root), self._full_key, self._settings)


def _child_list(root: Mapping | Sequence) -> PlainList:
    values = root.entries if isinstance(root, Mapping) else dict(enumerate(root.values))
    nodes = dict(root.built)
    children = [nodes.get(key, value) for key, value in values.items()]
    kept = [child for child in children if isinstance(child, (Call, Shared)) or _is_object(child)]
    built = tuple((index, child) for index, child in enumerate(kept) if isinstance(child, PlanNode))
    return PlainList([None if isinstance(child, PlanNode) else child for child in kept], built)


def _is_object(child: Any) -> bool:
    return not isinstance(child, PlanNode) and is_built(child)
