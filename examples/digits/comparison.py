"""Several jobs side by side: which train, with what final loss, and how the others fail."""

import shutil
import textwrap
from collections.abc import Sequence

from .launch import Job, Outcome, launch


def compare(jobs: list[Job]) -> int:
    """Run the jobs one after the other, print a table, and return the exit status."""
    print(f"{'engine':<7} {'entry':<9} outcome")
    outcomes = []
    for job in jobs:
        outcomes.append(launch(job))
        print(table_row(outcomes[-1]), flush=True)
    print()
    for engine in dict.fromkeys(job.engine for job in jobs):
        print(verdict([outcome for outcome in outcomes if outcome.job.engine == engine]))
    return exit_status(outcomes)


def table_row(outcome: Outcome) -> str:
    """One line for a job that trained, several for an error message."""
    start = f"{outcome.job.engine:<7} {outcome.job.entry:<9} "
    if outcome.final_loss is not None:
        return f"{start}trains  final loss {outcome.final_loss!r}"
    width = max(60, shutil.get_terminal_size((100, 24)).columns)
    return textwrap.fill(f"{outcome.error}", width, initial_indent=f"{start}FAILS   ", subsequent_indent=" " * 26)


def verdict(outcomes: Sequence[Outcome]) -> str:
    """How many trained, and whether their final losses are the same to the last bit."""
    losses = {outcome.final_loss for outcome in outcomes if outcome.final_loss is not None}
    trained = sum(outcome.final_loss is not None for outcome in outcomes)
    agreement = ""
    if trained > 1:
        agreement = ", all with the same final loss" if len(losses) == 1 else ", with DIFFERENT final losses"
    return f"{outcomes[0].job.engine}: {trained} of {len(outcomes)} entries train{agreement}"


def exit_status(outcomes: Sequence[Outcome]) -> int:
    """0 if all entries of the engine "safe" train, with the same final loss; that Hydra's fail is no failure."""
    losses = [outcome.final_loss for outcome in outcomes if outcome.job.engine == "safe"]
    return 0 if None not in losses and len(set(losses)) <= 1 else 1
