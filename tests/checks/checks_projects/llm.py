"""Fine-tuning a language model, laid out as the Lightning-Hydra template lays it out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Optional, Union

import torch
from torch import nn


class Callback: ...


class ModelCheckpoint(Callback):
    def __init__(
        self,
        dirpath: Optional[Union[str, Path]] = None,
        filename: Optional[str] = None,
        monitor: Optional[str] = None,
        verbose: bool = False,
        save_last: Optional[Union[bool, Literal["link"]]] = None,
        save_top_k: int = 1,
        mode: str = "min",
        auto_insert_metric_name: bool = True,
        train_time_interval: Optional[timedelta] = None,
        every_n_epochs: Optional[int] = None,
    ) -> None: ...


class EarlyStopping(Callback):
    def __init__(
        self, monitor: str, min_delta: float = 0.0, patience: int = 3, mode: str = "min", strict: bool = True
    ): ...


class LearningRateMonitor(Callback):
    def __init__(self, logging_interval: Optional[Literal["step", "epoch"]] = None) -> None: ...


class RichProgressBar(Callback):
    def __init__(self, refresh_rate: int = 1, leave: bool = False) -> None: ...


class Logger: ...


class WandbLogger(Logger):
    def __init__(
        self,
        name: Optional[str] = None,
        save_dir: Union[str, Path] = ".",
        offline: bool = False,
        id: Optional[str] = None,
        project: Optional[str] = None,
        log_model: Union[Literal["all"], bool] = False,
        prefix: str = "",
        group: str = "",
        tags: Optional[list[str]] = None,
        **kwargs: Any,
    ) -> None: ...


class CSVLogger(Logger):
    def __init__(
        self, save_dir: Union[str, Path], name: Optional[str] = "lightning_logs", prefix: str = ""
    ) -> None: ...


class Trainer:
    def __init__(
        self,
        *,
        accelerator: Union[str, Any] = "auto",
        strategy: Union[str, Any] = "auto",
        devices: Union[list[int], str, int] = "auto",
        num_nodes: int = 1,
        precision: Optional[Union[Literal[64, 32, 16], Literal["bf16-mixed", "16-mixed", "32-true"]]] = None,
        logger: Optional[Union[Logger, list[Logger], bool]] = None,
        callbacks: Optional[Union[list[Callback], Callback]] = None,
        max_epochs: Optional[int] = None,
        min_epochs: Optional[int] = None,
        max_time: Optional[Union[str, timedelta, dict[str, int]]] = None,
        val_check_interval: Optional[Union[int, float]] = None,
        accumulate_grad_batches: int = 1,
        gradient_clip_val: Optional[Union[int, float]] = None,
        deterministic: Optional[Union[bool, Literal["warn"]]] = None,
        default_root_dir: Optional[Union[str, Path]] = None,
    ) -> None: ...


class SFTDataModule:
    def __init__(
        self,
        tokenizer: Tokenizer,
        data_dir: str = "data/",
        train_val_split: tuple[float, float] = (0.95, 0.05),
        batch_size: int = 64,
        num_workers: int = 0,
        pin_memory: bool = False,
        max_length: int = 2048,
    ) -> None: ...


class Tokenizer:
    @classmethod
    def from_pretrained(cls, name: str, *args: Any, **kwargs: Any) -> Tokenizer:
        return cls()


def load_model(name: str, torch_dtype: Optional[torch.dtype] = None, attn_implementation: str = "sdpa") -> nn.Module:
    return nn.Identity()


class LoraConfig:
    def __init__(
        self,
        r: int = 8,
        target_modules: Optional[Union[list[str], str]] = None,
        lora_alpha: int = 8,
        lora_dropout: float = 0.0,
        bias: Literal["none", "all", "lora_only"] = "none",
        rank_pattern: Optional[dict[str, int]] = None,
    ) -> None: ...


class LoraModule(nn.Module):
    def __init__(
        self,
        net: torch.nn.Module,
        lora: LoraConfig,
        # As in the template: what comes is a partial of an optimizer, and what is annotated is a module.
        optimizer: torch.optim.Optimizer,
        scheduler: torch.optim.lr_scheduler,  # type: ignore[valid-type]
        compile: bool,
        pad_token: str = "<pad>",
    ) -> None:
        super().__init__()


def get_cosine_schedule_with_warmup(
    optimizer: torch.optim.Optimizer, num_warmup_steps: int, num_training_steps: int, num_cycles: float = 0.5
) -> torch.optim.lr_scheduler.LambdaLR:
    raise NotImplementedError  # a partial of it is made, which only training would call
