"""The trainer: it takes configs, sets up the process in the right order, and builds its parts itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from omegaconf import DictConfig
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm  # type: ignore[import-untyped]

from .checkpoint import load_checkpoint, save_checkpoint
from .data import Batch, TorchDataset
from .distributed import gather_from_ranks, init_process_group, set_seeds, sum_over_ranks
from .engine import instantiate
from .loggers import TensorBoardLogger, setup_logging
from .meters import Accuracy
from .optim import GradientClipper, make_param_groups


@dataclass
class LoggingConf:
    """Where to log and how often."""

    log_dir: str
    log_every: int = 10
    tensorboard_writer: DictConfig | None = None


@dataclass
class OptimConf:
    """How to optimize; ``optimizer`` and the modifiers are completed by the trainer."""

    optimizer: DictConfig
    scheduler: DictConfig | None = None
    param_group_modifiers: Any = ()
    gradient_clip: DictConfig | None = None


@dataclass
class CheckpointConf:
    """Where checkpoints go, and whether to go on from the last one."""

    save_dir: str
    resume: bool = False


@dataclass
class DistributedConf:
    """How the processes talk; without a backend, NCCL where every process has a GPU, else gloo."""

    backend: str | None = None
    timeout_minutes: float = 10.0


@dataclass(frozen=True)
class EpochResult:
    """What one epoch came to, over all ranks."""

    train_loss: float
    test_loss: float
    test_accuracy: float


@dataclass(frozen=True)
class TrainingResult:
    """The last epoch, and how many training samples each rank has seen in this run."""

    last_epoch: EpochResult
    samples_per_rank: list[int]


class Trainer:
    """Trains a classifier on every process that torchrun started.

    ``model``, ``data``, ``loss``, ``meters`` and the parts of ``logging`` and ``optim`` are configs. The constructor
    instantiates them in the one order that works: process group, seeds, model, optimizer, datasets.
    """

    def __init__(
        self,
        *,
        model: DictConfig,
        data: DictConfig,
        loss: DictConfig,
        meters: DictConfig,
        logging: Mapping[str, Any],
        optim: Mapping[str, Any],
        checkpoint: Mapping[str, Any],
        distributed: Mapping[str, Any],
        max_epochs: int,
        seed: int = 0,
    ) -> None:
        self.model_conf = model
        self.data_conf = data
        self.loss_conf = loss
        self.meters_conf = meters
        self.logging_conf = LoggingConf(**logging)
        self.optim_conf = OptimConf(**optim)
        self.checkpoint_conf = CheckpointConf(**checkpoint)
        self.distributed_conf = DistributedConf(**distributed)
        self.max_epochs = max_epochs
        self.seed = seed

        self.device = init_process_group(self.distributed_conf.backend, self.distributed_conf.timeout_minutes)
        self.rank = dist.get_rank()
        set_seeds(self.seed, epoch=0, rank=self.rank)

        self._setup_components()
        self._construct_optimizers()
        self._setup_dataloaders()

        self.epochs_done = 0
        self.steps_done = 0
        self.samples_seen = 0
        self.last_epoch = EpochResult(train_loss=float("nan"), test_loss=float("nan"), test_accuracy=float("nan"))
        if self.checkpoint_conf.resume:
            self._resume()
        self._setup_ddp()

    def run(self) -> TrainingResult:
        """Train up to ``max_epochs``, test and save after each epoch, and say what came of it."""
        for epoch in range(self.epochs_done + 1, self.max_epochs + 1):
            # Anew for each epoch, so that a resumed run draws the same dropout and noise as an uninterrupted one.
            set_seeds(self.seed, epoch, self.rank)
            train_loss = self._train_epoch(epoch)
            test_loss, test_accuracy = self._test(epoch)
            self.last_epoch = EpochResult(train_loss, test_loss, test_accuracy)
            self.epochs_done = epoch
            self._log_epoch()
            self._save()
        if self.tensorboard is not None:
            self.tensorboard.close()
        return TrainingResult(self.last_epoch, gather_from_ranks(self.samples_seen))

    def _setup_components(self) -> None:
        """Loggers, model, loss, meters, gradient clipper."""
        self.logger = setup_logging(self.logging_conf.log_dir)
        self.tensorboard: TensorBoardLogger | None = None
        tensorboard_conf = self.logging_conf.tensorboard_writer
        if tensorboard_conf is not None and tensorboard_conf.pop("should_log", True):
            self.tensorboard = instantiate(tensorboard_conf)

        self.model: nn.Module = instantiate(self.model_conf).to(self.device)
        self.loss: nn.Module = instantiate(self.loss_conf)
        self.accuracy: Accuracy = instantiate(self.meters_conf.accuracy)
        self.gradient_clipper: GradientClipper | None = instantiate(self.optim_conf.gradient_clip)

    def _construct_optimizers(self) -> None:
        """The optimizer over the modified parameter groups, and its schedule."""
        modifiers = instantiate(self.optim_conf.param_group_modifiers)
        param_groups = make_param_groups(self.model, modifiers)
        self.optimizer: torch.optim.Optimizer = instantiate(self.optim_conf.optimizer, param_groups)
        self.scheduler: torch.optim.lr_scheduler.LRScheduler | None = None
        if self.optim_conf.scheduler is not None:
            self.scheduler = instantiate(self.optim_conf.scheduler, self.optimizer)

    def _setup_dataloaders(self) -> None:
        """The wrapped datasets; each makes a loader for each epoch."""
        datasets = instantiate(self.data_conf)
        self.train_data: TorchDataset = datasets.train
        self.test_data: TorchDataset = datasets.test

    def _setup_ddp(self) -> None:
        """Average gradients over the ranks from here on; starts from rank 0's weights."""
        device_ids = [self.device.index] if self.device.type == "cuda" else None
        self.ddp_model = DistributedDataParallel(self.model, device_ids=device_ids)

    def _train_epoch(self, epoch: int) -> float:
        """One pass over this rank's share of the training images; returns the mean loss over all ranks."""
        self.model.train()
        loss_sum, count = 0.0, 0
        loader = self.train_data.get_loader(epoch)
        # disable=None: no bar where nobody watches (output to a file).
        with tqdm(loader, f"epoch {epoch}", leave=False, disable=None if self.rank == 0 else True) as progress:
            for batch in progress:
                loss = self._train_step(batch.to(self.device))
                loss_sum += loss * len(batch.labels)
                count += len(batch.labels)
                self.steps_done += 1
                if self.steps_done % self.logging_conf.log_every == 0:
                    self._log_curve("loss/train_step", loss, self.steps_done)
                    progress.set_postfix(loss=f"{loss:.4f}")
        self.samples_seen += count
        if self.scheduler is not None:
            self.scheduler.step()
        total_loss, total_count = sum_over_ranks(loss_sum, count, device=self.device)
        return total_loss / total_count

    def _train_step(self, batch: Batch) -> float:
        self.optimizer.zero_grad()
        loss: Tensor = self.loss(self.ddp_model(batch.images), batch.labels)
        loss.backward()  # type: ignore[no-untyped-call]
        if self.gradient_clipper is not None:
            self.gradient_clipper(self.model)
        self.optimizer.step()
        return loss.item()

    @torch.no_grad()
    def _test(self, epoch: int) -> tuple[float, float]:
        """Mean loss and accuracy on the test images, over all ranks."""
        self.model.eval()
        self.accuracy.reset()
        loss_sum, count = 0.0, 0
        for batch in self.test_data.get_loader(epoch):
            batch = batch.to(self.device)
            logits = self.model(batch.images)
            loss_sum += self.loss(logits, batch.labels).item() * len(batch.labels)
            count += len(batch.labels)
            self.accuracy.update(logits, batch.labels)
        total_loss, total_count = sum_over_ranks(loss_sum, count, device=self.device)
        return total_loss / total_count, self.accuracy.compute()

    def _log_epoch(self) -> None:
        result = self.last_epoch
        self.logger.info(
            f"epoch {self.epochs_done:>2}/{self.max_epochs}  train loss {result.train_loss:.4f}  "
            f"test loss {result.test_loss:.4f}  test accuracy {result.test_accuracy:.2%}"
        )
        self._log_curve("loss/train", result.train_loss, self.epochs_done)
        self._log_curve("loss/test", result.test_loss, self.epochs_done)
        self._log_curve("accuracy/test", result.test_accuracy, self.epochs_done)

    def _log_curve(self, name: str, value: float, step: int) -> None:
        if self.tensorboard is not None:
            self.tensorboard.log(name, value, step)

    @property
    def _checkpoint_path(self) -> Path:
        return Path(self.checkpoint_conf.save_dir) / "last.pt"

    def _save(self) -> None:
        """Rank 0 writes; no rank goes on before the checkpoint is there."""
        if self.rank == 0:
            state = {
                "model": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "scheduler": self.scheduler.state_dict() if self.scheduler is not None else None,
                "epochs_done": self.epochs_done,
                "steps_done": self.steps_done,
                "last_epoch": vars(self.last_epoch),
            }
            save_checkpoint(state, self._checkpoint_path)
        dist.barrier()

    def _resume(self) -> None:
        """Every rank reads the same checkpoint."""
        state = load_checkpoint(self._checkpoint_path)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler is not None:
            self.scheduler.load_state_dict(state["scheduler"])
        self.epochs_done = state["epochs_done"]
        self.steps_done = state["steps_done"]
        self.last_epoch = EpochResult(**state["last_epoch"])
        self.logger.info(f"resumed after epoch {self.epochs_done} from {self._checkpoint_path}")
