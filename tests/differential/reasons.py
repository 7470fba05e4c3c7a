"""Why our answer differs from Hydra's, whichever Hydra it is: the predicates of the rows."""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from enum import Enum
from pathlib import PurePath

import hydra.utils
from hydra.errors import InstantiationException

from safe_instantiate.hydra_compat import READS_LAZILY
from tests.differential import targets, variants
from tests.differential.cases import Case, Leaf, Map, Name, Node, Seq, Structured, control_keys
from tests.differential.generator import CONVERT, MISSPELT
from tests.differential.judging import ENDLESS, PLAIN_KINDS, as_hydra_makes_of, class_of, hydra_on, part_at, same_error
from tests.differential.outcomes import (
    Built,
    Difference,
    Part,
    Place,
    Raised,
)
from tests.differential.running import observe
from tests.differential.variants import CONTROL_KEYS, MODE_KEYS


def _at_top(case: Case) -> str | None:
    """The live object that is instantiated, if it is one."""
    return case.root.live if isinstance(case.root, Name) else None


def _passes_at_top(case: Case) -> bool:
    """Whether what is instantiated is no config, and no scalar that could only be a mistake."""
    if isinstance(case.root, Seq):
        return case.root.kind == "tuple" and case.form == "plain" and not READS_LAZILY
    return isinstance(case.root, Name) or (
        isinstance(case.root, Leaf) and isinstance(case.root.value, (Enum, PurePath))
    )


def _wrong(key: str, value: Node) -> bool:
    """Whether no control key of this name may have this value, or the name is a misspelling of one."""
    if key in MISSPELT:
        return True
    if isinstance(value, Leaf) and isinstance(value.value, str) and "${" in value.value:
        return key in CONTROL_KEYS  # it may come out as anything
    if key == "_target_":
        return value == Leaf("???")
    if key == "_convert_":
        spelling = getattr(getattr(value, "value", None), "value", getattr(value, "value", None))
        return not (isinstance(spelling, str) and spelling.lower() in CONVERT)
    if key in MODE_KEYS:
        return not (isinstance(value, Leaf) and isinstance(value.value, bool))
    return key == "_args_" and not isinstance(value, Seq)


