"""What a probe has seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from safe_instantiate.checking.diagnostic import Diagnostic, Report

from .fields import Field

#: What a terminal shows in one line.
_LINE = 80
_COLUMNS = ("field", "type", "shape", "dtype", "range", "empty")


@dataclass(frozen=True, slots=True)
class ProbedData:
    """One dataset that was looked into.

    Attributes:
        full_key: where it stands in the config.
        target: the name of what was built.
        length: how many samples there are; None where it has no length.
        fields: what is in the samples that were drawn, and under `batch.` what the collate function made of them.
        n_drawn: how many samples were drawn.
    """

    full_key: str
    target: str
    length: int | None
    fields: dict[str, Field]
    n_drawn: int

    def __str__(self) -> str:
        count = "samples without a length" if self.length is None else f"{self.length:,} samples"
        title = f"{self.full_key or self.target}: {self.target}, {count}, {self.n_drawn} drawn"
        return "\n".join([title, *(f"  {line}" for line in _table(self.fields.values()))])


@dataclass(frozen=True, slots=True)
class ProbeReport(Report):
    """What was seen, and what is wrong with it.

    Attributes:
        data: one entry for each dataset.

    >>> from safe_instantiate import probe
    >>> print(probe([{"label": 3}, {"label": 1}]))
    list: list, 2 samples, 2 drawn
      field  type  shape  dtype  range  empty
      label  int                 1..3   0/2
    nothing found
    """

    data: tuple[ProbedData, ...] = ()

    def __str__(self) -> str:
        # Named, since a dataclass with slots is another class than the one that super() would refer to.
        return "\n".join([*map(str, self.data), Report.__str__(self)])


def merged(data: Iterable[ProbedData], found: Iterable[Diagnostic]) -> ProbeReport:
    """The report on several datasets."""
    return ProbeReport(tuple(found), tuple(data))


def _table(fields: Iterable[Field]) -> list[str]:
    rows = [_COLUMNS, *(_row(each) for each in fields)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    # A name that leaves no room for the rest gets a line of its own.
    room = max(_LINE - sum(widths[1:]) - 2 * len(widths), len(_COLUMNS[0]))
    widths[0] = max((len(row[0]) for row in rows if len(row[0]) <= room), default=room)
    return [line for row in rows for line in _lines(row, widths)]


def _lines(row: tuple[str, ...], widths: list[int]) -> list[str]:
    alone = [row[0]] if len(row[0]) > widths[0] else []
    cells = ["", *row[1:]] if alone else row
    line = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return [*alone, line.rstrip()]


def _row(each: Field) -> tuple[str, ...]:
    span = each.range
    numbers = "" if span is None else f"{_number(span[0])}..{_number(span[1])}"
    return (each.title, each.types, each.shapes, each.dtypes, numbers, f"{each.n_empty}/{len(each.leaves)}")


def _number(value: float) -> str:
    """A number as a person reads it: whole ones, as labels and tokens are, with all their digits."""
    return f"{value:.0f}" if abs(value) < 1e9 and value == int(value) else f"{value:.4g}"
