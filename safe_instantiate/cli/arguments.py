"""What the commands take: a config, the settings under which it is instantiated, a file to write to."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from click.shell_completion import CompletionItem

from safe_instantiate.cli.inputs import CannotLookError, Input, import_first, primary_configs
from safe_instantiate.cli.output import ProblemError
from safe_instantiate.instantiator import Instantiator

F = TypeVar("F", bound=Callable[..., Any])


def examples(*commands: str) -> str:
    """The examples at the end of a help text, a line each."""
    return "\n".join(["\b", "Examples:", *(f"  {command}" for command in commands)])


def _files(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(incomplete, type="file")]


def _configs(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    names = primary_configs(context.params.get("config_dir") or Path())
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def reads_a_config(command: F) -> F:
    """Give a command the arguments that say which config it is about, and the config in their stead."""

    @click.argument("words", nargs=-1, metavar="[FILE] [OVERRIDE]...", shell_complete=_files)
    @click.option(
        "--config-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help="Hydra's config directory, in a file's stead.",
    )
    @click.option(
        "--config-name",
        default="config",
        show_default=True,
        help="The primary config in that directory.",
        shell_complete=_configs,
    )
    @click.option("--key", default="", help="The part of the config that is meant, for example `trainer`.")
    @click.option(
        "--import",
        "modules",
        multiple=True,
        metavar="MODULE",
        help="A module to import first, which registers resolvers or structured configs.",
    )
    @wraps(command)
    def reading(
        words: tuple[str, ...],
        config_dir: Path | None,
        config_name: str,
        key: str,
        modules: tuple[str, ...],
        **rest: Any,
    ) -> Any:
        try:
            for module in modules:
                import_first(module)
            with Input(words, config_dir, config_name, key).config() as config:
                return command(config, **rest)
        except (CannotLookError, ValueError) as error:
            raise ProblemError(str(error)) from error
        except ImportError as error:
            raise ProblemError(f"{error}; an extra brings it, see the documentation of this command") from error

    return reading  # type: ignore[return-value]


def with_settings(command: F) -> F:
    """Give a command its config, and an instantiator with the settings that the command line names."""

    @click.option("--leave-configs-to", multiple=True, help="Targets that build their arguments themselves; or `auto`.")
    @click.option("--share", is_flag=True, help="One object for all references to a node.")
    @reads_a_config
    @wraps(command)
    def setting(config: Any, leave_configs_to: tuple[str, ...], share: bool, **rest: Any) -> Any:
        patterns = "auto" if "auto" in leave_configs_to else leave_configs_to
        return command(config, Instantiator(leave_configs_to=patterns, share=share), **rest)

    return setting  # type: ignore[return-value]


def with_plan(command: F) -> F:
    """Give a command the plan of its config."""

    @with_settings
    @wraps(command)
    def planning(config: Any, engine: Instantiator, **rest: Any) -> Any:
        return command(engine.plan(config), **rest)

    return planning  # type: ignore[return-value]


to_file: Final = click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file, in stdout's stead."
)
