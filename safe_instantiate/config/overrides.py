"""Call-site arguments as Hydra 1.3 has them: merged into the config, of which the caller's is only read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from omegaconf import DictConfig, ListConfig

from safe_instantiate.config.copies import children_of, working_copy
from safe_instantiate.config.glance import takes_anything
from safe_instantiate.config.keys import CONTROL_KEYS
from safe_instantiate.config.maker import (
    VALUE_TYPES,
    describe_merged,
    has_declared_type,
    is_typed,
    objects_kept,
    restore_objects,
    value_node,
    with_target_texts,
)
from safe_instantiate.config.reader import declares_fields

_PLAIN: Final = frozenset({int, float, bool, type(None)})


def merged(config: DictConfig, arguments: dict[str, Any], is_config: Callable[[Any], bool]) -> DictConfig:
    """The config with the call's keyword arguments merged in: a copy with the same parent.

    Args:
        config: the caller's config; it is only read.
        arguments: the keyword arguments. A dict, list or tuple is a config too; everything else, and every subclass of
            these, which has a meaning of its own, is a value that the result holds as it is.
        is_config: says of an object among the arguments whether it is a config.

    Raises:
        omegaconf.errors.OmegaConfBaseException: an argument does not fit the typed field that it is given for.
    """
    copy = working_copy(config)
    if all(_is_put(copy, key, value, is_config) for key, value in arguments.items()):
        children_of(copy).update({key: value_node(value, copy, key) for key, value in arguments.items()})
        return copy
    prepared = objects_kept(arguments, is_config)
    # Where a type is declared it decides what becomes of the argument, as in Hydra.
    prepared.update({key: with_target_texts(value) for key, value in arguments.items() if _is_judged(copy, key, value)})
    describe_merged(copy, prepared)
    copy.merge_with(prepared)
    _restore_in_lists(copy, arguments, is_config)
    return copy


def _is_judged(config: DictConfig, key: str, value: Any) -> bool:
    return is_typed(config, key) or (has_declared_type(config, key) and declares_fields(type(value)))


def _restore_in_lists(config: DictConfig, arguments: Any, is_config: Callable[[Any], bool]) -> None:
    # A list that takes the place of another one is made anew by OmegaConf, with configs for the objects in it.
    for key, value in arguments.items():
        child = children_of(config).get(key)
        if value.__class__ is dict and isinstance(child, DictConfig):
            _restore_in_lists(child, value, is_config)
        elif value.__class__ in (list, tuple) and isinstance(child, ListConfig) and not is_typed(config, key):
            restore_objects(child, value, is_config)


def _is_put(config: DictConfig, key: str, value: Any, is_config: Callable[[Any], bool]) -> bool:
    """Whether an argument is just put into the config: a plain value or an object, for a key without a meaning.

    Most are. Measured, OmegaConf's merge takes ten times as long as all the rest of planning a node.
    """
    if key in CONTROL_KEYS or not takes_anything(config, key):
        return False
    if value.__class__ is str:
        return value != "???" and "${" not in value
    if value.__class__ in _PLAIN:
        return True
    return not isinstance(value, (dict, list, tuple, *VALUE_TYPES)) and not is_config(value)
