"""The instantiator: the settings, and what is done with a config under them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from omegaconf import DictConfig, ListConfig, OmegaConf
from typing_extensions import Self

from safe_instantiate import hydra_compat
from safe_instantiate.building.builder import complete
from safe_instantiate.config.keys import MODE_KEYS, PARTIAL, TARGET
from safe_instantiate.config.maker import from_plain
from safe_instantiate.config.overrides import merged
from safe_instantiate.config.reader import structured_type
from safe_instantiate.errors import InstantiationException, Problem, planning_error, types_of
from safe_instantiate.plan import Plan
from safe_instantiate.planning.built import is_bare_scalar, is_built, is_config, is_nested_config
from safe_instantiate.planning.planner import plan_config
from safe_instantiate.planning.problems import deeply_nested
from safe_instantiate.planning.self_builders import register_instantiate
from safe_instantiate.planning.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Instantiator(Settings):
    """Builds objects from configs under fixed settings. Immutable, and safe to use from several threads.

    Args:
        convert: how containers reach a target where the config doesn't say: "none", "partial", "object" or "all", as
            Hydra's `_convert_`.
        recursive: whether nested configs are built where the config doesn't say, as Hydra's `_recursive_`.
        force_datasets: whether a dataset, DataLoader or loader factory gets its nested datasets built in spite of
            `_recursive_: false`.
        defer_samplers: whether a DistributedSampler made before the process group exists waits for it.
        share: whether all `${node}` references to a node with a target give the one object built for that node in a
            call, instead of one each.
        allow: the targets that a config may name, exactly (`torch.optim.AdamW`) or by prefix (`my_app.*`); None allows
            all that are not refused by default.
        leave_configs_to: targets (names, or patterns such as `my_app.trainers.*`) that build their own arguments and
            get them as configs, or "auto" for every target whose code instantiates for itself.

    Raises:
        ValueError: `convert` names no mode.
        TypeError: a setting has the wrong type.

    >>> engine = Instantiator(convert="all")
    >>> engine.instantiate({"sizes": [1, 2]})
    {'sizes': [1, 2]}
    >>> engine.replace(convert="none").instantiate({"sizes": [1, 2]})["sizes"]
    [1, 2]
    """

    def instantiate(self, config: Any, *args: Any, **kwargs: Any) -> Any:
        """Build what a config describes: `safe_instantiate.instantiate` under these settings."""
        if config is None:
            return None
        if not is_config(config):
            if is_bare_scalar(config):
                return self.plan(config).build()
            return self._passed(config, args, kwargs)
        return self.plan(config, *args, **kwargs).build()

    def plan(self, config: Any, *args: Any, **kwargs: Any) -> Plan:
        """Read a config into a `Plan`: `safe_instantiate.plan` under these settings."""
        controls = {key: kwargs.pop(key) for key in MODE_KEYS & kwargs.keys()}
        try:
            opened = _opened(config)
            if isinstance(opened, DictConfig) and (kwargs or not _are_plain(controls, opened)):
                opened, controls = merged(opened, {**kwargs, **controls}, is_nested_config), {}
        except RecursionError as error:
            return Plan((deeply_nested("", error),), None, "", self)
        except Exception as error:  # OmegaConf's: a key, a field or an interpolation that can't be
            return Plan((Problem("", str(error), "", type(error), error),), None, "", self)
        if not isinstance(opened, (DictConfig, ListConfig)):
            return Plan((), opened, "", self)
        refused = tuple(_list_problems(args, kwargs, controls)) if isinstance(opened, ListConfig) else ()
        planned = plan_config(opened, args, controls, self)
        if planned.names_modes and controls and isinstance(opened, DictConfig):
            # Hydra merges the call's control keys into the config, where an interpolation may refer to them.
            planned = plan_config(merged(opened, controls, is_nested_config), args, {}, self)
        return Plan((*planned.problems, *refused), planned.root, planned.full_key, self)

    def _passed(self, obj: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What is built already passes; a partial that is given arguments is called with them."""
        arguments = {key: value for key, value in kwargs.items() if key not in MODE_KEYS}
        if not args and not arguments:
            return obj
        if isinstance(obj, functools.partial):
            return complete(obj, args, arguments, defer_samplers=self.defer_samplers)
        raise InstantiationException(
            f"Arguments {types_of(args, arguments)} were given for an object that is built: a {_type_name(obj)}.\n"
            "Only a functools.partial can be completed; to build this object with other arguments, pass its config."
        )

    def replace(self, **changes: Any) -> Self:
        """An instantiator with some settings changed; this one stays as it is.

        >>> Instantiator().replace(share=True).share
        True
        """
        return dataclasses.replace(self, **changes)


