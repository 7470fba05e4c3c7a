"""Cases that stand for a case: what ours is meant to make of the one, Hydra makes of the other.

That is how most rows of `differences` are told from breaks. Ours passes a dataclass instance, say, where Hydra 1.3
makes a config of it. So the instance is wrapped in something that no engine looks into (`targets.held`); what Hydra
makes of that case, part for part, is what ours has to be.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import attr

from safe_instantiate.hydra_compat import READS_LAZILY
from tests.differential import targets
from tests.differential.cases import Case, Leaf, Map, Name, Node, Seq, Structured, plain_inside
from tests.differential.targets import HERE

MODE_KEYS = frozenset({"_partial_", "_recursive_", "_convert_", "_isolate_"})
CONTROL_KEYS = MODE_KEYS | {"_target_", "_args_"}
#: Calls a resolver that gives another answer each time.
COUNTS = "${t.count:}"
#: Targets that raise, or leave, once they run.
_RAISING = ("fails_value", "fails_type", "fails_key", "exits")
#: Targets of which nobody knows beforehand what they take.
_UNKNOWN = ("len", "list", "str", "dict", "wrapped")


# ---- questions about a node


def is_live(node: Node) -> bool:
    """Whether a node is a live object, one that is no container."""
    return isinstance(node, Name) and (node.live or "ordered") not in targets.CONTAINERS


def is_value(node: Node) -> bool:
    """Whether a node is an instance of a dataclass that has no `_target_`; the class itself is a config."""
    return isinstance(node, Structured) and not node.bare and not names_a_target(node.cls)


def names_a_target(name: str) -> bool:
    """Whether a structured config of `targets` has a `_target_`."""
    cls = getattr(targets, name)
    return "_target_" in (attr.fields_dict(cls) if attr.has(cls) else {f.name for f in dataclasses.fields(cls)})


def _passes_as_argument(node: Node) -> bool:
    return isinstance(node, Structured) if READS_LAZILY else is_value(node)


def is_container_of_its_own(node: Node) -> bool:
    """Whether a node is a container that is more than a mapping or a sequence."""
    if isinstance(node, Map):
        return node.kind == "OrderedDict"
    return isinstance(node, Name) and node.live in targets.CONTAINERS


def calls(node: Node, *names: str) -> bool:
    """Whether a node's target is one of these."""
    target = node.get("_target_") if isinstance(node, Map) else None
    return target is not None and target.source().strip("'}").endswith(
        tuple(f"{sign}{name}" for name in names for sign in ".:")
    )


# ---- wrapping


def with_live_objects_held(case: Case) -> Case:
    """Live objects, which Hydra may copy, and results that OmegaConf makes something else of, out of reach."""
    case = case.with_parts(tuple(_held(part, is_live) for part in case.parts()))
    return _open(replace(case, flags=(*dict.fromkeys((*case.flags, "held results")),)))


def with_escapes_held(case: Case) -> Case:
    """Texts that are one escaped interpolation, out of reach."""

    def held_text(node: Node) -> Node:
        text = node.value if isinstance(node, Leaf) else None
        return Name(f"t.held({text[1:]!r})") if isinstance(text, str) and text.startswith("\\${") else node

    return _open(edited(case, held_text))


def with_escapes_read(case: Case) -> Case:
    """Interpolations for texts that are one escaped."""

    def read_text(node: Node) -> Node:
        text = node.value if isinstance(node, Leaf) else None
        return Leaf(text[1:]) if isinstance(text, str) and text.startswith("\\${") else node

    return edited(case, read_text)


def with_ones_for_live_objects(case: Case) -> Case:
    """Numbers in the place of live objects, containers too, for what Hydra says of the rest of the case."""
    return edited(case, lambda node: Leaf(1) if isinstance(node, Name) and node.live else node)


def with_ones_for_missing(case: Case) -> Case:
    """Numbers in the place of missing values."""
    return edited(case, lambda node: Leaf(1) if node == Leaf("???") else node)


def with_values_held(case: Case) -> Case:
    """Dataclass instances that are arguments or values in plain containers, out of reach; none that is merged into."""
    return _open(_with_values_held(case))


def with_ones_for_values(case: Case) -> Case:
    """Numbers in the place of these, for what Hydra says of the rest of the case."""
    return edited(
        _with_values_held(case),
        lambda node: Leaf(1) if isinstance(node, Name) and "t.held(" in node.expression else node,
    )


def _with_values_held(case: Case) -> Case:
    root = case.root
    if case.form == "plain" and isinstance(root, (Map, Seq)):
        root = _children_with(root, case.kwargs, _values_held_beside)
    return case.with_parts((root, case.siblings, Seq(case.args), _held_in_plain(case.kwargs, _passes_as_argument)))


