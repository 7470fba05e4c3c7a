"""The commands. Each finds its config, asks the library one question, and says the answer."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial, wraps
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from hydra.errors import InstantiationException

from safe_instantiate import probing
from safe_instantiate.checking.diagnostic import Report
from safe_instantiate.cli.inputs import CannotLookError, Input, import_first
from safe_instantiate.cli.reports import FORMATS
from safe_instantiate.explaining.graph import Graph
from safe_instantiate.instantiator import Instantiator
from safe_instantiate.plans import Plan

CLEAN: Final = 0
FINDINGS: Final = 1
COULD_NOT_LOOK: Final = 2

F = TypeVar("F", bound=Callable[..., Any])


class _Problem(click.ClickException):
    """Why a command could not look."""

    exit_code = COULD_NOT_LOOK


def run() -> int:
    """Run the command line and return its exit code."""
    # As `python -m` does: the config names the code of the directory that a person stands in.
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        code = commands(prog_name="safe-instantiate", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return COULD_NOT_LOOK
    except click.Abort:
        return 130
    return int(code or CLEAN)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="safe-instantiate")
def commands() -> None:
    """See a config before you run it.

    A config is a YAML file, or what Hydra composes from a directory; overrides as on Hydra's command line.
    Exit code: 0 clean, 1 findings, 2 could not look.
    """


def _reads_a_config(command: F) -> F:
    """Give a command the arguments that say which config it is about, and the config in their stead."""

    @click.argument("words", nargs=-1, metavar="[FILE] [OVERRIDE]...")
    @click.option("--config-dir", type=click.Path(path_type=Path), help="Hydra's config directory, in a file's stead.")
    @click.option("--config-name", default="config", show_default=True, help="The primary config in that directory.")
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
            raise _Problem(str(error)) from error
        except ImportError as error:
            raise _Problem(f"{error}; an extra brings it, see the documentation of this command") from error

    return reading  # type: ignore[return-value]


def _settings(command: F) -> F:
    """Give a command its config, and an instantiator with the settings that the command line names."""

    @click.option("--leave-configs-to", multiple=True, help="Targets that build their arguments themselves; or `auto`.")
    @click.option("--share", is_flag=True, help="One object for all references to a node.")
    @_reads_a_config
    @wraps(command)
    def setting(config: Any, leave_configs_to: tuple[str, ...], share: bool, **rest: Any) -> Any:
        patterns = "auto" if "auto" in leave_configs_to else leave_configs_to
        return command(config, Instantiator(leave_configs_to=patterns, share=share), **rest)

    return setting  # type: ignore[return-value]


def _plans(command: F) -> F:
    """Give a command the plan of its config."""

    @_settings
    @wraps(command)
    def planning(config: Any, engine: Instantiator, **rest: Any) -> Any:
        return command(engine.plan(config), **rest)

    return planning  # type: ignore[return-value]


_to_file: Final = click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file, in stdout's stead."
)


def _say(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text)
    else:
        output.write_text(text.rstrip("\n") + "\n", "utf-8")


def _code_for(report: Report) -> int:
    return CLEAN if report.ok else FINDINGS


def _or_its_problems(plan: Plan) -> Plan:
    """A plan, if there is nothing wrong with it."""
    if plan.problems:
        click.echo(str(plan.check()), err=True)
        raise click.exceptions.Exit(FINDINGS)
    return plan


# ---- what is wrong ---------------------------------------------------------------------------------------------------


@commands.command()
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@_to_file
@_settings
def check(config: Any, engine: Instantiator, form: str, output: Path | None) -> int:
    """Say everything that is wrong with a config, with file and line. Nothing is built."""
    report = engine.check(config)
    _say(FORMATS[form](report), output)
    return _code_for(report)


@commands.command()
@click.option("--samples", default=16, show_default=True, help="How many samples to draw of each dataset.")
@click.option("--in-range", nargs=3, multiple=True, metavar="FIELD LOW HIGH", help="Expect numbers between these two.")
@click.option("--below", nargs=2, multiple=True, metavar="FIELD BOUND", help="Expect numbers from 0 to below this one.")
@click.option("--not-empty", multiple=True, metavar="FIELD", help="Expect something in each sample.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@_to_file
@_settings
def probe(
    config: Any,
    engine: Instantiator,
    samples: int,
    in_range: tuple[tuple[str, str, str], ...],
    below: tuple[tuple[str, str], ...],
    not_empty: tuple[str, ...],
    form: str,
    output: Path | None,
) -> int:
    """Build the data part of a config, and say what is in its samples and what is wrong with them."""
    expectations = (
        *(probing.in_range(name, float(low), float(high)) for name, low, high in in_range),
        *(probing.below(name, float(bound)) for name, bound in below),
        *map(probing.not_empty, not_empty),
    )
    report = probing.probe(config, *expectations, samples=samples, instantiator=engine)
    _say(FORMATS[form](report), output)
    return _code_for(report)


# ---- what it means ---------------------------------------------------------------------------------------------------


@commands.command()
@click.option("--format", "form", type=click.Choice(["text", "json", "svg"]), default="text", show_default=True)
@_to_file
@_plans
def tree(plan: Plan, form: str, output: Path | None) -> int:
    """Show what is called with what, what is built, and what is handed on raw."""
    drawn = plan.tree()
    if form == "text" and output is None:
        from rich.console import Console

        console = Console(soft_wrap=True)
        console.print(drawn if console.is_terminal else str(drawn), markup=False, highlight=False)
    else:
        texts: dict[str, Callable[[], str]] = {
            "json": drawn.to_json,
            "svg": partial(drawn.to_svg, title=drawn.root.key),
        }
        _say(texts[form]() if form in texts else str(drawn), output)
    return FINDINGS if plan.problems else CLEAN


@commands.command()
@_to_file
@_plans
def source(plan: Plan, output: Path | None) -> int:
    """Write the Python program that a config means."""
    _say(_or_its_problems(plan).source().rstrip("\n"), output)
    return CLEAN


@commands.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["mermaid", "dot", "svg"]),
    help="By default what the file's name says, else mermaid.",
)
@_to_file
@_plans
def graph(plan: Plan, form: str | None, output: Path | None) -> int:
    """Draw which object is made from which: Mermaid, Graphviz, SVG, or (with -o FILE.png) PNG."""
    drawn: Graph = plan.graph()
    if output is not None and form is None:
        drawn.save(output)
    else:
        texts = {"mermaid": drawn.to_mermaid, "dot": drawn.to_dot, "svg": drawn.to_svg}
        _say(texts[form or "mermaid"](), output)
    return FINDINGS if plan.problems else CLEAN


@commands.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@_to_file
@_plans
def targets(plan: Plan, form: str, output: Path | None) -> int:
    """List every target that building would call, for review and for an allow-list."""
    uses = _or_its_problems(plan).targets()
    if form == "json":
        _say(json.dumps({"targets": [asdict(use) for use in uses]}, indent=2), output)
    else:
        width = max((len(use.path) for use in uses), default=0)
        _say("\n".join(f"{use.path:{width}}  {use.full_key or '(top level)'}" for use in uses), output)
    return CLEAN


# ---- what it does ----------------------------------------------------------------------------------------------------


@commands.command(name="run")
@click.option("--call", "method", default="", help="A method of what was built, to be called: `--call fit`.")
@click.option("--trace", "with_trace", is_flag=True, help="Say on stderr how long each object took to build.")
@click.option(
    "--trace-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the trace: .json for chrome://tracing, .svg for a picture, .txt for a table.",
)
@_plans
def run_config(plan: Plan, method: str, with_trace: bool, trace_file: Path | None) -> int:
    """Build a config, and call what comes out of it.

    A trainer that instantiates its own parts wants `--leave-configs-to auto`.
    """
    trace = _or_its_problems(plan).trace()
    if with_trace:
        click.echo(str(trace), err=True)
    if trace_file is not None:
        trace.save(trace_file)
    if trace.error is not None:
        click.echo(_described(trace.error), err=True)
        return FINDINGS
    if method:
        if not callable(getattr(trace.result, method, None)):
            raise _Problem(f"what was built, a {type(trace.result).__name__}, has no method {method!r}")
        getattr(trace.result, method)()
    elif isinstance(trace.result, partial):
        trace.result()
    return CLEAN


def _described(error: Exception) -> str:
    if isinstance(error, InstantiationException):
        return str(error)
    return "\n".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())])


# ---- moving a code base, and a shell ---------------------------------------------------------------------------------


@commands.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--write", is_flag=True, help="Change the files; without it only the diff is shown.")
def migrate(path: Path, write: bool) -> int:
    """Rewrite imports of hydra.utils' instantiate and call, and list what to look at by hand."""
    try:
        from safe_instantiate.cli.migration import migrated
    except ImportError as error:
        raise _Problem("migrate needs libcst: pip install 'safe-instantiate[migrate]'") from error
    changes = migrated(path)
    for change in changes:
        if change.after != change.before:
            click.echo(change.diff(), nl=False)
            if write:
                change.file.write_text(change.after, "utf-8")
    for change in changes:
        for note in change.notes:
            click.echo(f"{change.file}:{note.line}: look at this by hand: {note.text}")
    rewritten = sum(change.after != change.before for change in changes)
    by_hand = sum(len(change.notes) for change in changes)
    done = "rewritten" if write else "to rewrite (--write does it)"
    click.echo(f"{rewritten} file(s) {done}, {by_hand} place(s) to look at by hand", err=True)
    if any(note.unreadable for change in changes for note in change.notes):
        return COULD_NOT_LOOK
    return FINDINGS if by_hand or (rewritten and not write) else CLEAN


@commands.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print what a shell has to read to complete this command: `source <(safe-instantiate completion bash)`."""
    from click.shell_completion import get_completion_class

    cls = get_completion_class(shell)
    if cls is None:
        raise _Problem(f"there is no completion for {shell}")
    click.echo(cls(commands, {}, "safe-instantiate", "_SAFE_INSTANTIATE_COMPLETE").source())
    return CLEAN
