"""TensorBoard curves and the log lines that a person follows, from rank 0 only."""

import logging
import sys
from pathlib import Path
from typing import Any

from torch.utils.tensorboard import SummaryWriter

from .distributed import rank


class TensorBoardLogger:
    """Writes curves on rank 0 and does nothing on the others."""

    def __init__(self, path: str, flush_secs: int = 120) -> None:
        self._writer = SummaryWriter(path, flush_secs=flush_secs) if rank() == 0 else None

    def log(self, name: str, value: float, step: int) -> None:
        if self._writer is not None:
            self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def make_tensorboard_logger(log_dir: str, **writer_options: Any) -> TensorBoardLogger:
    """A logger that writes under ``log_dir``, which is made if need be."""
    Path(log_dir).mkdir(parents=True, exist_ok=True)
    return TensorBoardLogger(log_dir, **writer_options)


def setup_logging(log_dir: str) -> logging.Logger:
    """Log lines to stdout and to a file on rank 0; only warnings, to stderr, on the other ranks."""
    logger = logging.getLogger("digits")
    logger.propagate = False
    logger.handlers.clear()
    if rank() != 0:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter(f"[rank {rank()}] %(message)s"))
        logger.addHandler(handler)
        logger.setLevel(logging.WARNING)
        return logger
    Path(log_dir).mkdir(parents=True, exist_ok=True)
    logger.addHandler(logging.StreamHandler(sys.stdout))
    to_file = logging.FileHandler(Path(log_dir) / "train.log")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger.addHandler(to_file)
    logger.setLevel(logging.INFO)
    return logger
