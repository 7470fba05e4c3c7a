"""The short way to the plan of a node: for mappings in which nothing is rare, which most are.

It gives what the planner gives on the long way, or nothing: then the planner goes the long way.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from safe_instantiate.config.glance import Glances
from safe_instantiate.config.keys import MODE_KEYS, TARGET
from safe_instantiate.config.reader import CONTAINERS
from safe_instantiate.distributed import holds_configs
from safe_instantiate.planning.modes import Modes, plain_modes
from safe_instantiate.planning.nodes import Call, Place, PlanNode
from safe_instantiate.planning.owners import Owners, remembered
from safe_instantiate.planning.settings import Settings
from safe_instantiate.targets.policy import needs_argument_check
from safe_instantiate.targets.target import Target, TargetError, find_target

if TYPE_CHECKING:
    from safe_instantiate.planning.planner import Planner


def _asks_more(obj: Any) -> bool:
    """Whether more has to be asked about a callable than whether its arguments fit."""
    return holds_configs(obj) or needs_argument_check(obj)


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """The keys of a mapping: those that say how it is built, whether one names a target, and the others."""

    names: tuple[Any, ...]
    has_target: bool
    modes: tuple[str, ...]


@functools.lru_cache(maxsize=4096)  # configs have few shapes, and many nodes of each
def shape_of(keys: tuple[Any, ...]) -> Shape | None:
    """The shape of a mapping with these keys; None if it has `_args_`, or what may be a misspelt control key.

    >>> shape_of(("_target_", "lr", "_partial_"))
    Shape(names=('lr',), has_target=True, modes=('_partial_',))
    >>> shape_of(("_target_", "_partail_")) is None
    True
    """
    modes = tuple(key for key in keys if key in MODE_KEYS)
    names = tuple(key for key in keys if key != TARGET and key not in MODE_KEYS)
    if any(isinstance(name, str) and name[:1] == "_" and name[-1:] == "_" for name in names):
        return None
    return Shape(names, TARGET in keys, modes)


class ShortWay:
    """Plans the nodes of one config; what it remembers of their targets holds for that config alone."""

    __slots__ = ("_fitting", "_glances", "_owners", "_settings", "_targets")

    def __init__(self, settings: Settings, owners: Owners, glances: Glances) -> None:
        self._settings = settings
        self._owners = owners
        self._glances = glances
        self._targets: dict[str, Target | None] = {}
        self._fitting: dict[Target, Shape] = {}

    def planned(
        self, planner: Planner, config: DictConfig, modes: Modes, place: Place, controls: dict[str, Any] | None = None
    ) -> PlanNode | None:
        """The plan of a mapping; None where something in it has to be looked at more closely.

        Args:
            planner: plans what is in it; not kept, since two that know each other wait for the garbage collector.
            config: the mapping.
            modes: what holds from above.
            place: where it stands.
            controls: control keys of the call, which take the place of its own.
        """
        glance = self._glances.at_mapping(config)
        if glance is None:
            return None
        values, special = glance
        shape = shape_of(tuple(values))
        if shape is None:
            return None
        target, partial = None, False
        if shape.modes or controls:
            if any(key in shape.modes for key in special):
                return None
            said = plain_modes({**{key: values.pop(key) for key in shape.modes}, **(controls or {})}, modes)
            if said is None:
                return None
            modes, partial = said
        if shape.has_target:
            written = values.pop(TARGET)
            target = self._targets.get(written) if written.__class__ is str else None
            if target is None and (target := self._target(written)) is None:
                return None
            if self._fitting.get(target) is not shape:
                if target.mismatches(0, shape.names, partial):
                    return None
                if not partial:
                    self._fitting[target] = shape
        elif not modes.recursive:
            return None  # what becomes of the targets in such a group depends on Hydra's version
        built: list[tuple[Any, PlanNode]] = []
        for key in special:
            node = values[key]
            if node.__class__ in CONTAINERS and modes.recursive:
                node = planner.container(node, modes, (place, key))
            else:
                node = planner.argument(target, key, node, modes, (place, key))
            if isinstance(node, PlanNode):
                built.append((key, node))
                node = None
            values[key] = node
        if target is None:
            return planner.group_of(config, values, tuple(built), modes)
        # By position: half the time that names take, and most nodes are made here. False is `checked`.
        return Call(target, (), values, (), tuple(built), partial, False, modes.convert, modes.recursive, place)

    def _target(self, written: Any) -> Target | None:
        """A target about which nothing has to be asked but whether its arguments fit; None for any other."""
        if written.__class__ is not str:
            return None
        if written not in self._targets:
            try:
                target = find_target(written, self._settings.policy)
            except TargetError:
                return None  # put into words on the long way
            simple = not remembered(target, "asks_more", _asks_more) and not self._owners.leaves_configs_to(target)
            self._targets[written] = target if simple else None
        return self._targets[written]
