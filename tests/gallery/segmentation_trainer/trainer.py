from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from hydra.utils import instantiate

from segmentation_trainer.loggers import LoggingConf, TensorBoardLogger
from segmentation_trainer.optim import construct_optimizer


class Logger:
    """Writes to TensorBoard if the config says so; `should_log` is this class's own key, not the writer's."""

    def __init__(self, logging_conf: LoggingConf) -> None:
        writer_conf = logging_conf.tensorboard_writer
        should_log = writer_conf is not None and writer_conf.pop("should_log", True)
        self.tensorboard: TensorBoardLogger | None = instantiate(writer_conf) if should_log else None


class Trainer:
    """Takes configs and builds what they describe when its time has come: the model after seeding, data at the end."""

    def __init__(
        self,
        *,
        data: Any = None,
        model: Any = None,
        logging: Any = None,
        optim: Any = None,
        backend: str | None = None,
        seed: int = 0,
    ) -> None:
        self.data_conf = data or {}
        self.model_conf = model
        self.logging_conf = LoggingConf(**logging) if logging else None
        self.optim_conf = optim or {}
        if backend is not None:
            dist.init_process_group(backend, store=dist.HashStore(), rank=0, world_size=1)
        torch.manual_seed(seed)
        self._setup_components()
        self._construct_optimizers()
        self._setup_dataloaders()

    def _setup_components(self) -> None:
        self.logger = Logger(self.logging_conf) if self.logging_conf else None
        self.model = instantiate(self.model_conf)
        self.gradient_clipper = instantiate(self.optim_conf.get("gradient_clip"))

    def _construct_optimizers(self) -> None:
        self.optimizer = None
        if "optimizer" in self.optim_conf:
            self.optimizer = construct_optimizer(
                self.model, self.optim_conf["optimizer"], self.optim_conf.get("param_group_modifiers") or []
            )

    def _setup_dataloaders(self) -> None:
        self.datasets = {split: instantiate(self.data_conf[split]) for split in self.data_conf}

    def seen_images(self, split: str, epoch: int = 0) -> list[int]:
        """The numbers of the images that one epoch shows, in order."""
        return [int(image[0]) for batch in self.datasets[split].get_loader(epoch) for image in batch]


class CarefulTrainer(Trainer):
    """Looks into the config of every dataset before it builds any."""

    def _setup_dataloaders(self) -> None:
        self.without_collate_fn = [split for split in self.data_conf if "collate_fn" not in self.data_conf[split]]
        super()._setup_dataloaders()
