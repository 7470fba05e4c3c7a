"""Runs in every rank: the fine-tuning of a segmentation model, each symptom of its users where it came up.

The code base is the gallery's. It imports Hydra's `instantiate`, which nobody edits: `patch_hydra` makes it ours, with
the settings that the user's entry point has chosen.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import torch
import torch.distributed as dist
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from segmentation_trainer.model import Sam3Image
from segmentation_trainer.optim import GradientClipper, construct_optimizer
from segmentation_trainer.trainer import CarefulTrainer, Trainer
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader

from safe_instantiate import Instantiator, ensure_process_group, patch_hydra
from tests.distributed import groups
from tests.distributed.groups import ensured

NUM_IMAGES = 10
IMAGES = {"_target_": "segmentation_trainer.data.ImageFolder", "root": "/images", "num_images": NUM_IMAGES}
TRAIN = {
    "_target_": "segmentation_trainer.data.TorchDataset",
    "dataset": IMAGES,
    "batch_size": 2,
    "distributed": True,
}
TRAIN_WITH_A_NODE = {
    "_target_": "segmentation_trainer.data.LoaderFactory",
    "dataset": IMAGES,
    "sampler": {"_target_": "torch.utils.data.DistributedSampler", "dataset": IMAGES, "shuffle": False},
    "batch_size": 2,
}
MODEL = {"_target_": "segmentation_trainer.model.Sam3Image", "width": 4}
CLIPPER = {"_target_": "segmentation_trainer.optim.GradientClipper", "max_norm": 0.5}
ADAMW = {"_target_": "torch.optim.AdamW", "lr": 0.01}
NO_DECAY = {"_target_": "segmentation_trainer.optim.without_weight_decay", "_partial_": True, "names": ["bias"]}
WRITER = {"_target_": "segmentation_trainer.loggers.make_tensorboard_logger", "log_dir": "/logs", "should_log": True}

AUTO = Instantiator(leave_configs_to="auto")


class DistributedTrainer(Trainer):
    """Starts the process group in its constructor, before its components, as such trainers do."""

    def __init__(self, *, backend: str, **parts: Any) -> None:
        groups.start(backend)
        super().__init__(**parts)

    def _setup_components(self) -> None:
        self.group_when_components_were_set_up = dist.is_initialized()
        super()._setup_components()


class CarefulDistributedTrainer(DistributedTrainer, CarefulTrainer):
    """Looks into the config of every dataset before it builds any."""


def trainer(backend: str, kind: type = DistributedTrainer, **parts: Any) -> DictConfig:
    return OmegaConf.create({"_target_": f"{__name__}.{kind.__name__}", "backend": backend, **parts})


def ended(result: Any) -> Any:
    """The result of a run whose trainer has left its process group behind, as trainers do."""
    groups.end()
    return result


def group_not_initialized(backend: str) -> dict[str, list[int]]:
    """The parts are built before the trainer starts the group: "Default process group has not been initialized"."""
    with patch_hydra():
        built = instantiate(trainer(backend, data={"train": TRAIN, "val": TRAIN_WITH_A_NODE}))
        return ended({split: built.seen_images(split) for split in built.datasets})


def group_initialized_twice(backend: str) -> list[Any]:
    """The user wants a group, the trainer has one: "trying to initialize the default process group twice"."""
    with patch_hydra():
        built = instantiate(trainer(backend, data={"train": TRAIN}))
        with ensure_process_group(backend) as group:
            found = [group.started_here, group.world_size, group.rank]
        return ended([*found, dist.is_initialized(), built.seen_images("train")])


def instantiated_again(backend: str) -> list[str]:
    """Built parts for a trainer that instantiates: "Cannot instantiate config of type Sam3Image" and others."""
    optim = {"gradient_clip": CLIPPER, "optimizer": {**ADAMW, "_partial_": True}, "param_group_modifiers": [NO_DECAY]}
    with patch_hydra():
        built = instantiate(trainer(backend, model=MODEL, optim=optim, data={"train": TRAIN}))
        assert built.model is built.model_conf
        assert built.gradient_clipper is built.optim_conf["gradient_clip"]
        assert built.datasets["train"] is built.data_conf["train"]
        assert {id(p) for group in built.optimizer.param_groups for p in group["params"]} == {
            id(p) for p in built.model.parameters()
        }
        parts = (built.model, built.gradient_clipper, built.datasets["train"], built.optimizer)
        return ended([type(part).__name__ for part in parts])


def configs_left_to_the_trainer(backend: str) -> dict[str, Any]:
    """All raw, for a trainer that edits its configs: "'TensorBoardLogger' object has no attribute 'pop'" and others."""
    config = trainer(
        backend,
        seed=3,
        model=MODEL,
        optim={"optimizer": ADAMW, "param_group_modifiers": [NO_DECAY], "gradient_clip": CLIPPER},
        logging={"log_dir": "/logs", "tensorboard_writer": WRITER},
        data={"train": TRAIN},
    )
    before = OmegaConf.to_container(config)
    with patch_hydra(AUTO):
        built = instantiate(config)
        return ended(
            {
                "config is as it was": OmegaConf.to_container(config) == before,
                "group before the parts": built.group_when_components_were_set_up,
                "logger": type(built.logger.tensorboard).__name__,
                "optimizer": [len(group["params"]) for group in built.optimizer.param_groups],
                "weights": built.model.head.weight.tolist(),
                "seen": built.seen_images("train"),
            }
        )


def group_with_control_keys(backend: str) -> dict[str, Any]:
    """Control keys: "LoggingConf.__init__() got an unexpected keyword argument '_recursive_'"."""
    with patch_hydra():
        built = instantiate(trainer(backend, logging={"_recursive_": False, "log_dir": "/logs", "log_freq": 5}))
        return ended(dataclasses.asdict(built.logging_conf))


def partial_taken_for_a_config(backend: str) -> list[float]:
    """`construct_optimizer`: "Cannot instantiate config of type partial", be it from YAML or from Python."""
    model = Sam3Image()
    with patch_hydra(), ensured(backend):
        partials = [instantiate({**ADAMW, "_partial_": True}), functools.partial(torch.optim.AdamW, lr=0.02)]
        return [construct_optimizer(model, partial, []).param_groups[0]["lr"] for partial in partials]


def missing_key_in_a_worker(backend: str) -> list[list[float]]:
    """The images of this rank, in a worker: "Missing key 10, full_key: dataset.10"."""
    collate_fn = {"_target_": "segmentation_trainer.data.collate_images", "_partial_": True, "pad_to": 6}
    config = OmegaConf.create({"train": {**TRAIN, "_recursive_": False, "collate_fn": collate_fn, "num_workers": 1}})
    with patch_hydra():
        data = instantiate(config).train
    assert isinstance(data.collate_fn, functools.partial)
    with ensured(backend):
        loader = data.get_loader(epoch=0)
        spawned = DataLoader(
            loader.dataset,
            batch_size=loader.batch_size,
            sampler=loader.sampler,
            collate_fn=loader.collate_fn,
            num_workers=1,
            multiprocessing_context="spawn",
        )
        return [row for batch in spawned for row in batch.tolist()]


def config_looked_into(backend: str) -> dict[str, Any]:
    """A trainer asks the datasets' configs for keys: "argument of type 'TorchDataset' is not iterable"."""
    with patch_hydra(AUTO):
        built = instantiate(
            trainer(backend, CarefulDistributedTrainer, data={"train": TRAIN, "val": TRAIN_WITH_A_NODE})
        )
        return ended({"without collate_fn": built.without_collate_fn, "seen": built.seen_images("val")})


