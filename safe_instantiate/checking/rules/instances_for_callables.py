"""An instance where the parameter wants something to call."""

from __future__ import annotations

from collections.abc import Iterator

from safe_instantiate.checking.mismatching import findings_of
from safe_instantiate.checking.registry import Finding
from safe_instantiate.checking.subject import Subject


def instances_for_callables(subject: Subject) -> Iterator[Finding]:
    """Objects that can't be called, given for callables."""
    return findings_of(subject, "instance")
