"""Configs that are handed on as they are, for their consumer to build."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from safe_instantiate.config.cleaning import clean
from safe_instantiate.config.keys import ConvertName
from safe_instantiate.config.maker import detached
from safe_instantiate.config.reader import Reader, failures_below
from safe_instantiate.planning.nodes import FreshContainer, Place, RawConfig, below
from safe_instantiate.planning.problems import Problems


class RawConfigs:
    """Plans the raw configs of one plan.

    Args:
        reader: reads their values.
        problems: where interpolations in them that can't be resolved are put down.
        as_given: by the ids of their nodes, plain containers that are handed on plain.
    """

    __slots__ = ("_as_given", "_made", "_problems", "_reader")

    def __init__(self, reader: Reader, problems: Problems, as_given: Mapping[int, Any]) -> None:
        self._reader = reader
        self._problems = problems
        self._as_given = as_given
        self._made: dict[int, RawConfig] = {}

    def plan(self, config: Any, convert: ConvertName, place: Place) -> RawConfig | FreshContainer | None:
        """The plan for a container that nobody builds here; None if there is something wrong with it."""
        if id(config) in self._as_given:
            return FreshContainer(clean(self._as_given[id(config)]))
        if self._reader.lazy and convert == "none":
            if id(config) not in self._made:  # Hydra 1.4 hands on one config wherever it is referred to
                self._made[id(config)] = self._read_later(config)
            return self._made[id(config)]
        # Converted to plain containers it is read once more, which brings out escaped interpolations.
        read = self._reader.settled if convert == "none" else self._reader.value
        failures = list(failures_below(config, read))
        for path, failure in failures:
            self._problems.unresolved(failure, below(place, path))
        return None if failures else RawConfig(detached(config, read), convert)

    def _read_later(self, config: Any) -> RawConfig:
        # What can't be resolved is for whoever reads it to meet, and leads to where it leads to here.
        values: dict[int, Any] = {}

        def read_once(node: Any) -> Any:
            if id(node) not in values:
                values[id(node)] = self._reader.value(node)
            return values[id(node)]

        failed = any(failures_below(config, read_once))
        return RawConfig(detached(config, read_once, config if failed else None), "none")
