"""Many cases in a row: what came of them, and what no row of the table explains."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from tests.differential.cases import Case
from tests.differential.coverage import Feature, features, report
from tests.differential.differences import ROWS
from tests.differential.generator import Generator
from tests.differential.judging import row_for, unnamed
from tests.differential.outcomes import Built, Difference
from tests.differential.running import Engine, UnmakeableError, differences
from tests.differential.shrinking import shrink


@dataclass(frozen=True, slots=True)
class Finding:
    """A case with a difference that no row explains."""

    number: int
    case: Case
    differences: tuple[Difference, ...]

    def __str__(self) -> str:
        lines = [f"# case {self.number}", self.case.snippet()]
        lines += ["# " + str(difference).replace("\n", "\n# ") for difference in self.differences]
        return "\n".join(lines)


@dataclass(slots=True)
class Tally:
    """What came of the cases so far."""

    seed: int
    cases: int = 0
    built_alike: int = 0
    raised_alike: int = 0
    by_row: Counter[str] = field(default_factory=Counter)
    corners: Counter[Feature] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def __str__(self) -> str:
        alike = f"{self.built_alike} built alike, {self.raised_alike} raised alike"
        differed = f"{sum(self.by_row.values())} differed by a row, {len(self.findings)} differed without one"
        lines = [
            f"{self.cases} cases, seed {self.seed}: {alike}, {differed}",
            *(f"  {row.id}: {self.by_row[row.id]}" for row in ROWS),
            "corners visited:",
            report(self.corners),
        ]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Campaign:
    """Two engines to compare; `lawful` says whether ours keeps the laws that Hydra does not (`outcomes.compare`)."""

    hydra: Engine
    ours: Engine
    lawful: bool = True

    def run(self, seed: int, cases: int, *, stop_at: int | None = None) -> Tally:
        """Compare that many cases; `stop_at` ends it early with that many findings, as an interrupt does with any."""
        tally = Tally(seed)
        number = 0
        with suppress(KeyboardInterrupt):
            while tally.cases < cases and (stop_at is None or len(tally.findings) < stop_at):
                self._take(tally, number, Generator(Random(f"{seed}:{number}")).case())
                number += 1
        return tally

    def _take(self, tally: Tally, number: int, case: Case) -> None:
        try:
            hydra, found = differences(self.hydra, self.ours, case, lawful=self.lawful)
        except UnmakeableError:
            return  # nothing to instantiate: another case takes its place
        rows = [row_for(case, difference) for difference in found]
        tally.cases += 1
        tally.corners.update(features(case))
        if None in rows:
            nameless = (difference for difference, row in zip(found, rows, strict=True) if row is None)
            tally.findings.append(Finding(number, case, tuple(nameless)))
        elif found:
            used = {row.id for row in rows if row is not None}
            tally.by_row[next(row.id for row in ROWS if row.id in used)] += 1
        elif isinstance(hydra.outcome, Built):
            tally.built_alike += 1
        else:
            tally.raised_alike += 1

    def unnamed(self, case: Case) -> list[Difference]:
        """The differences of one case that no row explains; none where the case can't be written down."""
        try:
            return unnamed(case, differences(self.hydra, self.ours, case, lawful=self.lawful)[1])
        except UnmakeableError:
            return []

    def shrunk(self, finding: Finding) -> Finding:
        """The finding with the smallest case that shows a difference of the same shape."""
        shapes = {difference.shape for difference in finding.differences}

        def still_fails(case: Case) -> bool:
            return any(difference.shape in shapes for difference in self.unnamed(case))

        case = shrink(finding.case, still_fails)
        return Finding(finding.number, case, tuple(self.unnamed(case)))
