"""What the installed Hydra does: the one module that asks.

Features are detected, never versions compared; the reason stands beside each. Hydra's private functions are used
where Hydra alone can give the answer: its own words for a failure, and its own verdict on a target.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import hydra.utils
from hydra._internal.instantiate import _instantiate2 as _engine
from hydra.errors import InstantiationException
from omegaconf import DictConfig, OmegaConf

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
_utils: Final[Any] = hydra.utils  # which has names in one version that it lacks in another
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


class ExecutionWhitelist(NamedTuple):
    """Hydra's own means for code to say what a config may name."""

    #: `hydra.utils.execution_whitelist`.
    function: Callable[..., Any]
    #: `hydra.utils.UNSAFE_DISABLE_EXECUTION_CHECKS`.
    unsafe: Any
    #: From what a call is given as `_execution_whitelist_` to what holds for it, with the blocks around it.
    listed_for: Callable[[Any], Any]


#: Hydra 1.4 has one; for the others this library has its like.
EXECUTION_WHITELIST: Final = (
    ExecutionWhitelist(
        _utils.execution_whitelist, _utils.UNSAFE_DISABLE_EXECUTION_CHECKS, _policy._resolve_execution_whitelist
    )
    if hasattr(_utils, "execution_whitelist")
    else None
)


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


@dataclass(frozen=True, slots=True)
class ComposedFile:
    """One config file of a composition: where its source is, its path there, what was read, and its package."""

    source: str
    config_path: str
    package: tuple[str, ...]
    config: Any = None

    @property
    def is_declared(self) -> bool:
        """Whether it is no file, but what a program has put into the ConfigStore."""
        return self.source.startswith("structured:")


@dataclass(frozen=True, slots=True)
class ComposedOverride:
    """One override of a value: the keys that it sets, what it sets them to, and the text as written."""

    keys: tuple[str, ...]
    value: Any
    text: str


@dataclass(frozen=True, slots=True)
class Composition:
    """What Hydra composes a config from, in its order: the later ones win, and overrides win over files."""

    files: tuple[ComposedFile, ...]
    overrides: tuple[ComposedOverride, ...]


def composition(
    search_path: Sequence[tuple[str, str]] | str, config_name: str, overrides: Sequence[str]
) -> Composition:
    """What a config is composed from.

    Args:
        search_path: Hydra's search path as (provider, path) pairs, or the config directory of an application.
        config_name: the primary config.
        overrides: the command line.

    Raises:
        Exception: whatever Hydra raises for what it can't compose.
    """
    # Only Hydra's defaults-list code knows in which order files win, so it is asked; composing alone doesn't tell.
    from hydra._internal.config_loader_impl import ConfigLoaderImpl
    from hydra._internal.config_search_path_impl import ConfigSearchPathImpl
    from hydra._internal.defaults_list import create_defaults_list
    from hydra._internal.utils import create_config_search_path

    if isinstance(search_path, str):
        path = create_config_search_path(search_path)
    else:
        path = ConfigSearchPathImpl()
        for provider, source in search_path:
            path.append(provider, source)
    loader = ConfigLoaderImpl(path)
    parsed, repository = loader._parse_overrides_and_create_caching_repo(config_name, list(overrides))
    defaults = create_defaults_list(repository, config_name, parsed, prepend_hydra=True, skip_missing=True)
    files = []
    for default in defaults.defaults:
        loaded = None if default.config_path is None else repository.load_config(default.config_path)
        if loaded is not None:
            package = tuple(filter(None, (default.package or "").split(".")))
            files.append(ComposedFile(loaded.path, str(default.config_path), package, loaded.config))
    values = tuple(
        ComposedOverride(tuple(str(given.key_or_group).split(".")), given.value(), str(given.input_line))
        for given in defaults.config_overrides
        if not given.is_delete()
    )
    return Composition(tuple(files), values)


def value_override(text: str) -> ComposedOverride:
    """One override as written on a command line, taken for one of a value."""
    from hydra.core.override_parser.overrides_parser import OverridesParser

    given = OverridesParser.create().parse_override(text)
    return ComposedOverride(tuple(str(given.key_or_group).split(".")), given.value(), text)


Application = tuple[list[tuple[str, str]], str, list[str]]


def running_application() -> Application | None:
    """The search path, primary config and command line of the Hydra application that is running; None outside one."""
    from hydra.core.hydra_config import HydraConfig

    return _application(HydraConfig.get()) if HydraConfig.initialized() else None


def composing_application(config: Any) -> Application | None:
    """The same of a config that bears Hydra's own settings: `compose(..., return_hydra_config=True)`; else None."""
    # With OmegaConf 2.4 a config that is null can't be asked what is in it, but has no keys.
    if not isinstance(config, DictConfig) or "hydra" not in config.keys():  # noqa: SIM118
        return None
    sources = OmegaConf.select(config, "hydra.runtime.config_sources", throw_on_resolution_failure=False)
    return _application(config.hydra) if sources else None


def _application(settings: Any) -> Application | None:
    if settings.job.config_name is None:
        return None
    # Hydra adds what hydra.searchpath says by itself.
    sources = [each for each in settings.runtime.config_sources if not each.provider.startswith("hydra.searchpath")]
    path = [(source.provider, f"{source.schema}://{source.path}") for source in sources]
    return path, settings.job.config_name, [*settings.overrides.hydra, *settings.overrides.task]


def argument_failure(name: str, value: Any) -> Exception | None:
    """The exception with which the installed Hydra refuses an argument of a call for the texts in it.

    Hydra 1.4 takes no text that reads as an interpolation or as missing; 1.3 takes both.
    """
    return _raised_by("_validate_callsite_override", value, (name,)) if READS_LAZILY else None


def typed_arguments_failure(config: object, arguments: dict[str, Any]) -> Exception | None:
    """The exception with which the installed Hydra refuses arguments for the types that a config declares.

    Hydra 1.4 asks whether they fit, and hands them on unconverted; 1.3 finds out when it merges them.
    """
    if not READS_LAZILY:
        return None
    prepared = getattr(_engine, "_prepare_input_container")(arguments)  # noqa: B009 - Hydra 1.3 has none
    return _raised_by("_validate_override_types", config, prepared)


def _raised_by(check: str, *arguments: object) -> Exception | None:
    try:
        getattr(_engine, check)(*arguments)
    except Exception as failure:
        return failure
    return None
