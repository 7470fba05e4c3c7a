"""What the tests of the command line share."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_shell import shell

__all__ = ["shell"]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A YAML file with nothing wrong in it."""
    file = tmp_path / "good.yaml"
    file.write_text("model:\n  _target_: torch.nn.Linear\n  in_features: 3\n  out_features: 2\nseed: 1\n")
    return file


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A YAML file with a misspelt target on its second line and a missing value on its sixth."""
    file = tmp_path / "bad.yaml"
    file.write_text("model:\n  _target_: torch.nn.Linaer\n  in_features: 3\n  out_features: 2\noptim:\n  lr: ???\n")
    return file
