"""The way that a dotted path took: whether it still leads where it led, with nothing kept alive to tell."""

from __future__ import annotations

import functools
import sys
import weakref
from collections.abc import Callable, Iterable
from types import BuiltinMethodType, MethodType, MethodWrapperType, ModuleType
from typing import Any, Final, Literal

# Looked up on a class or an instance, these are made anew each time: equal, but never the same object.
_MADE_ON_LOOKUP = (MethodType, BuiltinMethodType, MethodWrapperType)


_Kind = Literal[0, 1, 2]
#: How a step is taken: a module holds it, it is a module that was imported, or its owner gives it when it is asked.
_HELD: Final = 0
_IMPORTED: Final = 1
_GIVEN: Final = 2


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
        steps: list[tuple[_Kind, str, Callable[[], object]]] = []
        for count, (name, obj) in enumerate(zip(names, objects, strict=True), start=1):
            module = ".".join(names[:count])
            if isinstance(owner, ModuleType) and vars(owner).get(name) is obj:
                steps.append((_HELD, name, _reference(obj)))
            elif (owner is None or isinstance(owner, ModuleType)) and sys.modules.get(module) is obj:
                steps.append((_IMPORTED, module, _reference(obj)))
            else:  # through a class, an instance or a module that makes its names up on demand
                steps.append((_GIVEN, name, _reference(obj)))
            owner = obj
        self._steps = tuple(steps)

    def end(self) -> Any:
        """What the path leads to; None if following it now would not give the same object."""
        owner: Any = None
        for kind, name, reference in self._steps:  # written out, for every node of every config comes here
            obj = reference()
            if kind == _HELD:
                current = owner.__dict__.get(name) is obj
            elif kind == _IMPORTED:
                current = sys.modules.get(name) is obj
            else:
                current = _gives(owner, name, obj)
            if obj is None or not current:
                return None
            owner = obj
        return owner


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
            return functools.partial(_method, weakref.ref(obj.__self__), obj.__name__, type(obj))
        return weakref.ref(obj)
    except TypeError:
        return lambda: obj


def _method(bound_to: Callable[[], object], name: str, kind: type[Any]) -> Any:
    """The method of that name that is made for an object, unless something else has been put in its place since."""
    owner = bound_to()
    found: Any = None if owner is None else getattr(owner, name, None)
    return found if type(found) is kind and found.__self__ is owner and found.__name__ == name else None
