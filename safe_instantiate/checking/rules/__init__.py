"""The library's rules, one a file. A rule is a function from a `Subject` to findings, with a code and a severity."""

from __future__ import annotations

from typing import Final

from safe_instantiate.checking.registry import Rule
from safe_instantiate.checking.rules.argument_types import argument_types
from safe_instantiate.checking.rules.built_twice import built_twice
from safe_instantiate.checking.rules.choices import choices
from safe_instantiate.checking.rules.dataclass_fields import dataclass_fields
from safe_instantiate.checking.rules.deferred_samplers import deferred_samplers
from safe_instantiate.checking.rules.deprecated_targets import deprecated_targets
from safe_instantiate.checking.rules.instances_for_callables import instances_for_callables
from safe_instantiate.checking.rules.lists_for_tuples import lists_for_tuples
from safe_instantiate.checking.rules.missing_paths import missing_paths
from safe_instantiate.checking.rules.none_arguments import none_arguments
from safe_instantiate.checking.rules.partials_for_instances import partials_for_instances
from safe_instantiate.checking.rules.plain_secrets import plain_secrets
from safe_instantiate.checking.rules.self_builders import self_builders
from safe_instantiate.checking.rules.unbuilt_configs import unbuilt_configs

RULES: Final = (
    Rule("argument-type", "error", argument_types),
    Rule("none-argument", "warning", none_arguments),
    Rule("argument-choice", "error", choices),
    Rule("list-for-tuple", "info", lists_for_tuples),
    Rule("dataclass-fields", "error", dataclass_fields),
    Rule("partial-for-instance", "error", partials_for_instances),
    Rule("instance-for-callable", "error", instances_for_callables),
    Rule("unbuilt-config", "warning", unbuilt_configs),
    Rule("self-builder", "info", self_builders),
    Rule("deferred-sampler", "info", deferred_samplers),
    Rule("built-twice", "info", built_twice),
    Rule("missing-path", "warning", missing_paths),
    Rule("deprecated-target", "warning", deprecated_targets),
    Rule("plain-secret", "warning", plain_secrets),
)
