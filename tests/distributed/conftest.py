"""The harness is for real processes: what it launches knows nothing of pytest."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# The gallery's code base is named by import path in the configs; the ranks take over this search path.
sys.path.insert(0, str(Path(__file__).parent.parent / "gallery"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Hydra 1.4 deprecates every target that no allow-list names; the configs here are the test's own.
    no_allow_list = pytest.mark.filterwarnings(r"ignore:\s*hydra\.utils\.instantiate\(\) resolved _target_")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(no_allow_list)
