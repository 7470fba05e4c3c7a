"""The modes that a place is built in: what its control keys say, and what holds from above."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from safe_instantiate.config.keys import CONVERT, PARTIAL, RECURSIVE, ConvertName, convert_name
from safe_instantiate.config.standing import Failed, Missing
from safe_instantiate.planning.nodes import Place
from safe_instantiate.planning.problems import Problems


@dataclass(frozen=True, slots=True)
class Modes:
    """How the nodes below a place are built, unless they say otherwise."""

    convert: ConvertName
    recursive: bool


#: The modes with these values: four conversions, recursive or not.
modes_of: Final = functools.lru_cache(maxsize=8)(Modes)


def read_modes(controls: Mapping[str, Any], above: Modes, problems: Problems, place: Place) -> tuple[Modes, bool]:
    """What a node's control keys make of the modes from above, and whether the node is a partial."""

    def value_of(name: str, default: Any, read: Callable[[Any], Any]) -> Any:
        if name not in controls:
            return default
        written = controls[name]
        if written.__class__ is Missing:
            problems.missing((place, name))
        elif written.__class__ is Failed:
            problems.unresolved(written, (place, name))
        elif (meant := read(written)) is None:
            problems.wrong_control(name, written, place)
        else:
            return meant
        return default

    convert = value_of(CONVERT, above.convert, convert_name)
    recursive = value_of(RECURSIVE, above.recursive, _as_bool)
    return modes_of(convert, recursive), value_of(PARTIAL, False, _as_bool)


def plain_modes(controls: Mapping[str, Any], above: Modes) -> tuple[Modes, bool] | None:
    """What `read_modes` gives, where nothing is wrong; None where there are problems to be told."""
    problems = Problems("")
    said = read_modes(controls, above, problems, None)
    return None if problems.all() else said


def _as_bool(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None
