"""Runs in every rank: an application with Hydra's own main, as one starts it by `torchrun app.py`."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from safe_instantiate import instantiate
from tests.distributed.groups import ensured

FOUND: dict[str, Any] = {}


@hydra.main(version_base=None, config_path=str(Path(__file__).parent / "conf"), config_name="app")
def application(cfg: DictConfig) -> None:
    job = instantiate(cfg)
    with ensured("gloo") as group:
        logging.getLogger(__name__).info("this is rank %d", group.rank)
        job.diary.write("begun")
        job.diary.close()
        FOUND.update(
            shard=list(job.sampler),
            size=cfg.sampler.dataset.size,
            output_dir=HydraConfig.get().runtime.output_dir,
            working_directory=os.getcwd(),
        )


def run(*overrides: str) -> dict[str, Any]:
    """What the application found in this rank."""
    sys.argv[:] = [__file__, *overrides]
    application()
    return FOUND
