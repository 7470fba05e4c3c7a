"""The example of a trainer that nobody edits, run as its README says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "unedited_trainer"
TIME_LIMIT = 300  # seconds; for a machine that is busy with other things


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"examples.unedited_trainer.{script}"],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )


def test_with_hydra_it_fails_as_the_readme_says() -> None:
    finished = run("with_hydra")
    assert finished.returncode != 0
    assert "Cannot instantiate config of type TensorDataset" in finished.stderr


def test_with_one_line_it_trains_and_both_ways_give_the_same_losses() -> None:
    ways = [run("with_safe_setup"), run("with_patch_hydra")]
    assert [way.returncode for way in ways] == [0, 0], ways
    assert ways[0].stdout == ways[1].stdout
    losses = [float(loss) for loss in re.findall(r"loss ([\d.]+)", ways[0].stdout)]
    assert len(losses) == 5 and losses[-1] < losses[0] / 5


@pytest.mark.parametrize("name", ["safe_instantiate", "safe_setup", "patch_hydra"])
def test_the_trainer_knows_nothing_of_this_library(name: str) -> None:
    assert name not in (EXAMPLE / "trainer.py").read_text("utf-8")
