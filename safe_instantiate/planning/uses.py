"""Which targets a plan calls, and where: what a reviewer reads, and what an allow-list is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from omegaconf import OmegaConf

from safe_instantiate.config.keys import ARGS, TARGET
from safe_instantiate.config.reader import CONTAINERS
from safe_instantiate.planning import nodes
from safe_instantiate.planning.nodes import Place, full_key
from safe_instantiate.targets import zen
from safe_instantiate.targets.arguments import discovered_path
from safe_instantiate.targets.forbidden import DISCOVERY
from safe_instantiate.targets.identity import identity


@dataclass(frozen=True, slots=True)
class TargetUse:
    """One place of a config where a target is named.

    Attributes:
        full_key: the place; "" for the top level.
        path: the target as it is written, which is also what an allow-list has to name.
        defined_as: the name under which the target is defined, which tells a re-export from an intruder; None where
            the plan doesn't follow the path: in a config that its consumer builds itself, and in a path that a function
            such as `hydra.utils.get_class` is given.

    >>> from safe_instantiate import plan
    >>> plan({"decoder": {"_target_": "json.JSONDecoder"}}).targets()
    (TargetUse(full_key='decoder', path='json.JSONDecoder', defined_as='json.decoder.JSONDecoder'),)
    """

    full_key: str
    path: str
    defined_as: str | None


def target_uses(root: Any, prefix: str) -> Iterator[TargetUse]:
    """Every use below a plan's root, in the order in which a reader meets them in the config."""
    yield from _uses(root, prefix, None)


def _uses(node: Any, prefix: str, place: Place) -> Iterator[TargetUse]:
    if isinstance(node, (nodes.Shared, nodes.Observed)):
        node = node.node
    if isinstance(node, nodes.Call):
        yield from _uses_of_call(node, prefix)
    elif isinstance(node, (nodes.Mapping, nodes.Sequence)):
        for key, child in node.built:
            yield from _uses(child, prefix, (place, key))
    elif isinstance(node, nodes.Held):
        yield from _uses(node.node, prefix, place)
    elif isinstance(node, nodes.RawConfig):
        yield from _uses_of_raw(_plain(node.template), prefix, place)


def _uses_of_call(call: nodes.Call, prefix: str) -> Iterator[TargetUse]:
    name = identity(call.target.obj)
    yield TargetUse(full_key(prefix, call.place), call.target.path, name)
    if name in DISCOVERY:
        path = discovered_path(name, call.args, call.kwargs)
        if path is not None:
            yield TargetUse(full_key(prefix, call.place), path, None)
    if name == zen.PROCESSING:
        lists = {key: child.values for key, child in call.built if isinstance(child, nodes.Sequence)}
        for path in zen.paths_in({**call.kwargs, **lists}):
            yield TargetUse(full_key(prefix, call.place), path, None)
    for key, child in call.built:
        yield from _uses(child, prefix, (call.place, key))
    positional = (call.place, ARGS)
    for index, child in call.built_args:
        yield from _uses(child, prefix, (positional, index) if index >= 0 else positional)


def _plain(template: Any) -> Any:
    return OmegaConf.to_container(template) if type(template) in CONTAINERS else template


def _uses_of_raw(value: Any, prefix: str, place: Place) -> Iterator[TargetUse]:
    if isinstance(value, Mapping):
        path = value.get(TARGET)
        if isinstance(path, str):
            yield TargetUse(full_key(prefix, place), path, None)
        for key, child in value.items():
            yield from _uses_of_raw(child, prefix, (place, key))
    elif isinstance(value, (list, tuple)):
        for index, child in enumerate(value):
            yield from _uses_of_raw(child, prefix, (place, index))
