"""Four ways into the same training job, each a way in which real code bases call ``instantiate``."""

from collections.abc import Callable
from dataclasses import dataclass

from omegaconf import DictConfig

from .distributed import rank, set_seeds
from .engine import instantiate, instantiate_whole
from .trainer import Trainer


@dataclass(frozen=True, slots=True)
class Entry:
    """How to come from the config to a trainer, and what is changed in the config for it."""

    build: Callable[[DictConfig], Trainer]
    overrides: tuple[str, ...] = ()


def build_raw(cfg: DictConfig) -> Trainer:
    """Leave every part of the trainer a config, as its author meant it."""
    trainer: Trainer = instantiate(cfg.trainer, _recursive_=False)
    return trainer


def build_whole(cfg: DictConfig) -> Trainer:
    """Forget ``_recursive_=False``."""
    trainer: Trainer = instantiate_whole(cfg.trainer)
    return trainer


def build_with_parts(cfg: DictConfig) -> Trainer:
    """Build some parts first and pass them in, for instance to look at them.

    The seeds come first, as in the trainer: the model is to start from the same weights.
    """
    set_seeds(cfg.seed, epoch=0, rank=rank())
    model = instantiate(cfg.model)
    gradient_clip = instantiate(cfg.optim.gradient_clip)
    data = instantiate(cfg.data)
    optim = {**cfg.optim, "gradient_clip": gradient_clip}  # all of it: Hydra 1.4 replaces a group, 1.3 merges into it
    trainer: Trainer = instantiate(cfg.trainer, _recursive_=False, model=model, optim=optim, data=data)
    return trainer


ENTRIES = {
    "raw": Entry(build_raw),
    "auto": Entry(build_whole),
    "groups": Entry(
        build_raw,
        overrides=(
            "+data._recursive_=false",
            "+data._convert_=none",
            "+logging._recursive_=false",
            "+logging._convert_=none",
        ),
    ),
    "prebuilt": Entry(build_with_parts),
}
