"""The same thousand parts, built by other libraries, as far as they are installed (`make bench` sees to that)."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from benchmarks import cases
from benchmarks.timing import Work


def _hydra_zen(count: int) -> Work:
    zen = importlib.import_module("hydra_zen")
    config = cases.flat(count)
    return lambda: zen.instantiate(config, _convert_="all")


def _fiddle(count: int) -> Work:
    fiddle = importlib.import_module("fiddle")
    parts = [fiddle.Config(cases.Part, a=i, b=64) for i in range(count)]
    config = fiddle.Config(cases.Whole, parts=parts)
    return lambda: fiddle.build(config)


def _mmengine(count: int) -> Work:
    registry = importlib.import_module("mmengine.registry").Registry("benchmark")
    registry.register_module(module=cases.Part)
    parts = [{"type": "Part", "a": i, "b": 64} for i in range(count)]
    return lambda: cases.Whole(parts=[registry.build(part) for part in parts])


def _jsonargparse(count: int) -> Work:
    parser = importlib.import_module("jsonargparse").ArgumentParser(exit_on_error=False)
    parser.add_argument("--parts", type=list[cases.Part])
    parts = [{"class_path": cases.PART, "init_args": {"a": i, "b": 64}} for i in range(count)]
    config = parser.parse_object({"parts": parts})
    return lambda: parser.instantiate_classes(config)


_PEERS: dict[str, Callable[[int], Work]] = {
    "hydra-zen": _hydra_zen,
    "fiddle": _fiddle,
    "mmengine": _mmengine,
    "jsonargparse": _jsonargparse,
}


def installed(count: int) -> dict[str, Work]:
    """What each installed peer does for `count` parts, by name and version."""
    found: dict[str, Any] = {}
    for name, prepare in _PEERS.items():
        try:
            found[f"{name} {version(name)}"] = prepare(count)
        except (PackageNotFoundError, ImportError):
            continue
    return found
