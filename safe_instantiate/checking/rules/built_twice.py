"""One node that is built more than once, because several places refer to it."""

from __future__ import annotations

from collections.abc import Iterator

from safe_instantiate.checking.registry import Finding
from safe_instantiate.checking.subject import CallSite, Subject


def built_twice(subject: Subject) -> Iterator[Finding]:
    """References to a node that is built elsewhere in the same call already."""
    first: dict[tuple[str, str], CallSite] = {}
    for call in subject.calls:
        if call.parent is None:
            continue
        home = (subject.canonical(call.full_key), _outermost(call).full_key)
        before = first.setdefault(home, call)
        if before is not call and not _stands_in_a_repetition(call, subject, first):
            message = f"{home[0]} is built once more for this reference"
            hint = "Instantiator(share=True) gives all references to a node the one object."
            yield Finding(call.full_key, message, hint, at_reference=True)


def _outermost(call: CallSite) -> CallSite:
    while call.parent is not None:
        call = call.parent
    return call


def _stands_in_a_repetition(call: CallSite, subject: Subject, first: dict[tuple[str, str], CallSite]) -> bool:
    """Whether what it stands in is built twice too, and has been said to be."""
    parent = call.parent
    if parent is None or parent.parent is None:
        return False
    home = (subject.canonical(parent.full_key), _outermost(parent).full_key)
    return first.get(home) is not parent