def wrapped_model_passes(backend: str) -> dict[str, Any]:
    """A model in its DistributedDataParallel, handed to the trainer as an argument, and one step of training."""
    with ensured(backend) as group:
        torch.manual_seed(group.rank)  # DDP makes the models alike
        device = _a_device(group.local_rank)
        model = DistributedDataParallel(Sam3Image().to(device))
        with patch_hydra():
            places = [
                instantiate(model),
                instantiate({"_target_": "builtins.dict", "model": model})["model"],
                instantiate(OmegaConf.create({"model": model}, flags={"allow_objects": True})).model,
                instantiate(OmegaConf.create({"_target_": "builtins.dict"}), model=model)["model"],
            ]
        images = torch.full((2, 4), float(group.rank), device=device)
        model(images).sum().backward()
        gradients = model.module.head.weight.grad
        return {
            "same": [place is model for place in places],
            "weights": model.module.head.weight.tolist(),
            "gradients": gradients.tolist(),
        }


def _a_device(local_rank: int) -> torch.device:
    """A CUDA device where there is one, shared if need be, which gloo does not mind."""
    devices = torch.cuda.device_count()
    return torch.device("cuda", local_rank % devices) if devices else torch.device("cpu")


def a_clipper_of_ones_own(backend: str) -> list[Any]:
    """Parts made in plain code before the trainer's config is instantiated."""
    model, clipper = Sam3Image(), GradientClipper(2.0)
    with patch_hydra():
        built = instantiate(trainer(backend), model=model, optim={"gradient_clip": clipper})
        return ended([built.model is model, built.gradient_clipper is clipper])


CHECKS = [
    group_not_initialized,
    group_initialized_twice,
    instantiated_again,
    a_clipper_of_ones_own,
    configs_left_to_the_trainer,
    group_with_control_keys,
    partial_taken_for_a_config,
    missing_key_in_a_worker,
    config_looked_into,
    wrapped_model_passes,
]
