"""The behaviours that the design promises, each seen through the public names."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# The package behaviour_app is named by import path in the configs, so the folder has to be importable.
sys.path.insert(0, str(Path(__file__).parent))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Hydra 1.4 deprecates every target that no allow-list names; the configs here are the test's own.
    no_allow_list = pytest.mark.filterwarnings(r"ignore:\s*hydra\.utils\.instantiate\(\) resolved _target_")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(no_allow_list)


@pytest.fixture
def calls() -> list[str]:
    """The names with which `objects.record` and its like were called, in order."""
    from behaviour_app import objects

    objects.CALLS.clear()
    return objects.CALLS
