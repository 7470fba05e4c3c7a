"""A value that is none of those which a Literal or an Enum allows."""

from __future__ import annotations

from collections.abc import Iterator

from safe_instantiate.checking.mismatching import findings_of
from safe_instantiate.checking.registry import Finding
from safe_instantiate.checking.subject import Subject


def choices(subject: Subject) -> Iterator[Finding]:
    """Values outside of a Literal or an Enum."""
    return findings_of(subject, "choice")
