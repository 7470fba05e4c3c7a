"""What `torchrun` returns or raises: each rank's result, or the account of a job that failed."""

from __future__ import annotations

import signal
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

__all__ = ["RankFate", "RankResult", "TorchrunError"]

T = TypeVar("T")

#: Lines of a rank's log, or of torchrun's own, that an account shows; the last ones, which tell most.
_LOG_LINES: Final = 20
#: Lines of a rank's threads; the first ones.
_STACK_LINES: Final = 40


@dataclass(frozen=True, slots=True)
class RankResult(Generic[T]):
    """What a rank returned, and all that it has printed to stdout and stderr.

    >>> RankResult(rank=0, value=45, log="").value
    45
    """

    rank: int
    value: T
    log: str


@dataclass(frozen=True, slots=True)
class RankFate:
    """What became of one rank of a job that failed.

    Attributes:
        rank: its number.
        what: in words, one line.
        error: the exception that it raised, if it did and the exception can be pickled.
        traceback: the text of that exception, with its traceback; "" where it raised none.
        stacks: where its threads were when it was told to end; "" where it ended before.
        log: all that it has printed.
        failed: whether it failed of itself; the other ranks have succeeded, or were ended because one failed.
    """

    rank: int
    what: str
    error: BaseException | None
    traceback: str
    stacks: str
    log: str
    failed: bool


class TorchrunError(RuntimeError):
    """A job under torchrun failed; its text is the whole account.

    Attributes:
        problem: what is wrong with the job as a whole.
        fates: what became of each rank, in rank order.
        first: the rank that failed first; None when none did: the job hung, or torchrun itself failed.
        agent_log: what torchrun itself has printed, where the ranks don't explain it.

    >>> fate = RankFate(1, "exited with status 3", None, "", "", "", failed=True)
    >>> print(TorchrunError("Rank 1 of 2 failed first", [fate], fate))
    Rank 1 of 2 failed first: exited with status 3
    <BLANKLINE>
    rank 1: exited with status 3
    """

    def __init__(
        self, problem: str, fates: Sequence[RankFate] = (), first: RankFate | None = None, agent_log: str = ""
    ) -> None:
        super().__init__(problem, fates, first, agent_log)
        self.problem = problem
        self.fates = tuple(fates)
        self.first = first
        self.agent_log = agent_log

    def __str__(self) -> str:
        parts = [f"{self.problem}: {self.first.what}" if self.first is not None else self.problem]
        alike: dict[str, list[int]] = {}
        for fate in sorted(self.fates, key=lambda fate: (fate is not self.first, not fate.failed, fate.rank)):
            alike.setdefault(_account(fate), []).append(fate.rank)
        parts += [f"{_ranks(sorted(ranks))}: {account}" for account, ranks in alike.items()]
        if self.agent_log:
            parts.append(_block("torchrun's own log ends:", _last_lines(self.agent_log)))
        return "\n\n".join(parts)


def how_it_ended(exit_code: int) -> str:
    """An exit code in words.

    >>> how_it_ended(3), how_it_ended(-9)
    ('exited with status 3', 'was killed by signal 9 (SIGKILL)')
    """
    if exit_code >= 0:
        return f"exited with status {exit_code}"
    try:
        name = f" ({signal.Signals(-exit_code).name})"
    except ValueError:
        name = ""
    return f"was killed by signal {-exit_code}{name}"


def _ranks(ranks: Sequence[int]) -> str:
    return f"rank{'s' if len(ranks) > 1 else ''} {', '.join(map(str, ranks))}"


def _account(fate: RankFate) -> str:
    parts = [fate.what]
    if fate.traceback:
        parts.append(textwrap.indent(fate.traceback, "    "))
    if fate.stacks:
        parts.append(_block("  it was here:", fate.stacks.strip().splitlines()[:_STACK_LINES]))
    if fate.log.strip() and (fate.failed or fate.stacks):
        parts.append(_block("  its log ends:", _last_lines(fate.log)))
    return "\n".join(parts)


def _block(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, *(f"    {line}" for line in lines)])


def _last_lines(text: str) -> list[str]:
    return text.rstrip().splitlines()[-_LOG_LINES:]
