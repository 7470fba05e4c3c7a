"""A case as data: what is instantiated and with which arguments, which prints itself as Python."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Literal, Union

#: Where a node is inside another: the position of each step among its parent's children.
Path = tuple[int, ...]
Form = Literal["plain", "config", "child", "item"]
Kind = Literal["dict", "OrderedDict", "DictConfig", "list", "tuple", "ListConfig"]


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A literal: a scalar, an enum member, a path, bytes, an interpolation ..."""

    value: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Leaf) and self.source() == other.source()  # 1 is not True here

    def __hash__(self) -> int:
        return hash(self.source())

    def children(self) -> tuple[Node, ...]:
        return ()

    def with_children(self, children: tuple[Node, ...]) -> Leaf:
        return self

    def source(self) -> str:
        if isinstance(self.value, Enum):
            module = "t." if type(self.value).__name__ == "Color" else ""
            return f"{module}{type(self.value).__name__}.{self.value.name}"
        return repr(self.value)


@dataclass(frozen=True, slots=True)
class Name:
    """A Python object by its expression: a callable of `targets`, or a live object."""

    expression: str

    def children(self) -> tuple[Node, ...]:
        return ()

    def with_children(self, children: tuple[Node, ...]) -> Name:
        return self

    def source(self) -> str:
        return self.expression

    @property
    def live(self) -> str | None:
        """The live object's name, if it is one."""
        return self.expression[len("t.live('") : -2] if self.expression.startswith("t.live(") else None


@dataclass(frozen=True, slots=True)
class Map:
    """A mapping, by its keys and values."""

    items: tuple[tuple[Any, Node], ...]
    kind: Kind = "dict"

    def children(self) -> tuple[Node, ...]:
        return tuple(value for _, value in self.items)

    def with_children(self, children: tuple[Node, ...]) -> Map:
        return Map(tuple((key, child) for (key, _), child in zip(self.items, children, strict=True)), self.kind)

    def get(self, key: Any) -> Node | None:
        return next((value for name, value in self.items if name == key and type(name) is type(key)), None)

    def source(self) -> str:
        body = "{" + ", ".join(f"{Leaf(key).source()}: {value.source()}" for key, value in self.items) + "}"
        if self.kind == "OrderedDict":
            return f"OrderedDict({body})"
        if self.kind == "DictConfig":
            return f"OmegaConf.create({body}, flags={{'allow_objects': True}})"
        return body


@dataclass(frozen=True, slots=True)
class Seq:
    """A sequence."""

    items: tuple[Node, ...]
    kind: Kind = "list"

    def children(self) -> tuple[Node, ...]:
        return self.items

    def with_children(self, children: tuple[Node, ...]) -> Seq:
        return Seq(children, self.kind)

    def source(self) -> str:
        body = ", ".join(value.source() for value in self.items)
        if self.kind == "tuple":
            return f"({body},)" if self.items else "()"
        if self.kind == "ListConfig":
            return f"OmegaConf.create([{body}], flags={{'allow_objects': True}})"
        return f"[{body}]"


@dataclass(frozen=True, slots=True)
class Structured:
    """A structured config: an instance of a class of `targets`, or the class itself."""

    cls: str
    fields: tuple[tuple[str, Node], ...] = ()
    bare: bool = False

    def children(self) -> tuple[Node, ...]:
        return tuple(value for _, value in self.fields)

    def with_children(self, children: tuple[Node, ...]) -> Structured:
        return Structured(
            self.cls, tuple((key, child) for (key, _), child in zip(self.fields, children, strict=True)), self.bare
        )

    def source(self) -> str:
        if self.bare:
            return f"t.{self.cls}"
        return f"t.{self.cls}({', '.join(f'{key}={value.source()}' for key, value in self.fields)})"


Node = Union[Leaf, Name, Map, Seq, Structured]


#: What a case may ask of the targets, by its flag.
_FOR_ONE_CASE = {"held results": "t.hold_results()", "nothing edited": "t.edit_nothing()"}


