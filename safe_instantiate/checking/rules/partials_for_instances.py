"""A partial that nobody completes, where the parameter wants an instance."""

from __future__ import annotations

from collections.abc import Iterator

from safe_instantiate.checking.mismatching import findings_of
from safe_instantiate.checking.registry import Finding
from safe_instantiate.checking.subject import Subject


def partials_for_instances(subject: Subject) -> Iterator[Finding]:
    """Partials with all arguments, given for parameters that want what they would make."""
    return findings_of(subject, "partial")
