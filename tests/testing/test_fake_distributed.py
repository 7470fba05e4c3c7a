"""`fake_distributed`: what torch and this library answer inside, and that nothing of it is left outside."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DistributedSampler

from safe_instantiate import instantiate, is_deferred
from safe_instantiate.distributed import ensure_process_group, is_rank_zero, rank_zero_only
from safe_instantiate.testing import fake_distributed

VARIABLES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
SAMPLER = {"_target_": "torch.utils.data.DistributedSampler", "dataset": list(range(10)), "shuffle": False}


@contextmanager
def a_real_group() -> Iterator[None]:
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        yield
    finally:
        dist.destroy_process_group()


def what_is_global() -> dict[str, Any]:
    return {
        "initialized": dist.is_initialized(),
        "group": dist.group.WORLD,
        "environment": {name: os.environ.get(name) for name in VARIABLES},
        "excepthook": sys.excepthook,
        "functions": (dist.broadcast_object_list, dist.scatter_object_list, dist.monitored_barrier),
    }


def test_torch_answers_as_in_a_job_of_that_size() -> None:
    with fake_distributed(rank=1, world_size=4):
        assert dist.is_initialized()
        assert (dist.get_rank(), dist.get_world_size(), dist.get_backend()) == (1, 4, "fake")
        assert dist.get_process_group_ranks(dist.group.WORLD) == [0, 1, 2, 3]


def test_the_variables_of_torchrun_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "7")
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    with fake_distributed(rank=1, world_size=4):
        assert [os.environ[name] for name in VARIABLES] == ["1", "4", "1", "4"]
    assert os.environ["RANK"] == "7" and "LOCAL_RANK" not in os.environ


def test_nothing_is_left_afterwards_nor_after_an_error() -> None:
    before = what_is_global()
    with fake_distributed(rank=1, world_size=4):
        pass
    with pytest.raises(LookupError), fake_distributed(rank=1, world_size=4):
        raise LookupError
    assert what_is_global() == before


def test_other_variables_that_the_block_sets_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLOUR", "red")
    with fake_distributed(rank=1, world_size=4):
        os.environ["COLOUR"] = "blue"
    assert os.environ["COLOUR"] == "blue"


@fake_distributed(rank=2, world_size=3)
def decorated() -> tuple[int, int]:
    return dist.get_rank(), dist.get_world_size()


def test_as_a_decorator_it_holds_for_each_call() -> None:
    assert [decorated(), decorated()] == [(2, 3), (2, 3)]
    assert not dist.is_initialized()


def test_an_inner_world_holds_until_its_block_ends() -> None:
    before = what_is_global()
    with fake_distributed(rank=1, world_size=4):
        with fake_distributed(rank=0, world_size=2):
            with fake_distributed(rank=5, world_size=6):
                assert (dist.get_rank(), os.environ["RANK"]) == (5, "5")
            assert (dist.get_rank(), dist.get_world_size(), os.environ["RANK"]) == (0, 2, "0")
        assert (dist.get_rank(), dist.get_world_size(), os.environ["RANK"]) == (1, 4, "1")
    assert what_is_global() == before


def test_a_real_group_is_left_alone_and_is_an_error() -> None:
    with a_real_group():
        real = dist.group.WORLD
        with (
            pytest.raises(RuntimeError, match="there is a process group already, rank 0 of 1: end it by torch"),
            fake_distributed(rank=1, world_size=4),
        ):
            pytest.fail("not reached")
        assert dist.group.WORLD is real


def test_a_group_that_the_code_under_test_starts_itself_is_left_alone() -> None:
    with fake_distributed(rank=1, world_size=4):
        dist.destroy_process_group()
        dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
        own = dist.group.WORLD
    assert dist.group.WORLD is own
    dist.destroy_process_group()


def test_code_that_ends_the_group_itself_is_no_error() -> None:
    with fake_distributed(rank=1, world_size=4):
        dist.destroy_process_group()
    assert not dist.is_initialized()


@pytest.mark.parametrize(("rank", "world_size"), [(4, 4), (-1, 4), (0, 0)])
def test_a_rank_outside_the_world_is_refused(rank: int, world_size: int) -> None:
    with (
        pytest.raises(ValueError, match=f"there is no rank {rank} in a world of {world_size}"),
        fake_distributed(rank, world_size),
    ):
        pytest.fail("not reached")


def test_a_torch_without_a_fake_group_is_said_to_have_none() -> None:
    with (
        mock.patch.dict(sys.modules, {"torch.testing._internal.distributed.fake_pg": None}),
        pytest.raises(RuntimeError, match=r"torch .* has no fake process group; replace what the code under test asks"),
        fake_distributed(rank=1, world_size=4),
    ):
        pytest.fail("not reached")
    assert "RANK" not in os.environ


def test_a_torch_without_distributed_is_said_to_be_one() -> None:
    with (
        mock.patch("torch.distributed.is_available", return_value=False),
        pytest.raises(RuntimeError, match="this torch is built without its distributed package"),
        fake_distributed(rank=1, world_size=4),
    ):
        pytest.fail("not reached")


def test_collectives_return_at_once_and_hold_what_this_rank_holds() -> None:
    ours = {"a": 1}
    with fake_distributed(rank=1, world_size=4):
        dist.barrier()
        dist.monitored_barrier()
        tensor = torch.tensor([5.0])
        dist.broadcast(tensor, src=0)
        gathered: list[Any] = [None] * 4
        dist.all_gather_object(gathered, ours)
        received: list[Any] = [ours]
        dist.broadcast_object_list(received, src=0)
        dist.recv_object_list(received, src=0)
        scattered: list[Any] = ["a placeholder"]
        dist.scatter_object_list(scattered, src=0)
        given: list[Any] = [None]
        dist.scatter_object_list(given, [0, 1, 2, 3], src=1)
    assert (float(tensor), gathered, received) == (5.0, [ours] * 4, [ours])
    assert (scattered, given) == (["a placeholder"], [1])


def test_ddp_and_groups_construct() -> None:
    with fake_distributed(rank=1, world_size=4):
        module = torch.nn.Linear(2, 3)
        wrapped = DistributedDataParallel(module)
        assert wrapped.module is module and wrapped(torch.ones(1, 2)).shape == (1, 3)
        assert dist.get_world_size(dist.new_group([1, 2])) == 2


# ---- this library inside ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rank", range(4))
def test_a_sampler_from_a_config_gives_the_shard_of_the_rank(rank: int) -> None:
    with fake_distributed(rank, world_size=4):
        sampler = instantiate(SAMPLER)
        assert type(sampler) is DistributedSampler
        assert list(sampler) == [index % 10 for index in range(rank, 12, 4)]


def test_a_sampler_that_was_deferred_takes_the_world_in_which_it_is_used() -> None:
    sampler = instantiate(SAMPLER)
    assert is_deferred(sampler)
    with fake_distributed(rank=3, world_size=4):
        assert list(sampler) == [3, 7, 1]


def test_ensure_process_group_joins_the_world() -> None:
    with fake_distributed(rank=1, world_size=4):
        with ensure_process_group() as group:
            assert (group.rank, group.world_size, group.started_here) == (1, 4, False)
        assert dist.is_initialized()


def test_only_rank_0_has_what_only_rank_0_has() -> None:
    with fake_distributed(rank=1, world_size=2):
        assert not is_rank_zero() and not rank_zero_only(dict, a=1)
    with fake_distributed(rank=0, world_size=2):
        assert is_rank_zero() and rank_zero_only(dict, a=1) == {"a": 1}


def test_a_plain_mock_of_torch_distributed_is_respected() -> None:
    with (
        mock.patch("torch.distributed.is_initialized", return_value=True),
        mock.patch("torch.distributed.get_rank", return_value=1),
        mock.patch("torch.distributed.get_world_size", return_value=4),
    ):
        sampler = instantiate(SAMPLER)
        assert not is_deferred(sampler) and list(sampler) == [1, 5, 9]
        assert not is_rank_zero()


def test_a_mock_inside_a_fake_world_wins() -> None:
    with fake_distributed(rank=1, world_size=4), mock.patch("torch.distributed.get_rank", return_value=2):
        assert list(instantiate(SAMPLER)) == [2, 6, 0]


def test_a_mock_that_says_there_is_a_group_is_no_real_one() -> None:
    with mock.patch("torch.distributed.is_initialized", return_value=True), fake_distributed(rank=1, world_size=4):
        assert dist.get_rank() == 1
