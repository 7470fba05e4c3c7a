"""What every process does: compose the config, enter, train. torchrun starts it, ``__main__.py`` starts torchrun."""

import argparse
import faulthandler
import json
import multiprocessing
import signal
from dataclasses import asdict
from pathlib import Path

import torch.distributed as dist
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf
from torch.distributed.elastic.multiprocessing.errors import record

from .choices import ENTRIES as ENTRY_NAMES
from .choices import RESULT_FILE
from .distributed import rank
from .engine import ENGINE
from .entries import ENTRIES
from .trainer import TrainingResult

CONFIG_DIR = Path(__file__).resolve().parent / "conf"


def compose_config(overrides: list[str]) -> DictConfig:
    """The config of ``conf/`` with these overrides; nothing is written and no working directory changed."""
    with initialize_config_dir(str(CONFIG_DIR), version_base="1.3"):
        return compose("config", overrides)


def describe(result: TrainingResult) -> str:
    """The line that ends a training run."""
    last = result.last_epoch
    seen = ", ".join(f"rank {number}: {count:,}" for number, count in enumerate(result.samples_per_rank))
    return f"done: test accuracy {last.test_accuracy:.2%}, final train loss {last.train_loss:.6f}, samples seen: {seen}"


@record
def main() -> None:
    parser = argparse.ArgumentParser(prog="torchrun -m examples.digits.run", description=__doc__)
    parser.add_argument("--entry", choices=ENTRY_NAMES, default="raw")
    parser.add_argument("overrides", nargs="*", help="Hydra overrides such as optim.optimizer.lr=0.01")
    arguments = parser.parse_intermixed_args()
    # torchrun ends with SIGTERM the processes that a failed one leaves waiting: each then tells where it waited.
    faulthandler.register(signal.SIGTERM, all_threads=False, chain=True)
    # What DataLoader workers need is imported once, by the process that they are forked from.
    multiprocessing.set_forkserver_preload([f"{__package__}.entries"])

    entry = ENTRIES[arguments.entry]
    cfg = compose_config([*entry.overrides, *arguments.overrides])
    output = Path(cfg.output_dir)
    if rank() == 0:
        output.mkdir(parents=True, exist_ok=True)
        OmegaConf.save(cfg, output / "config.yaml")

    trainer = entry.build(cfg)
    trainer.logger.info(
        f"engine {ENGINE}, entry {arguments.entry}, {dist.get_world_size()} processes, "
        f"{dist.get_backend()} on {trainer.device.type}, output in {output}"
    )
    result = trainer.run()
    if rank() == 0:
        (output / RESULT_FILE).write_text(json.dumps(asdict(result), indent=2))
    trainer.logger.info(describe(result))
    # Only after success: a rank that failed ends at once, and torchrun then ends those that wait for it. With gloo, a
    # thread that still lets go of a tensor while Python ends aborts the process; after the barrier none has one.
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
