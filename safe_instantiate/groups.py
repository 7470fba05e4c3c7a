"""Groups of a config (mappings without a target) for code that fills its own dataclasses with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from omegaconf import DictConfig

from safe_instantiate.config.cleaning import clean_group
from safe_instantiate.config.maker import stripped
from safe_instantiate.config.reader import Reader, failures_below
from safe_instantiate.errors import InstantiationException, planning_error
from safe_instantiate.planning.problems import deeply_nested
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
        omegaconf.errors.InterpolationResolutionError: an interpolation in it leads nowhere.
        hydra.errors.InstantiationException: it is nested deeper than Python recurses, or contains itself.

    >>> strip_control_keys({"dir": "logs", "_convert_": "all"})
    {'dir': 'logs'}
    """
    if not isinstance(config, Mapping):
        raise TypeError(f"strip_control_keys takes a mapping, got {type(config).__name__}")
    try:
        if not isinstance(config, DictConfig):
            return clean_group(config)
        read = Reader().settled
        for _, failed in failures_below(config, read):
            raise failed.error
        return stripped(config, read)
    except RecursionError as error:
        raise planning_error([deeply_nested("", error)]) from error


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