def with_containers_held(case: Case) -> Case:
    """Containers of their own kind that are arguments, out of reach; what OmegaConf 2.4 keeps in a config likewise."""
    root, siblings = case.root, case.siblings
    args, kwargs = (_held_in_plain(part, is_container_of_its_own) for part in (Seq(case.args), case.kwargs))
    parts: tuple[Node, ...] = (root, siblings, args, kwargs)
    if READS_LAZILY:
        parts = tuple(_children(part, lambda child: _held(child, _is_kept)) for part in parts)
    return _open(case.with_parts(parts))


def as_omegaconf(case: Case) -> Case:
    """The case as a config that may hold live objects, for the Hydra that takes none in plain containers."""
    return _open(case) if READS_LAZILY else case


def _is_kept(node: Node) -> bool:
    return isinstance(node, Name) and node.live in targets.CONTAINERS


def _open(case: Case) -> Case:
    if not READS_LAZILY or case.form != "plain" or not isinstance(case.root, (Map, Seq, Structured)):
        return case
    if not any(isinstance(node, Name) for node in below(case.root)):
        return case
    root = case.root if isinstance(case.root, Structured) else plain_inside(_values_held(case.root))
    root = edited(replace(case, root=root), _as_prepared).root
    kwargs = case.kwargs
    if isinstance(root, Map) and not kwargs.items:
        # An argument that says what holds anyway: without any, Hydra locks the config while it is built.
        kwargs = Map((("_isolate_", Leaf(False)),))
    return replace(case, root=root, form="config", kwargs=kwargs)


#: What Hydra makes of the containers that are dicts, in a plain container and not in a config.
_AS_DICTS = {
    "ordered": Map((("a", Leaf(1)), ("b", Leaf(2)))),
    "default": Map((("a", Seq((Leaf(1),))),)),
}


def _as_prepared(node: Node) -> Node:
    """What Hydra makes of a callable in a plain dict, and not in a config; of a dict of its own kind likewise."""
    if isinstance(node, Name) and node.live in _AS_DICTS:
        return _AS_DICTS[node.live]
    target = node.get("_target_") if isinstance(node, Map) else None
    if not isinstance(target, Name) or target.live:
        return node
    obj = eval(target.expression, {"t": targets})
    return node.with_children(
        tuple(Leaf(f"{obj.__module__}.{obj.__qualname__}") if child is target else child for child in node.children())
    )


def below(node: Node) -> list[Node]:
    """All nodes below a node."""
    return [inner for child in node.children() for inner in (child, *below(child))]


def _values_held(root: Node) -> Node:
    return root.with_children(tuple(_held_in_plain(child, is_value) for child in root.children()))


def _values_held_beside(node: Node, given: Node | None) -> Node:
    if not isinstance(node, (Map, Structured)) or not isinstance(given, Map):
        return _held_in_plain(node, is_value)
    return _children_with(node, given, _values_held_beside) if isinstance(node, Map) else node


def _children_with(node: Node, given: Node, change: Callable[[Node, Node | None], Node]) -> Node:
    """The node with each child changed, which is told what an argument of the call has in its place."""
    keys = [key for key, _ in node.items] if isinstance(node, Map) else [None for _ in node.children()]
    found = [given.get(key) if isinstance(given, Map) else None for key in keys]
    return node.with_children(tuple(map(change, node.children(), found)))


def _held_in_plain(node: Node, is_one: Callable[[Node], bool]) -> Node:
    if not is_one(node) and (isinstance(node, Structured) or getattr(node, "kind", "") in ("DictConfig", "ListConfig")):
        return node
    return _held_itself(node) if is_one(node) else _children(node, lambda child: _held_in_plain(child, is_one))


def _held(node: Node, is_one: Callable[[Node], bool]) -> Node:
    return _held_itself(node) if is_one(node) else _children(node, lambda child: _held(child, is_one))


def _held_itself(node: Node) -> Node:
    return node if node.source().startswith("t.held(") else Name(f"t.held({node.source()})")


# ---- other changes


def edited(case: Case, change: Callable[[Node], Node]) -> Case:
    """The case with every node changed, from the leaves up."""

    def walk(node: Node) -> Node:
        return change(_children(node, walk))

    root, siblings, args, kwargs = case.parts()
    # The trees of the arguments and the siblings are no nodes of the case.
    rest = tuple(_children(part, walk) for part in (siblings, args, kwargs))
    return case.with_parts((walk(root), *rest))


def without_keys(case: Case, is_dropped: Callable[[Any, Node], bool], *, of_groups: bool = False) -> Case:
    """The case without some keys of its mappings, arguments of the call included."""

    def dropped(node: Node) -> Node:
        if not isinstance(node, Map) or (of_groups and node.get("_target_")):
            return node
        return Map(tuple(item for item in node.items if not is_dropped(*item)), node.kind)

    case = edited(case, dropped)
    if of_groups and (case.kwargs.get("_target_") or (isinstance(case.root, Map) and case.root.get("_target_"))):
        return case
    return replace(case, kwargs=Map(tuple(item for item in case.kwargs.items if not is_dropped(*item))))


