"""Everything about a config that a careless engine could change."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from omegaconf import Container, Node, OmegaConf

Fact = tuple[Any, ...]

SCALARS = (str, bytes, int, float, complex, bool, type(None))


def facts(config: Any) -> list[Fact]:
    """What `config` is made of, down to the last value and, for a node of OmegaConf, up to the root of its tree.

    Two equal lists mean: the same objects, in the same places, under the same parents, with the same flags and types,
    holding the same values. Values are told apart by identity, so none of their own methods is called; a plain scalar
    is told by what it prints. The walk keeps its own stack: configs may be nested deeper than Python recurses.

    >>> from omegaconf import OmegaConf
    >>> config = OmegaConf.create({"a": [1]})
    >>> before = facts(config)
    >>> facts(config) == before
    True
    >>> config.a.append(2)
    >>> facts(config) == before
    False
    """
    found: list[Fact] = []
    seen: set[int] = set()
    pending: list[tuple[Any, Any]] = [("top", config)]
    if isinstance(config, Node):
        pending.append(("root", config._get_root()))
    while pending:
        place, value = pending.pop()
        found.append((place, *_own_facts(value)))
        if id(value) not in seen and not isinstance(value, SCALARS):
            seen.add(id(value))
            pending.extend(_children(value))
    return found


def _own_facts(value: Any) -> Fact:
    if isinstance(value, Node):
        meta = value._metadata
        own = dict(meta.flags or {})
        return (type(value), id(value), id(value._get_parent()), meta.key, own, meta.object_type, meta.ref_type)
    if isinstance(value, SCALARS):
        return (type(value), repr(value))
    return (type(value), id(value))


def _children(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, Container):
        content = value.__dict__["_content"]
        if isinstance(content, dict):
            yield from content.items()
        elif isinstance(content, list):
            yield from enumerate(content)
        else:
            yield "content", content
    elif isinstance(value, Node):
        yield "content", value._value()
    elif type(value) is dict:
        yield from value.items()
    elif type(value) in (list, tuple):
        yield from enumerate(value)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))


def locked(config: Any) -> Any:
    """The config as OmegaConf's, with both of its locks on."""
    container = OmegaConf.create(config, flags={"allow_objects": True})
    OmegaConf.set_struct(container, True)
    OmegaConf.set_readonly(container, True)
    return container
