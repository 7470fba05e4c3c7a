"""Call-site arguments as Hydra 1.4 has them: laid over a config, where 1.3 merges them (`overrides`).

A mapping is merged into what has a target or a declared type. Anything else takes the place of what the config has
there, unconverted, and its interpolations lead to what they lead to where it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig

from safe_instantiate import hydra_compat
from safe_instantiate.config.copies import children_of, copy_within_whole, working_copy
from safe_instantiate.config.keys import ARGS, CONTROL_KEYS, TARGET, target_text
from safe_instantiate.config.maker import (
    AtHome,
    describe_merged,
    from_plain,
    has_declared_type,
    merged_node,
)
from safe_instantiate.config.reader import CONTAINERS, Reader, declared_type


@dataclass(frozen=True, slots=True)
class Overlaid:
    """A config with the arguments of a call laid over it.

    `as_given` has each argument that is a plain container and was not merged: where it isn't built, it reaches its
    target plain.
    """

    config: DictConfig
    as_given: dict[str, Any]


def refuse_texts(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Refuse what Hydra 1.4 refuses of a call's arguments before it looks at the config: texts that read as no value.

    Raises:
        hydra.errors.InstantiationException: a text is an interpolation, or `???`.
    """
    for name, value in (*((f"{ARGS}.{index}", value) for index, value in enumerate(args)), *kwargs.items()):
        if _has_text_of_no_value(value):
            _raise(hydra_compat.argument_failure(name, value))


def _refuse_misfits(config: DictConfig, given: Any) -> None:
    values = given if given.__class__ is dict else children_of(given)
    typed = {key: value for key, value in values.items() if key not in CONTROL_KEYS and has_declared_type(config, key)}
    if typed:
        _raise(hydra_compat.typed_arguments_failure(config, typed))


def _has_text_of_no_value(value: Any) -> bool:
    # Hydra's own look at an argument compares it, which an object may not like; so it only looks where there is reason.
    if isinstance(value, str):
        return "${" in value or value == "???"
    children = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return any(map(_has_text_of_no_value, children))


def _raise(failure: Exception | None) -> None:
    if failure is not None:
        raise failure


def laid_over(config: DictConfig, arguments: dict[str, Any]) -> Overlaid:
    """The config with the call's keyword arguments laid over it.

    Args:
        config: the caller's config; it is only read.
        arguments: the keyword arguments. A dict, list or tuple is a config too; everything else, and every subclass of
            these, is a value that the result holds as it is, whatever type is declared for it.

    Raises:
        omegaconf.errors.OmegaConfBaseException: an argument does not fit the typed field that it is given for, or a
            mapping what it has to be merged into.
    """
    copy = copy_within_whole(config)
    content = children_of(copy)
    describe_merged(copy, arguments)
    _refuse_misfits(copy, arguments)
    configured = {key: content.get(key) for key in arguments}
    is_call = TARGET in content or TARGET in arguments
    as_given: dict[str, Any] = {}
    for key, value in arguments.items():
        # A config that says what it makes, or is put into a group, refers to what is there.
        put = value if _is_mapping(value) and (not is_call or TARGET in value) else _replacement(key, value)
        content[key] = from_plain(put, _never, copy, key)
        if value.__class__ in (list, tuple) or (value.__class__ is dict and is_call and TARGET not in value):
            as_given[key] = value
    for key, value in arguments.items():
        base = _merge_base(content, key, configured[key], is_call=is_call) if _is_mapping(value) else None
        if base is not None:
            _refuse_misfits(base, value)
            as_given.pop(key, None)
            content[key] = merged_node(base, value, copy, key)
    return Overlaid(copy, as_given)


def _merge_base(content: dict[Any, Any], key: str, configured: Any, *, is_call: bool) -> DictConfig | None:
    """The mapping that a mapping given in its place is merged into; None if that takes its place."""
    base = configured
    if is_call and configured is not None:
        given = content[key]
        content[key] = configured  # an interpolation that leads through itself leads nowhere, and not into the argument
        base = Reader(lazy=True).value(configured)
        content[key] = given
        if base.__class__ is dict and TARGET in base:  # from a resolver, and part of no config
            return working_copy(from_plain(base, _never))
    if base.__class__ is not DictConfig:
        return None
    return base if not is_call or declared_type(base) is not None or TARGET in base else None


def _is_mapping(value: Any) -> bool:
    return value.__class__ is dict or (value.__class__ is DictConfig and children_of(value).__class__ is dict)


def _replacement(key: str, value: Any) -> Any:
    """An argument with each config in it marked to be read where it comes from."""
    if value.__class__ is dict:
        return {name: _replacement(name, child) for name, child in value.items()}
    if value.__class__ in (list, tuple):
        return value.__class__(_replacement("", item) for item in value)
    if value.__class__ in CONTAINERS:
        return AtHome(value)
    return target_text(value) if key == TARGET else value


def _never(_: Any) -> bool:
    return False
