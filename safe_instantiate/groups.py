"""Groups of a config (mappings without a target) for code that fills its own dataclasses with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from omegaconf import DictConfig

from safe_instantiate.config.keys import CONTROL_KEYS
from safe_instantiate.config.maker import detached
from safe_instantiate.config.reader import Reader
from safe_instantiate.errors import InstantiationException
from safe_instantiate.targets.signature import mismatches, read_parameters

T = TypeVar("T")


def strip_control_keys(config: Mapping[Any, Any]) -> Any:
    """A group without Hydra's keys (`_target_`, `_args_`, `_partial_`, `_recursive_`, `_convert_`).

    Groups within it come clean too. A target node within it keeps its keys, and gets those that governed it from
    outside, so that instantiating it later gives the same.

    Args:
        config: a DictConfig or a dict; it is only read.

    Returns:
        A DictConfig of its own (resolved, detached, not struct, not read-only), or a dict for a dict.

    Raises:
        TypeError: `config` is no mapping.

    >>> strip_control_keys({"dir": "logs", "_convert_": "all"})
    {'dir': 'logs'}
    """
    if isinstance(config, DictConfig):
        clean = detached(config, Reader().settled)
        for key in CONTROL_KEYS & set(clean.keys()):
            del clean[key]
        return clean
    if not isinstance(config, Mapping):
        raise TypeError(f"strip_control_keys takes a mapping, got {type(config).__name__}")
    return {
        key: strip_control_keys(value) if type(value) is dict and "_target_" not in value else value
        for key, value in config.items()
        if key not in CONTROL_KEYS
    }


def to_dataclass(cls: type[T], config: Mapping[Any, Any]) -> T:
    """An instance of a dataclass filled from a group: `cls(**config)`, without Hydra's keys.

    Args:
        cls: a dataclass or attrs class, or any other class that takes keyword arguments.
        config: a DictConfig or a dict with the fields' values.

    Raises:
        hydra.errors.InstantiationException: the group has a key that is no field, or lacks a required one.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class LoggingConf:
    ...     log_dir: str
    >>> to_dataclass(LoggingConf, {"log_dir": "logs", "_recursive_": False})
    LoggingConf(log_dir='logs')
    """
    fields = strip_control_keys(config)
    names = tuple(fields)
    parameters = read_parameters(cls)
    wrong = mismatches(parameters, 0, names, partial=False) if parameters is not None else ()
    if wrong:
        lines = [f"{mismatch.message}{f' ({mismatch.hint})' if mismatch.hint else ''}" for mismatch in wrong]
        raise InstantiationException(f"{cls.__qualname__} can't be filled from this group:\n" + "\n".join(lines))
    return cls(**fields)
