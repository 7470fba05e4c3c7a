from __future__ import annotations

import sys
from pathlib import Path

import pytest

# Configs name the modules beside this file by import path.
sys.path.insert(0, str(Path(__file__).parent))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Hydra 1.3 warns where version_base is not given, Hydra 1.4 where it is; and 1.4 of targets without an allow-list.
    ignored = (
        "ignore:The version_base parameter is deprecated",
        r"ignore:\s*hydra\.utils\.instantiate\(\) resolved _target_",
    )
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for each in ignored:
                item.add_marker(pytest.mark.filterwarnings(each))
