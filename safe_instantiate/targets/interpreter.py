"""What belongs to the interpreter and the running process: no config may get hold of it, or change it."""

from __future__ import annotations

import functools
import os
import sys
import types
from collections import deque
from collections.abc import MutableMapping, MutableSequence, MutableSet

from safe_instantiate.targets.identity import Transparent, plain_name

#: What is made here decides what a config may do.
_GUARDS = frozenset(
    {
        "hydra._internal.execution_policy",
        "safe_instantiate.instantiator",
        "safe_instantiate.planning.settings",
        "safe_instantiate.targets.policy",
        "safe_instantiate.targets.whitelist",
    }
)


def state_reason(obj: object) -> str | None:
    """Why a config may not get hold of an object; None if it may.

    >>> import sys
    >>> state_reason(sys.modules)
    'it is the state of loaded modules'
    """
    if isinstance(obj, (types.CodeType, types.FrameType, types.TracebackType)):
        return "it is a live part of the interpreter"
    if obj is sys.modules or _is_module_namespace(obj):
        return "it is the state of loaded modules"
    if not isinstance(obj, functools.partial) and any(cls.__module__ in _GUARDS for cls in type(obj).__mro__):
        return "it is a part of what guards the config"
    return None


def is_environment(obj: object) -> bool:
    """Whether an object is the process environment, or holds it.

    >>> is_environment(os.environ), is_environment({})
    (True, False)
    """
    environments = [os.environ, getattr(os, "environb", os.environ)]
    states = [state for each in environments for state in (each, getattr(each, "_data", each), vars(each))]
    return isinstance(obj, type(os.environ)) or any(obj is state for state in states)


def is_import_system(obj: object) -> bool:
    """Whether an object is one of the lists and dicts that decide what an import finds.

    >>> import sys
    >>> is_import_system(sys.path), is_import_system([])
    (True, False)
    """
    states = (sys.path, sys.meta_path, sys.path_hooks, sys.path_importer_cache)
    return any(obj is state for state in states)


def shared_state_reason(obj: object) -> str | None:
    """Why a config may not get hold of an object that a path may go through; None if it may.

    >>> import sys
    >>> shared_state_reason(sys.path)
    'it is the state of the import system'
    """
    if is_environment(obj):
        return "it is the environment of the process, which can be changed through it (os.environ.copy gives a copy)"
    return "it is the state of the import system" if is_import_system(obj) else None


def is_container(obj: object) -> bool:
    """Whether an object is a container that can be changed."""
    return isinstance(obj, (MutableMapping, MutableSequence, MutableSet, deque))


def is_kept_by_a_module(obj: object) -> bool:
    """Whether an object is a module's variable, or an attribute of one of its classes.

    >>> import json
    >>> is_kept_by_a_module(json._default_decoder), is_kept_by_a_module({})
    (True, False)
    """
    for name, module in list(sys.modules.items()):
        values = list(getattr(module, "__dict__", {}).values())
        if any(value is obj for value in values):
            return True
        # By its type: who asks a value of somebody else's for its __class__ runs their code.
        classes = (value for value in values if issubclass(type(value), type) and value.__module__ == name)
        if any(value is obj for cls in classes for value in list(vars(cls).values())):
            return True
    return False


def is_code(obj: object) -> bool:
    """Whether changing an object would change what code does.

    >>> is_code(len), is_code(lambda: None), is_code(dict), is_code({})
    (False, True, True, False)
    """
    kinds = (types.FunctionType, types.ModuleType, types.CellType, type, Transparent)
    return isinstance(obj, kinds) or state_reason(obj) is not None


def makes_classes(obj: object) -> bool:
    """Whether an object is the `__new__` or `__call__` of a metaclass.

    >>> from abc import ABCMeta
    >>> makes_classes(ABCMeta.__new__), makes_classes(dict.__new__)
    (True, False)
    """
    if plain_name(obj) not in ("__call__", "__new__"):
        return False
    module = sys.modules.get(getattr(obj, "__module__", None) or "")
    path = getattr(obj, "__qualname__", "").split(".")[:-1]
    owner = functools.reduce(lambda found, name: getattr(found, name, None), path, module)
    return isinstance(owner, type) and issubclass(owner, type)


def native_functions() -> tuple[type, ...]:
    """The class of the functions that ctypes makes of native code, where this Python has ctypes."""
    try:
        from _ctypes import CFuncPtr
    except ImportError:
        return ()
    return (CFuncPtr,)


def _is_module_namespace(obj: object) -> bool:
    if type(obj) is not dict or not isinstance(obj.get("__name__"), str):
        return False
    return getattr(sys.modules.get(obj["__name__"]), "__dict__", None) is obj
