"""Where our answer may differ from Hydra's: the whole list. The documentation's table is made from it.

A row says in a sentence what differs, and decides for one place where the answers part whether that is why. What a
predicate lets through by mistake is a difference that nobody looks at. So most rows change the case into one of which
Hydra has to make, part for part, what we made of the case itself (`variants`); the others ask for the very text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from pathlib import PurePath

import hydra.utils
from hydra.errors import InstantiationException
from omegaconf.errors import InterpolationResolutionError, MissingMandatoryValue

import safe_instantiate
from safe_instantiate.hydra_compat import READS_LAZILY
from tests.differential import targets, variants
from tests.differential.cases import Case, Leaf, Map, Name, Node, Seq, Structured, control_keys
from tests.differential.generator import CONVERT, MISSPELT
from tests.differential.outcomes import (
    Broken,
    Built,
    Difference,
    Outcome,
    Part,
    Place,
    Raised,
    compare_outcomes,
    compare_parts,
)
from tests.differential.running import UnmakeableError, differences, observe
from tests.differential.variants import CONTROL_KEYS, MODE_KEYS


@dataclass(frozen=True, slots=True)
class Row:
    """One way in which our answer may differ from Hydra's."""

    id: str
    sentence: str
    explains: Callable[[Case, Difference], bool]


# ---- what Hydra makes of another case


@lru_cache(maxsize=256)  # each row asks about the same few variants
def _hydra_on(case: Case) -> Built | Raised | None:
    try:
        return observe(hydra.utils.instantiate, case).outcome
    except UnmakeableError:
        return None


def _as_hydra_makes_of(other: Case, case: Case, found: Difference) -> bool:
    """Whether ours is what Hydra makes of another case, save for what rows explain there; and not what it made here."""
    if other == case or isinstance(found.ours, Broken):
        return False
    theirs = _hydra_on(other)
    if theirs is None or theirs == found.hydra:
        return False
    if isinstance(found.ours, (Built, Raised)):
        left = list(compare_outcomes(theirs, found.ours))
    else:
        there = _part_at(theirs, found.place)
        if there == found.hydra:
            return False
        if there is None or found.ours is None:
            return isinstance(theirs, Built) and there is None and found.ours is None
        if found.ours.kind == "order":
            return [edge for edge, _ in there.parts] == list(found.ours.label or ())  # type: ignore[call-overload]
        left = list(compare_parts(found.place, there, found.ours))
    return all(row_for(other, difference) is not None for difference in left)


def _part_at(outcome: Built | Raised | None, place: Place) -> Part | None:
    part = outcome.result if isinstance(outcome, Built) else None
    for edge in place:
        part = dict(part.parts).get(edge) if part else None
    return part


def _same_error(theirs: Part | Outcome | None, case: Case) -> bool:
    """Whether Hydra raises for another case what it raised for this one."""
    other = _hydra_on(case)
    return isinstance(theirs, Raised) and isinstance(other, Raised) and theirs.cls is other.cls


# ---- questions about a case


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


# ---- the rows' predicates


