"""From a plan to what rules look at; configs that are handed on are planned too, since somebody will build them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from omegaconf import DictConfig, ListConfig

from safe_instantiate.checking.keys import joined
from safe_instantiate.checking.subject import Caller, CallSite, Group, Raw
from safe_instantiate.config.reader import Reader, has_target_below
from safe_instantiate.errors import Problem
from safe_instantiate.planning.nodes import (
    DROPPED,
    WHOLE,
    Call,
    FreshContainer,
    Held,
    Mapping,
    RawConfig,
    Sequence,
    Shared,
)
from safe_instantiate.planning.planner import plan_config
from safe_instantiate.planning.settings import AUTO, Settings


class Walk:
    """Reads one plan; `calls` and `problems` (those of configs that are handed on) are what comes of it."""

    def __init__(self, settings: Settings) -> None:
        self.calls: list[CallSite] = []
        self.problems: list[Problem] = []
        # Who builds a config later knows what it leaves to whom; taking every self-builder for one errs on no side.
        self._settings = replace(settings, leave_configs_to=settings.leave_configs_to or AUTO)
        self._shared: dict[int, Any] = {}

    def value(self, value: Any, key: str, caller: Caller, parent: CallSite | None) -> Any:
        """What stands at a key, in terms of `CallSite`, `Group`, `Raw` and lists."""
        if isinstance(value, Shared):
            if id(value) not in self._shared:
                self._shared[id(value)] = self.value(value.node, key, caller, parent)
            return self._shared[id(value)]
        if isinstance(value, Call):
            return self._call(value, key, caller, parent)
        if isinstance(value, Mapping):
            group = Group(value.entries)
            group.object_type = value.object_type if isinstance(value.object_type, type) else None
            for name, child in value.built:
                group[name] = self.value(child, joined(key, str(name)), caller, parent)
            return group
        if isinstance(value, Sequence):
            items = list(value.values)
            for index, child in value.built:
                items[index] = self.value(child, joined(key, f"[{index}]"), caller, parent)
            return items
        if isinstance(value, RawConfig):
            return self._raw(value.template, key, parent)
        if isinstance(value, Held):
            return self.value(value.node, key, caller, parent)
        return value.value if isinstance(value, FreshContainer) else value

    def _call(self, node: Call, key: str, caller: Caller, parent: CallSite | None) -> CallSite:
        site = CallSite(key, node.target, node.partial, caller, parent)
        self.calls.append(site)
        for name, value in node.kwargs.items():
            self._give(site, str(name), value, joined(key, str(name)))
        for name, child in node.built:
            self._give(site, str(name), self.value(child, joined(key, str(name)), "engine", site), "")
        parameters = node.target.parameters
        names = parameters.positional if parameters is not None else ()
        built = dict(node.built_args)
        for index, value in enumerate(node.args):
            place = joined(key, f"_args_[{index}]")
            given = self.value(built[index], place, "engine", site) if index in built else value
            if index < len(names):
                self._give(site, names[index], given, place)
        for index in (WHOLE, DROPPED):
            if index in built:
                self.value(built[index], joined(key, "_args_"), "engine", site)
        return site

    @staticmethod
    def _give(site: CallSite, name: str, value: Any, place: str) -> None:
        site.arguments[name] = value
        site.places.setdefault(name, place)

    def _raw(self, template: Any, key: str, parent: CallSite | None) -> Any:
        if not isinstance(template, (DictConfig, ListConfig)):
            return template
        has_targets = has_target_below(template, Reader())
        if has_targets:
            planned = plan_config(template, (), {}, self._settings)
            self.problems += [replace(each, full_key=joined(key, each.full_key)) for each in planned.problems]
            self.value(planned.root, key, "target", parent)
        return Raw(template, has_targets)
