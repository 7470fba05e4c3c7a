"""Runs in every rank: data loaders whose samplers were made before the process group, and their workers."""

from __future__ import annotations

from typing import Any

from omegaconf import OmegaConf
from torch.utils.data import DistributedSampler

from safe_instantiate import Instantiator, instantiate, is_deferred
from tests.distributed.groups import ensured, own_group
from tests.distributed.objects import Numbers

SIZE = 22
BATCH = 2
EPOCHS = range(2)
DATASET = {"_target_": "tests.distributed.objects.Numbers", "size": SIZE}
LOADER = "torch.utils.data.DataLoader"
SAMPLER = "torch.utils.data.DistributedSampler"

#: A sampler inside a BatchSampler inside a DataLoader, and one dataset for all of them.
CHAIN = OmegaConf.create(
    {
        "dataset": DATASET,
        "loader": {
            "_target_": LOADER,
            "dataset": "${dataset}",
            "batch_sampler": {
                "_target_": "torch.utils.data.BatchSampler",
                "sampler": {"_target_": SAMPLER, "dataset": "${dataset}"},
                "batch_size": BATCH,
                "drop_last": False,
            },
        },
    }
)


def batches_of_plain_code() -> list[list[list[int]]]:
    """For each epoch, the batches of a sampler made now."""
    sampler = DistributedSampler(Numbers(SIZE))
    found = []
    for epoch in EPOCHS:
        sampler.set_epoch(epoch)
        indices = list(sampler)
        found.append([indices[start : start + BATCH] for start in range(0, len(indices), BATCH)])
    return found


def batches(loader: Any, sampler: Any) -> list[list[list[int]]]:
    found = []
    for epoch in EPOCHS:
        sampler.set_epoch(epoch)
        found.append([batch.tolist() for batch in loader])
    return found


def nested_samplers(backend: str) -> dict[str, Any]:
    loader = Instantiator(share=True).instantiate(CHAIN).loader
    sampler = loader.batch_sampler.sampler
    waited, one_dataset = is_deferred(sampler), sampler.dataset is loader.dataset
    with ensured(backend):
        return {
            "waited": waited,
            "one dataset": one_dataset,
            "length": len(loader),
            "batches": batches(loader, sampler),
            "plain": batches_of_plain_code(),
        }


def _in_persistent_workers(backend: str, method: str) -> dict[str, Any]:
    config = {
        "_target_": LOADER,
        "dataset": {"_target_": "tests.distributed.objects.Watching", "size": SIZE},
        "sampler": {"_target_": SAMPLER, "dataset": DATASET},
        "batch_size": BATCH,
        "num_workers": 1,
        "persistent_workers": True,
        "multiprocessing_context": method,
    }
    loader = instantiate(config)
    waited = is_deferred(loader.sampler)
    with own_group(backend):
        found, waiting_in_worker = [], set()
        for epoch in EPOCHS:
            loader.sampler.set_epoch(epoch)
            drawn = list(loader)
            found.append([indices.tolist() for indices, _ in drawn])
            waiting_in_worker.update(flag for _, flags in drawn for flag in flags.tolist())
        plain = batches_of_plain_code()
    return {"waited": waited, "batches": found, "plain": plain, "waiting in worker": waiting_in_worker}


def persistent_workers_forked(backend: str) -> dict[str, Any]:
    return _in_persistent_workers(backend, "fork")


def persistent_workers_spawned(backend: str) -> dict[str, Any]:
    return _in_persistent_workers(backend, "spawn")


def forced_dataset_in_spawned_workers(backend: str) -> dict[str, Any]:
    """`_recursive_: false` would leave the inner datasets configs, and the first worker that reads one would fail."""
    wrapping = "tests.distributed.objects.Wrapping"
    config = {
        "_target_": LOADER,
        "_recursive_": False,
        "dataset": {"_target_": wrapping, "dataset": {"_target_": wrapping, "dataset": DATASET}},
        "sampler": {"_target_": SAMPLER, "dataset": DATASET},
        "batch_size": BATCH,
        "num_workers": 1,
        "multiprocessing_context": "spawn",
    }
    loader = instantiate(config)
    with ensured(backend):
        return {
            "classes": [type(loader.dataset).__name__, type(loader.dataset.dataset.dataset).__name__],
            "batches": [batch.tolist() for batch in loader],
            "plain": batches_of_plain_code()[0],
        }


CHECKS = [nested_samplers, persistent_workers_forked, persistent_workers_spawned, forced_dataset_in_spawned_workers]
