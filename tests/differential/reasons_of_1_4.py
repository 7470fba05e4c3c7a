"""Why our answer differs from Hydra 1.4's, which reads the caller's config late: the predicates of the rows."""

from __future__ import annotations

import re
from collections.abc import Iterable

from omegaconf.errors import InterpolationResolutionError, MissingMandatoryValue

from safe_instantiate.hydra_compat import READS_LAZILY
from tests.differential import variants
from tests.differential.cases import Case, Leaf, Map, Seq
from tests.differential.judging import (
    ENDLESS,
    PLAIN_KINDS,
    as_hydra_makes_of,
    class_of,
    has_escapes,
    hydra_on,
    interpolations,
    part_at,
    row_for,
    texts_with_interpolations,
    without_edits,
)
from tests.differential.outcomes import (
    Built,
    Difference,
    Part,
    Place,
    Raised,
    compare_outcomes,
    compare_parts,
)


def live_objects_in_dicts(case: Case, found: Difference) -> bool:
    if not isinstance(found.hydra, Raised) or found.hydra.cls.__name__ != "UnsupportedValueType":
        return False
    if isinstance(found.ours, Raised):  # something else is wrong, which Hydra doesn't come to
        return as_hydra_makes_of(variants.with_ones_for_live_objects(case), case, found)
    return as_hydra_makes_of(variants.as_omegaconf(case), case, found)


