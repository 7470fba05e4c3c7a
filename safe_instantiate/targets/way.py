"""The way that a dotted path took: whether it still leads where it led, with nothing kept alive to tell."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterable
from types import BuiltinMethodType, MethodType, MethodWrapperType, ModuleType
from typing import Any

# Looked up on a class or an instance, these are made anew each time: equal, but never the same object.
_MADE_ON_LOOKUP = (MethodType, BuiltinMethodType, MethodWrapperType)


class Way:
    """The steps of a path, each by a weak reference: naming a class once must not keep it.

    A module that was reloaded or removed, a function that a notebook cell defined anew, an object that its owner
    dropped break the way; nothing else does. What takes no weak references is kept: parts of the interpreter's types,
    and instances of classes with slots.

    Args:
        names: the parts of the path.
        objects: what each of them named.

    >>> import json
    >>> way = Way(["json", "JSONDecoder", "decode"], [json, json.JSONDecoder, json.JSONDecoder.decode])
    >>> way.end() is json.JSONDecoder.decode
    True
    """

    __slots__ = ("_steps",)

    def __init__(self, names: list[str], objects: Iterable[object]) -> None:
        owner: object = None
        steps: list[tuple[Callable[[Any, str, object], bool], str, Callable[[], object]]] = []
        for count, (name, obj) in enumerate(zip(names, objects, strict=True), start=1):
            module = ".".join(names[:count])
            if isinstance(owner, ModuleType) and vars(owner).get(name) is obj:
                steps.append((_holds, name, _reference(obj)))
            elif (owner is None or isinstance(owner, ModuleType)) and sys.modules.get(module) is obj:
                steps.append((_is_imported, module, _reference(obj)))
            else:  # through a class, an instance or a module that makes its names up on demand
                steps.append((_gives, name, _reference(obj)))
            owner = obj
        self._steps = tuple(steps)

    def end(self) -> Any:
        """What the path leads to; None if following it now would not give the same object."""
        owner: Any = None
        for leads, name, reference in self._steps:
            obj = reference()
            if obj is None or not leads(owner, name, obj):
                return None
            owner = obj
        return owner


def _is_imported(_: object, name: str, obj: object) -> bool:
    return sys.modules.get(name) is obj


def _holds(module: Any, name: str, obj: object) -> bool:
    return module.__dict__.get(name) is obj


def _gives(owner: object, name: str, obj: object) -> bool:
    try:
        found = getattr(owner, name)
    except Exception:
        return False
    return found is obj or (type(found) is type(obj) and isinstance(obj, _MADE_ON_LOOKUP) and bool(found == obj))


def _reference(obj: Any) -> Callable[[], object]:
    """What gives an object as long as somebody else keeps it, and None afterwards."""
    try:
        if isinstance(obj, MethodType):
            return weakref.WeakMethod(obj)
        if isinstance(obj, _MADE_ON_LOOKUP) and not isinstance(obj.__self__, ModuleType):
            bound_to, name = weakref.ref(obj.__self__), obj.__name__
            return lambda: getattr(bound_to(), name, None)
        return weakref.ref(obj)
    except TypeError:
        return lambda: obj
