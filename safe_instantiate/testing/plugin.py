"""The pytest plugin: the fixture `fake_distributed` and the marker `torchrun`.

For tests that use neither it does nothing; torch is imported by the tests alone.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import _pytest
import pluggy
import pytest

from . import rank_session
from .fake import fake_distributed
from .launching import torchrun
from .rank_session import IN_RANK, FailedInRankError, Verdict, run_test
from .results import RankFate, RankResult, TorchrunError

__all__ = ["fake_world"]

_MARKER = (
    "torchrun(nproc=2, *, nnodes=1, backend=None, timeout=60.0, env=None, max_restarts=0): run the test in every rank "
    "of a job under torchrun; each rank has its own fixtures"
)
#: What calls a test, which nobody wants to read of.
_PYTESTS_OWN = (
    *(os.path.dirname(module.__file__) + os.sep for module in (_pytest, pluggy) if module.__file__),
    rank_session.__file__,
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture(name="fake_distributed")
def fake_world() -> Iterator[Callable[[int, int], ExitStack]]:
    """`fake_distributed(rank=1, world_size=4)`: from here to the end of the test, or of a `with` around it."""
    with ExitStack() as test:

        def start(rank: int, world_size: int) -> ExitStack:
            world = test.enter_context(ExitStack())
            world.enter_context(fake_distributed(rank, world_size))
            return world

        yield start


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Send the tests that bear the marker to their ranks: here they have no fixtures, and marks such as skipif hold."""
    if config.stash.get(IN_RANK, False):
        return
    for item in items:
        mark = item.get_closest_marker("torchrun")
        if mark is not None:
            for name, replacement in _sent_to_ranks(item, mark).items():
                setattr(item, name, replacement)


def _sent_to_ranks(item: pytest.Item, mark: pytest.Mark) -> dict[str, Callable[[], None]]:
    def nothing() -> None: ...

    return {"setup": nothing, "runtest": lambda: _run_in_ranks(item, mark), "teardown": nothing}


@dataclass(frozen=True, slots=True)
class _Marked:
    """What the marker takes."""

    nproc: int = 2
    _: dataclasses.KW_ONLY
    nnodes: int = 1
    backend: str | None = None
    timeout: float = 60.0
    env: Mapping[str, str] | None = None
    max_restarts: int = 0


def _run_in_ranks(item: pytest.Item, mark: pytest.Mark) -> None:
    """The test, in every rank; here it fails, is skipped or is an expected failure when it is so in one of them."""
    ended = _ended_in_ranks(item, mark)
    if isinstance(ended, str):
        pytest.fail(ended, pytrace=False)
    # What the test said of itself in a rank holds here too; a failure in any rank has gone before.
    for outcome, end in (("skipped", pytest.skip), ("xfailed", pytest.xfail)):
        reasons = {result.rank: result.value.reason for result in ended if result.value.outcome == outcome}
        if reasons:
            end(_of_all(reasons, len(ended)))


def _ended_in_ranks(item: pytest.Item, mark: pytest.Mark) -> list[RankResult[Verdict]] | str:
    """What came of the test in each rank; or the account of a failure."""
    invocation = item.config.invocation_params
    arguments = [os.fspath(each) for each in invocation.args]
    try:
        marked = _Marked(*mark.args, **mark.kwargs)
    except TypeError as error:
        return str(error).replace(f"{_Marked.__name__}.__init__()", "@pytest.mark.torchrun")
    try:
        results = torchrun(
            run_test,
            marked.nproc,
            nnodes=marked.nnodes,
            backend=marked.backend,
            timeout=marked.timeout,
            args=(str(invocation.dir), arguments, _name_on_the_command_line(item)),
            env=marked.env,
            max_restarts=marked.max_restarts,
        )
    except TorchrunError as error:
        _show_logs(item, error.fates)
        return _as_pytest_shows_it(error)
    _show_logs(item, results)
    return results


def _name_on_the_command_line(item: pytest.Item) -> str:
    """The test, from where the session was started; its `nodeid` starts at rootdir, and xdist adds to it."""
    inside = "::".join([*(item.parent.nodeid.split("::")[1:] if item.parent is not None else []), item.name])
    return f"{os.path.relpath(item.path, item.config.invocation_params.dir)}::{inside}"


def _as_pytest_shows_it(error: TorchrunError) -> str:
    shown = {fate.rank: _shown(fate) for fate in error.fates}
    first = shown[error.first.rank] if error.first is not None else None
    return str(TorchrunError(error.problem, list(shown.values()), first, error.agent_log))


def _shown(fate: RankFate) -> RankFate:
    """With pytest's own account of the failure and without its frames; the log stands in a section of its own."""
    if isinstance(fate.error, FailedInRankError):
        fate = dataclasses.replace(fate, what=fate.error.summary, traceback=fate.error.account)
    stacks = (line for line in fate.stacks.splitlines() if not any(f'File "{each}' in line for each in _PYTESTS_OWN))
    return dataclasses.replace(fate, stacks="\n".join(stacks), log="")


def _show_logs(item: pytest.Item, ranks: Sequence[RankFate | RankResult[Verdict]]) -> None:
    for each in ranks:
        if each.log.strip():
            item.add_report_section("call", f"rank {each.rank}", each.log)


def _of_all(reasons: Mapping[int, str], world_size: int) -> str:
    """One reason of several ranks.

    >>> _of_all({0: "no GPU", 1: "no GPU"}, 2), _of_all({1: "no disk"}, 2)
    ('no GPU', 'rank 1: no disk')
    """
    if len(reasons) == world_size and len(set(reasons.values())) == 1:
        return next(iter(reasons.values()))
    return "; ".join(f"rank {rank}: {reason}" for rank, reason in reasons.items())
