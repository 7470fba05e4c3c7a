"""Where our answer may differ from Hydra's: the whole list. The documentation's table is made from it.

A row says in a sentence what differs, and decides for one place where the answers part whether that is why. Each
predicate is as narrow as it can be made: what it lets through by mistake is a difference that nobody looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath

import hydra.utils
from hydra.errors import InstantiationException
from omegaconf.errors import OmegaConfBaseException

from tests.differential import targets
from tests.differential.cases import Case, Leaf, Map, Name, Node, Seq, Structured, control_keys, walk
from tests.differential.generator import CONVERT, MISSPELT
from tests.differential.outcomes import Built, Difference, Outcome, Part, Place, Raised
from tests.differential.running import observe

_MODE_KEYS = frozenset({"_partial_", "_recursive_", "_convert_"})
_CONTROL_KEYS = _MODE_KEYS | {"_target_", "_args_"}


@dataclass(frozen=True, slots=True)
class Row:
    """One way in which our answer may differ from Hydra's."""

    id: str
    sentence: str
    explains: Callable[[Case, Difference], bool]


# ---- questions about a case


def _at_top(case: Case) -> str | None:
    """The live object that is instantiated, if it is one."""
    return case.root.live if isinstance(case.root, Name) else None


def _passes_at_top(case: Case) -> bool:
    """Whether what is instantiated is no config, and no scalar that could only be a mistake."""
    if isinstance(case.root, Seq):
        return case.root.kind == "tuple"
    return isinstance(case.root, Name) or (
        isinstance(case.root, Leaf) and isinstance(case.root.value, (Enum, PurePath))
    )


def _contains_live(node: Node) -> bool:
    return any(isinstance(inner, Name) and inner.live for inner in walk(node))


def _is_a_value(node: Node) -> bool:
    """Whether the node is an instance of a dataclass that has no `_target_`; the class itself is a config."""
    return isinstance(node, Structured) and not node.bare and not hasattr(getattr(targets, node.cls), "_target_")


def _is_a_container_of_its_own(node: Node) -> bool:
    """Whether the node is a container that is more than a mapping or a sequence."""
    if isinstance(node, Map):
        return node.kind == "OrderedDict"
    return isinstance(node, Name) and node.live in targets.CONTAINERS


def _wrong(key: str, value: Node) -> bool:
    """Whether no control key of this name may have this value, or the name is a misspelling of one."""
    if key in MISSPELT:
        return True
    if isinstance(value, Leaf) and isinstance(value.value, str) and "${" in value.value:
        return key in _CONTROL_KEYS  # it may come out as anything
    if key == "_convert_":
        spelling = getattr(getattr(value, "value", None), "value", getattr(value, "value", None))
        return not (isinstance(spelling, str) and spelling.lower() in CONVERT)
    if key in ("_partial_", "_recursive_"):
        return not (isinstance(value, Leaf) and isinstance(value.value, bool))
    return key == "_args_" and not isinstance(value, Seq)


def _with_objects(case: Case, is_one: Callable[[Node], bool], *, in_config: bool) -> Case:
    """The case with a live object wherever a node is such a one and no OmegaConf container has taken it in."""
    root = case.root
    if in_config and case.form == "plain":
        root = root.with_children(tuple(_objects_in(child, is_one) for child in root.children()))
    kwargs = _objects_in(case.kwargs, is_one)
    return case.with_parts((root, case.siblings, Seq(case.args), kwargs))


def _objects_in(node: Node, is_one: Callable[[Node], bool]) -> Node:
    if is_one(node):
        return Name("t.live('object')")
    if isinstance(node, Structured) or (isinstance(node, (Map, Seq)) and node.kind in ("DictConfig", "ListConfig")):
        return node
    return node.with_children(tuple(_objects_in(child, is_one) for child in node.children()))


