"""What the benchmarks build: configs of several shapes, of targets that cost next to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig, OmegaConf


class Part:
    """A target whose own cost is next to nothing: what is measured is the engine."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        self.kwargs = kwargs

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Part) and (self.args, self.kwargs) == (other.args, other.kwargs)

    __hash__ = object.__hash__


PART = f"{__name__}.Part"


@dataclass(frozen=True, slots=True)
class Case:
    """A config, and how many targets are called for it."""

    name: str
    config: DictConfig
    nodes: int


def flat(count: int) -> Case:
    """`count` targets side by side, four plain arguments each."""
    part = {"_target_": PART, "width": 64, "rate": 0.1, "name": "part", "flag": True}
    return Case(f"flat, {count} nodes", OmegaConf.create({f"part_{i}": part for i in range(count)}), count)


def interpolated(count: int) -> Case:
    """`count` targets whose arguments all refer to the same few values."""
    part = {"_target_": PART, "width": "${width}", "rate": "${rate}", "name": "${name}-part"}
    config = OmegaConf.create({"width": 64, "rate": 0.1, "name": "run", "parts": [part] * count})
    return Case(f"interpolated, {count} nodes", config.parts, count)


def chain(depth: int) -> Case:
    """Targets nested in one another."""
    config: dict[str, Any] = {"_target_": PART, "level": 0}
    for level in range(1, depth):
        config = {"_target_": PART, "level": level, "inner": config}
    return Case(f"chain, {depth} deep", OmegaConf.create(config), depth)


def training_job() -> Case:
    """The shape of a composed training config: groups, shared sizes, transforms in lists, partials."""
    config = OmegaConf.create(
        {
            "width": 256,
            "run": "baseline",
            "batch_size": 32,
            "trainer": {
                "_target_": PART,
                "max_epochs": 20,
                "model": {
                    "_target_": PART,
                    "backbone": {
                        "_target_": PART,
                        "blocks": [
                            {
                                "_target_": PART,
                                "width": "${width}",
                                "norm": {"_target_": PART, "features": "${width}", "eps": 1e-6},
                                "attention": {"_target_": PART, "width": "${width}", "heads": 8, "dropout": 0.1},
                            }
                            for _ in range(12)
                        ],
                    },
                    "head": {"_target_": PART, "width": "${width}", "classes": 10},
                },
                "optim": {
                    "optimizer": {"_target_": PART, "_partial_": True, "lr": 1e-4, "betas": [0.9, 0.95]},
                    "schedule": [
                        {"_target_": PART, "_partial_": True, "warmup": 100},
                        {"_target_": PART, "_partial_": True, "decay": 0.1},
                    ],
                },
                "data": {
                    split: {
                        "_target_": PART,
                        "batch_size": "${batch_size}",
                        "dataset": {
                            "_target_": PART,
                            "root": "${run}/" + split,
                            "transforms": [{"_target_": PART, "p": p / 10} for p in range(6)],
                        },
                    }
                    for split in ("train", "val")
                },
                "logging": {"name": "${run}", "every": 10, "writer": {"_target_": PART, "folder": "${run}/logs"}},
            },
        }
    )
    # 1 trainer, 1 model, 1 backbone, 12 x 3 blocks, 1 head, 3 of optim, 2 x (1 + 1 + 6) of data, 1 writer
    return Case("training job", config.trainer, 60)


CASES = (flat(10), flat(100), flat(1000), interpolated(100), chain(20), training_job())
