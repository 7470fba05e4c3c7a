"""The commands. Each finds its config, asks the library one question, and says the answer."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.shell_completion import get_completion_class

from safe_instantiate import probing
from safe_instantiate.checking.diagnostic import Report
from safe_instantiate.cli.arguments import examples, to_file, with_plan, with_settings
from safe_instantiate.cli.output import (
    CLEAN,
    COULD_NOT_LOOK,
    FINDINGS,
    ProblemError,
    failure_text,
    say,
    traceback_text,
    writing,
)
from safe_instantiate.cli.reports import FORMATS
from safe_instantiate.explaining.graph import Graph
from safe_instantiate.explaining.trace import TRACE_FILES
from safe_instantiate.instantiator import Instantiator
from safe_instantiate.plans import Plan


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


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples(
        "safe-instantiate check conf/train.yaml",
        "safe-instantiate check --config-dir conf --config-name train optim.lr=0.1",
        "safe-instantiate tree conf/train.yaml --key trainer",
    ),
)
@click.version_option(package_name="safe-instantiate")
def commands() -> None:
    """See a config before you run it.

    A config is a YAML file, or what Hydra composes from a directory; overrides as on Hydra's command line.
    Exit code: 0 clean, 1 findings, 2 could not look.
    """


def _code_for(report: Report) -> int:
    return CLEAN if report.ok else FINDINGS


def _or_its_problems(plan: Plan) -> Plan:
    """A plan, if there is nothing wrong with it."""
    if plan.problems:
        click.echo(str(plan.check()), err=True)
        if not click.get_current_context().params.get("key"):
            click.echo("If a program builds parts of this config only, name one of them with --key.", err=True)
        raise click.exceptions.Exit(FINDINGS)
    return plan


# ---- what is wrong ---------------------------------------------------------------------------------------------------


@commands.command(
    epilog=examples(
        "safe-instantiate check conf/train.yaml optim.lr=0.1",
        "safe-instantiate check --config-dir conf --config-name train --format github",
    )
)
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@to_file
@with_settings
def check(config: Any, engine: Instantiator, form: str, output: Path | None) -> int:
    """Say everything that is wrong with a config.

    With file and line; nothing is built.
    """
    report = engine.check(config)
    say(FORMATS[form](report), output)
    return _code_for(report)


@commands.command(
    epilog=examples(
        "safe-instantiate probe conf/train.yaml --key data.train",
        "safe-instantiate probe conf/train.yaml --below labels 80 --in-range boxes 0 1",
    )
)
@click.option("--samples", default=16, show_default=True, help="How many samples to draw of each dataset.")
@click.option(
    "--in-range",
    type=(str, float, float),
    multiple=True,
    metavar="FIELD LOW HIGH",
    help="Expect numbers between these two.",
)
@click.option(
    "--below",
    type=(str, float),
    multiple=True,
    metavar="FIELD BOUND",
    help="Expect numbers from 0 to below this one.",
)
@click.option("--not-empty", multiple=True, metavar="FIELD", help="Expect something in each sample.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@to_file
@with_settings
def probe(
    config: Any,
    engine: Instantiator,
    samples: int,
    in_range: tuple[tuple[str, float, float], ...],
    below: tuple[tuple[str, float], ...],
    not_empty: tuple[str, ...],
    form: str,
    output: Path | None,
) -> int:
    """Say what is in the samples of a config's data.

    Builds the data part alone, draws samples, and says what they are and what is wrong with them.
    """
    expectations = (
        *(probing.in_range(name, low, high) for name, low, high in in_range),
        *(probing.below(name, bound) for name, bound in below),
        *map(probing.not_empty, not_empty),
    )
    report = probing.probe(config, *expectations, samples=samples, instantiator=engine)
    say(FORMATS[form](report), output)
    return _code_for(report)


# ---- what it means ---------------------------------------------------------------------------------------------------


@commands.command(
    epilog=examples(
        "safe-instantiate tree conf/train.yaml --key trainer --leave-configs-to auto",
        "safe-instantiate tree --config-dir conf --format svg -o tree.svg",
    )
)
@click.option("--format", "form", type=click.Choice(["text", "json", "svg"]), default="text", show_default=True)
@to_file
@with_plan
def tree(plan: Plan, form: str, output: Path | None) -> int:
    """Show what is called with what.

    And what is built, deferred, shared, or handed on raw.
    """
    drawn = plan.tree()
    if form == "text" and output is None:
        from rich.console import Console

        console = Console(soft_wrap=True)
        if console.is_terminal:
            console.print(drawn)
        else:
            say(str(drawn), None)
    else:
        texts: dict[str, Callable[[], str]] = {
            "json": drawn.to_json,
            "svg": partial(drawn.to_svg, title=drawn.root.key),
        }
        say(texts[form]() if form in texts else str(drawn), output)
    return FINDINGS if plan.problems else CLEAN


@commands.command(epilog=examples("safe-instantiate source conf/train.yaml --key model -o model.py"))
@to_file
@with_plan
def source(plan: Plan, output: Path | None) -> int:
    """Write the Python program that a config means."""
    say(_or_its_problems(plan).source().rstrip("\n"), output)
    return CLEAN


@commands.command(epilog=examples("safe-instantiate graph conf/train.yaml --key trainer -o trainer.svg"))
@click.option(
    "--format",
    "form",
    type=click.Choice(["mermaid", "dot", "svg"]),
    help="By default what the file's name says, else mermaid.",
)
@to_file
@with_plan
def graph(plan: Plan, form: str | None, output: Path | None) -> int:
    """Draw which object is made from which.

    As Mermaid, for Graphviz, as SVG, or (with -o FILE.png) as PNG.
    """
    drawn: Graph = plan.graph()
    if output is not None and form is None:
        with writing(output):
            drawn.save(output)
    else:
        texts = {"mermaid": drawn.to_mermaid, "dot": drawn.to_dot, "svg": drawn.to_svg}
        say(texts[form or "mermaid"](), output)
    if plan.problems:
        click.echo(str(plan.check()), err=True)
    return FINDINGS if plan.problems else CLEAN


@commands.command(epilog=examples("safe-instantiate targets conf/train.yaml --format json"))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@to_file
@with_plan
def targets(plan: Plan, form: str, output: Path | None) -> int:
    """List every target that building would call.

    For review, and for an allow-list.
    """
    uses = _or_its_problems(plan).targets()
    if form == "json":
        say(json.dumps({"targets": [asdict(use) for use in uses]}, indent=2), output)
    else:
        width = max((len(use.path) for use in uses), default=0)
        say("\n".join(f"{use.path:{width}}  {use.full_key or '(top level)'}" for use in uses), output)
    return CLEAN


# ---- what it does ----------------------------------------------------------------------------------------------------


@commands.command(
    name="run",
    epilog=examples(
        "safe-instantiate run conf/train.yaml --key trainer --leave-configs-to auto --call fit",
        "safe-instantiate run conf/train.yaml --trace",
    ),
)
@click.option("--call", "method", default="", help="A method of what was built, to be called: `--call fit`.")
@click.option("--trace", "with_trace", is_flag=True, help="Say on stderr how long each object took to build.")
@click.option(
    "--trace-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the trace: .json for chrome://tracing, .svg for a picture, .txt for a table.",
)
@with_plan
def run_config(plan: Plan, method: str, with_trace: bool, trace_file: Path | None) -> int:
    """Build a config, and call what comes out of it.

    A partial is called, of anything else the method that `--call` names. A trainer that instantiates its own parts
    wants `--leave-configs-to auto`.
    """
    if trace_file is not None and trace_file.suffix not in TRACE_FILES:  # said before an hour of building, not after
        raise ProblemError(
            f"a trace is saved as {', '.join(TRACE_FILES[:-1])} or {TRACE_FILES[-1]}, not as {trace_file.name!r}"
        )
    trace = _or_its_problems(plan).trace()
    if with_trace:
        click.echo(str(trace), err=True)
    if trace_file is not None:
        with writing(trace_file):
            trace.save(trace_file)
    if trace.error is not None:
        click.echo(failure_text(trace.error), err=True)
        return FINDINGS
    if method and not callable(getattr(trace.result, method, None)):
        raise ProblemError(f"what was built, a {type(trace.result).__name__}, has no method {method!r}")
    called = getattr(trace.result, method) if method else trace.result
    if not method and not isinstance(called, partial):
        return CLEAN
    try:
        called()
    except Exception as error:  # of the code that was run, whatever its class: it says nothing of the config
        click.echo(traceback_text(error), err=True)
        return FINDINGS
    return CLEAN


# ---- moving a code base, and a shell ---------------------------------------------------------------------------------


@commands.command(epilog=examples("safe-instantiate migrate src", "safe-instantiate migrate src --write"))
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--write", is_flag=True, help="Change the files; without it only the diff is shown.")
def migrate(path: Path, write: bool) -> int:
    """Rewrite a code base's imports of hydra.utils.

    What it imports or calls of Hydra's `instantiate` and `call` becomes this library's; what a person has to look at
    is listed. Without --write only the diff is shown.
    """
    try:
        from safe_instantiate.cli.migration import migrated
    except ImportError as error:
        raise ProblemError("migrate needs libcst: pip install 'safe-instantiate[migrate]'") from error
    changes = migrated(path)
    rewritten = [change for change in changes if change.after != change.before]
    for change in rewritten:
        click.echo(change.diff(), nl=False)
    if write:
        for change in rewritten:
            with writing(change.file):
                change.write()
        # What is left to do there stands at other lines now.
        changes = [left for change in changes for left in (migrated(change.file) if change in rewritten else [change])]
    for change in changes:
        for note in change.notes:
            click.echo(f"{change.file}:{note.line}: look at this by hand: {note.text}")
    by_hand = sum(len(change.notes) for change in changes)
    done = "rewritten" if write else "to rewrite (--write does it)"
    click.echo(f"{len(rewritten)} file(s) {done}, {by_hand} place(s) to look at by hand", err=True)
    if any(note.unreadable for change in changes for note in change.notes):
        return COULD_NOT_LOOK
    return FINDINGS if by_hand or (rewritten and not write) else CLEAN


@commands.command(epilog=examples("source <(safe-instantiate completion bash)"))
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the script that completes this command."""
    cls = get_completion_class(shell)
    if cls is None:
        raise ProblemError(f"there is no completion for {shell}")
    click.echo(cls(commands, {}, "safe-instantiate", "_SAFE_INSTANTIATE_COMPLETE").source())
    return CLEAN