def _without_group_args(case: Case) -> Case:
    """The case without the `_args_` of mappings that have no target."""
    root, siblings, args, kwargs = (_drop_args(part) for part in case.parts())
    if isinstance(case.root, Map) and case.kwargs.get("_args_") and not case.root.get("_target_"):
        kwargs = Map(tuple((key, value) for key, value in case.kwargs.items if key != "_args_"))
    return case if case.kwargs.get("_target_") else case.with_parts((root, siblings, args, kwargs))


def _drop_args(node: Node) -> Node:
    node = node.with_children(tuple(map(_drop_args, node.children())))
    if isinstance(node, Map) and node.get("_args_") and not node.get("_target_"):
        return Map(tuple((key, value) for key, value in node.items if key != "_args_"), node.kind)
    return node


def _read_as_a_config(theirs: Part | Outcome | None) -> bool:
    """Whether Hydra built the case, or it or OmegaConf refused what they read."""
    if isinstance(theirs, Raised) and "flag must be a bool" in theirs.message:
        return True
    refusals = (OmegaConfBaseException, InstantiationException)
    return isinstance(theirs, Built) or (isinstance(theirs, Raised) and issubclass(theirs.cls, refusals))


def _hydra_on(case: Case) -> Built | Raised:
    return observe(hydra.utils.instantiate, case).outcome


def _part_at(outcome: Built | Raised, place: Place) -> Part | None:
    part = outcome.result if isinstance(outcome, Built) else None
    for edge in place:
        part = dict(part.parts).get(edge) if part else None
    return part


def _hydra_would(case: Case, found: Difference) -> bool:
    """Whether Hydra builds this other case where we built ours, or raises what we raised."""
    outcome = _hydra_on(case)
    if isinstance(outcome, Raised):
        return isinstance(found.ours, Raised) and outcome.cls in found.ours.classes
    return isinstance(found.ours, Built)


# ---- the rows' predicates


