"""Reading a whole container in one look, where nothing in it has to wait for its turn.

The reader gives values one by one, in Hydra's order, since a resolver may count or draw. Most containers hold nothing
of the kind: plain values, containers, and interpolations that lead to plain values. These are read here, at a third of
the cost. Knows the layout of OmegaConf's nodes, as `reader.py` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from omegaconf import (
    AnyNode,
    BooleanNode,
    BytesNode,
    DictConfig,
    EnumNode,
    FloatNode,
    IntegerNode,
    PathNode,
    StringNode,
)
from omegaconf.base import Container

from safe_instantiate.config.reader import CONTAINERS, WHOLE, simple_path, structured_type
from safe_instantiate.config.standing import MISSING

#: Nodes that hold one value.
_VALUE_NODES: Final = frozenset(
    {AnyNode, BooleanNode, BytesNode, EnumNode, FloatNode, IntegerNode, PathNode, StringNode}
)
#: The classes of values that nobody has to look at twice; a text may be an interpolation.
_ATOMS: Final = frozenset({int, float, bool, type(None)})


#: All values of a container, and the keys or indices of those that are not plain. No class: making its instances would
#: be a tenth of planning.
Glance: TypeAlias = tuple[Any, list[Any]]


class Glances:
    """Looks at the containers of one config."""

    __slots__ = ("_constants", "_parent", "_root")

    def __init__(self) -> None:
        self._root: Any = None
        self._parent: Any = None  # of the container that was asked about last: its siblings have the same root
        self._constants: dict[str, Any] = {}

    def at_mapping(self, config: DictConfig) -> Glance | None:
        """The keys of a mapping with their values, control keys among them; None where the reader has to be asked.

        That is where a value is `???`, or an interpolation that may come to something else when it is read again.
        """
        values: dict[Any, Any] = {}
        special: list[Any] = []
        content: dict[Any, Any] = config._content  # type: ignore[assignment]
        for key, node in content.items():
            cls = node.__class__
            if cls is AnyNode or cls in _VALUE_NODES:
                value = node._val
                kind = value.__class__
                if kind is str:
                    if "${" in value:
                        value = self._constant(config, value) if cls is AnyNode else MISSING
                    if value is MISSING or value == "???":
                        return None
                elif kind not in _ATOMS:
                    if isinstance(value, str):
                        return None
                    special.append(key)
            elif cls in CONTAINERS and node._content.__class__ in WHOLE:
                value = node
                special.append(key)
            else:
                return None
            values[key] = value
        return values, special

    def at_items(self, config: Any) -> Glance | None:
        """The values of a list, likewise."""
        nodes = config._content
        # Containers are looked at one by one, by the reader: a look at all of them in advance would fetch each from
        # memory twice.
        if (nodes and nodes[0].__class__ in CONTAINERS) or not {node.__class__ for node in nodes} <= _VALUE_NODES:
            return None
        values = [node._val for node in nodes]
        if {value.__class__ for value in values} <= _ATOMS:
            return values, []
        if any(isinstance(value, str) and ("${" in value or value == "???") for value in values):
            return None
        return values, [index for index, value in enumerate(values) if value.__class__ not in _ATOMS]

    def _constant(self, config: Container, text: str) -> Any:
        """What an interpolation comes to, if that is the same whenever it is read; `MISSING` if it may be another.

        So it is where absolute paths lead to plain values (`${a.b}`), and for texts of such (`${a.b}/train`).
        """
        # A config without parent is a root itself, and there may be several: one that the call gave stands for itself.
        if config._parent is not self._parent or config._parent is None:
            self._parent = config._parent
            root: Any = config
            while (above := root._parent) is not None:
                root = above
            if root is not self._root:
                self._root, self._constants = root, {}
        constant = self._constants.get(text, self)
        if constant is self:
            constant = self._constants[text] = _constant_of(self._root, text)
        return constant


_PIECES: Final = re.compile(r"(\$\{[^${}\\]*\})")


def _constant_of(root: Any, text: str) -> Any:
    path = simple_path(text)
    if path is not None:
        return _constant_at(root, path)
    made = []
    for piece in _PIECES.split(text):
        if piece.startswith("${"):
            path = simple_path(piece)
            value = MISSING if path is None else _constant_at(root, path)
            if value is MISSING:
                return MISSING
            made.append(str(value))
        elif "$" in piece or "\\" in piece:
            return MISSING
        else:
            made.append(piece)
    whole = "".join(made)
    return MISSING if "${" in whole else whole


def takes_anything(config: DictConfig, key: Any) -> bool:
    """Whether merging a value into a mapping under a key is just putting it there: no type is declared for it."""
    metadata, content = config._metadata, config._content
    return (
        metadata.element_type is Any
        and metadata.key_type is Any
        and metadata.object_type in (None, dict)
        and content.__class__ is dict
        and (key not in content or content[key].__class__ is AnyNode)
    )


def missing_fields(config: Container, read: Callable[[Any], Any]) -> Iterator[tuple[Any, ...]]:
    """The fields of Structured Configs in a config that are `???`, each with its keys; `read` gives a node's value."""
    children: Any = config._content
    is_structured = config.__class__ is DictConfig and structured_type(config) is not None
    for key, child in children.items() if children.__class__ is dict else enumerate(children):
        value = read(child)
        if value is MISSING and is_structured:
            yield (key,)
        elif value.__class__ in CONTAINERS:
            for path in missing_fields(value, read):
                yield (key, *path)


def _constant_at(root: Any, path: tuple[int, tuple[str, ...]]) -> Any:
    if path[0]:  # a relative one, which leads elsewhere from elsewhere
        return MISSING
    at = root
    for key in path[1]:
        content = at._content if at.__class__ is DictConfig else None
        if content.__class__ is not dict or key not in content:
            return MISSING
        at = content[key]
    if at.__class__ not in _VALUE_NODES:
        return MISSING
    value = at._val
    is_plain = value.__class__ in _ATOMS or (value.__class__ is str and "${" not in value and value != "???")
    return value if is_plain else MISSING
