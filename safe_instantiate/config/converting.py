"""Plain containers and objects made of configs, by OmegaConf's public interface."""

from __future__ import annotations

from typing import Any, Final

from omegaconf import DictConfig, OmegaConf, SCMode

from safe_instantiate.config.keys import ConvertName
from safe_instantiate.config.reader import CONTAINERS

_STRUCTURED_MODES: Final = {"all": SCMode.DICT, "partial": SCMode.DICT_CONFIG, "object": SCMode.INSTANTIATE}


def converted(config: Any, convert: ConvertName) -> Any:
    """A config as a mode has it: itself in "none", else plain containers, with Structured Configs as the mode says."""
    if convert == "none" or config.__class__ not in CONTAINERS:
        return config
    return OmegaConf.to_container(config, resolve=True, structured_config_mode=_STRUCTURED_MODES[convert])


def object_of(config: DictConfig) -> Any:
    """The instance of its class that a Structured Config describes."""
    return OmegaConf.to_object(config)


def container_copy(value: Any) -> Any:
    """A copy of plain lists and dicts, however deep, with the very same values in it."""
    if value.__class__ is list:
        return [container_copy(item) for item in value]
    if value.__class__ is dict:
        return {key: container_copy(item) for key, item in value.items()}
    return value
