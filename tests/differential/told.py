"""Cases that a row of the table is told by: what it accounts for, and what it doesn't, though it looks much like it."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from tests.differential import engines
from tests.differential.cases import Case, Leaf, Map, Node, Seq, Structured
from tests.differential.judging import row_for
from tests.differential.outcomes import Difference, Outcome, Part
from tests.differential.running import differences


def leaves(**items: object) -> Map:
    """A mapping of nodes, and of plain values."""
    is_node = (Map, Seq, Structured)
    return Map(tuple((key, value if isinstance(value, is_node) else Leaf(value)) for key, value in items.items()))


def given(value: Node, **others: object) -> Map:
    """Arguments of a call, with `a` as the last."""
    return Map((*others.items(), ("a", value)))  # type: ignore[arg-type]


def value(of: object) -> Part:
    """A plain value, as a part of a result."""
    return Part("value", (type(of).__qualname__, str(of)))


class Told(NamedTuple):
    """A case whose differences a row accounts for, and an answer of ours, in place of the first, that none does."""

    row: str
    case: Case
    near: Part | Outcome | None

    def holds(self) -> bool:
        """Whether that row accounts for a difference of the case, and none is left without a row."""
        rows = set(self._rows().values())
        return self.row in rows and None not in rows

    def is_narrow(self) -> bool:
        """Whether no row accounts for the answer that only looks like ours."""
        found = next(difference for difference, used in self._rows().items() if used == self.row)
        return row_for(self.case, replace(found, ours=self.near)) is None

    def _rows(self) -> dict[Difference, str | None]:
        found = differences(engines.hydra_engine(), engines.our_engine(), self.case, lawful=True)[1]
        rows = {difference: row_for(self.case, difference) for difference in found}
        return {difference: row.id if row else None for difference, row in rows.items()}
