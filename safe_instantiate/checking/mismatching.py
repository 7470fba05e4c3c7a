"""Findings from misfits: each kind is a rule of its own."""

from __future__ import annotations

from collections.abc import Iterator

from safe_instantiate.checking.keys import full_key_of_keys, joined
from safe_instantiate.checking.misfits import Kind
from safe_instantiate.checking.registry import Finding
from safe_instantiate.checking.subject import Subject


def findings_of(subject: Subject, kind: Kind) -> Iterator[Finding]:
    """The findings on the misfits of one kind."""
    for found in subject.misfits:
        misfit = found.misfit
        if misfit.kind != kind:
            continue
        name = f"{found.name}{''.join(f'[{key!r}]' for key in misfit.path)}"
        message = (
            f"{found.call.target.name.rpartition('.')[2]} takes {misfit.wanted} for {name}, and gets {misfit.given}"
        )
        key = joined(found.call.places[found.name], full_key_of_keys(misfit.path))
        yield Finding(key, message, misfit.hint, None if misfit.certain else "warning")
