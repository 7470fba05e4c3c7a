"""The time that `instantiate` takes, Hydra's and this library's side by side in one process.

    python -m benchmarks.instantiate [--seconds 2]

Both engines get the same config object and their answers are compared before anything is timed. They take turns, call
by call, so that whatever else the machine is doing slows down both; a case's figure is the median of its calls.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import hydra.utils
from omegaconf import DictConfig

import safe_instantiate
from benchmarks.cases import CASES, Case, Part


@dataclass(frozen=True, slots=True)
class Timing:
    """Median seconds of one call."""

    case: Case
    hydra: float
    ours: float
    build_only: float

    @property
    def ratio(self) -> float:
        return self.hydra / self.ours


def comparable(built: Any) -> Any:
    """The answer with partials taken apart: two of them are equal only when they are one object."""
    if isinstance(built, Part):
        return ("part", comparable(built.args), comparable(built.kwargs))
    if hasattr(built, "func") and hasattr(built, "keywords"):
        return ("partial", built.func, comparable(built.args), comparable(built.keywords))
    if isinstance(built, (dict, DictConfig)):
        return {key: comparable(value) for key, value in built.items()}
    if isinstance(built, Iterable) and not isinstance(built, str):
        return [comparable(value) for value in built]
    return built


def seconds_of(function: Callable[[], Any]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def measure(case: Case, seconds: float) -> Timing:
    """Lets the engines take turns until `seconds` have passed, at least five times each."""
    config = case.config
    if comparable(hydra.utils.instantiate(config)) != comparable(safe_instantiate.instantiate(config)):
        raise SystemExit(f"{case.name}: the two engines build different things, so comparing their times means nothing")
    ready = safe_instantiate.plan(config)
    runs: list[tuple[float, float, float]] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(runs) < 5:
        runs.append(
            (
                seconds_of(lambda: hydra.utils.instantiate(config)),
                seconds_of(lambda: safe_instantiate.instantiate(config)),
                seconds_of(ready.build),
            )
        )
    return Timing(case, *(statistics.median(column) for column in zip(*runs, strict=True)))


def table(timings: Iterable[Timing]) -> str:
    """The figures as a Markdown table: microseconds of a whole call, and of a node."""
    lines = [
        "| case | Hydra µs | ours µs | Hydra µs/node | ours µs/node | ratio | plan built again, µs |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for timing in timings:
        hydras, ours, build = (1e6 * each for each in (timing.hydra, timing.ours, timing.build_only))
        lines.append(
            f"| {timing.case.name} | {hydras:,.0f} | {ours:,.0f} | {hydras / timing.case.nodes:.1f} "
            f"| {ours / timing.case.nodes:.1f} | {timing.ratio:.1f}x | {build:,.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Prints what was compared and the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="how long to measure each case")
    seconds: float = parser.parse_args().seconds
    print(f"hydra-core {version('hydra-core')}, omegaconf {version('omegaconf')}; median of each call\n")
    print(table([measure(case, seconds) for case in CASES]))


if __name__ == "__main__":
    main()
