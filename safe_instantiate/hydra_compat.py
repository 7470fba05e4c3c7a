"""What the installed Hydra does: the one module that asks.

Features are detected, never versions compared; the reason stands beside each. Hydra's private functions are used
where Hydra alone can give the answer: its own words for a failure, and its own verdict on a target.
"""

from __future__ import annotations

import importlib
from typing import Any, Final

import hydra.utils
from hydra._internal.instantiate import _instantiate2 as _engine
from hydra.errors import InstantiationException

#: Hydra 1.3 wraps what a constructor raised in an InstantiationException; 1.4 lets it pass, with the key as a note.
WRAPS_CONSTRUCTOR_ERRORS: Final = not hasattr(_engine, "_add_full_key_note")

#: Hydra 1.3 resolves a copy of the whole config and merges the call's arguments into it, before it builds anything. 1.4
#: reads a value when its turn comes, leaves alone what is handed on raw, and lays the arguments over the config.
READS_LAZILY: Final = hasattr(_engine, "_instantiate_effective_value")

#: Hydra 1.4 can be told to take 1.3's way for one call: `isolate=True`, or `_isolate_` in the config.
ISOLATES: Final = hasattr(_engine, "_isolate_config_argument")

#: Hydra's own functions that instantiate: what "instantiates for itself" and patching look for.
INSTANTIATE_FUNCTIONS: Final = (hydra.utils.instantiate,)

#: Everything that `hydra.utils` offers beside instantiation, to be offered under the same names.
OTHER_PUBLIC_NAMES: Final = tuple(
    name
    for name, value in vars(hydra.utils).items()
    if not name.startswith("_")
    and name not in ("instantiate", "call")
    and getattr(value, "__module__", "").startswith("hydra.")
)


def _policy_module() -> Any:
    # 1.3.3 and later have a target policy, 1.4 an execution policy of the same make; 1.3.2 has none.
    for name in ("hydra._internal.target_policy", "hydra._internal.execution_policy"):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    return None


_policy: Final = _policy_module()
# 1.4 hands the whitelist in force to every question; None is its default, the built-in lists.
_in_force: Final = () if _policy is None or hasattr(_policy, "_capture_target_policy") else (None,)


def hydra_refusal(path: str | None, obj: object) -> str | None:
    """What the installed Hydra says against a target, by its written path and by what it resolves to; None if nothing.

    Args:
        path: the target as written, or None for a callable that came without one.
        obj: the object that it resolves to; None while only the path is to be judged.
    """
    if _policy is None:
        return None
    try:
        if path is not None:
            _policy._reject_protected_reference(path, "", *_in_force)
            _policy._authorize_target_name(path, path, "", *_in_force)
        if obj is not None:
            name = path or _policy._get_resolved_target_name_for_check(obj)
            _policy._authorize_resolved_target_identity(obj, name, "", *_in_force)
    except InstantiationException as refusal:
        return str(refusal)
    return None


def hydra_argument_refusal(obj: Any, args: tuple[Any, ...], kwargs: dict[str, Any], *, partial: bool) -> str | None:
    """What the installed Hydra says against calling `obj` with these arguments; None if nothing."""
    if _policy is None:
        return None
    try:
        target, args, kwargs = _policy._authorize_target_invocation(
            obj, args, kwargs, "", *_in_force, allow_incomplete_partial=partial
        )
        _policy._authorize_discovery_path(target, args, kwargs, "", *_in_force)
    except InstantiationException as refusal:
        return str(refusal)
    return None


def allowed_by(given: Any) -> Any:
    """The allow-list that a value of Hydra 1.4's `_execution_whitelist_` stands for; None for the default policy."""
    if hasattr(_policy, "_resolve_execution_whitelist"):
        given = _policy._resolve_execution_whitelist(given)
        return given if isinstance(given, tuple) else None
    return given


def target_failure(target: Any, full_key: str) -> Exception | None:
    """The exception with which the installed Hydra refuses to resolve a target: its words, its cause."""
    try:
        _engine._resolve_target(target, full_key)
    except Exception as failure:
        return failure
    return None


def args_failure(target: Any, value: Any, full_key: str) -> Exception | None:
    """The exception with which the installed Hydra refuses an `_args_` that is no list; the target is not called."""
    try:
        _engine._call_target(target, False, (), {"_args_": value}, full_key, *_in_force, *_in_force)
    except Exception as failure:
        return failure
    return None


def unusable_config_failure(config: object, **controls: object) -> Exception | None:
    """The exception with which the installed Hydra refuses something that no config can be made of."""
    try:
        _engine.instantiate(config, **controls)
    except Exception as failure:
        return failure
    return None


def overrides_failure(config: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Exception | None:
    """The exception with which the installed Hydra refuses arguments of a call, by what they are; None if it doesn't.

    Hydra 1.4 takes no text for one that reads as an interpolation or as missing, and checks an argument against the
    declared type of the field that it is given for. 1.3 checks while it merges.

    Args:
        config: the config, a DictConfig.
        args: the call's positional arguments.
        kwargs: its keyword arguments.
    """
    if not READS_LAZILY:
        return None
    try:
        for key, value in (*((("_args_", index), value) for index, value in enumerate(args)), *kwargs.items()):
            _engine._validate_callsite_override(value, key if isinstance(key, tuple) else (key,))
        _engine._validate_override_types(config, _engine._prepare_input_container(kwargs))
    except Exception as failure:
        return failure
    return None
