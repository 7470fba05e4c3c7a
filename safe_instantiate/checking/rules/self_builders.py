"""A target that instantiates for itself, and gets everything built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from safe_instantiate.checking.annotations import alternatives, annotations_of
from safe_instantiate.checking.registry import Finding
from safe_instantiate.checking.subject import CallSite, Group, Subject
from safe_instantiate.planning.datasets import wants_config
from safe_instantiate.planning.self_builders import instantiates_for_itself


def self_builders(subject: Subject) -> Iterator[Finding]:
    """Targets whose own code instantiates, under a recursive entry, where they ask for a config."""
    for call in subject.calls:
        annotations = annotations_of(call.target.obj)
        asked = [
            name
            for name, value in call.arguments.items()
            if _holds_objects(value)
            and name in annotations
            and any(wants_config(each) for each in alternatives(annotations[name].type))
        ]
        if asked and instantiates_for_itself(call.target.obj):
            target = call.target.name.rpartition(".")[2]
            message = f"{target} instantiates for itself, and gets built objects for {', '.join(asked)}"
            hint = "Instantiate it with _recursive_=False, or with Instantiator(leave_configs_to='auto')."
            yield Finding(call.full_key, message, hint)


def _holds_objects(value: Any) -> bool:
    if isinstance(value, CallSite):
        return True
    values = value.values() if isinstance(value, Group) else value if isinstance(value, list) else ()
    return any(_holds_objects(each) for each in values)
