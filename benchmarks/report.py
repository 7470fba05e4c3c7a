"""The results as Markdown tables and as a picture."""

from __future__ import annotations

import importlib
from pathlib import Path
from statistics import median
from typing import Any

import pyperf

from benchmarks.anatomy import STEPS

_BEGIN, _END = "<!-- measured -->\n", "<!-- end of what was measured -->\n"


def _microseconds(seconds: float) -> str:
    value = seconds * 1e6
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _best(timing: pyperf.Benchmark) -> float:
    best: float = min(timing.get_values())
    return best


def _spread(timing: pyperf.Benchmark) -> str:
    """How far from the median a sample is typically, as a part of it."""
    return f"{timing.median_abs_dev() / timing.median():.0%}" if timing.get_nvalue() > 1 else "one run"


def _table(header: list[str], rows: list[list[str]]) -> str:
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, rule, *rows)) + "\n"


def scenario_table(scenarios: list[dict[str, Any]]) -> str:
    """Every contender of every scenario: median, best and spread of a call, and how many times slower Hydra is."""
    rows = []
    for scenario in scenarios:
        timings = scenario["timings"]
        hydra = timings.get("Hydra")
        for name, timing in timings.items():
            ratio = f"{_best(hydra) / _best(timing):,.1f}x" if hydra else ""
            rows.append(
                [
                    f"{scenario['name']}: {name}",
                    _microseconds(timing.median()),
                    _microseconds(_best(timing)),
                    _spread(timing),
                    _microseconds(_best(timing) / scenario["nodes"]),
                    ratio,
                ]
            )
    return _table(["work: who", "median µs", "best µs", "spread", "best µs/node", "faster than Hydra"], rows)


def promises_table(scenarios: list[dict[str, Any]]) -> str:
    """What is promised, and what was measured."""
    rows = []
    for scenario in scenarios:
        for who, other, least in scenario["least"]:
            factor = _best(scenario["timings"][other]) / _best(scenario["timings"][who])
            if least >= 1:
                promised, measured = f"at least {least:g} times as fast", f"{factor:.1f} times"
            else:
                promised, measured = f"at most {1 / least:.2f} times the time", f"{1 / factor:.2f} times"
            rows.append(
                [f"{scenario['name']}: {who} against {other}", promised, measured, "yes" if factor >= least else "no"]
            )
    return _table(["work", "promised", "measured", "kept"], rows)


def page(results: dict[str, Any]) -> str:
    """All that was measured, as the part of the page that a program writes."""
    measured_with = ", ".join(f"{name} {version}" for name, version in results["about"].items())
    memory = [
        [f"{row['nodes']:,}", *(f"{row['bytes'][who]:,.0f}" for who in ("Hydra", "ours"))] for row in results["memory"]
    ]
    imports = [[f"`{statement}`", f"{median(taken) * 1000:.0f}"] for statement, taken in results["imports"].items()]
    parts = [
        f"Measured with {measured_with}. Ratios are those of the fastest rounds.",
        "### What is promised\n\n" + promises_table(results["scenarios"]),
        "### A thousand parts, beside other libraries\n\n" + scenario_table([results["peers"]]),
        "### Every work\n\n" + scenario_table(results["scenarios"]),
        "### Where the time of a node goes, flat config of 1,000\n\n" + anatomy_table(results["anatomy"]),
        "### Growth, µs per node\n\n" + growth_table(results["growth"]),
        "### Memory at the peak, bytes per node beyond the objects themselves\n\n"
        + _table(["nodes", "Hydra", "ours"], memory),
        "### Imports, ms in a fresh interpreter\n\n" + _table(["statement", "median"], imports),
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


_GROWTH = ["Hydra", "ours, none", "ours, all", "direct calls", "a look at every value"]


def growth_table(growth: list[dict[str, Any]]) -> str:
    """The best of a node at each size, and how many times that at 1,000 nodes it is."""
    at_a_thousand = next(row["samples"] for row in growth if row["nodes"] == 1000)

    def cell(samples: dict[str, list[float]], who: str) -> str:
        if who not in samples:
            return ""
        best = min(samples[who])
        return f"{_microseconds(best)} ({best / min(at_a_thousand[who]):.2f}x)"

    return _table(
        ["nodes", *_GROWTH],
        [[f"{row['nodes']:,}", *(cell(row["samples"], who) for who in _GROWTH)] for row in growth],
    )


def anatomy_table(samples: dict[str, list[float]]) -> str:
    """The best of each step, and its share of the whole."""
    whole = min(samples["instantiate"])
    rows = [
        [step, STEPS[step], _microseconds(min(taken)), f"{min(taken) / whole:.0%}"] for step, taken in samples.items()
    ]
    return _table(["step", "part of", "best µs/node", "share"], rows)


def write_page(path: Path, results: dict[str, Any]) -> None:
    """Put the results in their place on a page; what a person wrote around them stays."""
    before, _, rest = path.read_text("utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    path.write_text(f"{before}{_BEGIN}\n{page(results)}\n{_END}{after}", "utf-8")


def plot(path: Path, results: dict[str, Any]) -> None:
    """Two panels: the libraries side by side, and the growth with the number of nodes."""
    importlib.import_module("matplotlib").use("agg")
    pyplot = importlib.import_module("matplotlib.pyplot")
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    timings = sorted(results["peers"]["timings"].items(), key=lambda each: -_best(each[1]))
    values = [_best(timing) * 1e6 / results["peers"]["nodes"] for _, timing in timings]
    bars = left.barh([name for name, _ in timings], values, color="#4c72b0")
    left.bar_label(bars, [f"{value:.3g}" for value in values], padding=3)
    left.set(xscale="log", xlabel="µs per node, 1,000 nodes", xlim=(min(values) / 2, max(values) * 4))
    for name in _GROWTH:
        rows = [(row["nodes"], row["samples"][name]) for row in results["growth"] if name in row["samples"]]
        right.plot([nodes for nodes, _ in rows], [min(taken) * 1e6 for _, taken in rows], marker="o", label=name)
    right.set(xscale="log", yscale="log", xlabel="nodes", ylabel="µs per node")
    right.legend()
    figure.savefig(path, dpi=110)
