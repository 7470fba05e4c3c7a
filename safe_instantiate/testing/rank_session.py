"""A pytest session in a rank: runs the one test that the session outside has sent here, fixtures and all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import pytest

from .processes import MARK

__all__ = ["IN_RANK", "FailedInRankError", "Verdict", "run_test"]

#: Set in the config of a session in a rank.
IN_RANK: Final = pytest.StashKey[bool]()
#: Plugins that keep account of whole sessions; this one is a part of another.
_NOT_HERE: Final = ("lfplugin", "nfplugin", "stepwiseplugin")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a test that did not fail."""

    outcome: Literal["passed", "skipped", "xfailed"]
    reason: str = ""


class FailedInRankError(Exception):
    """The test failed in this rank: in one line, and as pytest shows it.

    >>> str(FailedInRankError("assert 1 == 2", "..."))
    'assert 1 == 2'
    """

    def __init__(self, summary: str, account: str) -> None:
        super().__init__(summary, account)
        self.summary = summary
        self.account = account

    def __str__(self) -> str:
        return self.summary


def run_test(directory: str, arguments: Sequence[str], test: str) -> Verdict:
    """Run one test in a session of its own, in this process.

    Args:
        directory: where the session outside was started.
        arguments: what it was started with.
        test: the test, as one names it on the command line there.

    Raises:
        FailedInRankError: it failed, or did not get to run.
    """
    os.chdir(directory)
    session = _OneTest(test)
    off = [option for name in _NOT_HERE for option in ("-p", f"no:{name}")]
    # What the test prints goes into the rank's log at once, where it is found even if the rank is killed.
    status = pytest.main([*arguments, *off, "--capture=no"], plugins=[session])
    if session.failures:
        raise FailedInRankError(session.summary, "\n\n".join(session.failures))
    if session.verdict is None:
        raise FailedInRankError(f"pytest ended with status {int(status)} in this rank and has not run {test}", "")
    return session.verdict


@dataclass
class _OneTest:
    """The plugin that makes a session run one test and remembers what came of it."""

    test: str
    verdict: Verdict | None = None
    summary: str = ""
    failures: list[str] = field(default_factory=list)

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[IN_RANK] = True
        config.args[:] = [self.test]
        for name, value in _settings_here().items():
            if hasattr(config.option, name):
                setattr(config.option, name, value)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        session.config.pluginmanager.unregister(name="terminalreporter")  # the session outside has one

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        # What is expected to fail is for the session outside to judge.
        for node in {node for item in items for node in item.listchain()}:
            node.own_markers[:] = [mark for mark in node.own_markers if mark.name != "xfail"]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._failed(report)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failed(report)
        elif report.skipped:
            xfailed: str | None = getattr(report, "wasxfail", None)
            self.verdict = Verdict("skipped", _skip_reason(report)) if xfailed is None else Verdict("xfailed", xfailed)
        elif report.when == "call":
            self.verdict = Verdict("passed")

    def _failed(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        text = report.longreprtext
        if text.startswith(("@", "def ", "async def ")):
            text = f"    {text}"  # the margin that the lines below it still have
        crash = getattr(report.longrepr, "reprcrash", None)
        message = str(crash.message if crash is not None else text).strip()
        when = f"in {report.when}: " if report.when in ("setup", "teardown") else ""
        self.summary = self.summary or when + (message.splitlines() or ["failed"])[0]
        self.failures.append(text)


def _settings_here() -> dict[str, Any]:
    """Options of the session outside that are not for a session in a rank: what they ask for is done there."""
    folder = Path(os.environ[MARK])
    return {
        "basetemp": str(folder / f"basetemp-{os.environ['RANK']}"),
        "dist": "no",
        "numprocesses": None,
        "tx": [],
        "looponfail": False,  # pytest-xdist
        "usepdb": False,
        "trace": False,
        "xmlpath": None,
        "htmlpath": None,
        "cacheclear": False,
        "cacheshow": None,
        "no_cov": True,
    }


def _skip_reason(report: pytest.TestReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    return text.removeprefix("Skipped: ")