def built_objects_pass(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if isinstance(theirs, Raised) and isinstance(ours, Built) and _passes_at_top(case):
        return "Cannot instantiate config of type" in theirs.message
    if isinstance(theirs, Raised) and as_hydra_makes_of(variants.with_dollar_written(case), case, found):
        return True  # a text that a target gave, which Hydra reads
    if "held results" in case.flags and getattr(ours, "kind", "") == "unreadable" and "${" in str(theirs):
        return getattr(theirs, "kind", "") == "value"  # a text that is an interpolation where nobody holds it
    if isinstance(theirs, Part) and isinstance(ours, Part) and ours.kind in ("dataclass", "attrs"):
        # What mode "object" gives is put into a container of OmegaConf's, and taken for a config.
        return theirs.kind == "DictConfig" and class_of(theirs) == class_of(ours)
    is_null = isinstance(theirs, Part) and str(theirs.label) == "(None, 'None')" and str(ours) == str(_NULL)
    is_plain = isinstance(theirs, Part) and isinstance(ours, Part) and PLAIN_KINDS.get(theirs.kind) == ours.kind
    if is_plain or is_null:
        above = (part_at(hydra_on(case), found.place[:length]) for length in range(1, len(found.place)))
        if any(part is not None and part.kind == "DictConfig" and class_of(part) for part in above):
            return _has_mode(case, "object")  # what is in such an instance
    return as_hydra_makes_of(variants.with_live_objects_held(case), case, found)


_NULL = Part("value", ("NoneType", "None"))


def _has_mode(case: Case, mode: str) -> bool:
    values = [getattr(value, "value", None) for key, value in control_keys(case) if key == "_convert_"]
    return any(mode == str(getattr(value, "value", value)).lower() for value in values)


def arguments_for_a_built_object(case: Case, found: Difference) -> bool:
    given = bool(case.args) or any(key not in MODE_KEYS for key, _ in case.kwargs.items)
    if _at_top(case) != "partial" or not given or not isinstance(found.hydra, Raised):
        return False
    refusals = ("Cannot instantiate config of type partial", "Call-site override")
    if isinstance(found.ours, Raised):  # `_args_` that are no list
        return "Unsupported _args_" in found.ours.message
    return any(text in found.hydra.message for text in refusals)


def clean_control_keys(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if not case.args and not any(key in CONTROL_KEYS - {"_target_"} for key, _ in control_keys(case)):
        return False
    if isinstance(theirs, Part) and theirs.kind == "value" and str(theirs).strip("<>) '").endswith(_KEYS_AS_TEXT):
        return True  # the key itself, where a target lists the keys that it was given
    edge = found.place[-1] if found.place else None
    if edge in CONTROL_KEYS - {"_target_"}:
        around = part_at(hydra_on(case), found.place[:-1])
        is_target = around is not None and "_target_" in dict(around.parts)
        return theirs is None and edge != "_args_" if is_target else ours is None
    if isinstance(theirs, Part) and isinstance(ours, Part) and theirs.kind == ours.kind == "value":
        without = re.sub(r"(?<=[{ ])'_(?!target)[a-z]+_': (\[[^][]*\]|[^][,{}]+)(, )?", "", str(theirs.label))
        if without.replace(", }", "}") == str(ours.label):
            return theirs != ours  # the text of a mapping
    unexpected = (f"unexpected keyword argument '{key}'" for key in CONTROL_KEYS)
    if isinstance(theirs, Raised) and isinstance(ours, Built) and any(text in theirs.message for text in unexpected):
        return True
    if (
        isinstance(theirs, Part)
        and theirs.kind == "value"
        and as_hydra_makes_of(variants.without_keys(case, lambda key, _: key in MODE_KEYS, of_groups=True), case, found)
    ):
        return True  # the text of a mapping
    # What stands in the `_args_` of a mapping without a target is built by Hydra, and may fail; here it is dropped.
    if isinstance(theirs, Raised) and isinstance(ours, Raised) and theirs.cls in ours.classes:
        refers = any("${_args_}" in node.source() for node in case.nodes())
        if refers and any(step.startswith("_args_") for place in theirs.places for step in place):
            return True  # until somebody refers to it
    if isinstance(theirs, Raised):
        # Or refers to a part of it, which nobody has to build for that.
        uncalled = variants.with_partials_in_args_of_groups(case)
        if as_hydra_makes_of(uncalled, case, found):
            return True
    other = variants.without_keys(case, lambda key, _: key == "_args_", of_groups=True)
    is_group = not (isinstance(case.root, Map) and case.root.get("_target_")) and not case.kwargs.get("_target_")
    return as_hydra_makes_of(replace(other, args=()) if is_group else other, case, found)


_KEYS_AS_TEXT = (*CONTROL_KEYS, "_Keys.ARGS")


def control_key_errors(case: Case, found: Difference) -> bool:
    if not isinstance(found.ours, Raised) or not issubclass(found.ours.cls, InstantiationException):
        return False
    wrong = {key for key, value in control_keys(case) if _wrong(key, value)}
    if not any(key in found.ours.message for key in wrong) and "'ConvertMode." not in found.ours.message:
        return False  # the latter is what a field of type str makes of the enum
    if isinstance(found.hydra, Built):
        return True
    # Hydra takes no notice of the key, and comes to an error that is behind it.
    for other in (
        variants.without_keys(case, _wrong),
        variants.without_keys(variants.harmless(case), _wrong),
        variants.with_live_objects_held(case),
        variants.with_values_held(case),
    ):
        if other != case and (same_error(found.hydra, other) or isinstance(hydra_on(other), Built)):
            return True
    return False


def nested_datasets(case: Case, found: Difference) -> bool:
    if not any(key == "_recursive_" and value != Leaf(True) for key, value in control_keys(case)):
        return False
    if not any(variants.calls(node, "Series", "Loading") for node in case.nodes()):
        return False
    theirs, ours = found.hydra, found.ours
    if isinstance(theirs, Part) and isinstance(ours, Part) and str(ours.label).startswith("Series/"):
        return _configs_in(theirs)  # a dataset by its own target, whatever its parameter is called
    for length, edge in enumerate(found.place, 1):
        if edge in ("dataset", "collate_fn"):  # whatever the nested target gives in the place of its config
            raw = part_at(hydra_on(case), found.place[:length])
            if raw is not None and (_configs_in(raw) or raw.kind == "the one at" or "_target_" in dict(raw.parts)):
                return True
    if isinstance(theirs, Part) and theirs.kind == "the one at" and isinstance(theirs.label, tuple):
        return bool({"dataset", "collate_fn"}.intersection(theirs.label))  # what stands in a config that is built here
    if isinstance(theirs, Built) and isinstance(ours, Raised):
        ends = ours.cls is SystemExit and any(variants.calls(node, "exits") for node in case.nodes())
        if ends or _is_at_dataset(ours):
            return True
    if (
        isinstance(theirs, Raised)
        and isinstance(ours, Raised)
        and _is_at_dataset(theirs)
        and theirs.cls in ours.classes
    ):
        return True  # ours got further, to a config that is left raw behind the dataset
    return as_hydra_makes_of(variants.with_mode(case, "_recursive_", True), case, found)


def _is_at_dataset(error: Raised) -> bool:
    return any({"dataset", "collate_fn"}.intersection(place) for place in error.places)


def _configs_in(part: Part) -> bool:
    """Whether the part is or holds the config of something that was not built."""
    if part.kind in ("DictConfig", "dict", "ListConfig", "list", "TupleConfig", "tuple"):
        return any(edge == "_target_" or _configs_in(inner) for edge, inner in part.parts)
    return False


def deferred_samplers(case: Case, found: Difference) -> bool:
    # Hydra stops there, and doesn't come to what else may be wrong.
    return isinstance(found.hydra, Raised) and "process group has not been initialized" in found.hydra.message


def errors_before_building(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if not isinstance(ours, Raised) or not issubclass(ours.cls, InstantiationException):
        return False
    if isinstance(theirs, Raised) and any(text in theirs.message for text in _FOUND_WHILE_BUILDING):
        return True
    if isinstance(theirs, Raised) and "Unsupported _args_" in theirs.message:
        # What a target has made in their place is no list.
        made = any(key == "_args_" and "${" in value.source() for key, value in control_keys(case))
        if made and "_args_" not in ours.message:
            return True
    if READS_LAZILY and isinstance(theirs, Raised) and any(text in ours.message for text in ENDLESS):
        return True  # which Hydra doesn't come to
    # A constructor of Hydra's ran, and raised, before Hydra came to the error.
    if isinstance(theirs, Raised) and as_hydra_makes_of(variants.harmless(case), case, found):
        return True
    if isinstance(theirs, Raised) and "keywords must be strings" in theirs.message:  # so did one of C's
        named = variants.with_text_keys(variants.harmless(case))
        if as_hydra_makes_of(named, case, found):
            return True
    # A partial with an argument that its target doesn't take: Hydra makes it, and every call of it fails.
    others = variants.with_plain_args(variants.harmless(case))
    called = observe(_made_and_called, case).outcome
    if isinstance(theirs, Built) and isinstance(called, Raised) and _same_refusal(called, ours):
        return True
    for whole in (others, variants.without_keys(others, lambda _, value: value == Leaf("???"))):
        other = hydra_on(variants.with_mode(whole, "_partial_", False))
        if not isinstance(other, Raised) or other == theirs:
            continue
        if other.cls in ours.classes or _same_refusal(other, ours):
            return True
    return False


def _same_refusal(one: Raised, other: Raised) -> bool:
    return any(text in one.message and text in other.message for text in _UNBINDABLE)


def _made_and_called(config: object, *args: object, **kwargs: object) -> object:
    made = hydra.utils.instantiate(config, *args, **kwargs)
    return made() if isinstance(made, functools.partial) else made


_UNBINDABLE = (
    "unexpected keyword argument",
    "multiple values",
    "positional argument",
    "positional-only",
    "must be strings",
)


#: What Hydra finds when it makes an argument, before it makes the call that can't be made.
_FOUND_WHILE_BUILDING = ("Structured config of type", "Could not create instance", "key 'nowhere' not found")


def arguments_for_a_list(case: Case, found: Difference) -> bool:
    is_list = isinstance(case.root, Seq) and (case.root.kind != "tuple" or case.form != "plain" or READS_LAZILY)
    given = bool(case.args) or any(key not in MODE_KEYS for key, _ in case.kwargs.items)
    if not is_list or not given or not isinstance(found.ours, Raised) or "list config" not in found.ours.message:
        return False
    if not issubclass(found.ours.cls, InstantiationException):
        return False
    # Where Hydra raises, it has to be for what we let pass.
    others = (variants.with_live_objects_held(case), variants.with_values_held(case))
    if isinstance(found.hydra, Built) or any(isinstance(hydra_on(other), Built) for other in others):
        return True
    # Or for what it comes to when it has dropped the arguments.
    return same_error(found.hydra, replace(case, args=(), kwargs=Map(())))


def dataclass_values_pass(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    is_config = isinstance(theirs, Part) and theirs.kind in ("DictConfig", "dict")
    if is_config and isinstance(ours, Part) and ours.kind == "given" and ours.label == _given_at(case, found.place):
        return True  # one that takes the place of the same in a nested mapping: Hydra 1.3 makes the config again
    held = variants.with_values_held(case)
    # What such an instance is given to may itself be one that Hydra makes a config of.
    others = [held, variants.with_live_objects_held(held)]
    if isinstance(found.hydra, Raised) and isinstance(found.ours, Raised):  # each in one of its own
        others.append(variants.with_ones_for_values(case))
    return any(as_hydra_makes_of(other, case, found) for other in others)


def _given_at(case: Case, place: Place) -> str | None:
    """The class of the dataclass instance that the call gives at a place, if it gives one."""
    node: Node | None = case.kwargs
    for edge in place:
        node = node.get(edge) if isinstance(node, Map) else None
    return node.cls if isinstance(node, Structured) and variants.is_value(node) else None


def containers_keep_their_type(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if isinstance(theirs, Part) and isinstance(ours, Part) and ours.kind == "live" and theirs.kind == "DictConfig":
        given = (*variants.below(case.kwargs), *case.args)
        if ours.label in targets.CONTAINERS and any(getattr(node, "live", None) == ours.label for node in given):
            return True  # whatever looked into it
    if isinstance(theirs, Part) and isinstance(ours, Part) and len(found.place) == 1:
        # For a tuple of the config, a namedtuple is the one such container that may be given.
        value = case.kwargs.get(found.place[0])
        if isinstance(value, Name) and value.live == "named" and ours == Part("live", "named"):
            return theirs.kind in ("TupleConfig", "ListConfig", "tuple", "list")
    return as_hydra_makes_of(variants.with_containers_held(case), case, found)


def escaped_interpolations(case: Case, found: Difference) -> bool:
    if READS_LAZILY and isinstance(found.hydra, Built) and isinstance(found.ours, Raised):
        # In a typed list, which Hydra 1.4 has read when somebody looks into it.
        read = hydra_on(variants.with_escapes_read(case))
        return isinstance(read, Raised) and read.cls in found.ours.classes
    return as_hydra_makes_of(variants.with_escapes_held(case), case, found)


def plain_partial(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if not isinstance(theirs, Part) or not isinstance(ours, Part):
        return False
    if theirs.kind == ours.kind == "value":
        return "_DeferredTarget(" in str(theirs) and "functools.partial(" in str(ours)  # the text of a partial
    return theirs.kind == ours.kind == "partial" and ours.label == "functools.partial"


def stricter_policy(_case: Case, _found: Difference) -> bool:
    return False  # nothing that the cases name may be refused; tests/security has what is
