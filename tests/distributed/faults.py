"""Runs in every rank: what goes wrong in one of them, while the others wait for it."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader

from safe_instantiate import ensure_process_group, instantiate
from safe_instantiate.distributed import ProcessGroupError
from tests.distributed.groups import SECONDS

#: The rank in which the fault is.
CULPRIT = 1
#: Seconds that ranks wait for one that never comes.
SHORT = 2.0
DATASET = {"_target_": "tests.distributed.objects.Numbers", "size": 8}


def _is_the_culprit() -> bool:
    return int(os.environ["RANK"]) == CULPRIT


def wrong_config_before_the_group(backend: str) -> None:
    """A key that one machine has misspelt, two mistakes in one config; the others wait to meet."""
    config = {"optimizer": {"_target_": "torch.optim.AdamW", "_partial_": True, "lr": 0.1}, "dataset": DATASET}
    if _is_the_culprit():
        config["optimizer"] = {"_target_": "torch.optim.AdamW", "_partial_": True, "learning_rate": 0.1}
        config["dataset"] = {"_target_": "tests.distributed.objects.Numbrs", "size": 8}
    instantiate(config)
    with ensure_process_group(backend, timeout=SECONDS):
        dist.barrier()


def wrong_config_within_the_group(backend: str) -> None:
    """The same with the others inside a collective call."""
    ensure_process_group(backend, timeout=SECONDS)
    width = "out_features" if not _is_the_culprit() else "outfeatures"
    instantiate({"model": {"_target_": "torch.nn.Linear", "in_features": 2, width: 2}})
    dist.barrier()


def constructor_that_raises(backend: str, folder: str) -> None:
    """Data that one machine does not have: nothing is wrong with the config, the constructor finds out."""
    ensure_process_group(backend, timeout=SECONDS)
    instantiate(
        {"data": {"_target_": "tests.distributed.objects.Diary", "folder": folder}},
        data={"folder": "/no/such/folder"} if _is_the_culprit() else {"folder": f"{folder}/{os.environ['RANK']}"},
    )
    dist.barrier()


def sampler_that_does_not_fit(backend: str) -> None:
    """A world of one that was written into a config and forgotten, with the rank left to the group."""
    sampler = {"_target_": "torch.utils.data.DistributedSampler", "dataset": DATASET, "num_replicas": 1}
    data = instantiate({"data": {"sampler": sampler}})
    with ensure_process_group(backend, timeout=SECONDS):
        len(data.data.sampler)


def never_comes(backend: str) -> str:
    """One ends, all well, without the group that the others wait for. The last check: it does not wait for them."""
    if _is_the_culprit():
        return ""
    try:
        ensure_process_group(backend, timeout=SHORT)
    except ProcessGroupError as error:
        return str(error)
    return "a group was started"


def another_backend(backend: str) -> str:
    """One takes the group to be of another backend."""
    try:
        ensure_process_group("cpu:gloo" if _is_the_culprit() else backend, timeout=SECONDS)
    except ProcessGroupError as error:
        return str(error)
    return "a group was started"


CHECKS = [another_backend, never_comes]


def killed_within_the_group(backend: str) -> None:
    """One is gone without a word, as when a machine is out of memory; the others are in a collective call."""
    ensure_process_group(backend, timeout=SECONDS)
    dist.barrier()
    if _is_the_culprit():
        os.kill(os.getpid(), signal.SIGKILL)
    dist.barrier()


def hangs_within_the_group(backend: str) -> None:
    """One comes to the group and is then busy for ever."""
    ensure_process_group(backend, timeout=SECONDS)
    if _is_the_culprit():
        threading.Event().wait()
    dist.barrier()


# ---- a restart -------------------------------------------------------------------------------------------------------

EPOCHS = 4
KILLED_IN_EPOCH = 2
TRAINING = {
    "model": {"_target_": "tests.distributed.objects.Regression"},
    "optimizer": {"_target_": "torch.optim.SGD", "_partial_": True, "lr": 0.2, "momentum": 0.5},
    "loader": {
        "_target_": "torch.utils.data.DataLoader",
        "_recursive_": False,
        "dataset": {"_target_": "tests.distributed.objects.Line", "size": 32},
        "sampler": {
            "_target_": "torch.utils.data.DistributedSampler",
            "dataset": {"_target_": "tests.distributed.objects.Line", "size": 32},
        },
        "batch_size": 2,
    },
}


def trains(backend: str, folder: str, killed: bool) -> dict[str, Any]:
    """A training run that saves after each epoch and goes on from what is saved.

    Where `killed`, the culprit of the first attempt is gone in the middle of an epoch.
    """
    torch.manual_seed(0)
    job = instantiate(TRAINING)
    attempt = int(os.environ["TORCHELASTIC_RESTART_COUNT"])
    saved = Path(folder) / "checkpoint.pt"
    with ensure_process_group(backend, timeout=SECONDS) as group:
        model = DistributedDataParallel(job.model.to(group.device))
        optimizer = instantiate(job.optimizer, model.parameters())
        begin = 0
        if saved.exists():
            state = torch.load(saved)
            model.load_state_dict(state["model"])
            optimizer.load_state_dict(state["optimizer"])
            begin = state["epochs"]
        dies = killed and attempt == 0 and _is_the_culprit()
        for epoch in range(begin, EPOCHS):
            _train_one_epoch(job.loader, model, optimizer, epoch, dies=dies and epoch == KILLED_IN_EPOCH)
            if group.rank == 0:
                state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epochs": epoch + 1}
                torch.save(state, saved.with_suffix(".draft"))
                saved.with_suffix(".draft").replace(saved)
            dist.barrier()
        weights = [parameter.tolist() for parameter in model.parameters()]
    return {"attempt": attempt, "epochs": list(range(begin, EPOCHS)), "weights": weights}


def _train_one_epoch(
    loader: DataLoader[Any], model: DistributedDataParallel, optimizer: torch.optim.Optimizer, epoch: int, *, dies: bool
) -> None:
    loader.sampler.set_epoch(epoch)  # type: ignore[attr-defined]
    device = next(model.parameters()).device
    for x, y in loader:
        loss = torch.nn.functional.mse_loss(model(x.to(device)), y.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if dies:
            os.kill(os.getpid(), signal.SIGKILL)
