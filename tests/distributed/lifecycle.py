"""Runs in every rank: samplers that live through process groups which come, go, and come back smaller."""

from __future__ import annotations

import copy
import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch.distributed as dist
from hydra.errors import InstantiationException
from torch.utils.data import DistributedSampler

from safe_instantiate import ensure_process_group, instantiate, is_deferred, resolve_deferred
from safe_instantiate.distributed import ProcessGroupMissingError
from tests.distributed.groups import ensured, own_group
from tests.distributed.objects import Numbers, Resumable

SIZE = 24
DATASET = {"_target_": "tests.distributed.objects.Numbers", "size": SIZE}
SAMPLER = {"_target_": "torch.utils.data.DistributedSampler", "dataset": DATASET}
RESUMABLE = {"_target_": "tests.distributed.objects.Resumable", "dataset": DATASET}
MODEL = {"_target_": "tests.distributed.objects.Regression"}
WRAPPED_MODEL = {"model": {"_target_": "torch.nn.parallel.DistributedDataParallel", "module": MODEL}}


@dataclass(frozen=True, slots=True)
class Shard:
    """The world that a sampler takes itself to be in, and what it draws there."""

    num_replicas: int
    rank: int
    indices: list[int]


def shard_of(sampler: DistributedSampler[int]) -> Shard:
    return Shard(sampler.num_replicas, sampler.rank, list(sampler))


def plain_shard(epoch: int = 0) -> Shard:
    """That of a sampler made now, in plain code."""
    sampler = DistributedSampler(Numbers(SIZE))
    sampler.set_epoch(epoch)
    return shard_of(sampler)


def made_before_between_and_after(backend: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    used, unused = instantiate(SAMPLER), instantiate(SAMPLER)
    with own_group(backend):
        found["used"], found["whole"] = shard_of(used), plain_shard()
        during = instantiate(SAMPLER)
        found["during waited"] = is_deferred(during)
    between = instantiate(SAMPLER)
    found["waiting between"] = [is_deferred(sampler) for sampler in (used, during, unused, between)]
    with own_group(backend, halved=True):
        found["smaller"] = plain_shard()
        found["after resize"] = [shard_of(sampler) for sampler in (used, during, unused, between)]
    after = instantiate(SAMPLER)
    found["waiting after"] = [is_deferred(sampler) for sampler in (used, during, unused, between, after)]
    return found


def ensured_again_and_again(backend: str) -> list[Any]:
    """`ensure_process_group` within the trainer's own group, within its own, and between two of its own."""
    found = []
    with own_group(backend), ensure_process_group(backend) as group:
        found.append((group.started_here, group.world_size, group.rank))
    assert not dist.is_initialized()
    for _ in range(2):
        with ensured(backend) as group, ensure_process_group(backend) as again:
            found.append((group.started_here, group.world_size, group.rank))
            found.append((again.started_here, again.world_size, again.rank))
        assert not dist.is_initialized()
    return found


def resolved_at_one_point(backend: str) -> tuple[int, bool]:
    samplers = [instantiate(SAMPLER) for _ in range(3)]
    with own_group(backend):
        return resolve_deferred(), any(map(is_deferred, samplers))


def used_before_the_group(backend: str) -> dict[str, str]:
    sampler = instantiate({"data": {"sampler": SAMPLER}})["data"]["sampler"]
    uses: dict[str, Callable[[], object]] = {
        "iteration": lambda: list(sampler),
        "len": lambda: len(sampler),
        "rank": lambda: sampler.rank,
    }
    said = {}
    for name, use in uses.items():
        try:
            use()
        except ProcessGroupMissingError as error:
            said[name] = str(error)
    return said


def with_a_world_of_its_own(backend: str) -> tuple[bool, Shard]:
    sampler = instantiate(SAMPLER, num_replicas=3, rank=1)
    return is_deferred(sampler), shard_of(sampler)


def epoch_set_before_the_group(backend: str) -> tuple[Shard, Shard]:
    sampler = instantiate(SAMPLER)
    sampler.set_epoch(3)
    assert is_deferred(sampler)
    with ensured(backend):
        return shard_of(sampler), plain_shard(epoch=3)


COPIES: dict[str, Callable[[Any], Any]] = {
    "shallow": copy.copy,
    "deep": copy.deepcopy,
    "pickled": lambda sampler: pickle.loads(pickle.dumps(sampler)),
}


def copied_before_the_group(backend: str) -> dict[str, tuple[bool, Shard, Shard]]:
    sampler = instantiate(SAMPLER)
    sampler.set_epoch(2)
    copies = {name: make(sampler) for name, make in COPIES.items()}
    waited = {name: is_deferred(made) for name, made in copies.items()}
    with ensured(backend):
        return {name: (waited[name], shard_of(made), plain_shard(epoch=2)) for name, made in copies.items()}


def sent_from_rank_zero(backend: str) -> tuple[Shard, Shard]:
    """A sampler that waits in rank 0 goes to all, and takes each receiver's rank."""
    letter = [pickle.dumps(instantiate(SAMPLER)) if os.environ["RANK"] == "0" else None]
    with ensured(backend):
        dist.broadcast_object_list(letter)
        assert letter[0] is not None
        return shard_of(pickle.loads(letter[0])), plain_shard()


def resumed_before_the_group(backend: str) -> dict[str, Any]:
    """A sampler with a state: saved in one world, loaded into one that waits for the next."""
    first = instantiate(RESUMABLE)
    first.set_epoch(1)
    with ensured(backend):
        indices = iter(first)
        begun = [next(indices)]
        state = first.state_dict()
    second = instantiate(RESUMABLE)
    second.load_state_dict(state)
    waited = is_deferred(second)
    with ensured(backend):
        went_on = list(second)
        plain = Resumable(Numbers(SIZE))
        plain.set_epoch(1)
        return {"waited": waited, "class": type(second).__name__, "drawn": begun + went_on, "plain": list(plain)}


def wrapped_model_before_the_group(backend: str) -> str:
    """DistributedDataParallel can't wait: all that it is for happens in its constructor."""
    try:
        instantiate(WRAPPED_MODEL)
    except InstantiationException as error:
        return str(error)
    except ValueError as error:  # what Hydra 1.4 does with an error of a constructor: raised as it is, with a note
        return "\n".join([str(error), *getattr(error, "__notes__", [])])
    return ""


CHECKS = [
    made_before_between_and_after,
    ensured_again_and_again,
    resolved_at_one_point,
    used_before_the_group,
    with_a_world_of_its_own,
    epoch_set_before_the_group,
    copied_before_the_group,
    sent_from_rank_zero,
    resumed_before_the_group,
    wrapped_model_before_the_group,
]