@dataclass(frozen=True, slots=True)
class Case:
    """One call: the config, how it is handed over, and the arguments beside it."""

    root: Node
    form: Form = "plain"
    siblings: Map = field(default_factory=lambda: Map(()))
    flags: tuple[str, ...] = ()
    args: tuple[Node, ...] = ()
    kwargs: Map = field(default_factory=lambda: Map(()))

    def parts(self) -> tuple[Node, ...]:
        """Every tree of the case."""
        return (self.root, self.siblings, Seq(self.args), self.kwargs)

    def with_parts(self, parts: tuple[Node, ...]) -> Case:
        root, siblings, args, kwargs = parts
        assert isinstance(siblings, Map) and isinstance(args, Seq) and isinstance(kwargs, Map)
        return replace(self, root=root, siblings=siblings, args=args.items, kwargs=kwargs)

    def nodes(self) -> Iterator[Node]:
        for part in self.parts():
            yield from walk(part)

    def source(self) -> str:
        """The statements that make `whole` (what the caller owns), `config`, `args` and `kwargs`."""
        lines = [line for flag, line in _FOR_ONE_CASE.items() if flag in self.flags]
        lines.append(f"whole = config = {self.root.source()}")
        if self.form != "plain":
            root = "config"
            if self.form in ("child", "item"):
                child = {"child": "config", "item": "[config]"}[self.form]
                siblings = "".join(f", {Leaf(key).source()}: {value.source()}" for key, value in self.siblings.items)
                root = f"{{'child': {child}{siblings}}}"
            lines.append(f"whole = config = OmegaConf.create({root}, flags={{'allow_objects': True}})")
            if "struct" in self.flags:
                lines.append("OmegaConf.set_struct(whole, True)")
            if "readonly" in self.flags:
                lines.append("OmegaConf.set_readonly(whole, True)")
            if self.form in ("child", "item"):
                lines.append("config = whole.child" + ("[0]" if self.form == "item" else ""))
        lines.append(f"args = {Seq(self.args, 'tuple').source()}")
        lines.append(f"kwargs = {self.kwargs.source()}")
        return "\n".join(lines)

    def snippet(self) -> str:
        """The case as a short script that a person can run."""
        source = self.source().replace("whole = config = ", "config = ") if self.form == "plain" else self.source()
        used = [
            line
            for name, line in {
                "OrderedDict": "from collections import OrderedDict",
                "PosixPath": "from pathlib import PosixPath",
                "ConvertMode": "from hydra.types import ConvertMode",
                "OmegaConf": "from omegaconf import OmegaConf",
            }.items()
            if name in source
        ]
        lines = [line for line in source.splitlines() if line not in ("args = ()", "kwargs = {}")]
        call = ["config", *(["*args"] if self.args else []), *(["**kwargs"] if self.kwargs.items else [])]
        imports = [*used, "from tests.differential import targets as t"]
        return "\n".join([*imports, "", *lines, f"instantiate({', '.join(call)})"])


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    for child in node.children():
        yield from walk(child)


def paths(node: Node, at: Path = ()) -> Iterator[tuple[Path, Node]]:
    """The node and everything below it, each with its place."""
    yield at, node
    for index, child in enumerate(node.children()):
        yield from paths(child, (*at, index))


def put(node: Node, path: Path, new: Node) -> Node:
    """The tree with the node at `path` replaced."""
    if not path:
        return new
    children = list(node.children())
    children[path[0]] = put(children[path[0]], path[1:], new)
    return node.with_children(tuple(children))


def plain_inside(node: Node) -> Node:
    """The node with dicts for its OrderedDicts: OmegaConf takes in the former alone."""
    node = node.with_children(tuple(map(plain_inside, node.children())))
    return replace(node, kind="dict") if isinstance(node, Map) and node.kind == "OrderedDict" else node


def control_keys(case: Case) -> Iterator[tuple[str, Node]]:
    """Every key of the case that looks like one of Hydra's own, with its value."""
    for node in case.nodes():
        pairs: tuple[tuple[Any, Node], ...] = ()
        if isinstance(node, Map):
            pairs = node.items
        elif isinstance(node, Structured):
            pairs = node.fields
        for key, value in pairs:
            if isinstance(key, str) and len(key) > 2 and key.startswith("_") and key.endswith("_"):
                yield key, value
