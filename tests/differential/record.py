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


def recorded() -> dict[str, dict[str, Any]]:
    """For each Hydra: the cases and seed of its last long run, and the counts."""
    return dict(json.loads(FILE.read_text())) if FILE.exists() else {}


def record(tally: Tally) -> None:
    """Keep what came of a run in place of the last one with this Hydra.

    Raises:
        ValueError: there were differences that no row explains; these are to be fixed or named first.
    """
    if tally.findings:
        raise ValueError(f"{len(tally.findings)} differences have no name")
    entry = {
        "cases": tally.cases,
        "seed": tally.seed,
        "built_alike": tally.built_alike,
        "raised_alike": tally.raised_alike,
        "by_row": {row.id: tally.by_row[row.id] for row in differences.ROWS},
    }
    runs = {**recorded(), importlib.metadata.version("hydra-core"): entry}
    FILE.write_text(json.dumps({hydra: runs[hydra] for hydra in sorted(runs)}, indent=2) + "\n")


def page() -> str:
    """The table of the documentation, with what the counts are of."""
    runs = recorded()
    counts: Mapping[str, Mapping[str, int]] = {hydra: run["by_row"] for hydra, run in runs.items()}
    lines = [
        f"Hydra {hydra}: of {run['cases']:,} random cases (seed {run['seed']}), {run['built_alike']:,} were built "
        f"alike and {run['raised_alike']:,} raised alike; the others are counted here, and none differed otherwise."
        for hydra, run in runs.items()
    ]
    return "\n\n".join([differences.table(counts), *lines])
