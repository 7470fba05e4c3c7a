"""The results as Markdown tables and as a picture."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

_BEGIN, _END = "<!-- measured -->\n", "<!-- end of what was measured -->\n"


def _microseconds(seconds: float) -> str:
    value = seconds * 1e6
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


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
            ratio = f"{hydra['best'] / timing['best']:,.1f}x" if hydra else ""
            rows.append(
                [
                    f"{scenario['name']}: {name}",
                    _microseconds(timing["median"]),
                    _microseconds(timing["best"]),
                    f"{timing['spread']:.0%}" if timing["rounds"] > 1 else "one run",
                    _microseconds(timing["best"] / scenario["nodes"]),
                    ratio,
                ]
            )
    return _table(["work: who", "median µs", "best µs", "spread", "best µs/node", "faster than Hydra"], rows)


def promises_table(scenarios: list[dict[str, Any]]) -> str:
    """What is promised, and what was measured."""
    rows = []
    for scenario in scenarios:
        for who, other, least in scenario["least"]:
            best = {name: timing["best"] for name, timing in scenario["timings"].items()}
            factor = best[other] / best[who]
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
    growth = [
        [f"{row['nodes']:,}", *(_microseconds(row[name]) if name in row else "" for name in _GROWTH)]
        for row in results["growth"]
    ]
    memory = [[f"{row['nodes']:,}", f"{row['Hydra']:,.0f}", f"{row['ours']:,.0f}"] for row in results["memory"]]
    imports = [[f"`{statement}`", f"{seconds * 1000:.0f}"] for statement, seconds in results["imports"].items()]
    parts = [
        f"Measured with {measured_with}. Ratios are those of the fastest rounds.",
        "### What is promised\n\n" + promises_table(results["scenarios"]),
        "### A thousand parts, beside other libraries\n\n" + scenario_table([results["peers"]]),
        "### Every work\n\n" + scenario_table(results["scenarios"]),
        "### Growth, µs per node\n\n" + _table(["nodes", *_GROWTH], growth),
        "### Memory at the peak, bytes per node beyond the objects themselves\n\n"
        + _table(["nodes", "Hydra", "ours"], memory),
        "### Imports, ms in a fresh interpreter\n\n" + _table(["statement", "median"], imports),
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


_GROWTH = ["Hydra", "ours, none", "ours, all"]


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
    timings = sorted(results["peers"]["timings"].items(), key=lambda each: -each[1]["best"])
    values = [timing["best"] * 1e6 / results["peers"]["nodes"] for _, timing in timings]
    bars = left.barh([name for name, _ in timings], values, color="#4c72b0")
    left.bar_label(bars, [f"{value:.3g}" for value in values], padding=3)
    left.set(xscale="log", xlabel="µs per node, 1,000 nodes", xlim=(min(values) / 2, max(values) * 4))
    for name in _GROWTH:
        rows = [row for row in results["growth"] if name in row]
        right.plot([row["nodes"] for row in rows], [row[name] * 1e6 for row in rows], marker="o", label=name)
    right.set(xscale="log", yscale="log", xlabel="nodes", ylabel="µs per node")
    right.legend()
    figure.savefig(path, dpi=110)
