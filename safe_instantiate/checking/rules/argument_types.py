"""A value of another kind than its parameter is annotated with."""

from __future__ import annotations

from collections.abc import Iterator

from safe_instantiate.checking.mismatching import findings_of
from safe_instantiate.checking.registry import Finding
from safe_instantiate.checking.subject import Subject


def argument_types(subject: Subject) -> Iterator[Finding]:
    """Text for a number, a mapping for an object, an object for a mapping ..."""
    return findings_of(subject, "type")
