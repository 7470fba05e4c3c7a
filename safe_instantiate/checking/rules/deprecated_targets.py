"""A target that its authors want nobody to use any more."""

from __future__ import annotations

from collections.abc import Iterator

from safe_instantiate.checking.registry import Finding
from safe_instantiate.checking.subject import Subject


def deprecated_targets(subject: Subject) -> Iterator[Finding]:
    """Targets marked with `warnings.deprecated`, which says by what to replace them."""
    for call in subject.calls:
        said = getattr(call.target.obj, "__dict__", {}).get("__deprecated__")
        if isinstance(said, str):
            yield Finding(call.full_key, f"{call.target.path} is deprecated: {said}")
