"""Which corners the cases have been to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from tests.differential import targets
from tests.differential.cases import Case, Leaf, Map, Name, Node, Seq, Structured
from tests.differential.generator import CALLEES, CONVERT, FAILING, MISSPELT, RESOLVER_CALLS, STRUCTURED

#: One feature of a case: the kind of corner, and which.
Feature = tuple[str, str]

_CONTROL_KEYS = ("_target_", "_args_", "_partial_", "_recursive_", "_convert_")
_FORMS = (
    ("escaped", re.compile(r"\\\$\{")),
    ("nested", re.compile(r"\$\{[^}]*\$\{pick\}")),
    ("bracket", re.compile(r"\$\{\w+\[")),
    ("relative", re.compile(r"\$\{\.\w")),
    ("relative, further up", re.compile(r"\$\{\.\.+\w")),
    ("in a string", re.compile(r"x-\$\{")),
    ("absent", re.compile(r"\$\{[.\w]*absent\}")),
    ("malformed", re.compile(r"\$\{unclosed")),
    ("resolver", re.compile(r"\$\{[\w.]+:")),
    ("absolute", re.compile(r"^\$\{\w[\w.]*\}")),
)
_LEAVES = {"NoneType": "None", "bytes": "bytes", "PosixPath": "path", "Color": "enum"}
_RESOLVERS = tuple(dict.fromkeys(re.findall(r"\$\{([\w.]+):", " ".join(RESOLVER_CALLS))))

#: Every corner there is.
CORNERS: dict[str, tuple[str, ...]] = {
    "control key": (*_CONTROL_KEYS, *MISSPELT),
    "mode": (*CONVERT, "other spelling", "ConvertMode", "wrong"),
    "node": (
        *("scalar", "None", "bytes", "path", "enum", "missing", "dict", "list", "tuple", "OrderedDict", "DictConfig"),
        *("ListConfig", "target", "callable", "group", "odd key", "structured class"),
    ),
    "live": tuple(targets.LIVE),
    "structured": tuple(STRUCTURED),
    "target": tuple(callee.path for callee in (*CALLEES, *FAILING)),
    "interpolation": tuple(name for name, _ in _FORMS),
    "resolver": _RESOLVERS,
    "top": ("plain", "config", "child", "item", "struct", "readonly", "target", "group", "list", "structured", "live"),
    "call site": (
        *("override", "new key", "control key", "dict into target", "dict into mapping", "list", "DictConfig", "None"),
        *("live", "dataclass", "dataclass with target", "tuple", "interpolation", "positional"),
    ),
}


def features(case: Case) -> set[Feature]:
    """The corners that the case has been to."""
    found = {("top", case.form), *(("top", flag) for flag in case.flags), ("top", _top(case.root))}
    for node in case.nodes():
        found.update(_of_node(node))
    found.update(("call site", name) for name in _of_call(case))
    return {feature for feature in found if feature[1] in CORNERS[feature[0]]}


def _top(node: Node) -> str:
    if isinstance(node, Map):
        return "target" if node.get("_target_") else "group"
    return {Seq: "list", Structured: "structured", Name: "live"}.get(type(node), "scalar")


def _of_node(node: Node) -> Iterator[Feature]:
    if isinstance(node, Leaf):
        yield from _of_leaf(node.value)
    elif isinstance(node, Name):
        yield ("live", node.live) if node.live else ("node", "callable")
    elif isinstance(node, Structured):
        yield "structured", node.cls
        if node.bare:
            yield "node", "structured class"
    elif isinstance(node, Seq):
        yield "node", node.kind
    else:
        yield "node", node.kind
        yield "node", "target" if node.get("_target_") else "group"
        for key, value in node.items:
            if not isinstance(key, str):
                yield "node", "odd key"
                continue
            yield "control key", key
            if key == "_target_" and isinstance(value, Leaf):
                yield "target", str(value.value)
            if key == "_convert_" and isinstance(value, Leaf):
                yield "mode", _mode(value.value)


def _of_leaf(value: object) -> Iterator[Feature]:
    if isinstance(value, str) and "${" in value:
        yield from (("interpolation", name) for name, pattern in _FORMS if pattern.search(value))
        yield from (("resolver", name) for name in re.findall(r"\$\{([\w.]+):", value))
        return
    yield "node", "missing" if value == "???" else _LEAVES.get(type(value).__name__, "scalar")


def _mode(value: object) -> str:
    if isinstance(value, str):
        return value if value in CONVERT else "other spelling" if value.lower() in CONVERT else "wrong"
    return type(value).__name__ if type(value).__name__ == "ConvertMode" else "wrong"


def _of_call(case: Case) -> Iterator[str]:
    if case.args:
        yield "positional"
    for key, value in case.kwargs.items:
        own = case.root.get(key) if isinstance(case.root, Map) else None
        yield "control key" if key in _CONTROL_KEYS else "override" if own is not None else "new key"
        if isinstance(value, Map):
            if isinstance(own, Map):
                yield "dict into target" if own.get("_target_") else "dict into mapping"
            if value.kind == "DictConfig":
                yield "DictConfig"
        elif isinstance(value, Seq):
            yield value.kind
        elif isinstance(value, Structured) and not value.bare:
            yield "dataclass with target" if hasattr(getattr(targets, value.cls), "_target_") else "dataclass"
        elif isinstance(value, Name) and value.live:
            yield "live"
        elif isinstance(value, Leaf):
            yield "None" if value.value is None else "interpolation" if "${" in str(value.value) else "scalar"


def report(seen: Counter[Feature]) -> str:
    """A line for each kind of corner: how many were visited, the least visited one, and which never were."""
    lines = []
    for kind, names in CORNERS.items():
        counts = {name: seen[kind, name] for name in names}
        never = [name for name, count in counts.items() if not count]
        rarest = min(counts, key=lambda name: counts[name])
        missed = f"; never: {', '.join(never)}" if never else f"; rarest: {rarest} ({counts[rarest]})"
        lines.append(f"  {kind}: {len(names) - len(never)} of {len(names)}{missed}")
    return "\n".join(lines)
