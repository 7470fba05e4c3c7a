"""The command line, run within this process as a shell would run it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from safe_instantiate.cli import main

ROOT = Path(__file__).parents[2]
DIGITS = ("--config-dir", str(ROOT / "examples" / "digits" / "conf"))


@dataclass(frozen=True)
class Finished:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Shell = Callable[..., Finished]


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Shell:
    """`safe-instantiate` with these arguments, in a directory of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(ROOT))

    def run(*arguments: object) -> Finished:
        monkeypatch.setattr(sys, "argv", ["safe-instantiate", *map(str, arguments)])
        code = main()
        printed = capsys.readouterr()
        return Finished(code, printed.out, printed.err)

    return run