def with_partials_in_args_of_groups(case: Case) -> Case:
    """The case with partials for what would be called in the `_args_` of mappings without a target."""

    def partials(node: Node) -> Node:
        if isinstance(node, Map) and node.get("_target_"):
            node = Map((*(item for item in node.items if item[0] != "_partial_"), ("_partial_", Leaf(True))), node.kind)
        return _children(node, partials)

    def changed(node: Node) -> Node:
        if not isinstance(node, Map) or node.get("_target_"):
            return node
        return node.with_children(tuple(partials(child) if key == "_args_" else child for key, child in node.items))

    return case if case.kwargs.get("_target_") else edited(case, changed)


def with_one_for_counts(case: Case) -> Case:
    """The case with what the resolver that counts gives first, wherever it is called."""

    def told(node: Node) -> Node:
        text = node.value if isinstance(node, Leaf) else None
        if not isinstance(text, str) or COUNTS not in text:
            return node
        return Leaf(1 if text == COUNTS else text.replace(COUNTS, "1"))

    return edited(case, told)


def with_arguments_followed(case: Case) -> Case:
    """The case with what stands in an argument of the call for each interpolation that leads there."""

    def followed(node: Node) -> Node:
        text = node.value if isinstance(node, Leaf) else None
        path = re.fullmatch(r"\$\{\.?(\w+(?:\.\w+|\[\w+\])*)\}", text) if isinstance(text, str) else None
        found: Node | None = case.kwargs if path else None
        for key in re.findall(r"\w+", path[1]) if path else ():
            if isinstance(found, Seq):
                found = found.items[int(key)] if key.isdigit() and int(key) < len(found.items) else None
            else:
                found = found.get(key) if isinstance(found, Map) else None
        return found or node

    return edited(case, followed)


def with_text_keys(case: Case) -> Case:
    """The case in which every key of a mapping is a text."""

    def named(node: Node) -> Node:
        return Map(tuple((str(key), value) for key, value in node.items), node.kind) if isinstance(node, Map) else node

    return edited(case, named)


def with_dollar_written(case: Case) -> Case:
    """The case with the text itself, escaped twice, for a target that gives one in a list, where it is read again."""
    return edited(case, lambda node: Leaf("price \\\\\\${nowhere}") if calls(node, "gives_dollar") else node)


def without_overridden_interpolations(case: Case) -> Case:
    """The case with nothing in particular for each interpolation that an argument of the call takes the place of."""

    def told(node: Node, given: Node | None) -> Node:
        is_interpolation = isinstance(node, Leaf) and isinstance(node.value, str) and "${" in node.value
        return Leaf(0) if is_interpolation and given is not None else node

    return replace(case, root=_children_with(case.root, case.kwargs, told)) if isinstance(case.root, Map) else case


def isolated(case: Case) -> Case:
    """The case in which Hydra 1.4 resolves the config as a whole before it builds anything."""
    return replace(case, kwargs=Map((*case.kwargs.items, ("isolate", Leaf(True)))))


def not_recursive(case: Case) -> Case:
    """The case in which only the top level is built."""
    return replace(case, kwargs=Map((*case.kwargs.items, ("_recursive_", Leaf(False)))))


def with_mode(case: Case, key: str, value: bool) -> Case:
    """The case with a mode key set to this wherever it is said."""

    def told(node: Node) -> Node:
        if not isinstance(node, (Map, Structured)):
            return node
        pairs = node.items if isinstance(node, Map) else node.fields
        return node.with_children(tuple(Leaf(value) if name == key else child for name, child in pairs))

    case = edited(case, told)
    return replace(case, kwargs=told(case.kwargs))


def harmless(case: Case) -> Case:
    """The case with targets that keep what they are given for those that raise, or may raise, when they run."""
    return edited(not_raising(case), lambda node: _calling(node, "join") if calls(node, *_UNKNOWN) else node)


def not_raising(case: Case) -> Case:
    """The case with targets that keep what they are given for those that raise when they run, whatever it is."""
    return edited(case, lambda node: _calling(node, "keep") if calls(node, *_RAISING) else node)


def unedited(case: Case) -> Case:
    """The case in which the target that edits what it is given leaves it alone."""
    return replace(case, flags=(*dict.fromkeys((*case.flags, "nothing edited")),))


def keeping(case: Case) -> Case:
    """The case with targets that keep what they are given wherever there is one."""
    return edited(case, lambda node: _calling(node, "Box") if isinstance(node, Map) and node.get("_target_") else node)


def _calling(node: Node, name: str) -> Node:
    assert isinstance(node, Map)
    return node.with_children(
        tuple(Leaf(f"{HERE}.{name}") if key == "_target_" else child for key, child in node.items)
    )


def _children(node: Node, change: Callable[[Node], Node]) -> Node:
    return node.with_children(tuple(map(change, node.children())))


def with_plain_args(case: Case) -> Case:
    """The case with positional arguments of the call that nobody builds."""
    return replace(case, args=tuple(arg if isinstance(arg, (Leaf, Name)) else _held_itself(arg) for arg in case.args))
