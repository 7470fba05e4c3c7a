"""Plain groups without their control keys; `maker.detached` does the same for OmegaConf's nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from safe_instantiate.config.keys import CONTROL_KEYS, CONVERT, RECURSIVE, TARGET


def clean(value: Any) -> Any:
    """A copy of a plain container whose groups have no control keys; the targets in it have those that governed them.

    >>> clean({"_convert_": "all", "node": {"_target_": "builtins.dict"}})
    {'node': {'_target_': 'builtins.dict', '_convert_': 'all'}}
    """
    return _clean(value, {})


def clean_group(group: Mapping[Any, Any]) -> dict[Any, Any]:
    """The same for a mapping that is taken for a group, though it may have a target."""
    return _clean_group(group, {})


def _clean_group(group: Mapping[Any, Any], governing: Mapping[str, Any]) -> dict[Any, Any]:
    governing = {**governing, **{key: group[key] for key in (RECURSIVE, CONVERT) if key in group}}
    return {key: _clean(value, governing) for key, value in group.items() if key not in CONTROL_KEYS}


def _clean(value: Any, governing: Mapping[str, Any]) -> Any:
    if type(value) is list or type(value) is tuple:
        return type(value)(_clean(item, governing) for item in value)
    if type(value) is not dict:
        return value
    if TARGET in value:
        # What a target says of its arguments starts anew with it; what governed it, it says itself from now on.
        own = {key: _clean(child, {}) for key, child in value.items()}
        return {**own, **{key: said for key, said in governing.items() if key not in own}}
    return _clean_group(value, governing)
