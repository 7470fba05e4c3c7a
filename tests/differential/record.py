"""The long runs that were made: what came of each, by the Hydra that it was made with."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.differential import differences
from tests.differential.campaign import Tally

FILE = Path(__file__).parent / "record.json"
PAGE = Path(__file__).parents[2] / "docs" / "hydra-parity.md"
_FROM, _TO = "<!-- from here on written by `python -m tests.differential --table` -->", "<!-- up to here -->"


def recorded() -> dict[str, dict[str, Any]]:
    """For each Hydra: the cases and seed of its last long run, and the counts."""
    return dict(json.loads(FILE.read_text())) if FILE.exists() else {}


def record(tally: Tally) -> None:
    """Keep what came of a run in place of the last one with this Hydra."""
    entry = {
        "cases": tally.cases,
        "seed": tally.seed,
        "built_alike": tally.built_alike,
        "raised_alike": tally.raised_alike,
        "by_row": {row.id: tally.by_row[row.id] for row in differences.ROWS},
        "unnamed": len(tally.findings),
    }
    runs = {**recorded(), importlib.metadata.version("hydra-core"): entry}
    FILE.write_text(json.dumps({hydra: runs[hydra] for hydra in sorted(runs)}, indent=2) + "\n")


def page() -> str:
    """The table of the documentation, with what was counted in the long runs."""
    runs = recorded()
    counts: Mapping[str, Mapping[str, int]] = {hydra: run["by_row"] for hydra, run in runs.items()}
    lines = [_in_words(hydra, run) for hydra, run in runs.items()]
    return "\n\n".join([differences.table(counts), *lines])


def _in_words(hydra: str, run: Mapping[str, Any]) -> str:
    unnamed = run["unnamed"] or "none"
    return (
        f"Hydra {hydra}: {run['cases']:,} random cases (seed {run['seed']}), of which {run['built_alike']:,} were "
        f"built alike, {run['raised_alike']:,} raised alike, {sum(run['by_row'].values()):,} differed by a row, as "
        f"counted above, and {unnamed} differed otherwise."
    )


def put_on_page() -> None:
    """Write the table into the documentation, between the two comments there."""
    before, _, rest = PAGE.read_text("utf-8").partition(_FROM)
    after = rest.partition(_TO)[2]
    PAGE.write_text(f"{before}{_FROM}\n\n{page()}\n\n{_TO}{after}", "utf-8")
