"""Samplers before, between and after process groups."""

from __future__ import annotations

import pytest

from tests.distributed import lifecycle
from tests.distributed.harness import FOUR, TWO, TWO_NODES, Launched, launch, with_nccl
from tests.distributed.lifecycle import COPIES, SIZE, Shard

pytestmark = pytest.mark.xdist_group("distributed_lifecycle")


@pytest.fixture(scope="module", params=with_nccl(TWO, FOUR, TWO_NODES), ids=str)
def launched(request: pytest.FixtureRequest) -> Launched:
    return launch(request.param, lifecycle.CHECKS)


def test_what_was_resolved_stays_and_what_waits_takes_the_new_world(launched: Launched) -> None:
    size = launched.world.size
    smaller = max(1, size // 2)
    for rank, found in enumerate(launched.values_of(lifecycle.made_before_between_and_after)):
        used, during, unused, between = found["after resize"]
        assert used == during == found["used"] == found["whole"]
        assert unused == between == found["smaller"]
        assert (used.num_replicas, used.rank) == (size, rank)
        assert (unused.num_replicas, unused.rank) == (smaller, rank % smaller)


def test_only_what_nobody_used_and_what_was_made_without_a_group_waits(launched: Launched) -> None:
    for found in launched.values_of(lifecycle.made_before_between_and_after):
        assert not found["during waited"]
        assert found["waiting between"] == [False, False, True, True]
        assert found["waiting after"] == [False, False, False, False, True]


def test_a_group_is_joined_where_there_is_one_and_started_where_there_is_none(launched: Launched) -> None:
    size = launched.world.size
    for rank, found in enumerate(launched.values_of(lifecycle.ensured_again_and_again)):
        own, joined = (True, size, rank), (False, size, rank)
        assert found == [joined, own, joined, own, joined]


def test_resolving_makes_all_that_wait_and_counts_them(launched: Launched) -> None:
    for made, anyone_waits in launched.values_of(lifecycle.resolved_at_one_point):
        assert (made, anyone_waits) == (3, False)


def test_use_before_the_group_names_the_node_and_what_to_call_on_every_rank(launched: Launched) -> None:
    for said in launched.values_of(lifecycle.used_before_the_group):
        assert set(said) == {"iteration", "len", "rank"}
        for message in said.values():
            assert message.startswith("data.sampler: ")
            assert "ensure_process_group()" in message


def test_a_sampler_that_knows_its_world_needs_no_group(launched: Launched) -> None:
    for waited, shard in launched.values_of(lifecycle.with_a_world_of_its_own):
        assert not waited
        assert (shard.num_replicas, shard.rank, len(shard.indices)) == (3, 1, SIZE // 3)


def test_an_epoch_set_before_the_group_counts(launched: Launched) -> None:
    for shard, plain in launched.values_of(lifecycle.epoch_set_before_the_group):
        assert shard == plain


@pytest.mark.parametrize("kind", COPIES)
def test_a_copy_waits_too_and_has_the_shard_of_its_rank(launched: Launched, kind: str) -> None:
    for found in launched.values_of(lifecycle.copied_before_the_group):
        waited, shard, plain = found[kind]
        assert waited
        assert shard == plain


def test_a_sampler_sent_from_rank_0_takes_the_rank_of_who_receives_it(launched: Launched) -> None:
    received: list[tuple[Shard, Shard]] = launched.values_of(lifecycle.sent_from_rank_zero)
    assert [shard.rank for shard, _ in received] == list(range(launched.world.size))
    assert all(shard == plain for shard, plain in received)


def test_a_sampler_with_a_state_goes_on_where_it_was(launched: Launched) -> None:
    for found in launched.values_of(lifecycle.resumed_before_the_group):
        assert found["waited"]
        assert found["class"] == "Resumable"
        assert found["drawn"] == found["plain"]


def test_a_model_wrapped_before_the_group_is_an_error_that_names_the_node_and_the_group(launched: Launched) -> None:
    for message in launched.values_of(lifecycle.wrapped_model_before_the_group):
        assert "full_key: model" in message
        assert "DistributedDataParallel" in message
        assert "process group" in message
        assert "init_process_group" in message