def _opened(config: Any) -> Any:
    """The config as OmegaConf nodes; what is no config, as it is."""
    if not is_config(config):
        if is_bare_scalar(config):
            raise hydra_compat.unusable_config_failure(config) or InstantiationException(repr(config))
        return config
    if isinstance(config, (dict, list)):
        return from_plain(config, is_nested_config)
    if isinstance(config, (DictConfig, ListConfig)):
        return config
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
        yield Problem("", said, "Give them to the items of the list, or instantiate the items one by one.")
    if controls.pop(PARTIAL, False):
        failure = hydra_compat.unusable_config_failure([], _partial_=True)
        yield Problem("", str(failure), "Set _partial_ on its items.", InstantiationException)


def _type_name(obj: Any) -> str:
    return f"{type(obj).__module__}.{type(obj).__qualname__}"


DEFAULT: Final = Instantiator()


def instantiate(config: Any, *args: Any, **kwargs: Any) -> Any:
    """Build what a config describes; pass what is built already.

    Takes the place of `hydra.utils.instantiate`: same call, same result, save for what docs/hydra-parity.md lists.

    Args:
        config: a dict, list, DictConfig, ListConfig or Structured Config (class or instance); `None`; or an object that
            is built already. A mapping with a `_target_` is a call of that target, see Hydra's documentation of
            `_args_`, `_partial_`, `_recursive_` and `_convert_`.
        *args: positional arguments for the target; they take the place of the config's `_args_`.
        **kwargs: arguments for the target, merged over the config's own; the control keys are accepted too.

    Returns:
        The object (a `functools.partial` where `_partial_` is true; a container for a config without `_target_`);
        `None` for `None`; `config` itself if it is built already. A partial that is given arguments is called.

    Raises:
        hydra.errors.InstantiationException: something in the config is certainly wrong; all such mistakes are listed,
            and no constructor has run. Or a constructor raised: then that exception is its `__cause__` (Hydra 1.3), or
            is raised itself with a note (Hydra 1.4).

    >>> instantiate({"_target_": "fractions.Fraction", "numerator": 1}, denominator=3)
    Fraction(1, 3)
    >>> instantiate({"_target_": "json.JSONDecoder", "srict": True})  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
        ...
    InstantiationException: ... got an unexpected keyword argument 'srict' ... did you mean 'strict'? ...
    """
    return DEFAULT.instantiate(config, *args, **kwargs)


def plan(config: Any, *args: Any, **kwargs: Any) -> Plan:
    """Read a config into a `Plan` without building anything.

    Args:
        config: as for `instantiate`.
        *args: as for `instantiate`.
        **kwargs: as for `instantiate`.

    Returns:
        The plan. What is wrong with the config is in its `problems`; `Plan.build` raises them.

    >>> [problem.full_key for problem in plan({"model": {"_target_": "torch.nn.Linaer"}, "lr": "???"}).problems]
    ['model', 'lr']
    """
    return DEFAULT.plan(config, *args, **kwargs)


def instantiate_all(config: Any, **kwargs: Any) -> list[Any]:
    """The list of every built child of a group, for the callbacks or loggers of a trainer.

    Args:
        config: a mapping or list whose children are configs; `None` gives no children. A child without a target is
            skipped, unless it is built already.
        **kwargs: control keys for all of them.

    Raises:
        TypeError: `config` is no mapping and no list.
        hydra.errors.InstantiationException: as for `instantiate`; nothing is built if one child is wrong.

    >>> instantiate_all({"a": {"_target_": "fractions.Fraction", "_args_": [1, 2]}, "off": None})
    [Fraction(1, 2)]
    """
    if config is None:
        return []
    if not isinstance(config, (dict, list, DictConfig, ListConfig)):
        raise TypeError(f"instantiate_all takes a mapping or a list of configs, got {_type_name(config)}")
    children = config if isinstance(config, (list, ListConfig)) else config.values()
    plans = [plan(child, **kwargs) for child in children if is_built(child) or _has_target(child)]
    problems = [problem for each in plans for problem in each.problems]
    if problems:
        raise planning_error(problems)
    return [each.build() for each in plans]


def _has_target(config: Any) -> bool:
    return isinstance(config, (dict, DictConfig)) and TARGET in config


for _function in (instantiate, Instantiator):
    register_instantiate(_function)
