"""What samples are expected to be: declared by who knows the data, and checked on what was drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .fields import Field


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of one field.

    Attributes:
        field: its name: the last part is enough where no other field has it; `batch.` stands before those of a batch.
        complaint: says what is wrong with the values of a field; None if nothing is.
    """

    field: str
    complaint: Callable[[Field], str | None]

    def unmet(self, fields: Mapping[str, Field]) -> str | None:
        """What is wrong with the field, or that there is none."""
        named = [found for name, found in fields.items() if self.field in (name, found.title)] or [
            found for name, found in fields.items() if name.rpartition(".")[2] == self.field
        ]
        if not named:
            there_are = ", ".join(each.title for each in fields.values())
            return f"no sample has {self.field!r}; there are {there_are or 'no fields'}"
        complaints = (self.complaint(found) for found in named)
        return next((complaint for complaint in complaints if complaint is not None), None)


def in_range(field: str, low: float, high: float) -> Expectation:
    """Expect every number of a field to lie between two numbers, or to be one of them.

    Raises:
        ValueError: no number lies between them.

    >>> in_range("boxes", 0, 1).unmet({"boxes": Field("boxes")})
    "'boxes' has no numbers"
    """
    if not low <= high:
        raise ValueError(f"in_range({field!r}, {low:g}, {high:g}): no number is in it")

    def complaint(found: Field) -> str | None:
        if found.range is None:
            return f"{found.title!r} has no numbers"
        smallest, largest = found.range
        if low <= smallest and largest <= high:
            return None
        return f"{found.title!r} is expected in {low:g}..{high:g}, and goes from {_ends(found.range, low, high)}"

    return Expectation(field, complaint)


def below(field: str, bound: float) -> Expectation:
    """Expect every number of a field to be at least 0 and less than a bound: labels, and the number of classes.

    Raises:
        ValueError: the bound is 0 or less, below which there is no label.

    >>> from safe_instantiate.probing.fields import fields_of
    >>> below("labels", 3).unmet(fields_of([{"labels": [0, 3]}]))
    "'labels' is expected from 0 to below 3, and goes from 0 to 3"
    """
    if not bound > 0:
        raise ValueError(f"below({field!r}, {bound:g}): no label is below it")

    def complaint(found: Field) -> str | None:
        if found.range is None:
            return None if found.n_empty == len(found.leaves) else f"{found.title!r} has no numbers"
        smallest, largest = found.range
        if smallest >= 0 and largest < bound:
            return None
        return f"{found.title!r} is expected from 0 to below {bound:g}, and goes from {_ends(found.range, 0, bound)}"

    return Expectation(field, complaint)


def not_empty(field: str, *, at_least: float = 1.0) -> Expectation:
    """Expect something in a field, in all samples or in a share of them.

    Args:
        field: the field.
        at_least: the share of the samples, from 0 to 1.

    Raises:
        ValueError: that is no share.

    >>> from safe_instantiate.probing.fields import fields_of
    >>> not_empty("boxes", at_least=0.9).unmet(fields_of([{"boxes": []}, {"boxes": [1]}]))
    "'boxes' is empty in 1 of 2 samples; expected in at most 10%"
    """
    if not 0 <= at_least <= 1:
        raise ValueError(f"not_empty({field!r}): at_least is a share from 0 to 1, not {at_least:g}")

    def complaint(found: Field) -> str | None:
        count = len(found.leaves)
        if count - found.n_empty >= at_least * count:
            return None
        share = f"in at most {1 - at_least:.0%}" if at_least < 1 else "in none"
        return f"{found.title!r} is empty in {found.n_empty} of {count} samples; expected {share}"

    return Expectation(field, complaint)


def _ends(span: tuple[float, float], *bounds: float) -> str:
    """A range in words, with as many digits as it takes to tell its ends from bounds that they miss by a little."""
    return " to ".join(
        repr(end) if any(f"{end:g}" == f"{bound:g}" and end != bound for bound in bounds) else f"{end:g}"
        for end in span
    )