def places_of_references(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if not isinstance(theirs, Raised) or not isinstance(ours, Raised) or theirs.cls not in ours.classes:
        return False
    if not READS_LAZILY and not has_escapes(case):
        return False
    if "Interpolation to parent node" in theirs.message and "leads back to a node that it stands in" in ours.message:
        return True
    if _told(theirs) in ours.message and any(
        _is_elsewhere(case, one, other) for one in theirs.places for other in ours.places
    ):
        return True
    other = hydra_on(variants.isolated(case)) if READS_LAZILY else None
    return isinstance(other, Raised) and not list(compare_outcomes(other, ours))


def _told(raised: Raised) -> str:
    """What an error says, without the place that it may end with."""
    return re.sub(r"mandatory value: \S+$", "mandatory value", raised.message.partition("\n")[0])


def _is_elsewhere(case: Case, theirs: tuple[str, ...], ours: tuple[str, ...]) -> bool:
    """Whether a place is in what an interpolation leads to, for one in the place of the interpolation."""
    if ours[-len(theirs) - 1 : -1] == theirs:
        return any(isinstance(node, Seq) and node.kind == "tuple" for node in case.nodes())
    alike = next((n for n, (one, other) in enumerate(zip(theirs[::-1], ours[::-1], strict=False)) if one != other), 0)
    # What is told of may bear the name of the interpolation itself, so that one key less is below both.
    return any(
        _refers(case, ours[: len(ours) - below], theirs[: len(theirs) - below]) for below in range(alike, -1, -1)
    )


def _refers(case: Case, reference: tuple[str, ...], source: tuple[str, ...]) -> bool:
    """Whether an interpolation under the last key of one place names the last key of another."""
    texts = [(key, re.sub(r"\W", "", text)) for part in case.parts() for key, text in interpolations(part)]
    if not source or not any(key == reference[-1:] for key, _ in texts):
        return False
    named = {text for _, text in texts} | {str(node.value) for node in case.nodes() if isinstance(node, Leaf)}
    return any(source[-1] in text or (text and source[-1].endswith(text)) for text in named)


def configs_of_their_own(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    locked = ("read-only config container", "is not in struct")
    if isinstance(theirs, Raised) and any(text in theirs.message for text in locked):
        unedited = hydra_on(variants.unedited(case))
        if not isinstance(unedited, Built) or not isinstance(ours, Built):
            return as_hydra_makes_of(variants.unedited(case), case, found)
        left = compare_parts((), unedited.result, without_edits(ours.result))
        return all(row_for(variants.unedited(case), difference) is not None for difference in left)
    if READS_LAZILY and isinstance(theirs, Built) and isinstance(ours, Raised):
        # Which Hydra hands on unread, to whoever goes around in it.
        kept = hydra_on(variants.keeping(case))
        held = [outcome.result for outcome in (theirs, kept) if isinstance(outcome, Built)]
        return any(map(_contains_itself, held)) and any(text in ours.message for text in ENDLESS)
    if not isinstance(theirs, Part) or not isinstance(ours, Part):
        return False
    if READS_LAZILY and theirs.kind == ours.kind == "value" and "${" in str(theirs.label):
        # The text of a config, which is as it was read.
        others = (variants.with_mode(case, "_recursive_", True), variants.isolated(case))
        return any(as_hydra_makes_of(other, case, found) for other in others)
    if READS_LAZILY and (_ends_deeper(case, found) or _stands_in_itself(case, theirs, ours)):
        return True
    if READS_LAZILY and _is_read_in_the_result(case, found):
        return True
    if READS_LAZILY and theirs.kind == "unreadable" and ours == Part("value", ("NoneType", "None")):
        return _selects_itself(case, found.place)
    if READS_LAZILY and theirs.kind == "unreadable":
        # Its parents are not ours, or not what they were for the config: nothing is found there.
        further = ("${..", "${_args_")
        return ours.kind == "unreadable" or any(text in node.source() for node in case.nodes() for text in further)
    # A part of a config that is somewhere else too: in Hydra it is the caller's own config, in ours the copy.
    one, other = (theirs, ours) if theirs.kind == "the one at" else (ours, theirs)
    same = _part_there(case, one) if one.kind == "the one at" else None
    if other.kind == "the one at":
        # Two of them are one here, which in Hydra are also the first.
        return part_at(hydra_on(case), ours.label) == theirs or _goes_around(case, one, other)  # type: ignore[arg-type]
    if same is None or other.kind not in ("DictConfig", "ListConfig", "TupleConfig", "dict", "list"):
        return False
    if any("${t." in node.source() for node in case.nodes() if isinstance(node, Leaf)):
        same, other = _plain(same), _plain(other)  # what a resolver gave is plain, until it is put into a config
    left = list(compare_parts(one.label, same, other))  # type: ignore[arg-type]
    return all(row_for(case, difference) is not None for difference in left)


def _is_read_in_the_result(case: Case, found: Difference) -> bool:
    """Whether a raw config, which Hydra puts into a result, refers to what was built there; in ours to its config."""
    theirs, ours = found.hydra, found.ours
    outcome = hydra_on(case)
    if not isinstance(theirs, Part) or not isinstance(ours, Part) or not isinstance(outcome, Built):
        return False
    place: Place = theirs.label if theirs.kind == "the one at" else found.place  # type: ignore[assignment]
    texts = [(key, text) for part in case.parts() for (key,), text in interpolations(part)]
    if not any(key in map(str, place) and "${.." in text for key, text in texts):
        return False
    if theirs.kind == "the one at":
        return ours == _part_there(case, theirs)
    is_config = ours.kind == "DictConfig" and "_target_" in dict(ours.parts)
    others = [part.label for _, part in _all_below(outcome.result) if part.kind == "the one at"]
    return is_config and any(place[: len(label)] == label for label in others)  # type: ignore[arg-type]


def _part_there(case: Case, part: Part) -> Part:
    """What Hydra has where a part says that it is; else the part itself."""
    there = part_at(hydra_on(case), part.label) if part.kind == "the one at" else None  # type: ignore[arg-type]
    return there or part


def _plain(part: Part) -> Part:
    """The part with plain containers for configs without a class."""
    kind = part.kind if class_of(part) else PLAIN_KINDS.get(part.kind, part.kind)
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


def _stands_in_itself(case: Case, theirs: Part, ours: Part) -> bool:
    """Whether a text leads back to itself, which can't be read in one answer, and stands once more in the other."""
    if {theirs.kind, ours.kind} != {"value", "unreadable"}:
        return False
    kind, said = (theirs if theirs.kind == "value" else ours).label  # type: ignore[misc]
    return kind == "str" and any(text != said and text in said for text in texts_with_interpolations(case))


def _selects_itself(case: Case, place: Place) -> bool:
    """Whether what stands in a place asks a resolver for that place, which finds it in the whole alone."""
    texts = [text for part in case.parts() for (key,), text in interpolations(part) if key == str(place[-1])]
    return any("${oc.select:" in text and ".".join(map(str, place)) in text for text in texts)


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


def configs_as_arguments(case: Case, found: Difference) -> bool:
    given = [*variants.below(case.kwargs), *variants.below(Seq(case.args))]
    written = " ".join(node.source() for node in given)
    if not READS_LAZILY:
        return False
    if _is_text_of_stand_ins(case, found):
        return True
    if not any(getattr(node, "kind", "").endswith("Config") for node in given):
        return False
    theirs, ours = found.hydra, found.ours
    if "${" in written and as_hydra_makes_of(variants.with_arguments_followed(case), case, found):
        return True
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
    whole = _part_there(case, ours)  # once, where Hydra has it with its class
    return theirs == _without_classes(whole) != whole


def _is_at_its_place(case: Case, found: Difference) -> bool:
    """Whether ours, where something refers to an argument, is what Hydra has in the argument itself."""
    there = (
        part_at(hydra_on(case), (name, *found.place[start:]))
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
    if part == Part("DictConfig", (None, "None")):
        return Part("value", ("NoneType", "None"))
    is_one = part.kind in ("DictConfig", "dataclass", "attrs")
    kind, label = ("dict" if is_one and part.kind != "DictConfig" else part.kind), (None if is_one else part.label)
    return Part(kind, label, tuple((edge, _without_classes(inner)) for edge, inner in part.parts))


def arguments_are_not_built(case: Case, found: Difference) -> bool:
    if not case.args or not isinstance(found.hydra, Raised):
        return False
    plain = variants.with_plain_args(case)
    if issubclass(found.hydra.cls, SystemExit) and as_hydra_makes_of(variants.not_raising(case), case, found):
        return True
    if "ARGS" in found.hydra.message:  # the key under which it builds them
        if any(as_hydra_makes_of(other(case), case, found) for other in (variants.harmless, variants.not_recursive)):
            return True
        if isinstance(found.ours, Built) and _calls_what_looks_into_its_arguments(case):
            return isinstance(hydra_on(variants.harmless(plain)), Built)
    return as_hydra_makes_of(plain, case, found)


def _calls_what_looks_into_its_arguments(case: Case) -> bool:
    return variants.calls(case.root, "list", "str", "dict")
