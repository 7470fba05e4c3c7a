"""Trains: inside the `with`, every `instantiate` is ours, the one of this file and the trainer's own."""

from pathlib import Path

import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf

from safe_instantiate import patch_hydra

cfg = OmegaConf.load(Path(__file__).with_name("config.yaml"))
torch.manual_seed(0)
with patch_hydra():
    instantiate(cfg.trainer).run()
