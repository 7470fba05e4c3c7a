"""The instantiator: the settings, and what is done with a config under them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from omegaconf import DictConfig, ListConfig

from safe_instantiate import hydra_compat
from safe_instantiate.config.keys import EXECUTION_WHITELIST
from safe_instantiate.distributed import register_preparation
from safe_instantiate.errors import planning_error
from safe_instantiate.planning.built import is_config
from safe_instantiate.planning.calls import plan_call
from safe_instantiate.planning.self_builders import register_instantiate
from safe_instantiate.planning.settings import AUTO, Settings
from safe_instantiate.plans import Plan
from safe_instantiate.targets.target import register_stand_in
from safe_instantiate.targets.whitelist import listed_for

if TYPE_CHECKING:
    from typing_extensions import Self

    from safe_instantiate.checking.diagnostic import Report


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
        hydra.errors.InstantiationException: an entry of `allow` is no path and no package.

    >>> engine = Instantiator(convert="all")
    >>> engine.instantiate({"sizes": [1, 2]})
    {'sizes': [1, 2]}
    >>> engine.replace(convert="none").instantiate({"sizes": [1, 2]})["sizes"]
    [1, 2]
    """

    def instantiate(self, /, config: Any, *args: Any, **kwargs: Any) -> Any:
        """Build what a config describes: `safe_instantiate.instantiate` under these settings."""
        return self.plan(config, *args, **kwargs).build()

    def plan(self, /, config: Any, *args: Any, **kwargs: Any) -> Plan:
        """Read a config into a `Plan`: `safe_instantiate.plan` under these settings."""
        settings = self.under(listed_for(kwargs.pop(EXECUTION_WHITELIST, None)))
        planned = plan_call(config, args, kwargs, settings)
        return Plan(planned.problems, planned.root, planned.full_key, settings, config, planned.given)

    def check(self, /, config: Any, *args: Any, **kwargs: Any) -> Report:
        """Say what is wrong with a config, building nothing: `safe_instantiate.check` under these settings."""
        planned = self.plan_for_check(config, *args, **kwargs)
        return planned.check_for("program" if planned.is_group else "engine")

    def plan_for_check(self, /, config: Any, *args: Any, **kwargs: Any) -> Plan:
        """The plan of a config as it is meant, if it has no target at its top, or as it would be built, if it has one.

        The parts of an application's config are instantiated by the program, one by one, and those of its targets that
        instantiate for themselves get configs there.
        """
        planned = self.plan(config, *args, **kwargs)
        if not planned.is_group or self.leave_configs_to:
            return planned
        return self.replace(leave_configs_to=AUTO).plan(config, *args, **kwargs)

    def replace(self, **changes: Any) -> Self:
        """An instantiator with some settings changed; this one stays as it is.

        >>> Instantiator().replace(share=True).share
        True
        """
        return dataclasses.replace(self, **changes)


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
    >>> instantiate({"_target_": "json.JSONDecodr"})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    safe_instantiate.errors.PlanningException: Error locating target 'json.JSONDecodr'...
    module 'json' has no 'JSONDecodr'
    did you mean 'json.JSONDecoder'...
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

    >>> [problem.full_key for problem in plan({"model": {"_target_": "torch.nn.Linaer", "n": "???"}}).problems]
    ['model', 'model.n']
    """
    return DEFAULT.plan(config, *args, **kwargs)


def check(config: Any, *args: Any, **kwargs: Any) -> Report:
    """Say what is wrong with a config, all of it at once, without building anything.

    Args:
        config: as for `instantiate`.
        *args: as for `instantiate`.
        **kwargs: as for `instantiate`.

    Returns:
        The report: one `Diagnostic` for each finding.

    >>> print(check({"model": {"_target_": "torch.nn.Linaer"}, "epochs": "???"}))
    error: model: module 'torch.nn' has no 'Linaer' [target-not-found]
        did you mean 'torch.nn.Linear'?
    error: epochs: Missing mandatory value [missing-value]
        It is ??? in the config: set it there, on the command line, or as an argument of the call.
    2 errors
    """
    return DEFAULT.check(config, *args, **kwargs)


def instantiate_all(config: Any, **kwargs: Any) -> list[Any]:
    """The list of every built child of a group, for the callbacks or loggers of a trainer.

    Args:
        config: a mapping or list whose children are configs; `None` gives no children. A child without a target is
            skipped, unless it is built already; so is one that is null.
        **kwargs: `_convert_` and `_recursive_` for all of them, or values for keys of the mapping.

    Raises:
        TypeError: `config` is no mapping and no list.
        hydra.errors.InstantiationException: as for `instantiate`; nothing is built if one child is wrong.

    >>> instantiate_all({"a": {"_target_": "fractions.Fraction", "_args_": [1, 2]}, "off": None})
    [Fraction(1, 2)]
    """
    if config is None:
        return []
    if not isinstance(config, (dict, list, DictConfig, ListConfig)) or not is_config(config):
        raise TypeError(f"instantiate_all takes a mapping or a list of configs, got {type(config).__qualname__}")
    children: list[Any] = plan(config, **kwargs).children().build()
    return children


def _prepared(config: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[[], Any]:
    """What builds a config for `rank_zero_only`; what is certainly wrong with it raises here, on every rank."""
    read = plan(config, *args, **kwargs)
    if read.problems:
        raise planning_error(read.problems)
    return read.build


register_preparation(_prepared)
for _function in (instantiate, Instantiator):
    register_instantiate(_function)
for _original in hydra_compat.INSTANTIATE_FUNCTIONS:
    register_stand_in(_original, instantiate)  # Hydra 1.3.2 would build anything
