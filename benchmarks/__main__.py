"""Measures everything, side by side, and writes docs/performance.json, the tables and the plot of docs/performance.md.

python -m benchmarks [--seconds 1] [--only TEXT] [--write]
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyperf

from benchmarks import anatomy, facts, peers, report
from benchmarks.cases import flat
from benchmarks.scenarios import OURS, Scenario, all_of_them, built
from benchmarks.timing import benchmark, side_by_side

DOCS = Path(__file__).parent.parent / "docs"


def timed(scenario: Scenario, seconds: float) -> dict[str, Any]:
    samples = side_by_side(scenario.contenders, seconds)
    return {
        "name": scenario.name,
        "nodes": scenario.nodes,
        "least": scenario.least,
        "timings": {name: benchmark(f"{scenario.name}: {name}", values) for name, values in samples.items()},
    }


def beside_peers(seconds: float) -> dict[str, Any]:
    count = 1000
    ours = built("peers", count, flat(count), _convert_="all")
    return timed(Scenario("peers", count, {**ours.contenders, **peers.installed(count)}, ((OURS, "", 1),)), seconds)


def as_suite(results: dict[str, Any]) -> pyperf.BenchmarkSuite:
    """All that was measured, for pyperf's own tools."""

    def every() -> Iterator[pyperf.Benchmark]:
        for scenario in (*results["scenarios"], results["peers"]):
            yield from scenario["timings"].values()
        for row in results["growth"]:
            for who, values in row["samples"].items():
                yield benchmark(f"growth, {row['nodes']} nodes: {who}", values)
        for step, values in results["anatomy"].items():
            yield benchmark(f"a node of flat, 1,000 nodes: {step}", values)
        for row in results["memory"]:
            for who, per_node in row["bytes"].items():
                yield benchmark(f"memory per node at the peak: {who}", [per_node], "byte")
        for statement, values in results["imports"].items():
            yield benchmark(statement, values)

    return pyperf.BenchmarkSuite(list(every()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="how long to measure each contender of a scenario")
    parser.add_argument("--only", default="", help="only the scenarios that have this text in their name")
    parser.add_argument("--write", action="store_true", help="write what was measured into docs/")
    arguments = parser.parse_args()
    results: dict[str, Any] = {
        "about": {
            "Python": platform.python_version(),
            **{name: version(name) for name in ("hydra-core", "omegaconf")},
        },
        "scenarios": [],
    }
    for scenario in all_of_them():
        if arguments.only in scenario.name:
            results["scenarios"].append(timed(scenario, arguments.seconds))
            print(report.scenario_table(results["scenarios"][-1:]), flush=True)
    if not arguments.only:
        results["peers"] = beside_peers(arguments.seconds)
        results["anatomy"] = anatomy.seconds_by_step(1000, arguments.seconds)
        results["growth"] = facts.growth((10, 100, 1000, 10_000, 100_000), hydra_up_to=1000)
        results["memory"] = [facts.memory(1000)]
        results["imports"] = facts.imports(rounds=9)
        print(report.page(results))
    if arguments.write and not arguments.only:
        as_suite(results).dump(str(DOCS / "performance.json"), compact=False, replace=True)
        report.write_page(DOCS / "performance.md", results)
        report.plot(DOCS / "performance.png", results)


if __name__ == "__main__":
    main()
