"""Why our answer differs from Hydra 1.3's, which resolves a copy of the config in place: the predicates of the rows."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

import hydra.utils

import safe_instantiate
from safe_instantiate.hydra_compat import READS_LAZILY
from tests.differential import variants
from tests.differential.cases import Case
from tests.differential.judging import (
    as_hydra_makes_of,
    has_escapes,
    hydra_on,
    part_at,
    row_for,
    texts_with_interpolations,
    without_edits,
)
from tests.differential.outcomes import (
    Built,
    Difference,
    Part,
    Raised,
    compare_parts,
)
from tests.differential.running import differences


def read_only_configs(case: Case, found: Difference) -> bool:
    if "readonly" not in case.flags or not isinstance(found.hydra, Raised) or "read-only" not in found.hydra.message:
        return False
    return as_hydra_makes_of(replace(case, flags=tuple(flag for flag in case.flags if flag != "readonly")), case, found)


def loops_through_the_whole(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if case.form == "plain" or READS_LAZILY:
        return False
    if isinstance(theirs, Part) and isinstance(ours, Part) and theirs.kind == ours.kind == "value":
        return "${" in str(ours.label) and str(ours.label[1]) in str(theirs.label[1])  # type: ignore[index]
    refused = isinstance(theirs, Raised) and "Interpolation to parent node" in theirs.message
    if isinstance(ours, Built):
        return refused and any(str(text) in str(ours) for text in texts_with_interpolations(case))
    if not isinstance(ours, Raised):
        return False
    if refused:  # which ours reads, and comes to what else is wrong
        harmless = variants.with_ones_for_missing(variants.keeping(case))
        return harmless != case and any(loops_through_the_whole(harmless, each) for each in _differences_of(harmless))
    if isinstance(theirs, Built):  # once by way of an escaped interpolation, which is a text in the copy
        return has_escapes(case) and "${" in str(theirs) and "Interpolation to parent node" in ours.message
    return (
        isinstance(theirs, Raised)
        and "could not be converted" in theirs.message
        and "Interpolation to parent node" in ours.message
    )


def arguments_for_interpolations(case: Case, found: Difference) -> bool:
    if READS_LAZILY or not isinstance(found.hydra, Raised) or "Invalid type assigned" not in found.hydra.message:
        return False
    return as_hydra_makes_of(variants.without_overridden_interpolations(case), case, found)


def resolvers_that_count(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if READS_LAZILY or not isinstance(theirs, Part) or not isinstance(ours, Part):
        return False
    selects = any("${oc.select:" in node.source() for node in case.nodes())
    if case.form == "plain" and not selects:
        return False
    if theirs.kind == "the one at" and selects:  # what a resolver made, which is made anew here
        same = part_at(hydra_on(case), theirs.label)  # type: ignore[arg-type]
        return (
            same is not None
            and same.kind in ("dict", "list")
            and not list(compare_parts((), without_edits(same), ours))
        )
    if theirs.kind != "value":
        return False
    # Where the same comes out each time, ours is what Hydra makes of it.
    other = variants.with_one_for_counts(case)
    counted = other != case and theirs.kind == ours.kind and _without_numbers(theirs) == _without_numbers(ours)
    return counted and all(row_for(other, each) is not None for each in _differences_of(other))


def _without_numbers(part: Part) -> str:
    return re.sub(r"\d+", "", str(part))


@lru_cache(maxsize=64)
def _differences_of(case: Case) -> tuple[Difference, ...]:
    return tuple(differences(hydra.utils.instantiate, safe_instantiate.instantiate, case, lawful=True)[1])
