"""What a call asks for: the config opened, the call's arguments brought to where they belong, and all of it planned."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from omegaconf import DictConfig, OmegaConf

from safe_instantiate import hydra_compat
from safe_instantiate.config.copies import open_to_arguments
from safe_instantiate.config.keys import ARGS, CONTROL_KEYS, ISOLATE, MODE_KEYS, PARTIAL
from safe_instantiate.config.maker import from_plain
from safe_instantiate.config.overlay import laid_over, refuse_texts
from safe_instantiate.config.overrides import merged
from safe_instantiate.config.reader import CONTAINERS, Reader, structured_type
from safe_instantiate.errors import InstantiationException, Problem, types_of
from safe_instantiate.planning.built import is_bare_scalar, is_config, is_nested_config
from safe_instantiate.planning.depth import way_down
from safe_instantiate.planning.given import declared, name_problems, placed
from safe_instantiate.planning.nodes import Completion, below, full_key
from safe_instantiate.planning.outcome import Planned
from safe_instantiate.planning.planner import plan_config
from safe_instantiate.planning.problems import deeply_nested
from safe_instantiate.planning.settings import Settings


def plan_call(config: Any, args: tuple[Any, ...], kwargs: dict[str, Any], settings: Settings) -> Planned:
    """Plan `instantiate(config, *args, **kwargs)`."""
    given = declared(args, kwargs) if args or kwargs else ()
    if given:
        planned = plan_call(config, *placed(args, kwargs), settings)
        return replace(planned, problems=(*name_problems(given), *planned.problems), given=given)
    isolate = kwargs.pop("isolate", None) if hydra_compat.ISOLATES else None
    if config is None:
        return Planned(None)
    if not is_config(config):
        return _built(config, args, kwargs)
    controls = {key: kwargs[key] for key in MODE_KEYS & kwargs.keys()} if kwargs else {}
    as_given: Mapping[str, Any] = {}
    try:
        whole = opened = _opened(config)
        lazy = hydra_compat.READS_LAZILY and not _is_isolated(opened, isolate, kwargs)
        if isinstance(opened, DictConfig):
            if (args or kwargs) and hydra_compat.READS_LAZILY:
                refuse_texts(args, kwargs)
            if kwargs:
                whole = opened = open_to_arguments(opened)
            if len(kwargs) > len(controls) or not _are_plain(controls, opened):
                opened, as_given = _with_arguments(opened, kwargs)
                controls = {}
    except RecursionError as error:
        way = way_down(config) or way_down(kwargs)
        return Planned(None, (deeply_nested(full_key("", below(None, way)), error),))
    except Exception as error:  # OmegaConf's: a key, a field or an interpolation that can't be; Hydra's: an argument
        return Planned(None, (Problem("", str(error), "", type(error), error, code="call"),))
    if not isinstance(opened, DictConfig):
        refused = tuple(_list_problems(args, {key: kwargs[key] for key in kwargs if key not in controls}, controls))
        planned = plan_config(opened, args, controls, settings, lazy=lazy)
        return Planned(planned.root, (*planned.problems, *refused), planned.full_key)
    planned = plan_config(opened, args, controls, settings, lazy=lazy, as_given=as_given)
    overlaid_args = {ARGS: args} if args and hydra_compat.READS_LAZILY else {}
    if not planned.named_controls.isdisjoint({*controls, *overlaid_args}):
        # Hydra puts the call's control keys into the config, where an interpolation may refer to them.
        opened, as_given = _with_arguments(whole, {**kwargs, **overlaid_args})
        return plan_config(opened, args, {}, settings, lazy=lazy, as_given=as_given)
    return planned


def _with_arguments(config: DictConfig, kwargs: dict[str, Any]) -> tuple[DictConfig, Mapping[str, Any]]:
    """The config with a call's keyword arguments in it, and those that reach a target as they were given."""
    if not hydra_compat.READS_LAZILY:
        return merged(config, kwargs, is_nested_config), {}
    overlaid = laid_over(config, kwargs)
    return overlaid.config, overlaid.as_given


def _is_isolated(config: Any, isolate: Any, kwargs: dict[str, Any]) -> bool:
    """Whether a config is resolved as a whole before it is built (Hydra 1.4): the call says so, or the config does.

    Raises:
        TypeError: what is said is no bool.
    """
    said, name = isolate, "isolate"
    reader = Reader(lazy=True)
    if isolate is None and (config := reader.value(config)).__class__ is DictConfig:
        said, name = {**reader.controls(config), **kwargs}.get(ISOLATE, False), ISOLATE
    if not isinstance(said, (bool, type(None))):
        raise TypeError(f"{name} must be a bool, got {type(said).__name__}")
    return bool(said)


def _built(obj: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Planned:
    """What is built already passes; a partial that is given arguments is called with them."""
    if is_bare_scalar(obj):
        failure = hydra_compat.unusable_config_failure(obj)
        return Planned(None, (Problem("", str(failure), "", InstantiationException, failure, code="call"),))
    arguments = {key: value for key, value in kwargs.items() if key not in CONTROL_KEYS}
    if isinstance(obj, functools.partial):
        args = args or kwargs.get(ARGS, ())
        failure = None if isinstance(args, Sequence) else hydra_compat.args_failure(obj, args, "")
        if failure is not None:
            return Planned(
                None, (Problem("", str(failure), "_args_ takes a list.", InstantiationException, code="args-value"),)
            )
        args = tuple(args)
        return Planned(Completion(obj, args, arguments) if args or arguments else obj)
    if not args and not arguments:
        return Planned(obj)
    cls = type(obj)
    said = (
        f"Arguments {types_of(args, arguments)} were given for an object that is built: "
        f"a {cls.__module__}.{cls.__qualname__}."
    )
    hint = "Only a functools.partial can be completed; to build this object with other arguments, pass its config."
    return Planned(None, (Problem("", said, hint, InstantiationException, code="call"),))


def _opened(config: Any) -> Any:
    """The config as OmegaConf nodes."""
    if type(config) in CONTAINERS:
        return config
    if isinstance(config, (dict, list, tuple)):
        return from_plain(config, is_nested_config)
    return OmegaConf.structured(config, flags={"allow_objects": True})


def _are_plain(controls: dict[str, Any], config: DictConfig) -> bool:
    """Whether control keys of the call can be read beside the config, without the copy that merging them in takes."""
    if not controls:
        return True
    interpolated = any(isinstance(value, str) and "${" in value for value in controls.values())
    return not interpolated and structured_type(config) is None


def _list_problems(args: tuple[Any, ...], kwargs: dict[str, Any], controls: dict[str, Any]) -> Iterator[Problem]:
    """What a list config can't be given."""
    if args or kwargs:
        said = f"A list config takes no arguments, but these were given: {types_of(args, kwargs)}"
        yield Problem("", said, "Give them to the items of the list, or instantiate the items one by one.", code="call")
    if controls.get(PARTIAL) is True:
        del controls[PARTIAL]
        failure = hydra_compat.unusable_config_failure([], _partial_=True)
        yield Problem("", str(failure), "Set _partial_ on its items.", InstantiationException, code="call")
