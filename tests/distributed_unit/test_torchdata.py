"""torchdata's loaders with a state, whose sampler is a DistributedSampler with code of its own."""

from __future__ import annotations

from typing import Any

import pytest

from safe_instantiate import instantiate, is_deferred
from safe_instantiate.testing import fake_distributed

# torchdata calls a function that torch deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:'set_vital' is deprecated:UserWarning")

NUMBERS = list(range(8))
CONFIG = {
    "_target_": "torchdata.stateful_dataloader.StatefulDataLoader",
    "dataset": NUMBERS,
    "batch_size": 2,
    "sampler": {
        "_target_": "torchdata.stateful_dataloader.sampler.StatefulDistributedSampler",
        "dataset": NUMBERS,
        "shuffle": False,
    },
}


def batches(loader: Any) -> list[list[int]]:
    return [batch.tolist() for batch in loader]


@pytest.fixture
def state() -> dict[str, Any]:
    """Of a loader that has given its first batch."""
    with fake_distributed(rank=1, world_size=2):
        loader = instantiate(CONFIG)
        assert next(iter(loader)).tolist() == [1, 3]
        saved: dict[str, Any] = loader.state_dict()
        return saved


def test_a_stateful_sampler_waits_for_the_group() -> None:
    loader = instantiate(CONFIG)
    assert is_deferred(loader.sampler)
    with fake_distributed(rank=1, world_size=2):
        assert batches(loader) == [[1, 3], [5, 7]]


def test_a_state_that_is_loaded_before_the_group_counts(state: dict[str, Any]) -> None:
    loader = instantiate(CONFIG)
    loader.load_state_dict(state)
    assert is_deferred(loader.sampler)
    with fake_distributed(rank=1, world_size=2):
        assert batches(loader) == [[5, 7]]
        assert type(loader.sampler).__name__ == "StatefulDistributedSampler"
