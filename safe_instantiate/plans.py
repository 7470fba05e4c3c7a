"""A plan, and what its reader can do with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from safe_instantiate.building.builder import build
from safe_instantiate.errors import Problem, planning_error
from safe_instantiate.planning.built import is_built
from safe_instantiate.planning.given import taken
from safe_instantiate.planning.nodes import Call, Mapping, PlainList, PlanNode, Sequence, Shared
from safe_instantiate.planning.settings import Settings

if TYPE_CHECKING:
    from safe_instantiate.building.compiled import CompiledPlan


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
    _given: tuple[str | int, ...] = field(default=(), repr=False)

    def build(self, /, *args: Any, **kwargs: Any) -> Any:
        """Build the objects: every call makes new ones, sharing nothing but the values that were built already.

        Args:
            *args: the positional arguments that were `GIVEN` when the plan was made.
            **kwargs: the keyword arguments that were. They reach the target as they are, and are never read as
                configs.

        Returns:
            What the config's top level stands for.

        Raises:
            hydra.errors.InstantiationException: the config is wrong (all of `problems` listed, nothing was built), or
                a constructor raised (with Hydra 1.4 the constructor's own exception, with a note).
            TypeError: an argument that was `GIVEN` is missing, or one is here that was not.

        >>> from safe_instantiate import GIVEN, plan
        >>> third = plan({"_target_": "fractions.Fraction"}, numerator=GIVEN, denominator=3)
        >>> third.build(numerator=1), third.build(numerator=2)
        (Fraction(1, 3), Fraction(2, 3))
        """
        if self.problems:
            raise planning_error(self.problems)
        given = taken(self._given, args, kwargs) if args or kwargs or self._given else None
        settings = self._settings
        return build(self._root, self._full_key, settings.policy, defer_samplers=settings.defer_samplers, given=given)

    def compile(self) -> CompiledPlan:
        """The plan as one Python function with its calls written out, for building many times.

        Returns:
            What builds the objects when it is called, as `build` does; `source` shows the function.

        Raises:
            hydra.errors.InstantiationException: the config is wrong.

        >>> from safe_instantiate import GIVEN, plan
        >>> third = plan({"_target_": "fractions.Fraction", "denominator": 3}, numerator=GIVEN).compile()
        >>> third(numerator=1)
        Fraction(1, 3)
        >>> print(third.source)
        def build(*, numerator):
            result = judged(Fraction(denominator=3, numerator=numerator))
            return result
        <BLANKLINE>
        """
        if self.problems:
            raise planning_error(self.problems)
        from safe_instantiate.building.compiled import CompiledPlan

        settings = self._settings
        return CompiledPlan(
            self._root, self._given, self._full_key, settings.policy, defer_samplers=settings.defer_samplers
        )

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
        return Plan((), _child_list(root), self._full_key, self._settings, self._given)


def _child_list(root: Mapping | Sequence) -> PlainList:
    values = root.entries if isinstance(root, Mapping) else dict(enumerate(root.values))
    nodes = dict(root.built)
    children = [nodes.get(key, value) for key, value in values.items()]
    kept = [child for child in children if isinstance(child, (Call, Shared)) or _is_object(child)]
    built = tuple((index, child) for index, child in enumerate(kept) if isinstance(child, PlanNode))
    return PlainList([None if isinstance(child, PlanNode) else child for child in kept], built)


def _is_object(child: Any) -> bool:
    return not isinstance(child, PlanNode) and is_built(child)
