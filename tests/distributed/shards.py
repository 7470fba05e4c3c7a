"""Runs in every rank: the shards of samplers that were made before the process group."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from torch.utils.data import DistributedSampler

from safe_instantiate import instantiate, is_deferred
from tests.distributed.groups import ensured, own_group
from tests.distributed.objects import Numbers

EPOCHS = range(3)
SEED = 11


@dataclass(frozen=True, slots=True)
class Case:
    """A dataset's size and what its sampler is told."""

    size: int
    shuffle: bool
    drop_last: bool

    @property
    def options(self) -> dict[str, Any]:
        return {"shuffle": self.shuffle, "drop_last": self.drop_last, "seed": SEED}

    def __str__(self) -> str:
        return f"{self.size}{'_shuffled' * self.shuffle}{'_drop_last' * self.drop_last}"


#: One item; fewer than some worlds have ranks; divided by none; divided by all.
CASES = [Case(*case) for case in itertools.product((1, 7, 101, 24), (False, True), (False, True))]


@dataclass(frozen=True, slots=True)
class Found:
    """Whether the sampler waited, and its indices epoch by epoch, beside those of one made after init in plain code."""

    waited: bool
    ours: list[list[int]]
    plain: list[list[int]]


def as_a_node(case: Case) -> dict[str, Any]:
    return {
        "_target_": "torch.utils.data.DistributedSampler",
        "dataset": {"_target_": "tests.distributed.objects.Numbers", "size": case.size},
        **case.options,
    }


def in_a_constructor(case: Case) -> dict[str, Any]:
    return {"_target_": "tests.distributed.objects.SelfSampling", "size": case.size, **case.options}


def epochs(sampler: DistributedSampler[int]) -> list[list[int]]:
    found = []
    for epoch in EPOCHS:
        sampler.set_epoch(epoch)
        indices = list(sampler)
        assert len(indices) == len(sampler)
        found.append(indices)
    return found


def _compared(samplers: dict[Case, Any], waited: dict[Case, bool]) -> dict[Case, Found]:
    return {
        case: Found(waited[case], epochs(sampler), epochs(DistributedSampler(Numbers(case.size), **case.options)))
        for case, sampler in samplers.items()
    }


def nodes(backend: str) -> dict[Case, Found]:
    samplers = {case: instantiate(as_a_node(case)) for case in CASES}
    waited = {case: is_deferred(sampler) for case, sampler in samplers.items()}
    with ensured(backend):
        assert not any(map(is_deferred, samplers.values()))
        return _compared(samplers, waited)


def made_in_constructors(backend: str) -> dict[Case, Found]:
    samplers = {case: instantiate(in_a_constructor(case)).sampler for case in CASES}
    waited = {case: is_deferred(sampler) for case, sampler in samplers.items()}
    with ensured(backend):
        return _compared(samplers, waited)


def group_started_by_the_trainer(backend: str) -> dict[Case, Found]:
    samplers = {case: instantiate(as_a_node(case)) for case in CASES}
    waited = {case: is_deferred(sampler) for case, sampler in samplers.items()}
    with own_group(backend):
        assert all(map(is_deferred, samplers.values()))  # nobody has told them
        return _compared(samplers, waited)


def made_after_the_group(backend: str) -> dict[Case, Found]:
    with ensured(backend):
        samplers = {case: instantiate(as_a_node(case)) for case in CASES}
        return _compared(samplers, {case: is_deferred(sampler) for case, sampler in samplers.items()})


CHECKS = [nodes, made_in_constructors, group_started_by_the_trainer, made_after_the_group]
