"""The planner: reads a config once and says what is built, by whom, from what, and what is wrong with it.

The walk follows Hydra's rules node by node; where this library has a rule of its own, the comment names it. Nothing is
called, nothing of torch.distributed is touched, and every problem is collected instead of raised.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from omegaconf import DictConfig, ListConfig

from safe_instantiate.config.glance import Glances
from safe_instantiate.config.keys import ARGS, PARTIAL, TARGET
from safe_instantiate.config.maker import as_list_item
from safe_instantiate.config.reader import (
    CONTAINERS,
    SEQUENCES,
    Reader,
    TupleConfig,
    ancestors_of,
    full_key_of,
    is_whole,
    structured_type,
)
from safe_instantiate.config.standing import MISSING, Failed, Missing
from safe_instantiate.distributed import holds_configs
from safe_instantiate.planning.given import Given
from safe_instantiate.planning.modes import Modes, modes_of, read_modes
from safe_instantiate.planning.nodes import (
    DROPPED,
    WHOLE,
    Argument,
    Call,
    ConfigDict,
    ConfigList,
    ConfigTuple,
    FreshContainer,
    NoCall,
    Place,
    PlainDict,
    PlainList,
    PlainTuple,
    PlanNode,
    RawConfig,
    Shared,
    StructuredObject,
    held,
)
from safe_instantiate.planning.outcome import Planned, Positional
from safe_instantiate.planning.owners import Owners, remembered
from safe_instantiate.planning.problems import Problems
from safe_instantiate.planning.raw import RawConfigs
from safe_instantiate.planning.settings import Settings
from safe_instantiate.planning.short_way import ShortWay
from safe_instantiate.planning.target_names import TargetNames
from safe_instantiate.targets.policy import needs_argument_check
from safe_instantiate.targets.target import Target

#: What a sequence comes out as: plain, or as a config.
_LISTS: Final = (PlainList, ConfigList)
_TUPLES: Final = (PlainTuple, ConfigTuple)
#: The classes of what a reader gives that is no plain value.
_SPECIAL: Final = CONTAINERS | {Missing, Failed, list, dict, Argument, Given}


_NOTHING_GIVEN: Final[Mapping[str, Any]] = {}
_NO_ARGS: Final = Positional((), (), known=True)


def plan_config(
    config: DictConfig | ListConfig,
    args: tuple[Any, ...],
    controls: dict[str, Any],
    settings: Settings,
    *,
    lazy: bool = False,
    as_given: Mapping[str, Any] = _NOTHING_GIVEN,
) -> Planned:
    """Plan a config.

    Args:
        config: an open container; call-site keyword arguments are merged into it already.
        args: positional arguments of the call, which take the place of the config's `_args_`.
        controls: control keys of the call, which take the place of the top level's own.
        settings: the instantiator's.
        lazy: whether a value is resolved when it is built and not before, as Hydra 1.4 does.
        as_given: arguments that reach the target plain if they aren't built.
    """
    prefix = full_key_of(config)
    reader = Reader(None if lazy or is_whole(config) else config, lazy=lazy)
    planner = Planner(settings, Problems(prefix, lazy=lazy), reader, as_given)
    try:
        root = planner.top(config, args, controls)
    except RecursionError as error:
        root = None
        planner.problems.too_deep(config, planner.reader, error)
    return Planned(root, planner.problems.all(), prefix, planner.reader.named_controls)


class Planner:
    """Plans one config."""

    def __init__(self, settings: Settings, problems: Problems, reader: Reader, as_given: Mapping[str, Any]) -> None:
        self.problems = problems
        self.reader = reader
        self._settings = settings
        self._owners = Owners(settings, reader)
        self._top_modes = modes_of(settings.convert, settings.recursive)
        self._top: Any = None
        self._top_controls: dict[str, Any] = {}
        self._as_given = as_given
        self._glances = Glances()
        self._short_way = ShortWay(settings, self._owners, self._glances)
        self._shared: dict[int, Shared] = {}

    # Made when the first node needs them, which in most configs none does.

    @functools.cached_property
    def _names(self) -> TargetNames:
        return TargetNames(self._settings.policy, self.problems)

    @functools.cached_property
    def _raws(self) -> RawConfigs:
        return RawConfigs(self.reader, self.problems, self._as_given)

    # ---- what stands at a place ----------------------------------------------------------------------------------

    def top(self, config: Any, args: tuple[Any, ...], controls: dict[str, Any]) -> Any:
        """The plan of the whole config."""
        modes = self._top_modes
        self._top, self._top_controls = config, controls
        config = self.reader.value(config)
        if config.__class__ not in CONTAINERS:  # null, ???, or an interpolation that leads to no container
            return self.value(config, modes, None) if config.__class__ in _SPECIAL else config
        if config.__class__ in SEQUENCES:
            modes, _ = read_modes(controls, modes, self.problems, None)
            return self._list(config, modes, None)
        if not args and not self._settings.share:
            planned = self._short_way.planned(self, config, modes, None, controls)
            if planned is not None:
                return planned
        return self._mapping(config, {**self.reader.controls(config), **controls}, modes, None, args)

    def container(self, config: Any, modes: Modes, place: Place) -> Any:
        """The plan of a container node."""
        if config.__class__ in SEQUENCES:
            return self._list(config, modes, place)
        if self._settings.share:
            if id(config) in self._shared:
                return self._shared[id(config)]
            modes = self._modes_at_home(config, modes)
        elif (planned := self._short_way.planned(self, config, modes, place)) is not None:
            return planned
        return self._mapping(config, self.reader.controls(config), modes, place, ())

    def _modes_at_home(self, config: Any, modes: Modes) -> Modes:
        """What holds where a node stands, not where it is referred to: so sharing doesn't depend on who comes first."""
        if TARGET not in self.reader.controls(config):
            return modes
        home = self._top_modes
        for ancestor in ancestors_of(config):
            if ancestor.__class__ is DictConfig:
                given = self._top_controls if ancestor is self._top else {}
                home, _ = read_modes({**self.reader.controls(ancestor), **given}, home, self.problems, None)
        return home

    def _mapping(
        self, config: DictConfig, controls: dict[str, Any], modes: Modes, place: Place, args: tuple[Any, ...]
    ) -> Any:
        partial = False
        if controls:
            # The usual mapping has a target and no other control key; modes are only remade when one speaks of them.
            if len(controls) > 1 or TARGET not in controls:
                modes, partial = read_modes(controls, modes, self.problems, place)
            if TARGET in controls:
                call = self._call(config, controls[TARGET], modes, partial, place, args)
                if self._settings.share:
                    self._shared[id(config)] = shared = Shared(call)
                    return shared
                return call
        return self._group(config, modes, place, args)

    def value(self, value: Any, modes: Modes, place: Place) -> Any:
        """The plan for a value that is not a plain one."""
        if value.__class__ in CONTAINERS:
            return self.container(value, modes, place)
        if value is MISSING:
            self.problems.missing(place)
        elif value.__class__ is Failed:
            self.problems.unresolved(value, place)
        elif value.__class__ is Given:
            self.problems.misplaced_given(place)
        else:
            return value if value.__class__ is Argument else FreshContainer(value)
        return None

    def _group(self, config: DictConfig, modes: Modes, place: Place, args: tuple[Any, ...]) -> PlanNode:
        values: dict[Any, Any] = {}
        built: list[tuple[Any, PlanNode]] = []
        before = len(self.problems)
        entries = self.reader.entries(config)
        if args and self.reader.lazy:
            entries = (entry for entry in entries if entry[0] != ARGS)
        for key, value in entries:
            if value is MISSING:
                # Hydra looks through all values of a group before it builds one.
                self.problems.missing((place, key), before)
            elif value.__class__ is Failed:
                self.problems.unresolved(value, (place, key))
                before = len(self.problems)
                value = None
            elif value.__class__ in _SPECIAL:
                if modes.recursive or not self.reader.lazy or value.__class__ not in CONTAINERS:
                    value = self.value(value, modes, (place, key))
                else:
                    # With Hydra 1.3 a group only tells its targets to leave theirs raw; with 1.4 it does so itself.
                    value = self._raws.plan(value, "none", (place, key))
                if isinstance(value, PlanNode):
                    if key != ARGS:
                        built.append((key, value))
                    value = None
            values[key] = value
        values.pop(ARGS, None)  # without a target it is read, and dropped
        self.problems.misspelt(values, place, None)
        return self.group_of(config, values, tuple(built), modes)

    def group_of(
        self, config: DictConfig, values: dict[Any, Any], built: tuple[tuple[Any, PlanNode], ...], modes: Modes
    ) -> PlanNode:
        """The node for a group whose values are planned."""
        object_type = structured_type(config)
        if modes.convert == "all" or (modes.convert != "none" and object_type is None):
            return PlainDict(values, built, None)
        if modes.convert == "object":
            return StructuredObject(values, built, object_type)
        return ConfigDict(values, built, object_type or dict)

    def _list(self, config: Any, modes: Modes, place: Place) -> PlanNode:
        glance = self._glances.at_items(config)
        values: list[Any] = []
        given: Iterable[tuple[int, Any]] = enumerate(self.reader.items(config))
        if glance is not None:
            values, special = glance
            given = zip(special, [values[index] for index in special], strict=True)
        indices: list[int] = []
        nodes: list[PlanNode] = []
        for index, value in given:
            if value.__class__ in _SPECIAL:
                plan = self.container if value.__class__ in CONTAINERS else self.value
                value = plan(value, modes, (place, index))
                if isinstance(value, PlanNode):
                    indices.append(index)
                    nodes.append(value)
                    value = None
            if glance is None:
                values.append(value)
            else:
                values[index] = value
        kind = _TUPLES if config.__class__ is TupleConfig else _LISTS
        return kind[modes.convert == "none"](values, indices, nodes)

    # ---- a target and its arguments ------------------------------------------------------------------------------

    def _call(
        self, config: DictConfig, written: Any, modes: Modes, partial: bool, place: Place, args: tuple[Any, ...]
    ) -> Call | NoCall:
        target = self._names.target(written, place)
        forcing = target
        holds = target is not None and holds_configs(target.obj)
        if holds:
            modes = Modes(modes.convert, recursive=True)
        elif target is not None and self._owners.leaves_configs_to(target):
            modes, forcing = Modes(modes.convert, recursive=False), None
        kwargs: dict[str, Any] = {}
        built: list[tuple[str, PlanNode]] = []
        positional = _NO_ARGS
        for key, value in self.reader.entries(config):
            if value.__class__ in _SPECIAL:
                if key == ARGS and args and self.reader.lazy:
                    continue
                if value is MISSING and partial:
                    continue  # given when the partial is called
                if key == ARGS:
                    positional = self._positional(target, forcing, value, modes, (place, ARGS), dispensable=bool(args))
                    continue
                value = self.argument(forcing, key, value, modes, (place, key))
                if isinstance(value, PlanNode):
                    built.append((key, value))
                    value = None
            kwargs[key] = value
        if ARGS in kwargs:  # a plain value, which is no list of configs at least
            positional = self._positional(target, forcing, kwargs.pop(ARGS), modes, (place, ARGS), dispensable=False)
        if args:
            # Those of the call take the place of the config's, which Hydra 1.3 builds all the same.
            dropped = tuple((index if index == WHOLE else DROPPED, node) for index, node in positional.built)
            given = tuple((index, value) for index, value in enumerate(args) if value.__class__ is Argument)
            positional = Positional(args, dropped + given, known=True)
        if target is None:
            return NoCall(written, positional.values, kwargs, positional.built, tuple(built), place)
        n_positional = len(positional.values) if positional.known else None
        self._check_call(target, n_positional, tuple(kwargs), partial, place)
        checked = self._settings.policy.checks and remembered(target, "needs_argument_check", needs_argument_check)
        if checked and not built and not positional.built:
            # Everything is known already, so the verdict can come before anything is built.
            refusal = self._settings.policy.argument_refusal(target.obj, positional.values, kwargs, partial=partial)
            if refusal is not None:
                self.problems.refused(refusal, place)
        return Call(
            target,
            positional.values,
            kwargs,
            held(positional.built) if holds else positional.built,
            held(built) if holds else tuple(built),
            partial=partial,
            checked=checked,
            convert=modes.convert,
            recursive=modes.recursive,
            place=place,
        )

    def argument(self, forcing: Target | None, name: Any, value: Any, modes: Modes, place: Place) -> Any:
        """The plan for an argument; a plain value is its own."""
        if value.__class__ not in _SPECIAL:
            return value
        if value.__class__ not in CONTAINERS or modes.recursive:
            return self.value(value, modes, place)
        if forcing is not None and self._owners.is_forced(forcing, name, value):
            return self.value(value, Modes(modes.convert, recursive=True), place)
        return self._raws.plan(value, modes.convert, place)

    def _positional(
        self,
        target: Target | None,
        forcing: Target | None,
        value: Any,
        modes: Modes,
        place: Place,
        *,
        dispensable: bool,
    ) -> Positional:
        """What `_args_` gives; `dispensable` says that the call has others, and nobody walks these."""
        if value.__class__ in SEQUENCES:
            return self._listed(forcing, value, modes, place, dispensable=dispensable)
        if value.__class__ is DictConfig and modes.recursive:
            whole = self.container(value, modes, place)
            if isinstance(whole, (Call, NoCall, Shared)):  # one target that makes the whole list
                return Positional((), ((WHOLE, whole),), known=False)
        if value.__class__ is Missing or value.__class__ is Failed:
            self.value(value, modes, place)
        elif isinstance(value, Sequence):
            return Positional(tuple(value), (), known=True)
        elif target is not None:
            self.problems.wrong_args(value, target, place and place[0])
        return Positional((), (), known=False)

    def _listed(
        self, forcing: Target | None, items: ListConfig, modes: Modes, place: Place, *, dispensable: bool
    ) -> Positional:
        names = forcing.parameters.positional if forcing is not None and forcing.parameters is not None else ()
        values: list[Any] = []
        built: list[tuple[int, PlanNode]] = []
        for value in self.reader.items(items):
            if modes.recursive and modes.convert == "none" and value.__class__ in (list, dict, tuple):
                # Hydra's positional arguments are items of a ListConfig, also what a resolver has made.
                value = RawConfig(as_list_item(value), "none")
            elif value.__class__ in _SPECIAL:
                if value is MISSING and not modes.recursive and (dispensable or modes.convert != "none"):
                    values.append("???")  # in a list that nobody walks, it is a text like others
                    continue
                index = len(values)
                name = names[index] if index < len(names) else None
                value = self.argument(forcing, name, value, modes, (place, index))
            if isinstance(value, PlanNode):
                built.append((len(values), value))
                value = None
            values.append(value)
        return Positional(tuple(values), tuple(built), known=True)

    def _check_call(
        self, target: Target, n_positional: int | None, names: tuple[Any, ...], partial: bool, place: Place
    ) -> None:
        misspelt = self.problems.misspelt(names, place, target)
        if misspelt:
            if n_positional is not None and not partial and target.mismatches(n_positional, names, partial):
                self.problems.as_mismatch(len(misspelt))
            # One mistake, one problem: the rest of the call is judged as it was meant.
            names = tuple(name for name in names if name not in misspelt)
            partial = partial or PARTIAL in misspelt.values()
            n_positional = None if ARGS in misspelt.values() else n_positional
        # While it isn't known how many are given by position, the others are judged as those of a partial.
        if found := target.mismatches(n_positional or 0, names, partial or n_positional is None):
            self.problems.mismatches(found, target, place, partial=partial)
