"""Fails: the trainer's own `instantiate` is given what the first one has built already."""

from pathlib import Path

import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf

cfg = OmegaConf.load(Path(__file__).with_name("config.yaml"))
torch.manual_seed(0)
instantiate(cfg.trainer).run()
