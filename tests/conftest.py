"""What every test of the suite can count on."""

from __future__ import annotations

import os
from collections.abc import Iterator

# Before anything imports torch: a test's tensors are tiny, and two workers share two cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run, so that a failure belongs to the change that caused it.
settings.register_profile("default", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# `pytest --hypothesis-profile=long` looks further and elsewhere each time.
settings.register_profile("long", settings.get_profile("default"), derandomize=False, max_examples=5000)
settings.load_profile("default")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Before `pytest_collection_modifyitems`, where pytest-xdist looks for groups first of all."""
    if item.get_closest_marker("launches_torchrun"):
        item.add_marker(pytest.mark.xdist_group("launches_torchrun"))


@pytest.fixture(autouse=True)
def nothing_global_is_left_behind() -> Iterator[None]:
    """A test that leaves a process group or an initialised Hydra behind fails itself, not the next one."""
    import torch.distributed as dist
    from hydra.core.global_hydra import GlobalHydra

    yield
    left = []
    if dist.is_available() and dist.is_initialized():
        left.append("a process group")
        dist.destroy_process_group()
    if GlobalHydra.instance().is_initialized():
        left.append("an initialised Hydra")
        GlobalHydra.instance().clear()
    assert not left, f"the test left behind: {', '.join(left)}"