def _built_objects_pass(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if isinstance(theirs, Part) and isinstance(ours, Part):
        if ours.kind == "live":
            return theirs.kind in ("copy of live", "set", "partial", "object", "generator")
        # The result of a target, or of mode "object", is put into a container of OmegaConf's, and taken for a config.
        # What is in such a result, which the config has converted too.
        around = [_part_at(_hydra_on(case), found.place[:length]) for length in range(len(found.place))]
        if any(part is not None and part.kind == "DictConfig" and part.label == "Dot" for part in around):
            return True
        if theirs.kind != "DictConfig" or ours.label != theirs.label:
            return False
        return ours.label == "Dot" or (ours.kind in ("dataclass", "attrs") and _has_mode(case, "object"))
    if isinstance(theirs, Raised) and ("object_type=Dot" in theirs.message or "value: Dot(" in theirs.message):
        return True
    if isinstance(theirs, Raised) and "Invalid type assigned" in theirs.message and _calls(case, "Dot"):
        return True
    if not isinstance(theirs, Raised) or not isinstance(ours, Built):
        return False
    if "Cannot instantiate config of type" in theirs.message:
        return _passes_at_top(case)
    if "Error in collecting args" in theirs.message and any(
        text in theirs.message for text in ("nowhere", "Missing value at index")
    ):
        return True  # the text that a target gave, which a ListConfig takes for an interpolation, or for no value
    return "cannot copy a lock" in theirs.message and any(map(_contains_live, case.parts()))


def _calls(case: Case, target: str) -> bool:
    return any(target in node.source() for node in case.nodes() if isinstance(node, (Leaf, Name)))


def _has_mode(case: Case, mode: str) -> bool:
    values = [getattr(value, "value", None) for key, value in control_keys(case) if key == "_convert_"]
    return any(mode == str(getattr(value, "value", value)).lower() for value in values)


def _arguments_for_a_built_object(case: Case, found: Difference) -> bool:
    given = bool(case.args) or any(key not in _CONTROL_KEYS for key, _ in case.kwargs.items)
    if _at_top(case) != "partial" or not given or not isinstance(found.hydra, Raised):
        return False
    return isinstance(found.ours, Built) and "Cannot instantiate config of type partial" in found.hydra.message


def _clean_control_keys(case: Case, found: Difference) -> bool:
    edge = found.place[-1] if found.place else None
    if not any(key in _CONTROL_KEYS - {"_target_"} for key, _ in control_keys(case)):
        return False
    if isinstance(found.hydra, Part) and found.hydra.kind == "value" and found.hydra.label[-1] in _CONTROL_KEYS:
        return True  # the key itself, where a target lists the keys that it was given
    if edge in _CONTROL_KEYS - {"_target_"}:
        return found.ours is None or (found.hydra is None and edge != "_args_")
    if not isinstance(found.hydra, Raised) or not isinstance(found.ours, Built):
        return False
    if any(f"unexpected keyword argument '{key}'" in found.hydra.message for key in _CONTROL_KEYS):
        return True
    # What stands in the `_args_` of a mapping without a target is built by Hydra, and may fail; here it is dropped.
    return _without_group_args(case) != case


def _control_key_errors(case: Case, found: Difference) -> bool:
    if not isinstance(found.ours, Raised):
        return False
    interpolated = any(isinstance(value, Leaf) and "${" in str(value.value) for _, value in control_keys(case))
    if interpolated and any(key in found.ours.message for key in _MODE_KEYS):
        return True  # the value may be a container that fails in Hydra
    if isinstance(found.hydra, Raised) and not any(map(_is_a_value, case.nodes())):  # for a dataclass that we let pass
        refused_values = "object_type=Dot" in found.hydra.message
        return refused_values and any(key in found.ours.message for key in MISSPELT)
    wrong = [key for key, value in control_keys(case) if _wrong(key, value)]
    if "'ConvertMode." in found.ours.message:  # what a field of type str made of the enum
        return True
    return issubclass(found.ours.cls, InstantiationException) and any(key in found.ours.message for key in wrong)


def _nested_datasets(case: Case, found: Difference) -> bool:
    if not any(key == "_recursive_" and value != Leaf(True) for key, value in control_keys(case)):
        return False
    if not any(_calls_a_dataset(node) for node in case.nodes()):
        return False
    theirs, ours = found.hydra, found.ours
    if isinstance(theirs, (Part, type(None))) and isinstance(ours, (Part, type(None))):
        if theirs and ours and str(ours.label).startswith(("Series", "Loading")) and _configs_in(theirs):
            return True  # a dataset by its own target, whatever its parameter is called
        if theirs and theirs.kind == "the one at" and {"dataset", "collate_fn"}.intersection(theirs.label):
            return True  # what stands in a config that is built here
        # Whatever the nested target gives in the place of its config.
        return bool({"dataset", "collate_fn"}.intersection(found.place))
    if isinstance(theirs, Raised) and any(map(_is_a_value, case.nodes())):  # see dataclass values
        return _hydra_would(_all_recursive(_with_objects(case, _is_a_value, in_config=True)), found)
    if not isinstance(theirs, Built) or not isinstance(ours, Raised):
        return False
    found_there = any(f"full_key: {place}" in ours.message for place in ("dataset", "collate_fn"))
    return found_there or _hydra_would(_all_recursive(case), found)


def _calls_a_dataset(node: Node) -> bool:
    """Whether the node's target is like a dataset or a loader factory."""
    target = node.get("_target_") if isinstance(node, Map) else None
    return target is not None and target.source().strip("'}").endswith(("Series", "Loading"))


def _all_recursive(case: Case) -> Case:
    """The case with `_recursive_: true` wherever it says something else."""

    def recursive(node: Node) -> Node:
        node = node.with_children(tuple(map(recursive, node.children())))
        if isinstance(node, Map):
            return Map(tuple((k, Leaf(True) if k == "_recursive_" else value) for k, value in node.items), node.kind)
        return node

    return case.with_parts(tuple(map(recursive, case.parts())))


def _configs_in(part: Part) -> bool:
    """Whether the part is or holds the config of something that was not built."""
    if part.kind in ("DictConfig", "dict", "ListConfig", "list"):
        return any(edge == "_target_" or _configs_in(inner) for edge, inner in part.parts)
    return False


def _deferred_samplers(case: Case, found: Difference) -> bool:
    theirs = found.hydra
    if not isinstance(theirs, Raised) or not isinstance(found.ours, Built):
        return False
    samplers = any("DistributedSampler" in node.source() for node in case.nodes() if isinstance(node, Leaf))
    kept = (*map(_is_a_value, case.nodes()), *map(_is_a_container_of_its_own, walk(case.kwargs)))
    if any(kept) and samplers:  # see dataclass values, and containers
        return True
    return "process group" in theirs.message


def _errors_before_building(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if not isinstance(ours, Raised) or not issubclass(ours.cls, InstantiationException):
        return False
    if isinstance(theirs, Built) or any(map(_is_a_value, case.nodes())):
        # A partial with an argument that its target doesn't take: Hydra makes it, and every call of it fails.
        is_partial = any(key == "_partial_" and value != Leaf(False) for key, value in control_keys(case))
        unbindable = (
            "unexpected keyword argument",
            "multiple values",
            "positional argument",
            "positional-only",
            "must be strings",
        )
        if is_partial and any(text in ours.message for text in unbindable):
            return True
    early = ("Structured config of type", "Could not create instance")
    if isinstance(theirs, Raised) and any(text in theirs.message for text in early):
        return True  # what Hydra finds when it makes the argument, before it makes the call that can't be made
    # A constructor of Hydra's ran, and left with something that is no Exception, before Hydra came to the error.
    return isinstance(theirs, Raised) and not issubclass(theirs.cls, Exception)


def _arguments_for_a_list(case: Case, found: Difference) -> bool:
    is_list = isinstance(case.root, Seq) and (case.root.kind in ("list", "ListConfig") or case.form != "plain")
    given = bool(case.args) or any(key not in _MODE_KEYS for key, _ in case.kwargs.items)
    if not is_list or not given or not isinstance(found.ours, Raised):
        return False
    if isinstance(found.hydra, Raised):
        passes = "object_type=Dot" in found.hydra.message or any(map(_is_a_value, case.nodes()))
        if not passes:  # see built objects and dataclass values
            return False
    return issubclass(found.ours.cls, InstantiationException) and "list config" in found.ours.message


def _dataclass_values_pass(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if isinstance(theirs, Part) and isinstance(ours, Part):
        if theirs.kind == "the one at" and any(_is_a_value(node) for _, node in case.kwargs.items):
            return True  # what Hydra has merged such an argument into
        argument = case.kwargs.get(found.place[-1]) if found.place else None
        if argument is not None and _is_a_value(argument):  # Hydra may merge it into a node that has a target
            return ours.kind in ("given", "class")
        if theirs.kind == ours.kind == "value" and _calls(case, "t.count") and any(map(_is_a_value, case.nodes())):
            return True  # an interpolation in such a value isn't read, and so not counted
        if any(_is_a_value(node) for part in (case.root, case.kwargs) for node in _along(part, found.place)):
            return True  # what is in such a value
        same_kind = theirs.kind in ("DictConfig", "dict", "dataclass", "attrs")
        return same_kind and ours.kind in ("given", "class") and theirs.label in (None, ours.label)
    if not _read_as_a_config(theirs) or not any(map(_is_a_value, case.nodes())):
        return False
    if isinstance(theirs, Raised) and "Cannot convert 'DictConfig' to string" in theirs.message:
        return True
    if isinstance(theirs, Raised) and isinstance(found.ours, Raised) and "RecursionError" in found.ours.message:
        return True
    other = _with_objects(case, _is_a_value, in_config=True)
    further = _with_objects(other, _is_a_container_of_its_own, in_config=False)
    return other != case and (_hydra_would(other, found) or (further != other and _hydra_would(further, found)))


def _read_only_configs(case: Case, found: Difference) -> bool:
    # Where Hydra stops there, it doesn't come to what else may be wrong.
    return "readonly" in case.flags and isinstance(found.hydra, Raised) and "read-only" in found.hydra.message


def _live_objects_in_dicts(case: Case, found: Difference) -> bool:
    if not isinstance(found.hydra, Raised) or found.hydra.cls.__name__ != "UnsupportedValueType":
        return False
    return isinstance(found.ours, Built) and (_contains_live(case.root) or _contains_live(case.siblings))


def _containers_keep_their_type(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if isinstance(ours, Part):
        if not isinstance(theirs, Part) or not any(_is_a_container_of_its_own(node) for node in walk(case.kwargs)):
            return False
        # The argument itself, which Hydra may merge into a node that has a target; and what is in it, left as it is.
        if ours.kind == "the one at" and theirs.kind in ("DictConfig", "ListConfig", "dict", "list"):
            return True
        if any(map(_is_a_container_of_its_own, _along(case.kwargs, found.place))):
            return ours.kind in ("OrderedDict", "live", "given", "dict", "list", "class", "value")
        kept = ours.kind == "OrderedDict" or (ours.kind == "live" and ours.label in targets.CONTAINERS)
        return kept and theirs.kind in ("DictConfig", "ListConfig", "dict", "list", "UserDict")
    other = _with_objects(case, _is_a_container_of_its_own, in_config=False)
    if other != case and isinstance(theirs, Raised) and isinstance(ours, Raised) and "DictConfig" in theirs.message:
        return True
    return other != case and _read_as_a_config(theirs) and _hydra_would(other, found)


def _along(node: Node, place: Place) -> Iterable[Node]:
    """The nodes that a place leads through."""
    for edge in place:
        inner = node.get(edge) if isinstance(node, Map) else None
        if inner is None and isinstance(node, (Map, Seq)) and isinstance(edge, int) and edge < len(node.children()):
            inner = node.children()[edge]
        if inner is None:
            return
        node = inner
        yield node


def _plain_partial(case: Case, found: Difference) -> bool:
    theirs, ours = found.hydra, found.ours
    if not isinstance(theirs, Part) or not isinstance(ours, Part):
        return False
    if theirs.kind == ours.kind == "value":
        return "_DeferredTarget(" in str(theirs) and "functools.partial(" in str(ours)  # the text of a partial
    return theirs.kind == ours.kind == "partial" and ours.label == "functools.partial"


def _stricter_policy(case: Case, found: Difference) -> bool:
    return isinstance(found.ours, Raised) and "not allowed" in found.ours.message


#: The list, in the order in which a difference is put down to one of them.
ROWS = (
    Row(
        "partials-complete",
        "`instantiate(partial, *args, **kwargs)` calls the partial, which Hydra refuses.",
        _arguments_for_a_built_object,
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
        "What is certainly wrong is raised before a constructor runs: also an argument that the target of a partial "
        "doesn't take, which Hydra finds when the partial is called; and Hydra may first run what ends the program.",
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
        "live-objects-in-dicts",
        "Live objects in plain dicts are accepted on Hydra 1.4 too, which refuses them.",
        _live_objects_in_dicts,
    ),
    Row(
        "containers-keep-their-type",
        "OrderedDict, defaultdict, namedtuples and the like that are given as arguments stay what they are.",
        _containers_keep_their_type,
    ),
    Row(
        "plain-partial",
        "`_partial_: true` gives a plain `functools.partial`; Hydra 1.3.8 gives a subclass of its own.",
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


def table() -> str:
    """The list as a Markdown table."""
    lines = ["| row | where it differs from Hydra |", "| --- | --- |"]
    return "\n".join(lines + [f"| {row.id} | {row.sentence} |" for row in ROWS])
