"""``python -m examples.digits``: train on two processes, or compare the ways in."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from textwrap import indent

from torch.distributed.elastic.multiprocessing import SignalException

from .choices import ENGINES, ENTRIES
from .comparison import compare
from .launch import Job, launch

COMPARISON_EPOCHS = 2


def whole_number(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


def make_parser() -> argparse.ArgumentParser:
    choices = [f"  --engine {name:<9} {what}" for name, what in ENGINES.items()]
    choices += [f"  --entry {name:<10} {what}" for name, what in ENTRIES.items()]
    parser = argparse.ArgumentParser(
        prog="python -m examples.digits",
        description="Train a small CNN on handwritten digits under torchrun.",
        epilog="\n".join(["choices:", *choices]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--engine", choices=[*ENGINES, "both"], default="safe", help="who instantiates (safe)")
    parser.add_argument("--entry", choices=[*ENTRIES, "all"], default="auto", help="the way in (auto)")
    parser.add_argument("--nproc", type=whole_number, default=2, help="number of processes (2)")
    parser.add_argument("--epochs", type=whole_number, help=f"as configured; {COMPARISON_EPOCHS} when comparing")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in the output folder")
    parser.add_argument("--output", type=Path, default=Path("outputs/digits"), help="output folder (outputs/digits)")
    parser.add_argument("overrides", nargs="*", help="Hydra overrides such as optim.optimizer.lr=0.01")
    return parser


def plan_jobs(arguments: argparse.Namespace) -> list[Job]:
    """One job for each engine and entry that was asked for; several jobs get a folder each and are quiet."""
    engines = list(ENGINES) if arguments.engine == "both" else [arguments.engine]
    entries = list(ENTRIES) if arguments.entry == "all" else [arguments.entry]
    several = len(engines) * len(entries) > 1
    epochs = COMPARISON_EPOCHS if several and arguments.epochs is None else arguments.epochs
    overrides = [*arguments.overrides]
    if epochs is not None:
        overrides.append(f"epochs={epochs}")
    if arguments.resume:
        overrides.append("resume=true")
    return [
        Job(
            engine=engine,
            entry=entry,
            output=arguments.output / f"{engine}-{entry}" if several else arguments.output,
            nproc=arguments.nproc,
            overrides=tuple(overrides),
            quiet=several,
        )
        for engine in engines
        for entry in entries
    ]


def main(argv: Sequence[str] | None = None) -> int:
    jobs = plan_jobs(make_parser().parse_intermixed_args(argv))
    logging.disable(logging.ERROR)  # of this process, so torchrun's: that a process ended is told below
    try:
        if len(jobs) > 1:
            return compare(jobs)
        outcome = launch(jobs[0])
    except SignalException as stopped:
        return 128 + stopped.sigval
    if outcome.error is not None:
        print(f"training failed: {outcome.error}", file=sys.stderr)
        for rank, lines in outcome.last_lines.items():
            print(f"rank {rank} ended with:\n{indent(lines, '  ')}", file=sys.stderr)
        print(f"the other processes' output is under {outcome.job.log_dir}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
