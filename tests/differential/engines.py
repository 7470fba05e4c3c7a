"""The engines that can be compared: Hydra, ours, and broken ones that show that the comparison can fail."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import hydra.utils
from omegaconf import DictConfig, OmegaConf, open_dict

from tests.differential import targets
from tests.differential.running import Engine


def hydra_engine() -> Engine:
    """The installed Hydra's instantiate."""
    engine: Engine = hydra.utils.instantiate
    return engine


def our_engine() -> Engine:
    """Our instantiate."""
    import safe_instantiate

    engine: Engine = safe_instantiate.instantiate
    return engine


def _without(key: str) -> Engine:
    """Hydra, deaf to one control key."""

    def stripped(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: stripped(inner) for name, inner in value.items() if name != key}
        return [stripped(inner) for inner in value] if isinstance(value, list) else value

    def engine(config: Any, *args: Any, **kwargs: Any) -> Any:
        return hydra.utils.instantiate(stripped(config), *args, **stripped(kwargs))

    return engine


def _drops_arguments(config: Any, *args: Any, **kwargs: Any) -> Any:
    return hydra.utils.instantiate(config, **kwargs)


def _changes_the_config(config: Any, *args: Any, **kwargs: Any) -> Any:
    result = hydra.utils.instantiate(config, *args, **kwargs)
    if isinstance(config, DictConfig) and not OmegaConf.is_readonly(config) and "a" in config:
        with open_dict(config):
            config.pop("a")
    return result


def _copies_the_result(config: Any, *args: Any, **kwargs: Any) -> Any:
    return copy.deepcopy(hydra.utils.instantiate(config, *args, **kwargs))


def _plain_containers(config: Any, *args: Any, **kwargs: Any) -> Any:
    result = hydra.utils.instantiate(config, *args, **kwargs)
    return OmegaConf.to_container(result) if OmegaConf.is_config(result) else result


def _raises_another_class(config: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        return hydra.utils.instantiate(config, *args, **kwargs)
    except Exception as error:
        raise RuntimeError(str(error)) from error


def _names_another_key(config: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        return hydra.utils.instantiate(config, *args, **kwargs)
    except Exception as error:
        texts = {"args": [str(error)], "__notes__": getattr(error, "__notes__", [])}
        for name, lines in texts.items():
            setattr(error, name, [re.sub(r"full_key: .*", "full_key: elsewhere", line) for line in lines])
        raise


def _swallows_errors(config: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        return hydra.utils.instantiate(config, *args, **kwargs)
    except Exception:
        return None


def _builds_twice(config: Any, *args: Any, **kwargs: Any) -> Any:
    """Two of what should be one: the first of the arguments is another object than the one handed in."""
    result = hydra.utils.instantiate(config, *args, **kwargs)
    if isinstance(result, targets.Record) and result.args:
        result.args = (copy.copy(result.args[0]), *result.args[1:])
    return result


#: Engines that are wrong in one way each.
BROKEN: dict[str, Callable[[], Engine]] = {
    "ignores-convert": lambda: _without("_convert_"),
    "ignores-recursive": lambda: _without("_recursive_"),
    "ignores-partial": lambda: _without("_partial_"),
    "ignores-args": lambda: _without("_args_"),
    "drops-arguments": lambda: _drops_arguments,
    "changes-the-config": lambda: _changes_the_config,
    "copies-the-result": lambda: _copies_the_result,
    "plain-containers": lambda: _plain_containers,
    "raises-another-class": lambda: _raises_another_class,
    "names-another-key": lambda: _names_another_key,
    "swallows-errors": lambda: _swallows_errors,
    "builds-twice": lambda: _builds_twice,
}

#: Those of them that break a law that Hydra itself does not always keep.
UNLAWFUL = frozenset({"changes-the-config"})

ENGINES: dict[str, Callable[[], Engine]] = {"safe_instantiate": our_engine, "hydra": hydra_engine, **BROKEN}
