from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class LoggingConf:
    """The logging group of a config, to be filled as `LoggingConf(**group)`."""

    log_dir: str
    log_freq: int = 10
    tensorboard_writer: Any = None


class SummaryWriter:
    """Stands for TensorBoard's: it knows its own arguments and no others."""

    def __init__(self, log_dir: str, flush_secs: int = 120, tags: Any = None) -> None:
        self.log_dir = log_dir
        self.flush_secs = flush_secs
        self.tags = tags


class TensorBoardLogger:
    def __init__(self, log_dir: str, **writer_arguments: Any) -> None:
        self.writer = SummaryWriter(log_dir, **writer_arguments)


def make_tensorboard_logger(log_dir: str, **writer_arguments: Any) -> TensorBoardLogger:
    return TensorBoardLogger(log_dir, **writer_arguments)
