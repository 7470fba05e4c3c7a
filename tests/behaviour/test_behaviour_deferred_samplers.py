"""Distributed samplers that a config makes before there is a process group."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch.distributed as dist
from behaviour_app.data import Numbers
from torch.utils.data import BatchSampler, DistributedSampler

from safe_instantiate import Instantiator, instantiate, is_deferred, plan, resolve_deferred

NUMBERS = {"_target_": "behaviour_app.data.Numbers", "size": 6}
SAMPLER = {"_target_": "torch.utils.data.DistributedSampler", "dataset": NUMBERS, "shuffle": False}
LOADER = {"_target_": "torch.utils.data.DataLoader", "dataset": NUMBERS}


@contextmanager
def process_group() -> Iterator[None]:
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        yield
    finally:
        dist.destroy_process_group()


def test_a_sampler_of_a_config_is_deferred() -> None:
    sampler = instantiate(SAMPLER)
    assert isinstance(sampler, DistributedSampler) and is_deferred(sampler)
    with process_group():
        assert list(sampler) == [0, 1, 2, 3, 4, 5]
        assert type(sampler) is DistributedSampler and not is_deferred(sampler)


def test_a_sampler_below_a_batch_sampler_in_a_loader_is_deferred() -> None:
    batches = {"_target_": "torch.utils.data.BatchSampler", "sampler": SAMPLER, "batch_size": 4, "drop_last": False}
    for recursive in (True, False):
        loader = instantiate({**LOADER, "batch_sampler": batches, "_recursive_": recursive})
        assert isinstance(loader.batch_sampler, BatchSampler) and is_deferred(loader.batch_sampler.sampler)
        with process_group():
            assert [batch.tolist() for batch in loader] == [[0, 1, 2, 3], [4, 5]]


def test_a_sampler_made_in_a_constructor_is_deferred() -> None:
    dataset = instantiate({"data": {"_target_": "behaviour_app.samplers.Sharded"}}).data
    assert is_deferred(dataset.sampler)
    with process_group():
        assert len(dataset.sampler) == 4


@pytest.mark.parametrize(
    ("config", "path", "place"),
    [
        ({"sampler": SAMPLER}, ["sampler"], r"^sampler: "),
        (
            {"data": {"loaders": [{**LOADER, "sampler": SAMPLER}]}},
            ["data", "loaders", 0],
            r"^data\.loaders\[0\]\.sampler: ",
        ),
        ({"data": {"_target_": "behaviour_app.samplers.Sharded"}}, ["data"], r"^data: "),
    ],
)
def test_too_early_a_use_names_the_node_and_what_to_call(config: Any, path: list[Any], place: str) -> None:
    found = instantiate(config)
    for key in path:
        found = found[key]
    sampler = found if is_deferred(found) else found.sampler
    with pytest.raises(RuntimeError, match=place) as failure:
        len(sampler)
    assert "init_process_group" in str(failure.value) and "ensure_process_group" in str(failure.value)


def test_a_sampler_that_knows_its_world_is_not_deferred() -> None:
    sampler = instantiate({**SAMPLER, "num_replicas": 2, "rank": 1})
    assert type(sampler) is DistributedSampler and list(sampler) == [1, 3, 5]


@pytest.mark.parametrize("known", ["num_replicas", "rank"])
def test_a_sampler_that_knows_half_of_its_world_is_deferred(known: str) -> None:
    assert is_deferred(instantiate({**SAMPLER, known: {"num_replicas": 1, "rank": 0}[known]}))


def test_all_that_wait_are_resolved_at_once() -> None:
    found = instantiate({"a": SAMPLER, "b": [SAMPLER]})
    with process_group():
        assert resolve_deferred() >= 2
        assert not is_deferred(found.a) and not is_deferred(found.b[0])


def test_with_a_process_group_nothing_is_deferred() -> None:
    with process_group():
        assert type(instantiate(SAMPLER)) is DistributedSampler


def test_without_deferring_the_sampler_s_own_error_is_raised() -> None:
    for config in (SAMPLER, {"_target_": "behaviour_app.samplers.Sharded"}):
        with pytest.raises(Exception, match="process group"):
            Instantiator(defer_samplers=False).instantiate(config)


def test_an_instantiator_that_defers_nothing_defers_nothing_inside_one_that_does() -> None:
    held = instantiate({"_target_": "behaviour_app.samplers.Held", "_recursive_": False, "config": SAMPLER})
    assert "process group" in str(held.error)
    assert is_deferred(held.own)


def test_outside_a_build_nothing_is_deferred() -> None:
    instantiate(SAMPLER)
    with pytest.raises((RuntimeError, ValueError)):
        DistributedSampler(Numbers())


def test_planning_never_asks_for_the_process_group(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: Any) -> bool:
        raise AssertionError("asked")

    for name in ("is_available", "is_initialized", "get_rank", "get_world_size"):
        monkeypatch.setattr(dist, name, asked)
    assert plan({**LOADER, "sampler": SAMPLER}).problems == ()


def test_two_builds_of_a_plan_make_two_samplers() -> None:
    planned = plan(SAMPLER)
    assert planned.build() is not planned.build()
