"""A plan, and what its reader can do with it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from safe_instantiate.building.builder import build
from safe_instantiate.building.failures import failed_key, with_place
from safe_instantiate.errors import Problem, planning_error
from safe_instantiate.planning.built import is_built
from safe_instantiate.planning.given import taken
from safe_instantiate.planning.nodes import Call, Mapping, PlainList, PlanNode, Sequence, Shared
from safe_instantiate.planning.problems import deeply_nested
from safe_instantiate.planning.settings import Settings
from safe_instantiate.planning.uses import TargetUse, target_uses

if TYPE_CHECKING:
    from safe_instantiate.building.compiled import CompiledPlan
    from safe_instantiate.checking.diagnostic import Report
    from safe_instantiate.checking.subject import Caller
    from safe_instantiate.checking.walk import Walk
    from safe_instantiate.explaining.graph import Graph
    from safe_instantiate.explaining.outline import Entry
    from safe_instantiate.explaining.trace import Trace
    from safe_instantiate.explaining.tree import Tree


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
        self._refuse_if_wrong()
        given = taken(self._given, args, kwargs) if args or kwargs or self._given else None
        settings = self._settings
        try:
            return build(
                self._root, self._full_key, settings.policy, defer_samplers=settings.defer_samplers, given=given
            )
        except Exception as error:
            self._say_where(error)
            raise

    def compile(self) -> CompiledPlan:
        """The plan as one Python function with its calls written out, for building many times.

        Returns:
            What builds the objects when it is called, as `build` does; `source` shows the function.

        Raises:
            hydra.errors.InstantiationException: the config is wrong, or nested too deep to be written out.

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
        self._refuse_if_wrong()
        from safe_instantiate.building.compiled import CompiledPlan

        settings = self._settings
        try:
            return CompiledPlan(
                self._root,
                self._given,
                self._full_key,
                settings.policy,
                defer_samplers=settings.defer_samplers,
                on_failure=self._say_where,
            )
        except RecursionError as error:  # writing takes more frames of the stack for a level than building
            raise planning_error((deeply_nested(self._full_key, error),)) from error

    def _refuse_if_wrong(self) -> None:
        if self.problems:
            from safe_instantiate.checking.places import placed

            raise planning_error(tuple(placed(problem, self._config) for problem in self.problems))

    def _say_where(self, error: Exception) -> None:
        from safe_instantiate.checking.places import place_in_words

        key = failed_key(error)
        place = place_in_words(self._config, key) if key is not None else ""
        if place:
            with_place(error, place)

    def trace(self, /, *args: Any, **kwargs: Any) -> Trace:
        """Build, and measure the time and memory that each object takes; a progress bar tells a terminal how far it is.

        Args:
            *args: as for `build`.
            **kwargs: as for `build`.

        Returns:
            The object, or the exception with which the build ended, and the steps: as a table, or for Chrome.

        Raises:
            hydra.errors.InstantiationException: the config is wrong; nothing was built.
            TypeError: an argument that was `GIVEN` is missing, or one is here that was not.

        >>> from safe_instantiate import plan
        >>> trace = plan({"half": {"_target_": "fractions.Fraction", "_args_": [1, 2]}}).trace()
        >>> trace.result
        {'half': Fraction(1, 2)}
        >>> [step.full_key for step in trace.whole.steps]
        ['half']
        """
        from safe_instantiate.explaining.trace import traced

        self._refuse_if_wrong()
        taken(self._given, args, kwargs)
        return traced(self._root, self._full_key, lambda root: replace(self, _root=root).build(*args, **kwargs))

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

    def walked_by(self, walk: Walk) -> None:
        """Have all targets of the plan, and of the configs that it hands on, listed."""
        walk.value(self._root, self._full_key, "program", None)

    @property
    def is_group(self) -> bool:
        """Whether the config has no target of its own at its top: an application's config hasn't."""
        return isinstance(self._root, (Mapping, Sequence))

    def tree(self) -> Tree:
        """The plan as a tree, to print: what is called with what, what is handed on raw, and why.

        A plan with problems has a tree too: each is told at its place.

        >>> from safe_instantiate import plan
        >>> print(plan({"rate": 0.5, "half": {"_target_": "fractions.Fraction", "_args_": [1, 2]}}).tree())
        config
        ├── rate: float = 0.5
        └── half: fractions.Fraction
            ├── [0]: int = 1
            └── [1]: int = 2
        """
        from safe_instantiate.explaining.tree import Tree

        return Tree(self._outline())

    def source(self) -> str:
        """The Python program that the plan means: imports, and a `build` function that calls the constructors.

        Objects that were built before are parameters of `build`. The program has every value in it, secrets too; it
        builds what the plan builds, without the engine's own guards: a target's arguments are not judged again, and
        what needs a process group gets one first.

        Returns:
            The text; it runs as it stands, and `build` returns an object equal to that of `Plan.build`.

        Raises:
            hydra.errors.InstantiationException: the config is wrong, so that it means no program.

        >>> from safe_instantiate import plan
        >>> text = plan({"_target_": "fractions.Fraction", "numerator": 1, "denominator": 3}).source()
        >>> print(text[text.index("from") :])
        from fractions import Fraction
        <BLANKLINE>
        <BLANKLINE>
        def build():
            fraction = Fraction(numerator=1, denominator=3)
            return fraction
        <BLANKLINE>
        <BLANKLINE>
        if __name__ == "__main__":
            build()
        <BLANKLINE>
        """
        from safe_instantiate.explaining.source import program_of

        self._refuse_if_wrong()
        return program_of(self._root, self._full_key, self._given).text

    def graph(self) -> Graph:
        """The plan as a graph of its objects, to draw: for Mermaid, for Graphviz, or as a picture.

        >>> from safe_instantiate import plan
        >>> graph = plan({"half": {"_target_": "fractions.Fraction", "_args_": [1, 2]}}).graph()
        >>> [(box.key, box.title) for box in graph.boxes]
        [('config', ''), ('half', 'Fraction')]
        """
        from safe_instantiate.explaining.graph import graph_of

        return graph_of(self._outline())

    def targets(self) -> tuple[TargetUse, ...]:
        """Every target that building would call, with its place: for review, and for writing an allow-list.

        The targets in configs that a consumer builds itself are among them.

        Raises:
            hydra.errors.InstantiationException: the config is wrong, so that it can't be known what it would call.

        >>> from safe_instantiate import plan
        >>> [use.path for use in plan([{"_target_": "fractions.Fraction"}, {"_target_": "json.JSONDecoder"}]).targets()]
        ['fractions.Fraction', 'json.JSONDecoder']
        """
        self._refuse_if_wrong()
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
        return replace(self, _root=_child_list(root))

    def _outline(self) -> Entry:
        from safe_instantiate.explaining.outline import outline

        return outline(self._root, self._full_key, self.problems, defer_samplers=self._settings.defer_samplers)


def _child_list(root: Mapping | Sequence) -> PlainList:
    values = root.entries if isinstance(root, Mapping) else dict(enumerate(root.values))
    nodes = dict(root.built)
    children = [nodes.get(key, value) for key, value in values.items()]
    kept = [child for child in children if isinstance(child, (Call, Shared)) or _is_object(child)]
    built = {index: child for index, child in enumerate(kept) if isinstance(child, PlanNode)}
    items = [None if index in built else child for index, child in enumerate(kept)]
    return PlainList(items, list(built), list(built.values()))


def _is_object(child: Any) -> bool:
    return not isinstance(child, PlanNode) and is_built(child)
