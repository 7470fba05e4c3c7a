"""Runs in every rank: the gallery's trainer, which imports Hydra's `instantiate`, made to work without an edit."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import hydra.utils
import torch.distributed as dist

from safe_instantiate import patch_hydra, safe_setup
from tests.distributed.groups import ensured
from tests.distributed.report import CLIPPER, MODEL, TRAIN, DistributedTrainer, ended, trainer


class SetUp(DistributedTrainer):
    """One line below makes every `instantiate` inside its methods ours."""


safe_setup(SetUp)


def one_line_for_a_class(backend: str) -> list[int]:
    """Parts that are built already, handed to a trainer that instantiates them again."""
    with patch_hydra():
        data = {"train": hydra.utils.instantiate(TRAIN)}
    built = SetUp(backend=backend, data=data, model=hydra.utils.instantiate(MODEL))
    return ended(built.seen_images("train"))


def one_block(backend: str) -> list[int]:
    with patch_hydra():
        built = hydra.utils.instantiate(trainer(backend, data={"train": TRAIN}, model=MODEL))
    return ended(built.seen_images("train"))


def a_block_on_one_rank(backend: str) -> list[bool]:
    """Whose `instantiate` each rank has, while rank 0 alone is inside a block."""
    with ensured(backend) as group:
        found: list[Any] = [None] * group.world_size
        if group.rank == 0:
            with patch_hydra():
                dist.all_gather_object(found, passes_what_is_built())
        else:
            dist.all_gather_object(found, passes_what_is_built())
        return found


def passes_what_is_built() -> bool:
    """Whether `hydra.utils.instantiate` is ours here: Hydra's refuses an object."""
    clipper = hydra.utils.instantiate(CLIPPER)
    try:
        return hydra.utils.instantiate(clipper) is clipper
    except Exception:
        return False


def passes_in_spawned_child() -> list[bool]:
    """The same in this rank and in a process that it spawns; no check, since it takes an environment of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return [passes_what_is_built(), pool.submit(passes_what_is_built).result()]


CHECKS = [one_line_for_a_class, one_block, a_block_on_one_rank]
