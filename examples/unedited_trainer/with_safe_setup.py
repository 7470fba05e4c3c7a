"""Trains: inside `_setup_components`, and nowhere else, `instantiate` is ours."""

from pathlib import Path

import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf

from examples.unedited_trainer.trainer import Trainer
from safe_instantiate import safe_setup

Trainer._setup_components = safe_setup(Trainer._setup_components)

cfg = OmegaConf.load(Path(__file__).with_name("config.yaml"))
torch.manual_seed(0)
instantiate(cfg.trainer).run()
