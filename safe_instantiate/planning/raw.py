"""Configs that are handed on as they are, for their consumer to build."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from omegaconf import DictConfig

from safe_instantiate.config.cleaning import clean
from safe_instantiate.config.glance import missing_fields
from safe_instantiate.config.keys import TARGET, ConvertName, target_text
from safe_instantiate.config.maker import detached
from safe_instantiate.config.reader import Reader, failures_below, structured_type
from safe_instantiate.planning.nodes import FreshContainer, Place, RawConfig, below, path_of
from safe_instantiate.planning.problems import Problems

_INTERPOLATION: Final = re.compile(r"(\\*)\$\{")


class RawConfigs:
    """Plans the raw configs of one plan.

    Args:
        reader: reads their values.
        problems: where interpolations in them that can't be resolved are put down.
        as_given: plain containers that are arguments of the call, and are handed on plain.
    """

    __slots__ = ("_as_given", "_made", "_problems", "_reader")

    def __init__(self, reader: Reader, problems: Problems, as_given: Mapping[str, Any]) -> None:
        self._reader = reader
        self._problems = problems
        self._as_given = as_given
        self._made: dict[int, RawConfig] = {}

    def plan(self, config: Any, convert: ConvertName, place: Place) -> RawConfig | FreshContainer | None:
        """The plan for a container that nobody builds here; None if there is something wrong with it."""
        given = self._given_at(place) if self._as_given else None
        if given is not None:
            return FreshContainer(clean(_with_target_texts(given)))
        if self._reader.lazy:
            return self._read_later(config, convert, place)
        # Converted to plain containers it is read once more, which brings out escaped interpolations.
        return self._whole(config, convert, place, self._reader.settled if convert == "none" else self._reading())

    def _given_at(self, place: Place) -> Any:
        """The plain container that was given at a place, in one of those arguments or as one; None if there is none."""
        at: Any = self._as_given
        for key in path_of(place):
            if not isinstance(at, (Mapping, list, tuple)):
                return None
            at = at.get(key) if isinstance(at, Mapping) else at[key]
        return at if at.__class__ in (dict, list, tuple) else None

    def _whole(self, config: Any, convert: ConvertName, place: Place, read: Callable[[Any], Any]) -> RawConfig | None:
        # Hydra 1.4 leaves Structured Configs in a plain container alone, and what is wrong in them to who reads it.
        spares = self._reader.lazy and convert == "partial"
        failures = list(failures_below(config, _unless_structured(read) if spares else read))
        for path, failure in failures:
            self._problems.unresolved(failure, below(place, path))
        # No instance can be made of a Structured Config that lacks a field.
        lacking = list(missing_fields(config, read)) if convert == "object" else []
        for path in lacking:
            self._problems.missing(below(place, path))
        if failures or lacking:
            return None
        context = config if spares and any(failures_below(config, read)) else None
        return RawConfig(detached(config, read, context), convert, place)

    def _reading(self) -> Callable[[Any], Any]:
        """A look at nodes that reads each once, for a config that is read again."""
        values: dict[int, Any] = {}

        def read(node: Any) -> Any:
            if id(node) not in values:
                value = self._reader.value(node)
                # A text with what looks like an interpolation is written so that it comes out as it is now.
                values[id(node)] = _escaped(value) if isinstance(value, str) and "${" in value else value
            return values[id(node)]

        return read

    def _read_later(self, config: Any, convert: ConvertName, place: Place) -> RawConfig | None:
        read = self._reading()
        if convert != "none" and not (convert == "partial" and _is_structured(config)):
            return self._whole(config, convert, place, read)
        if id(config) not in self._made:  # Hydra hands on one config wherever it is referred to
            # What can't be resolved is for whoever reads it to meet, and leads to where it leads to here.
            failed = any(failures_below(config, read))
            self._made[id(config)] = RawConfig(detached(config, read, config if failed else None), convert)
        return self._made[id(config)]


def _unless_structured(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same look at nodes, to which Structured Configs are nothing."""

    def read_others(node: Any) -> Any:
        value = read(node)
        return None if _is_structured(value) else value

    return read_others


def _is_structured(value: Any) -> bool:
    return isinstance(value, DictConfig) and structured_type(value) is not None


def _escaped(text: str) -> str:
    r"""A text that reads as `text`, which has what looks like an interpolation in it.

    >>> print(_escaped("x-${nowhere}"))
    x-\${nowhere}
    """
    return _INTERPOLATION.sub(lambda found: rf"{found[1] * 2}\${{", text)


def _with_target_texts(value: Any) -> Any:
    """A plain container with each callable that is a target in it written as its path."""
    if value.__class__ is dict:
        return {key: target_text(child) if key == TARGET else _with_target_texts(child) for key, child in value.items()}
    return value.__class__(map(_with_target_texts, value)) if value.__class__ in (list, tuple) else value