def _built_objects_pass(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if isinstance(theirs, Raised) and isinstance(ours, Built) and _passes_at_top(case):
        return "Cannot instantiate config of type" in theirs.message
    if "held results" in case.flags and getattr(ours, "kind", "") == "unreadable" and "${" in str(theirs):
        return getattr(theirs, "kind", "") == "value"  # a text that is an interpolation where nobody holds it
    if isinstance(theirs, Part) and isinstance(ours, Part) and ours.kind in ("dataclass", "attrs"):
        # What mode "object" gives is put into a container of OmegaConf's, and taken for a config.
        return theirs.kind == "DictConfig" and _class_of(theirs) == _class_of(ours)
    is_null = isinstance(theirs, Part) and str(theirs.label) == "(None, 'None')" and str(ours) == str(_NULL)
    is_plain = isinstance(theirs, Part) and isinstance(ours, Part) and _PLAIN_KINDS.get(theirs.kind) == ours.kind
    if is_plain or is_null:
        above = (_part_at(_hydra_on(case), found.place[:length]) for length in range(1, len(found.place)))
        if any(part is not None and part.kind == "DictConfig" and _class_of(part) for part in above):
            return _has_mode(case, "object")  # what is in such an instance
    return _as_hydra_makes_of(variants.with_live_objects_held(case), case, found)


def _class_of(part: Part) -> object:
    """The class of a Structured Config; beside it stand the locks, if there are any."""
    return part.label[0] if isinstance(part.label, tuple) else part.label


_NULL = Part("value", ("NoneType", "None"))
_PLAIN_KINDS = {"DictConfig": "dict", "ListConfig": "list", "TupleConfig": "tuple"}


def _has_mode(case: Case, mode: str) -> bool:
    values = [getattr(value, "value", None) for key, value in control_keys(case) if key == "_convert_"]
    return any(mode == str(getattr(value, "value", value)).lower() for value in values)


def _arguments_for_a_built_object(case: Case, found: Difference) -> bool:
    given = bool(case.args) or any(key not in MODE_KEYS for key, _ in case.kwargs.items)
    if _at_top(case) != "partial" or not given or not isinstance(found.hydra, Raised):
        return False
    refusals = ("Cannot instantiate config of type partial", "Call-site override")
    if isinstance(found.ours, Raised):  # `_args_` that are no list
        return "Unsupported _args_" in found.ours.message
    return any(text in found.hydra.message for text in refusals)


def _clean_control_keys(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if not case.args and not any(key in CONTROL_KEYS - {"_target_"} for key, _ in control_keys(case)):
        return False
    if isinstance(theirs, Part) and theirs.kind == "value" and str(theirs).strip("<>) '").endswith(_KEYS_AS_TEXT):
        return True  # the key itself, where a target lists the keys that it was given
    edge = found.place[-1] if found.place else None
    if edge in CONTROL_KEYS - {"_target_"}:
        around = _part_at(_hydra_on(case), found.place[:-1])
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
        and _as_hydra_makes_of(
            variants.without_keys(case, lambda key, _: key in MODE_KEYS, of_groups=True), case, found
        )
    ):
        return True  # the text of a mapping
    # What stands in the `_args_` of a mapping without a target is built by Hydra, and may fail; here it is dropped.
    if isinstance(theirs, Raised) and isinstance(ours, Raised) and theirs.cls in ours.classes:
        refers = any("${_args_}" in node.source() for node in case.nodes())
        if refers and any(step.startswith("_args_") for place in theirs.places for step in place):
            return True  # until somebody refers to it
    other = variants.without_keys(case, lambda key, _: key == "_args_", of_groups=True)
    is_group = not (isinstance(case.root, Map) and case.root.get("_target_")) and not case.kwargs.get("_target_")
    return _as_hydra_makes_of(replace(other, args=()) if is_group else other, case, found)


_KEYS_AS_TEXT = (*CONTROL_KEYS, "_Keys.ARGS")


def _control_key_errors(case: Case, found: Difference) -> bool:
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
        if other != case and (_same_error(found.hydra, other) or isinstance(_hydra_on(other), Built)):
            return True
    return False


def _nested_datasets(case: Case, found: Difference) -> bool:
    if not any(key == "_recursive_" and value != Leaf(True) for key, value in control_keys(case)):
        return False
    if not any(variants.calls(node, "Series", "Loading") for node in case.nodes()):
        return False
    theirs, ours = found.hydra, found.ours
    if isinstance(theirs, Part) and isinstance(ours, Part) and str(ours.label).startswith("Series/"):
        return _configs_in(theirs)  # a dataset by its own target, whatever its parameter is called
    for length, edge in enumerate(found.place, 1):
        if edge in ("dataset", "collate_fn"):  # whatever the nested target gives in the place of its config
            raw = _part_at(_hydra_on(case), found.place[:length])
            if raw is not None and (_configs_in(raw) or raw.kind == "the one at" or "_target_" in dict(raw.parts)):
                return True
    if isinstance(theirs, Part) and theirs.kind == "the one at" and isinstance(theirs.label, tuple):
        return bool({"dataset", "collate_fn"}.intersection(theirs.label))  # what stands in a config that is built here
    if isinstance(theirs, Built) and isinstance(ours, Raised):
        ends = ours.cls is SystemExit and any(variants.calls(node, "exits") for node in case.nodes())
        if ends or _is_at_dataset(ours):
            return True
    if isinstance(theirs, Raised) and isinstance(ours, Raised) and _is_at_dataset(theirs):
        return theirs.cls in ours.classes  # ours got further, to a config that is left raw behind the dataset
    return _as_hydra_makes_of(variants.with_mode(case, "_recursive_", True), case, found)


def _is_at_dataset(error: Raised) -> bool:
    return any({"dataset", "collate_fn"}.intersection(place) for place in error.places)


def _configs_in(part: Part) -> bool:
    """Whether the part is or holds the config of something that was not built."""
    if part.kind in ("DictConfig", "dict", "ListConfig", "list", "TupleConfig", "tuple"):
        return any(edge == "_target_" or _configs_in(inner) for edge, inner in part.parts)
    return False


def _deferred_samplers(case: Case, found: Difference) -> bool:
    # Hydra stops there, and doesn't come to what else may be wrong.
    return isinstance(found.hydra, Raised) and "process group has not been initialized" in found.hydra.message


def _errors_before_building(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if not isinstance(ours, Raised) or not issubclass(ours.cls, InstantiationException):
        return False
    if isinstance(theirs, Raised) and any(text in theirs.message for text in _FOUND_WHILE_BUILDING):
        return True
    if READS_LAZILY and isinstance(theirs, Raised) and any(text in ours.message for text in _ENDLESS):
        return True  # which Hydra doesn't come to
    # A constructor of Hydra's ran, and raised, before Hydra came to the error.
    if isinstance(theirs, Raised) and _as_hydra_makes_of(variants.harmless(case), case, found):
        return True
    # A partial with an argument that its target doesn't take: Hydra makes it, and every call of it fails.
    others = variants.with_plain_args(variants.harmless(case))
    called = observe(_made_and_called, case).outcome
    if isinstance(theirs, Built) and isinstance(called, Raised) and _same_refusal(called, ours):
        return True
    for whole in (others, variants.without_keys(others, lambda _, value: value == Leaf("???"))):
        other = _hydra_on(variants.with_mode(whole, "_partial_", False))
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


#: What is said of a config that contains itself.
_ENDLESS = ("contains itself", "leads back to a node that it stands in")
_UNBINDABLE = (
    "unexpected keyword argument",
    "multiple values",
    "positional argument",
    "positional-only",
    "must be strings",
)
#: What Hydra finds when it makes an argument, before it makes the call that can't be made.
_FOUND_WHILE_BUILDING = ("Structured config of type", "Could not create instance", "key 'nowhere' not found")


def _arguments_for_a_list(case: Case, found: Difference) -> bool:
    is_list = isinstance(case.root, Seq) and (case.root.kind != "tuple" or case.form != "plain" or READS_LAZILY)
    given = bool(case.args) or any(key not in MODE_KEYS for key, _ in case.kwargs.items)
    if not is_list or not given or not isinstance(found.ours, Raised) or "list config" not in found.ours.message:
        return False
    if not issubclass(found.ours.cls, InstantiationException):
        return False
    # Where Hydra raises, it has to be for what we let pass.
    others = (variants.with_live_objects_held(case), variants.with_values_held(case))
    if isinstance(found.hydra, Built) or any(isinstance(_hydra_on(other), Built) for other in others):
        return True
    # Or for what it comes to when it has dropped the arguments.
    return _same_error(found.hydra, replace(case, args=(), kwargs=Map(())))


def _dataclass_values_pass(case: Case, found: Difference) -> bool:
    held = variants.with_values_held(case)
    # What such an instance is given to may itself be one that Hydra makes a config of.
    others = (held, variants.with_live_objects_held(held))
    return any(_as_hydra_makes_of(other, case, found) for other in others)


def _containers_keep_their_type(case: Case, found: Difference) -> bool:
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
    return _as_hydra_makes_of(variants.with_containers_held(case), case, found)


def _read_only_configs(case: Case, found: Difference) -> bool:
    if "readonly" not in case.flags or not isinstance(found.hydra, Raised) or "read-only" not in found.hydra.message:
        return False
    return _as_hydra_makes_of(
        replace(case, flags=tuple(flag for flag in case.flags if flag != "readonly")), case, found
    )


def _live_objects_in_dicts(case: Case, found: Difference) -> bool:
    if not isinstance(found.hydra, Raised) or found.hydra.cls.__name__ != "UnsupportedValueType":
        return False
    if isinstance(found.ours, Raised):  # something else is wrong, which Hydra doesn't come to
        return _as_hydra_makes_of(variants.with_ones_for_live_objects(case), case, found)
    return _as_hydra_makes_of(variants.as_omegaconf(case), case, found)


def _escaped_interpolations(case: Case, found: Difference) -> bool:
    if READS_LAZILY and isinstance(found.hydra, Built) and isinstance(found.ours, Raised):
        # In a typed list, which Hydra 1.4 has read when somebody looks into it.
        read = _hydra_on(variants.with_escapes_read(case))
        return isinstance(read, Raised) and read.cls in found.ours.classes
    return _as_hydra_makes_of(variants.with_escapes_held(case), case, found)


def _loops_through_the_whole(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if case.form == "plain" or READS_LAZILY:
        return False
    if isinstance(theirs, Part) and isinstance(ours, Part) and theirs.kind == ours.kind == "value":
        return "${" in str(ours.label) and str(ours.label[1]) in str(theirs.label[1])  # type: ignore[index]
    if isinstance(ours, Built):
        parent = isinstance(theirs, Raised) and "Interpolation to parent node" in theirs.message
        return parent and any(str(text) in str(ours) for text in _texts_with_interpolations(case))
    if not isinstance(ours, Raised):
        return False
    if isinstance(theirs, Built):  # once by way of an escaped interpolation, which is a text in the copy
        return _has_escapes(case) and "${" in str(theirs) and "Interpolation to parent node" in ours.message
    return (
        isinstance(theirs, Raised)
        and "could not be converted" in theirs.message
        and "Interpolation to parent node" in ours.message
    )


def _texts_with_interpolations(case: Case) -> list[str]:
    """Texts of a case that are more than one interpolation."""
    texts = [node.value for node in case.nodes() if isinstance(node, Leaf) and isinstance(node.value, str)]
    return [text for text in texts if "${" in text and not text.startswith("${")]


def _arguments_for_interpolations(case: Case, found: Difference) -> bool:
    if READS_LAZILY or not isinstance(found.hydra, Raised) or "Invalid type assigned" not in found.hydra.message:
        return False
    return _as_hydra_makes_of(variants.without_overridden_interpolations(case), case, found)


def _places_of_references(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if not isinstance(theirs, Raised) or not isinstance(ours, Raised) or theirs.cls not in ours.classes:
        return False
    if not READS_LAZILY and not _has_escapes(case):
        return False
    if "Interpolation to parent node" in theirs.message and "leads back to a node that it stands in" in ours.message:
        return True
    if _told(theirs) in ours.message and any(
        _is_elsewhere(case, one, other) for one in theirs.places for other in ours.places
    ):
        return True
    other = _hydra_on(variants.isolated(case)) if READS_LAZILY else None
    return isinstance(other, Raised) and not list(compare_outcomes(other, ours))


def _has_escapes(case: Case) -> bool:
    return any("\\\\${" in node.source() for node in case.nodes())


def _told(raised: Raised) -> str:
    """What an error says, without the place that it may end with."""
    return re.sub(r"mandatory value: \S+$", "mandatory value", raised.message.partition("\n")[0])


def _is_elsewhere(case: Case, theirs: tuple[str, ...], ours: tuple[str, ...]) -> bool:
    """Whether a place is in what an interpolation leads to, for one in the place of the interpolation."""
    if ours[-len(theirs) - 1 : -1] == theirs:
        return any(isinstance(node, Seq) and node.kind == "tuple" for node in case.nodes())
    alike = next((n for n, (one, other) in enumerate(zip(theirs[::-1], ours[::-1], strict=False)) if one != other), 0)
    source, reference = theirs[: len(theirs) - alike], ours[: len(ours) - alike]
    texts = [(key, re.sub(r"\W", "", text)) for part in case.parts() for key, text in _interpolations(part)]
    if not source or not any(key == reference[-1:] for key, _ in texts):
        return False
    named = {text for _, text in texts} | {str(node.value) for node in case.nodes() if isinstance(node, Leaf)}
    return any(source[-1] in text or (text and source[-1].endswith(text)) for text in named)


def _interpolations(node: Node) -> Iterable[tuple[tuple[str], str]]:
    """The texts with interpolations in a tree, each with the key that it stands under."""
    keys: Iterable[object] = range(len(node.children()))
    if isinstance(node, (Map, Structured)):
        keys = [key for key, _ in (node.items if isinstance(node, Map) else node.fields)]
    for key, child in zip(keys, node.children(), strict=True):
        if isinstance(child, Leaf) and "${" in str(child.value):
            yield (str(getattr(key, "name", key)),), str(child.value)
        yield from _interpolations(child)


def _resolvers_that_count(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if READS_LAZILY or not isinstance(theirs, Part) or not isinstance(ours, Part):
        return False
    selects = any("${oc.select:" in node.source() for node in case.nodes())
    if case.form == "plain" and not selects:
        return False
    if theirs.kind == "the one at" and selects:  # what a resolver made, which is made anew here
        same = _part_at(_hydra_on(case), theirs.label)  # type: ignore[arg-type]
        return (
            same is not None
            and same.kind in ("dict", "list")
            and not list(compare_parts((), _without_edits(same), ours))
        )
    if theirs.kind != "value":
        return False
    # Where the same comes out each time, ours is what Hydra makes of it.
    other = variants.with_one_for_counts(case)
    counted = other != case and theirs.kind == ours.kind and _without_numbers(theirs) == _without_numbers(ours)
    return counted and all(row_for(other, each) is not None for each in _differences_of(other))


def _without_numbers(part: Part) -> str:
    return re.sub(r"\d+", "", str(part))


@lru_cache(maxsize=64)
def _differences_of(case: Case) -> tuple[Difference, ...]:
    return tuple(differences(hydra.utils.instantiate, safe_instantiate.instantiate, case, lawful=True)[1])


def _plain_partial(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if not isinstance(theirs, Part) or not isinstance(ours, Part):
        return False
    if theirs.kind == ours.kind == "value":
        return "_DeferredTarget(" in str(theirs) and "functools.partial(" in str(ours)  # the text of a partial
    return theirs.kind == ours.kind == "partial" and ours.label == "functools.partial"


def _configs_of_their_own(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    locked = ("read-only config container", "is not in struct")
    if isinstance(theirs, Raised) and any(text in theirs.message for text in locked):
        unedited = _hydra_on(variants.unedited(case))
        if not isinstance(unedited, Built) or not isinstance(ours, Built):
            return _as_hydra_makes_of(variants.unedited(case), case, found)
        left = compare_parts((), unedited.result, _without_edits(ours.result))
        return all(row_for(variants.unedited(case), difference) is not None for difference in left)
    if READS_LAZILY and isinstance(theirs, Built) and isinstance(ours, Raised):
        # Which Hydra hands on unread, to whoever goes around in it.
        kept = _hydra_on(variants.keeping(case))
        held = [outcome.result for outcome in (theirs, kept) if isinstance(outcome, Built)]
        return any(map(_contains_itself, held)) and any(text in ours.message for text in _ENDLESS)
    if not isinstance(theirs, Part) or not isinstance(ours, Part):
        return False
    if READS_LAZILY and theirs.kind == ours.kind == "value" and "${" in str(theirs.label):
        # The text of a config, which is as it was read.
        others = (variants.with_mode(case, "_recursive_", True), variants.isolated(case))
        return any(_as_hydra_makes_of(other, case, found) for other in others)
    if READS_LAZILY and _ends_deeper(case, found):
        return True
    if READS_LAZILY and _is_read_in_the_result(case, found):
        return True
    if READS_LAZILY and theirs.kind == "unreadable":
        # Its parents are not ours, or not what they were for the config: nothing is found there.
        further = ("${..", "${_args_")
        return ours.kind == "unreadable" or any(text in node.source() for node in case.nodes() for text in further)
    # A part of a config that is somewhere else too: in Hydra it is the caller's own config, in ours the copy.
    one, other = (theirs, ours) if theirs.kind == "the one at" else (ours, theirs)
    same = _part_there(case, one) if one.kind == "the one at" else None
    if other.kind == "the one at":
        return _goes_around(case, one, other)
    if same is None or other.kind not in ("DictConfig", "ListConfig", "TupleConfig", "dict", "list"):
        return False
    if any("${t." in node.source() for node in case.nodes() if isinstance(node, Leaf)):
        same, other = _plain(same), _plain(other)  # what a resolver gave is plain, until it is put into a config
    left = list(compare_parts(one.label, same, other))  # type: ignore[arg-type]
    return all(row_for(case, difference) is not None for difference in left)


def _is_read_in_the_result(case: Case, found: Difference) -> bool:
    """Whether a raw config, which Hydra puts into a result, refers to what was built there; in ours to its config."""
    theirs, ours = found.hydra, found.ours
    outcome = _hydra_on(case)
    if not isinstance(theirs, Part) or not isinstance(ours, Part) or not isinstance(outcome, Built):
        return False
    place: Place = theirs.label if theirs.kind == "the one at" else found.place  # type: ignore[assignment]
    texts = [(key, text) for part in case.parts() for (key,), text in _interpolations(part)]
    if not any(key in map(str, place) and "${.." in text for key, text in texts):
        return False
    if theirs.kind == "the one at":
        return ours == _part_there(case, theirs)
    is_config = ours.kind == "DictConfig" and "_target_" in dict(ours.parts)
    others = [part.label for _, part in _all_below(outcome.result) if part.kind == "the one at"]
    return is_config and any(place[: len(label)] == label for label in others)  # type: ignore[arg-type]


def _part_there(case: Case, part: Part) -> Part:
    """What Hydra has where a part says that it is; else the part itself."""
    there = _part_at(_hydra_on(case), part.label) if part.kind == "the one at" else None  # type: ignore[arg-type]
    return there or part


def _plain(part: Part) -> Part:
    """The part with plain containers for configs without a class."""
    kind = part.kind if _class_of(part) else _PLAIN_KINDS.get(part.kind, part.kind)
    return Part(kind, part.label, tuple((edge, _plain(inner)) for edge, inner in part.parts))


def _goes_around(case: Case, one: Part, other: Part) -> bool:
    """Whether of two places one is within the other, and has what that has, so that it is all one going around."""
    outer, inner = sorted((one.label, other.label), key=len)  # type: ignore[arg-type]
    if inner[: len(outer)] != outer:
        return False
    left = list(compare_parts(outer, _part_there(case, one), _part_there(case, other)))
    again = (_part_there(case, d.hydra) == _part_there(case, d.ours) for d in left)  # type: ignore[arg-type]
    return bool(left) and all(same or _ends_deeper(case, d) for same, d in zip(again, left, strict=True))


def _ends_deeper(case: Case, found: Difference) -> bool:
    """Whether a config that contains itself ends here in one answer, and goes around once more in the other."""
    if not isinstance(found.hydra, Part) or not isinstance(found.ours, Part):
        return False
    one, other = _part_there(case, found.hydra), _part_there(case, found.ours)
    end, longer = (one, other) if one.kind == "unreadable" else (other, one)
    if end.kind != "unreadable":
        return False
    return end == longer or any(set(path) <= set(found.place) for path, part in _all_below(longer) if part == end)


def _contains_itself(part: Part) -> bool:
    """Whether something in a part is the part that it stands in, or what can't be read for that."""
    return any(
        inner.kind == "unreadable" or (inner.kind == "the one at" and place[: len(inner.label)] == inner.label)  # type: ignore[arg-type]
        for place, inner in _all_below(part)
    )


def _all_below(part: Part, place: Place = ()) -> Iterable[tuple[Place, Part]]:
    for edge, inner in part.parts:
        yield (*place, edge), inner
        yield from _all_below(inner, (*place, edge))


def _without_edits(part: Part) -> Part:
    """The part without what the target that edits has put into it."""
    added = Part("value", ("str", "edited")) if part.kind == "list" else None
    kept = [(edge, inner) for edge, inner in part.parts if edge != "edited" and inner != added]
    return replace(part, parts=tuple((edge, _without_edits(inner)) for edge, inner in kept))


def _configs_as_arguments(case: Case, found: Difference) -> bool:
    given = [*variants.below(case.kwargs), *variants.below(Seq(case.args))]
    written = " ".join(node.source() for node in given)
    if not READS_LAZILY:
        return False
    if _is_text_of_stand_ins(case, found):
        return True
    if not any(getattr(node, "kind", "").endswith("Config") for node in given):
        return False
    theirs, ours = found.hydra, found.ours
    if isinstance(theirs, Raised) and isinstance(ours, Raised):
        if issubclass(theirs.cls, InterpolationResolutionError):
            if "MissingMandatoryValue raised" in theirs.message and MissingMandatoryValue in ours.classes:
                return True
            return any(issubclass(cls, InterpolationResolutionError) for cls in ours.classes)
        return "Missing key" in theirs.message and "Missing mandatory value" in ours.message
    if isinstance(theirs, Raised) and "Missing key" in theirs.message:
        return "???" in written
    if isinstance(theirs, Raised) and issubclass(theirs.cls, InterpolationResolutionError):
        return "${" in written or "MissingMandatoryValue raised" in theirs.message
    if not isinstance(theirs, Part) or not isinstance(ours, Part):
        return False
    if ours.kind == "unreadable":
        return "${" in written
    if theirs.kind == "unreadable":
        return ours == Part("value", ("str", "???")) or _is_at_its_place(case, found)
    if ours.kind in ("DictConfig", "dict") and "_target_" in dict(ours.parts) and "${t.target:" in written:
        return theirs.kind == "object"
    return theirs.kind in ("DictConfig", "dict") and theirs == _without_classes(ours) != ours


def _is_at_its_place(case: Case, found: Difference) -> bool:
    """Whether ours, where something refers to an argument, is what Hydra has in the argument itself."""
    there = (
        _part_at(_hydra_on(case), (name, *found.place[start:]))
        for name, value in case.kwargs.items
        for start in range(1, len(found.place))
        if "${" in value.source()
    )
    return any(part == found.ours for part in there)


def _is_text_of_stand_ins(case: Case, found: Difference) -> bool:
    """Whether Hydra's is the text of a container that the call gave, with the texts of what stands for its values."""
    theirs, ours = found.hydra, found.ours
    if not isinstance(theirs, Part) or not isinstance(ours, Part) or not (theirs.kind == ours.kind == "value"):
        return False
    given = any(isinstance(value, (Map, Seq)) for value in (*case.args, *case.kwargs.children()))
    (their_type, text), (our_type, expected) = theirs.label, ours.label  # type: ignore[misc]
    if not given or not (their_type == our_type == "str"):
        return False
    read = re.fullmatch("(.+?)".join(map(re.escape, _QUOTED.split(text)[::2])), expected)
    return (
        text != expected
        and read is not None
        and all(
            value.startswith("${hydra.instantiate_override:") or value in group
            for value, group in zip(_QUOTED.findall(text), read.groups(), strict=True)
        )
    )


#: What Hydra 1.4 writes for a value that the call gave: its text, or what stands for it.
_QUOTED = re.compile(r"'([^']*)'")


def _without_classes(part: Part) -> Part:
    """The part with plain configs for Structured Configs, and dicts for instances that were made of one."""
    is_one = part.kind in ("DictConfig", "dataclass", "attrs")
    kind, label = ("dict" if is_one and part.kind != "DictConfig" else part.kind), (None if is_one else part.label)
    return Part(kind, label, tuple((edge, _without_classes(inner)) for edge, inner in part.parts))


def _arguments_are_not_built(case: Case, found: Difference) -> bool:
    if not case.args or not isinstance(found.hydra, Raised):
        return False
    plain = variants.with_plain_args(case)
    if issubclass(found.hydra.cls, SystemExit) and _as_hydra_makes_of(variants.not_raising(case), case, found):
        return True
    if "ARGS" in found.hydra.message:  # the key under which it builds them
        if _as_hydra_makes_of(variants.harmless(case), case, found):
            return True
        if isinstance(found.ours, Built) and _calls_what_looks_into_its_arguments(case):
            return isinstance(_hydra_on(variants.harmless(plain)), Built)
    return _as_hydra_makes_of(plain, case, found)


def _calls_what_looks_into_its_arguments(case: Case) -> bool:
    return variants.calls(case.root, "list", "str", "dict")


def _stricter_policy(_case: Case, _found: Difference) -> bool:
    return False  # nothing that the cases name may be refused; tests/security has what is


#: The list, in the order in which a difference is put down to one of them.
ROWS = (
    Row(
        "partials-complete",
        "`instantiate(partial, *args, **kwargs)` calls the partial, which Hydra refuses.",
        _arguments_for_a_built_object,
    ),
    Row(
        "live-objects-in-dicts",
        "Live objects in plain dicts are accepted on Hydra 1.4 too, which refuses them before it comes to any other "
        "mistake.",
        _live_objects_in_dicts,
    ),
    Row(
        "built-objects-pass",
        "An object that is built already passes, the very same object, where Hydra refuses it or copies it.",
        _built_objects_pass,
    ),
    Row(
        "list-arguments",
        "Call-site arguments for a list config are an error; Hydra drops them.",
        _arguments_for_a_list,
    ),
    Row(
        "clean-control-keys",
        "`_args_`, `_partial_`, `_recursive_` and `_convert_` never reach a constructor with a plain mapping; "
        "where one is handed on raw, they stand on the targets that they governed.",
        _clean_control_keys,
    ),
    Row(
        "control-key-errors",
        "A control key with a wrong value, or a misspelt one, is an error, also where Hydra takes no notice of it.",
        _control_key_errors,
    ),
    Row(
        "nested-datasets",
        "Under `_recursive_: false` a dataset-like target receives its nested dataset built, in Hydra its config.",
        _nested_datasets,
    ),
    Row(
        "deferred-samplers",
        "A DistributedSampler that is made before the process group is there waits for it; in Hydra it raises.",
        _deferred_samplers,
    ),
    Row(
        "errors-before-building",
        "What is certainly wrong is raised before a constructor runs, also where Hydra runs one that raises or ends "
        "the program first; so is an argument that the target of a partial doesn't take, which Hydra finds when the "
        "partial is called.",
        _errors_before_building,
    ),
    Row(
        "dataclass-values-pass",
        "A dataclass instance without `_target_` that is given as an argument, or as a value in a plain dict or list, "
        "passes, as in Hydra 1.4; Hydra 1.3 makes it a config.",
        _dataclass_values_pass,
    ),
    Row(
        "read-only-configs",
        "Reading writes nothing, so a read-only config with interpolations builds; Hydra 1.3 resolves what they point "
        "at in place, and fails.",
        _read_only_configs,
    ),
    Row(
        "containers-keep-their-type",
        "OrderedDict, defaultdict, namedtuples and the like that are given as arguments stay what they are, and what "
        "OmegaConf 2.4 keeps of them in a config.",
        _containers_keep_their_type,
    ),
    Row(
        "configs-of-their-own",
        "A config that reaches a target is the target's own, resolved and open to changes; in Hydra 1.4 it is the "
        "caller's, locked while it is built, its texts are read where that stands, and where it contains itself it "
        "ends at another depth, or nowhere.",
        _configs_of_their_own,
    ),
    Row(
        "escaped-interpolations",
        "An escaped interpolation is a text to what refers to it; Hydra 1.3 writes that text into its copy of the "
        "config, and what is read after it may follow it. In the place of a typed list it is read at once; with Hydra "
        "1.4 when somebody looks into the list.",
        _escaped_interpolations,
    ),
    Row(
        "resolvers-that-count",
        "A resolver is called once for each place where it is written, and again for one that reads the config, such "
        "as `oc.select`; Hydra 1.3 calls it once for each copy that it makes, and resolves one of them bit by bit. A "
        "resolver that gives another answer each time shows it.",
        _resolvers_that_count,
    ),
    Row(
        "loops-through-the-whole",
        "In a part of a config, an interpolation that leads back to where it stands by way of the whole is refused as "
        "such, and a text that does so stands once more in itself; Hydra 1.3 finds a copy there, which it refuses or "
        "reads.",
        _loops_through_the_whole,
    ),
    Row(
        "arguments-for-interpolations",
        "An argument takes the place of an interpolation; Hydra 1.3 asks whether it fits the type of what that leads "
        "to.",
        _arguments_for_interpolations,
    ),
    Row(
        "places-of-references",
        "What is wrong in what an interpolation leads to is told by the place of the interpolation, with Hydra 1.4, "
        "and behind an escaped interpolation with 1.3, by its own; what can't be read in a tuple by the whole key, "
        "with Hydra 1.4 by the key that the tuple has.",
        _places_of_references,
    ),
    Row(
        "configs-as-arguments",
        "In a config that is given as an argument `???` is a missing value, Structured Configs keep their class, and "
        "an interpolation leads to one place; Hydra 1.4 lays such a config over another one value by value, and builds "
        "what a resolver in it gives. The text of a mapping that is given is its own; Hydra 1.4 makes it of what "
        "stands there for each value.",
        _configs_as_arguments,
    ),
    Row(
        "positional-arguments",
        "Positional arguments of a call reach the target as they are; Hydra 1.4 also builds the configs among them, "
        "drops what it built, and may fail at that.",
        _arguments_are_not_built,
    ),
    Row(
        "plain-partial",
        "`_partial_: true` gives a plain `functools.partial`; Hydra 1.3.3 and later give a subclass of its own.",
        _plain_partial,
    ),
    Row(
        "stricter-policy",
        "What a config may not call is refused, also where the installed Hydra lets it through; a callable whose "
        "arguments have to be judged, such as `open`, is handed on with a guard around it.",
        _stricter_policy,
    ),
)


def row_for(case: Case, found: Difference) -> Row | None:
    """The row that explains this difference: the first that does."""
    return next((row for row in ROWS if row.explains(case, found)), None)


def unnamed(case: Case, found: Iterable[Difference]) -> list[Difference]:
    """The differences that no row explains."""
    return [difference for difference in found if row_for(case, difference) is None]


def table(counts: Mapping[str, Mapping[str, int]]) -> str:
    """The list as a Markdown table, with how many cases of each recorded campaign were put down to each row."""
    head = ["row", "where it differs from Hydra", *(f"with Hydra {hydra}" for hydra in counts)]
    lines = [_line(head), _line(["---", "---", *("---:" for _ in counts)])]
    return "\n".join(
        [*lines, *(_line([row.id, row.sentence, *(str(c.get(row.id, 0)) for c in counts.values())]) for row in ROWS)]
    )


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
