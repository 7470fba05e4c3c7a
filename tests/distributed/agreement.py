"""Runs in every rank: one config, the same objects everywhere; and what only rank 0 has."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import tempfile
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from omegaconf import DictConfig, OmegaConf
from torch.utils.data import DistributedSampler

from safe_instantiate import Instantiator, instantiate, is_built, plan
from safe_instantiate.distributed import RankZeroStandIn
from tests.distributed.groups import ensured

SEED = 5
#: A bit of everything: interpolations, partials, nested datasets, positional arguments, conversions, control keys.
JOB = OmegaConf.create(
    {
        "width": 8,
        "dataset": {"_target_": "tests.distributed.objects.Numbers", "size": 40},
        "model": {
            "_target_": "torch.nn.Sequential",
            "_args_": [
                {"_target_": "torch.nn.Linear", "in_features": "${width}", "out_features": 4},
                {"_target_": "torch.nn.ReLU"},
                {"_target_": "torch.nn.Linear", "in_features": 4, "out_features": 1},
            ],
        },
        "optimizer": {"_target_": "torch.optim.AdamW", "_partial_": True, "lr": 0.01, "betas": [0.8, 0.9]},
        "loader": {
            "_target_": "torch.utils.data.DataLoader",
            "_recursive_": False,
            "dataset": {"_target_": "tests.distributed.objects.Wrapping", "dataset": "${dataset}"},
            "sampler": {"_target_": "torch.utils.data.DistributedSampler", "dataset": "${dataset}", "seed": SEED},
            "batch_size": 4,
        },
        "schedule": {"_convert_": "all", "milestones": [1, 2], "factors": {"warm": "${width}"}},
    }
)


def what_a_job_is(config: DictConfig) -> str:
    """A digest of all that was built and that every rank should have alike."""
    torch.manual_seed(SEED)
    job = instantiate(config)
    optimizer = instantiate(job.optimizer, job.model.parameters())
    groups = optimizer.state_dict()["param_groups"]  # without the parameters themselves
    description = {
        "model": [type(module).__name__ for module in job.model],
        "weights": [parameter.tolist() for parameter in job.model.parameters()],
        "groups": repr(groups),
        "loader": [type(job.loader.dataset.dataset).__name__, job.loader.batch_size],
        "sampler": [isinstance(job.loader.sampler, DistributedSampler), job.loader.sampler.seed],
        "schedule": [type(job.schedule["milestones"]).__name__, repr(job.schedule["factors"])],
    }
    return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()


def same_on_every_rank(backend: str) -> dict[str, Any]:
    before = what_a_job_is(JOB)
    with ensured(backend) as group:
        after = what_a_job_is(JOB)
        gathered: list[Any] = [None] * group.world_size
        dist.all_gather_object(gathered, before)
    return {"before": before, "after": after, "gathered": gathered}


def config_from_rank_zero(backend: str) -> str:
    """Rank 0 has composed the config, and the others receive it."""
    letter: list[Any] = [JOB if os.environ["RANK"] == "0" else None]
    with ensured(backend):
        dist.broadcast_object_list(letter)
        return what_a_job_is(letter[0])


def one_plan_for_before_and_after(backend: str) -> list[list[int]]:
    """A plan that was made before the group builds with it: planning asks for no process group."""
    planned = plan(JOB.loader)
    with ensured(backend):
        return [batch.tolist() for batch in planned.build()]


def logger_of_rank_zero(backend: str) -> dict[str, Any]:
    """A logger whose file may be made once: all ranks are given the same folder, and use what they have alike."""
    with ensured(backend) as group:
        folder = [tempfile.mkdtemp() if group.rank == 0 else None]
        dist.broadcast_object_list(folder)
        config = {
            "_target_": "safe_instantiate.rank_zero_only",
            "config": {"_target_": "tests.distributed.objects.Diary", "folder": folder[0]},
        }
        logger = instantiate({"logger": config})["logger"]
        logger.write(f"rank {group.rank}")
        logger.close()
        found = {
            "stand-in": isinstance(logger, RankZeroStandIn),
            "true": bool(logger),
            "built": is_built(logger),
            "passes": instantiate(logger) is logger,
            "repr": repr(pickle.loads(pickle.dumps(logger))) if group.rank else "",
        }
        dist.barrier()
        path = Path(f"{folder[0]}/diary.txt")
        found["diary"] = path.read_text("utf-8")
        dist.barrier()
        if group.rank == 0:
            path.unlink()
            path.parent.rmdir()
        return found


def settings_are_the_ranks_own(backend: str) -> list[str]:
    """An instantiator goes from rank to rank as a value, settings and all."""
    engines: list[Any] = [None] * int(os.environ["WORLD_SIZE"])
    convert = ("none", "all")[int(os.environ["RANK"]) % 2]
    with ensured(backend):
        dist.all_gather_object(engines, Instantiator(convert=convert))
    return [type(engine.instantiate({"sizes": [1]})["sizes"]).__name__ for engine in engines]


CHECKS = [
    same_on_every_rank,
    config_from_rank_zero,
    one_plan_for_before_and_after,
    logger_of_rank_zero,
    settings_are_the_ranks_own,
]
