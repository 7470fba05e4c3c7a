"""Where a config is deep, found without going deep: the walk takes one level at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from safe_instantiate.config.reader import CONTAINERS, contents
from safe_instantiate.planning.nodes import Place, path_of

#: Fewer levels than these are walked by everybody, so what is too deep is something else.
_DEEP: Final = 60
#: How many of the keys are told: enough to know which part of a config it is.
_TOLD: Final = 6


def way_down(config: Any) -> tuple[Any, ...]:
    """The first keys on the way to the deepest container; none where no container is deep.

    >>> config = []
    >>> for _ in range(100_000):
    ...     config = {"next": config}
    >>> way_down({"lr": 0.1, "model": config})
    ('model', 'next', 'next', 'next', 'next', 'next')
    >>> way_down({"model": {"layers": [[1, 2]]}})
    ()
    """
    level: list[tuple[Place, Any]] = [(None, config)]
    seen, depth = {id(config)}, 0
    while True:
        below: list[tuple[Place, Any]] = []
        for place, node in level:
            for key, child in _children(node):
                if id(child) not in seen:
                    seen.add(id(child))
                    below.append(((place, key), child))
        if not below:
            return path_of(level[0][0])[:_TOLD] if depth >= _DEEP else ()
        level, depth = below, depth + 1


def _children(node: Any) -> list[tuple[Any, Any]]:
    held: Iterable[tuple[Any, Any]] = ()
    if node.__class__ in CONTAINERS:
        held = contents(node)
    elif isinstance(node, dict):
        held = node.items()
    elif isinstance(node, (list, tuple)):
        held = enumerate(node)
    return [
        (key, child) for key, child in held if child.__class__ in CONTAINERS or isinstance(child, (dict, list, tuple))
    ]
