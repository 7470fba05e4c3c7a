"""A nested config that nobody will build."""

from __future__ import annotations

from collections.abc import Iterator

from safe_instantiate.checking.annotations import alternatives, annotations_of
from safe_instantiate.checking.registry import Finding
from safe_instantiate.checking.subject import CallSite, Raw, Subject
from safe_instantiate.planning.datasets import wants_config
from safe_instantiate.planning.self_builders import instantiates_for_itself


def unbuilt_configs(subject: Subject) -> Iterator[Finding]:
    """Configs with targets that are handed to a target which neither instantiates nor asks for a config."""
    for call in subject.calls:
        for name, value in call.arguments.items():
            if isinstance(value, Raw) and value.has_targets and not _is_wanted(call, name):
                target = call.target.name.rpartition(".")[2]
                message = f"{target} gets a config for {name}, and nothing in its code builds one"
                yield Finding(call.places[name], message, "Remove _recursive_: false, or set it to true here.")


def _is_wanted(call: CallSite, name: str) -> bool:
    annotated = annotations_of(call.target.obj).get(name)
    if annotated is not None and any(wants_config(each) for each in alternatives(annotated.type)):
        return True
    return instantiates_for_itself(call.target.obj)
