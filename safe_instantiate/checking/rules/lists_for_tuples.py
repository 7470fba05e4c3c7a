"""A list for a tuple: YAML has no other way to write one, and few targets mind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from safe_instantiate.checking.mismatching import findings_of
from safe_instantiate.checking.registry import Finding
from safe_instantiate.checking.subject import Subject


def lists_for_tuples(subject: Subject) -> Iterator[Finding]:
    """Lists that fit a tuple's annotation in all but their type."""
    hint = "Most targets take it; one that doesn't gets a tuple from {_target_: builtins.tuple, _args_: [[...]]}."
    # torch takes lists wherever it writes tuples.
    torch = tuple(each for each in subject.misfits if each.call.target.name.startswith("torch."))
    others = replace(subject, misfits=tuple(each for each in subject.misfits if each not in torch))
    return (replace(finding, hint=hint, severity=None) for finding in findings_of(others, "list-for-tuple"))
