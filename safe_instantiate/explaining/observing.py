"""A plan whose calls are observed while they are built; the builder itself knows nothing of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from safe_instantiate.planning.nodes import Call, Held, Mapping, Observed, PlanNode, Sequence, Shared

#: What is entered before a call's arguments are built and left when the call has returned.
Around = Callable[[Call], AbstractContextManager[Any]]
_Key = TypeVar("_Key")


def observed(root: Any, around: Around) -> Any:
    """The same plan, with `around` around each of its calls; a shared call is entered once."""
    return _Observer(around).node(root)


class _Observer:
    def __init__(self, around: Around) -> None:
        self._around = around
        self._shared: dict[int, Shared] = {}

    def node(self, node: Any) -> Any:
        match node:
            case Call():
                call = _copy(node, built=self._all(node.built), built_args=self._all(node.built_args))
                return Observed(call, lambda: self._around(node))
            case Mapping():
                return _copy(node, built=self._all(node.built))
            case Sequence():
                return _copy(node, nodes=[self.node(child) for child in node.nodes])
            case Held():
                return _copy(node, node=self.node(node.node))
            case Shared():
                if id(node) not in self._shared:
                    self._shared[id(node)] = Shared(self.node(node.node))
                return self._shared[id(node)]
        return node

    def _all(self, built: Iterable[tuple[_Key, PlanNode]]) -> tuple[tuple[_Key, PlanNode], ...]:
        return tuple((key, self.node(child)) for key, child in built)


def _copy(node: PlanNode, /, **changes: Any) -> PlanNode:
    new = node.__class__.__new__(node.__class__)
    for cls in node.__class__.__mro__:
        for name in getattr(cls, "__slots__", ()):
            setattr(new, name, changes[name] if name in changes else getattr(node, name))
    return new
