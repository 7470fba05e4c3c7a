"""A null for a parameter that is not annotated as optional."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from safe_instantiate.checking.mismatching import findings_of
from safe_instantiate.checking.registry import Finding
from safe_instantiate.checking.subject import Subject


def none_arguments(subject: Subject) -> Iterator[Finding]:
    """Nulls where the annotation allows none and the default isn't None."""
    hint = "Leave the key out for the default; or annotate the parameter as Optional, if None is meant to be given."
    return (replace(finding, hint=hint) for finding in findings_of(subject, "none"))
