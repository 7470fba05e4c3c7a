"""The one name that an object goes by, whichever path led to it, and the callable that a call really reaches."""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, Final

# Where the interpreter keeps what it offers under another name.
_MODULE_ALIASES = {
    "posix": "os",
    "nt": "os",
    "posixpath": "os.path",
    "ntpath": "os.path",
    "_operator": "operator",
    "_contextvars": "contextvars",
    "_weakref": "weakref",
    "_thread": "threading",
    "_functools": "functools",
    "_pickle": "pickle",
    "_io": "io",
    "_pyio": "io",
    "_ctypes": "ctypes",
    "_frozen_importlib": "importlib._bootstrap",
    "_frozen_importlib_external": "importlib._bootstrap_external",
    "pathlib._abc": "pathlib",
    "pathlib._local": "pathlib",
    "setuptools._distutils": "distutils",
}
# Classes that are another one in all but name.
_CLASS_ALIASES = {
    "abc.abstractclassmethod": "builtins.classmethod",
    "abc.abstractproperty": "builtins.property",
    "abc.abstractstaticmethod": "builtins.staticmethod",
    "builtins.function": "types.FunctionType",
    "builtins.method": "types.MethodType",
    "builtins.method_descriptor": "types.MethodDescriptorType",
    "builtins.wrapper_descriptor": "types.WrapperDescriptorType",
    "builtins.classmethod_descriptor": "types.ClassMethodDescriptorType",
    "builtins.open": "io.open",
    "collections.UserString.format": "builtins.str.format",
    "collections.UserString.format_map": "builtins.str.format_map",
    "enum.DynamicClassAttribute": "builtins.property",
    "enum.property": "builtins.property",
    "pathlib.PathBase": "pathlib.Path",
    "types.DynamicClassAttribute": "builtins.property",
}
# `list[int]` and `Stack[int]`, which make a list and a Stack when they are called.
_ALIASES: Final[tuple[Any, ...]] = (types.GenericAlias, type(typing.List[int]))  # noqa: UP006
_BOUND = (types.MethodType, types.BuiltinMethodType, types.MethodWrapperType)


class Transparent:
    """A callable that goes by the name of what it calls."""

    __slots__ = ("__wrapped__",)

    def __init__(self, target: Callable[..., Any]) -> None:
        self.__wrapped__ = target


def canonical_name(name: str) -> str:
    """A dotted name with its aliases replaced.

    >>> canonical_name("posix.system"), canonical_name("abc.abstractproperty.getter")
    ('os.system', 'builtins.property.getter')
    """
    for aliases in (_MODULE_ALIASES, _CLASS_ALIASES):
        head, tail = name, ""
        while head and head not in aliases:
            head, dot, last = head.rpartition(".")
            tail = f"{dot}{last}{tail}"
        if head:
            name = f"{aliases[head]}{tail}"
    return name


def identity(obj: object) -> str:
    """The canonical name of an object.

    Of a module it is its name, of a class or function where it is defined, of a partial or a `__call__` what it calls,
    of any other instance its class.

    >>> import os, functools
    >>> identity(functools.partial(os.system, "ls")), identity(os.system.__call__), identity("".join)
    ('os.system', 'os.system', 'builtins.str.join')
    """
    obj, _, _ = invoked(obj, (), {})
    return canonical_name(_name(obj))


def receiver(obj: object) -> Any:
    """What a bound method is bound to; None for anything else.

    >>> receiver("text".join)
    'text'
    """
    return obj.__self__ if isinstance(obj, _BOUND) else None


def plain_name(obj: object) -> str:
    """An object's `__name__`; "" where it has none, or one that is no string.

    >>> plain_name([].append), plain_name(3)
    ('append', '')
    """
    name = _attribute(obj, "__name__")
    return name if isinstance(name, str) else ""


def invoked(
    obj: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[Any, tuple[Any, ...], Mapping[str, Any]]:
    """What a call really calls, and with what: partials, `__call__`s and a class's parameters are taken off.

    >>> import functools
    >>> invoked(functools.partial(int, "11").__call__, (), {"base": 2})
    (<class 'int'>, ('11',), {'base': 2})
    """
    seen: set[int] = set()
    while id(obj) not in seen:
        seen.add(id(obj))
        if isinstance(obj, functools.partial):
            obj, args, kwargs = obj.func, (*_with_placeholders(obj.args, args),), {**obj.keywords, **kwargs}
        elif isinstance(obj, Transparent):
            obj = obj.__wrapped__
        elif isinstance(obj, _ALIASES):
            obj = obj.__origin__
        elif isinstance(obj, _BOUND) and obj.__name__ == "__call__" and callable(obj.__self__):
            obj = obj.__self__
        elif isinstance(obj, types.WrapperDescriptorType) and obj.__name__ == "__call__" and args and callable(args[0]):
            obj, args = args[0], args[1:]
    return obj, args, kwargs


def _with_placeholders(bound: tuple[Any, ...], args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arguments of a partial followed by those of a call; the call's fill the gaps first (Python 3.14)."""
    gap = getattr(functools, "Placeholder", None)
    n_gaps = 0 if gap is None else sum(argument is gap for argument in bound)
    if n_gaps == 0 or n_gaps > len(args):
        return (*bound, *args)
    fillings = iter(args)
    filled = [next(fillings) if argument is gap else argument for argument in bound]
    return (*filled, *fillings)


def _name(obj: Any) -> str:
    if isinstance(obj, types.ModuleType):
        return obj.__name__
    if isinstance(obj, types.BuiltinMethodType) and obj.__name__ == "__new__" and isinstance(obj.__self__, type):
        # Calling X.__new__ is making an X; type.__new__, which makes classes, has a name of its own.
        made = obj.__self__
        return "builtins.type.__new__" if issubclass(made, type) else _name(made)
    owner = _attribute(obj, "__objclass__")
    if isinstance(owner, type):
        return f"{_name(owner)}.{plain_name(obj)}"
    module, qualname = _attribute(obj, "__module__"), _attribute(obj, "__qualname__")
    if isinstance(module, str) and isinstance(qualname, str):
        return f"{module}.{qualname}"
    if isinstance(obj, types.BuiltinMethodType) and isinstance(qualname, str):
        held = obj.__self__
        return f"{(held if isinstance(held, type) else type(held)).__module__}.{qualname}"
    return f"{type(obj).__module__}.{type(obj).__qualname__}"


def _attribute(obj: object, name: str) -> Any:
    try:
        return getattr(obj, name, None)
    except Exception:  # a __getattr__ of somebody else's; a name is not worth an error
        return None
