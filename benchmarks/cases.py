"""What the benchmarks build: configs of several shapes, of targets that cost next to nothing."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, make_dataclass
from typing import Any

from omegaconf import DictConfig, OmegaConf


class Part:
    """A target whose own cost is next to nothing: what is measured is the engine."""

    def __init__(self, a: Any, b: Any) -> None:
        self.a = a
        self.b = b


class Whole:
    """What holds the parts."""

    def __init__(self, parts: Any) -> None:
        self.parts = parts


class Block:
    """A target of any shape."""

    def __init__(self, **parts: Any) -> None:
        self.parts = parts


PART, WHOLE, BLOCK = (f"{__name__}.{cls.__name__}" for cls in (Part, Whole, Block))


def flat_values(count: int) -> dict[str, Any]:
    """`count` parts in a list under one parent, each with a literal and an interpolated argument."""
    parts = [{"_target_": PART, "a": i, "b": "${width}"} for i in range(count)]
    return {"width": 64, "whole": {"_target_": WHOLE, "parts": parts}}


def flat(count: int) -> DictConfig:
    """The same, as a composed config has it."""
    config: DictConfig = OmegaConf.create(flat_values(count))
    return config


def flat_plain(count: int) -> dict[str, Any]:
    """The same as a plain dict, without an interpolation."""
    parts = [{"_target_": PART, "a": i, "b": 64} for i in range(count)]
    return {"whole": {"_target_": WHOLE, "parts": parts}}


@dataclass
class PartConf:
    """The part as a Structured Config."""

    _target_: str = PART
    a: int = 0
    b: int = 64


def flat_structured(count: int) -> DictConfig:
    """The same of Structured Configs."""
    fields = [(f"part_{i}", PartConf, field(default_factory=functools.partial(PartConf, a=i))) for i in range(count)]
    config: DictConfig = OmegaConf.structured(make_dataclass("Parts", fields))
    return config


def flat_direct(count: int) -> dict[str, Any]:
    """What a person would write instead of the config."""
    width = 64
    return {"width": width, "whole": Whole(parts=[Part(a=i, b=width) for i in range(count)])}


def chain(depth: int) -> DictConfig:
    """Targets nested in one another."""
    values: dict[str, Any] = {"_target_": PART, "a": 0, "b": 0}
    for level in range(1, depth):
        values = {"_target_": PART, "a": level, "b": values}
    config: DictConfig = OmegaConf.create(values)
    return config


def wide(count: int) -> DictConfig:
    """A mapping of plain values as an argument."""
    config: DictConfig = OmegaConf.create({"_target_": WHOLE, "parts": {f"key_{i}": i for i in range(count)}})
    return config


def numbers(count: int) -> DictConfig:
    """A long list of numbers as an argument."""
    config: DictConfig = OmegaConf.create({"_target_": WHOLE, "parts": list(range(count))})
    return config


def one(**more: Any) -> DictConfig:
    """A single node."""
    config: DictConfig = OmegaConf.create({"_target_": PART, "a": 1, "b": 2, **more})
    return config


def child_among(siblings: int) -> DictConfig:
    """A node with many others beside it."""
    others = {f"other_{i}": {"_target_": PART, "a": i, "b": i} for i in range(siblings)}
    config: DictConfig = OmegaConf.create({"child": {"_target_": BLOCK, "a": 1}, **others})
    return config


def training_job() -> DictConfig:
    """The shape of a composed training config: groups, shared sizes, transforms in lists, partials; 60 nodes.

    1 trainer, 1 model, 1 backbone, 12 x 3 blocks, 1 head, 3 of optim, 2 x (1 + 1 + 6) of data, 1 writer.
    """
    block = {
        "_target_": BLOCK,
        "width": "${width}",
        "norm": {"_target_": BLOCK, "features": "${width}", "eps": 1e-6},
        "attention": {"_target_": BLOCK, "width": "${width}", "heads": 8, "dropout": 0.1},
    }
    splits = {
        split: {
            "_target_": BLOCK,
            "batch_size": "${batch_size}",
            "dataset": {
                "_target_": BLOCK,
                "root": "${run}/" + split,
                "transforms": [{"_target_": BLOCK, "p": p / 10} for p in range(6)],
            },
        }
        for split in ("train", "val")
    }
    config: DictConfig = OmegaConf.create(
        {
            "width": 256,
            "run": "baseline",
            "batch_size": 32,
            "trainer": {
                "_target_": BLOCK,
                "max_epochs": 20,
                "model": {
                    "_target_": BLOCK,
                    "backbone": {"_target_": BLOCK, "blocks": [block] * 12},
                    "head": {"_target_": BLOCK, "width": "${width}", "classes": 10},
                },
                "optim": {
                    "optimizer": {"_target_": BLOCK, "_partial_": True, "lr": 1e-4, "betas": [0.9, 0.95]},
                    "schedule": [
                        {"_target_": BLOCK, "_partial_": True, "warmup": 100},
                        {"_target_": BLOCK, "_partial_": True, "decay": 0.1},
                    ],
                },
                "data": splits,
                "logging": {"name": "${run}", "every": 10, "writer": {"_target_": BLOCK, "folder": "${run}/logs"}},
            },
        }
    )
    return config


def training_job_direct() -> Block:
    """What a person would write instead."""
    width, run, batch_size = 256, "baseline", 32
    return Block(
        max_epochs=20,
        model=Block(
            backbone=Block(
                blocks=[
                    Block(
                        width=width,
                        norm=Block(features=width, eps=1e-6),
                        attention=Block(width=width, heads=8, dropout=0.1),
                    )
                    for _ in range(12)
                ]
            ),
            head=Block(width=width, classes=10),
        ),
        optim={
            "optimizer": functools.partial(Block, lr=1e-4, betas=[0.9, 0.95]),
            "schedule": [functools.partial(Block, warmup=100), functools.partial(Block, decay=0.1)],
        },
        data={
            split: Block(
                batch_size=batch_size,
                dataset=Block(root=f"{run}/{split}", transforms=[Block(p=p / 10) for p in range(6)]),
            )
            for split in ("train", "val")
        },
        logging={"name": run, "every": 10, "writer": Block(folder=f"{run}/logs")},
    )
