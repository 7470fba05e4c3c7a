"""A mapping for a dataclass, with fields that the class lacks, or without those that it needs."""

from __future__ import annotations

from collections.abc import Iterator

from safe_instantiate.checking.mismatching import findings_of
from safe_instantiate.checking.registry import Finding
from safe_instantiate.checking.subject import Subject


def dataclass_fields(subject: Subject) -> Iterator[Finding]:
    """Mappings that can't fill the dataclass which they are given for."""
    return findings_of(subject, "fields")
