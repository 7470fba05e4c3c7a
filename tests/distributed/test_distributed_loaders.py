"""Loaders built before the process group load the batches of their rank, in this process and in workers."""

from __future__ import annotations

import pytest

from tests.distributed import loaders
from tests.distributed.harness import FOUR, TWO, Check, Launched, launch, with_nccl

pytestmark = pytest.mark.xdist_group("distributed_loaders")


@pytest.fixture(scope="module", params=with_nccl(TWO, FOUR), ids=str)
def launched(request: pytest.FixtureRequest) -> Launched:
    return launch(request.param, loaders.CHECKS)


def test_a_sampler_inside_a_batch_sampler_inside_a_loader_comes_from_one_config(launched: Launched) -> None:
    for found in launched.values_of(loaders.nested_samplers):
        assert found["waited"]
        assert found["one dataset"]
        assert found["batches"] == found["plain"]
        assert found["length"] == len(found["plain"][0])


@pytest.mark.parametrize(
    "check", [loaders.persistent_workers_forked, loaders.persistent_workers_spawned], ids=["fork", "spawn"]
)
def test_persistent_workers_load_the_shard_of_each_epoch(launched: Launched, check: Check) -> None:
    for found in launched.values_of(check):
        assert found["waited"]
        assert found["batches"] == found["plain"]
        assert found["batches"][0] != found["batches"][1]


def test_a_sampler_that_a_dataset_holds_waits_on_in_a_spawned_worker(launched: Launched) -> None:
    # A worker has no process group of its own; all that a dataset may do there with its sampler is hold it.
    for found in launched.values_of(loaders.persistent_workers_spawned):
        assert found["waiting in worker"] == {True}


def test_a_dataset_under_recursive_false_is_whole_in_a_spawned_worker(launched: Launched) -> None:
    for found in launched.values_of(loaders.forced_dataset_in_spawned_workers):
        assert found["classes"] == ["Wrapping", "Numbers"]
        assert found["batches"] == found["plain"]
