"""What a row of the table is judged by: what Hydra makes of another case, and of which part ours is.

A row says in a sentence what differs, and decides for one place where the answers part whether that is why. What a
predicate lets through by mistake is a difference that nobody looks at. So most rows change the case into one of which
Hydra has to make, part for part, what we made of the case itself (`variants`); the others ask for the very text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import hydra.utils

from tests.differential.cases import Case, Leaf, Map, Node, Structured
from tests.differential.outcomes import (
    Broken,
    Built,
    Difference,
    Outcome,
    Part,
    Place,
    Raised,
    compare_outcomes,
    compare_parts,
)
from tests.differential.running import UnmakeableError, observe


@dataclass(frozen=True, slots=True)
class Row:
    """One way in which our answer may differ from Hydra's."""

    id: str
    sentence: str
    explains: Callable[[Case, Difference], bool]


@lru_cache(maxsize=256)  # each row asks about the same few variants
def hydra_on(case: Case) -> Built | Raised | None:
    try:
        return observe(hydra.utils.instantiate, case).outcome
    except UnmakeableError:
        return None


def as_hydra_makes_of(other: Case, case: Case, found: Difference) -> bool:
    """Whether ours is what Hydra makes of another case, save for what rows explain there; and not what it made here."""
    if other == case or isinstance(found.ours, Broken):
        return False
    theirs = hydra_on(other)
    if theirs is None or theirs == found.hydra:
        return False
    if isinstance(found.ours, (Built, Raised)):
        left = list(compare_outcomes(theirs, found.ours))
    else:
        there = part_at(theirs, found.place)
        if there == found.hydra:
            return False
        if there is None or found.ours is None:
            return isinstance(theirs, Built) and there is None and found.ours is None
        if found.ours.kind == "order":
            return [edge for edge, _ in there.parts] == list(found.ours.label or ())  # type: ignore[call-overload]
        left = list(compare_parts(found.place, there, found.ours))
    return all(row_for(other, difference) is not None for difference in left)


def part_at(outcome: Built | Raised | None, place: Place) -> Part | None:
    part = outcome.result if isinstance(outcome, Built) else None
    for edge in place:
        part = dict(part.parts).get(edge) if part else None
    return part


def same_error(theirs: Part | Outcome | None, case: Case) -> bool:
    """Whether Hydra raises for another case what it raised for this one."""
    other = hydra_on(case)
    return isinstance(theirs, Raised) and isinstance(other, Raised) and theirs.cls is other.cls


def class_of(part: Part) -> object:
    """The class of a Structured Config; beside it stand the locks, if there are any."""
    return part.label[0] if isinstance(part.label, tuple) else part.label


PLAIN_KINDS = {"DictConfig": "dict", "ListConfig": "list", "TupleConfig": "tuple"}


#: What is said of a config that contains itself.
ENDLESS = ("contains itself", "leads back to a node that it stands in")


def has_escapes(case: Case) -> bool:
    return any("\\\\${" in node.source() for node in case.nodes())


def texts_with_interpolations(case: Case) -> list[str]:
    """Texts of a case that are more than one interpolation."""
    texts = [node.value for node in case.nodes() if isinstance(node, Leaf) and isinstance(node.value, str)]
    return [text for text in texts if "${" in text and not text.startswith("${")]


def interpolations(node: Node) -> Iterable[tuple[tuple[str], str]]:
    """The texts with interpolations in a tree, each with the key that it stands under."""
    keys: Iterable[object] = range(len(node.children()))
    if isinstance(node, (Map, Structured)):
        keys = [key for key, _ in (node.items if isinstance(node, Map) else node.fields)]
    for key, child in zip(keys, node.children(), strict=True):
        if isinstance(child, Leaf) and "${" in str(child.value):
            yield (str(getattr(key, "name", key)),), str(child.value)
        yield from interpolations(child)


def without_edits(part: Part) -> Part:
    """The part without what the target that edits has put into it."""
    added = Part("value", ("str", "edited")) if part.kind == "list" else None
    kept = [(edge, inner) for edge, inner in part.parts if edge != "edited" and inner != added]
    return replace(part, parts=tuple((edge, without_edits(inner)) for edge, inner in kept))


def row_for(case: Case, found: Difference) -> Row | None:
    """The row that explains this difference: the first that does."""
    from tests.differential.differences import ROWS  # whose predicates ask this of other cases

    return next((row for row in ROWS if row.explains(case, found)), None)


def unnamed(case: Case, found: Iterable[Difference]) -> list[Difference]:
    """The differences that no row explains."""
    return [difference for difference in found if row_for(case, difference) is None]
