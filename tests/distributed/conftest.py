"""The harness is for real processes: what it launches knows nothing of pytest."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.distributed.harness import IMPORTABLE

# The gallery's code base is named by import path in the configs, here as in the ranks.
sys.path.extend(str(folder) for folder in IMPORTABLE if str(folder) not in sys.path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Hydra 1.4 deprecates every target that no allow-list names; the configs here are the test's own.
    no_allow_list = pytest.mark.filterwarnings(r"ignore:\s*hydra\.utils\.instantiate\(\) resolved _target_")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(no_allow_list)
