"""Every rank has the shard that it would have had, had its sampler been made after the process group."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import torch

from tests.distributed import shards
from tests.distributed.harness import EIGHT, FOUR, TWO, TWO_NODES, Launched, launch, with_nccl
from tests.distributed.shards import CASES, EPOCHS, SEED, Case, Found

pytestmark = pytest.mark.xdist_group("distributed_shards")

every_case = pytest.mark.parametrize("case", CASES, ids=str)
BEFORE_THE_GROUP = [shards.nodes, shards.made_in_constructors, shards.group_started_by_the_trainer]


@pytest.fixture(scope="module", params=with_nccl(TWO, FOUR, EIGHT, TWO_NODES), ids=str)
def launched(request: pytest.FixtureRequest) -> Launched:
    return launch(request.param, shards.CHECKS)


@pytest.fixture(params=shards.CHECKS, ids=lambda check: check.__name__)
def found(request: pytest.FixtureRequest, launched: Launched, case: Case) -> list[Found]:
    """What the ranks found, by rank."""
    return [value[case] for value in launched.values_of(request.param)]


def by_epoch(found: list[Found]) -> list[list[list[int]]]:
    """For each epoch, the indices of each rank."""
    return [[rank.ours[epoch] for rank in found] for epoch in EPOCHS]


@pytest.mark.parametrize("check", BEFORE_THE_GROUP, ids=lambda check: check.__name__)
def test_samplers_made_before_the_group_wait_for_it(
    launched: Launched, check: Callable[[str], dict[Case, Found]]
) -> None:
    assert all(found.waited for value in launched.values_of(check) for found in value.values())


def test_samplers_made_while_there_is_a_group_are_made_at_once(launched: Launched) -> None:
    values = launched.values_of(shards.made_after_the_group)
    assert not any(found.waited for value in values for found in value.values())


@every_case
def test_a_shard_is_that_of_a_sampler_made_after_init(found: list[Found]) -> None:
    for rank in found:
        assert rank.ours == rank.plain


@every_case
def test_shards_are_disjoint_and_cover_the_dataset(found: list[Found], case: Case) -> None:
    ranks = len(found)
    for shards_of_epoch in by_epoch(found):
        assert len({len(shard) for shard in shards_of_epoch}) == 1
        drawn = list(itertools.chain(*shards_of_epoch))
        if case.drop_last:
            assert len(set(drawn)) == len(drawn)
            assert 0 <= case.size - len(drawn) < ranks
        else:
            assert set(drawn) == set(range(case.size))
            assert 0 <= len(drawn) - case.size < ranks  # what is drawn twice makes all shards of one length


@every_case
def test_epochs_reshuffle_alike_on_all_ranks(found: list[Found], case: Case) -> None:
    orders = []
    for epoch, shards_of_epoch in enumerate(by_epoch(found)):
        # Dealt out in turn, as cards are: taking them up in turn gives the one order that all ranks have shuffled to.
        order = list(itertools.chain(*zip(*shards_of_epoch, strict=True)))[: case.size]
        generator = torch.Generator().manual_seed(SEED + epoch)
        expected = torch.randperm(case.size, generator=generator).tolist() if case.shuffle else list(range(case.size))
        assert order == expected[: len(order)]
        orders.append(tuple(order))
    if case.shuffle and case.size > 20:
        assert len(set(orders)) == len(EPOCHS)
