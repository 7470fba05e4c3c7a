"""hydra-zen's own targets, which are told in their arguments what to call: a path of it, and paths of its wrappers."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final

from safe_instantiate.targets.identity import identity

#: Calls what `_zen_target` leads to, which each of `_zen_wrappers` has wrapped before; `builds` writes it in configs.
PROCESSING: Final = "hydra_zen.funcs.zen_processing"
_WRAPPERS: Final = "_zen_wrappers"
_PARTIAL: Final = "hydra_zen.funcs.partial_with_wrapper"


def paths_in(kwargs: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths that `zen_processing` is given: of what it calls, if that is there, and then of the wrappers.

    >>> paths_in({"_zen_target": "json.loads", "_zen_wrappers": ["functools.cache", len], "s": "1"})
    ('json.loads', 'functools.cache')
    """
    wrappers = kwargs.get(_WRAPPERS, ())
    if isinstance(wrappers, str):
        wrappers = (wrappers,)
    try:
        found = [kwargs.get("_zen_target"), *wrappers]
    except TypeError:  # one wrapper, which is no path
        found = [kwargs.get("_zen_target")]
    return tuple(path for path in found if isinstance(path, str))


def arguments_in(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that it hands on.

    >>> arguments_in({"_zen_target": "json.loads", "_zen_exclude": ["a"], "s": "1"})
    {'s': '1'}
    """
    return {name: value for name, value in kwargs.items() if not name.startswith("_zen_")}


def parts_of(result: object) -> tuple[object, ...] | None:
    """What one of its partials with wrappers calls: the partial without them, and each of them; None of anything else.

    >>> parts_of(functools.partial(int, base=2)) is None
    True
    """
    if not isinstance(result, functools.partial) or identity(type(result)) != _PARTIAL:
        return None
    wrappers: tuple[object, ...] = result.wrappers  # type: ignore[attr-defined]
    return functools.partial(result.func, *result.args, **result.keywords), *wrappers
