"""A plan, and what its reader can do with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from safe_instantiate.building.builder import build
from safe_instantiate.errors import Problem, planning_error
from safe_instantiate.planning.built import is_built
from safe_instantiate.planning.nodes import Call, Mapping, PlainList, PlanNode, Sequence, Shared
from safe_instantiate.planning.settings import Settings
from safe_instantiate.planning.uses import TargetUse, target_uses


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

    def targets(self) -> tuple[TargetUse, ...]:
        """Every target that building would call, with its place: for review, and for writing an allow-list.

        The targets in configs that a consumer builds itself are among them.

        Raises:
            hydra.errors.InstantiationException: the config is wrong, so that it can't be known what it would call.

        >>> from safe_instantiate import plan
        >>> [use.path for use in plan([{"_target_": "fractions.Fraction"}, {"_target_": "json.loads"}]).targets()]
        ['fractions.Fraction', 'json.loads']
        """
        if self.problems:
            raise planning_error(self.problems)
        return tuple(target_uses(self._root, self._full_key))

    def allow_list(self) -> tuple[str, ...]:
        """The smallest allow-list under which this config builds: the paths of `targets`, and no package.

        A callable that a target returns has to be allowed too, and no plan can know it.

        Raises:
            hydra.errors.InstantiationException: as `targets`.

        >>> from safe_instantiate import Instantiator, plan
        >>> reviewed = plan({"_target_": "fractions.Fraction", "_args_": [1, 3]}).allow_list()
        >>> reviewed
        ('fractions.Fraction',)
        >>> Instantiator(allow=reviewed).instantiate({"_target_": "fractions.Fraction", "_args_": [1, 2]})
        Fraction(1, 2)
        """
        return tuple(sorted({use.path for use in self.targets()}))

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
