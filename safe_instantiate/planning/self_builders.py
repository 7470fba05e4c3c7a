"""Which targets instantiate their own arguments.

Read off code objects, never by running anything: a target instantiates for itself when one of its methods, or a
function of the same package that these name, refers to an `instantiate` that is Hydra's or this library's.
"""

from __future__ import annotations

import dis
import functools
import inspect
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from safe_instantiate.hydra_compat import INSTANTIATE_FUNCTIONS

#: How many steps from the target its helpers are followed.
_STEPS: Final = 3
#: Packages whose classes are never a reason: what a trainer derives from may be, the interpreter's and torch's not.
_FOUNDATIONS: Final = frozenset({"builtins", "abc", "typing", "collections", "torch"})
_registered: set[Any] = set(INSTANTIATE_FUNCTIONS)


def register_instantiate(function: Any) -> None:
    """Make `function` (or a class whose instances have `.instantiate`) count as one that instantiates."""
    _registered.add(function)


def instantiates_for_itself(target: Any) -> bool:
    """Whether calling `target` leads to code that instantiates configs.

    Args:
        target: a class, a function, a method or a partial of one.

    >>> from hydra.utils import instantiate
    >>> class Trainer:
    ...     def __init__(self, model):
    ...         self.model = instantiate(model)
    >>> instantiates_for_itself(Trainer), instantiates_for_itself(dict)
    (True, False)
    """
    target = _unwrapped(target)
    package = _package(target)
    seen: set[Any] = set()
    frontier = list(_functions_of(target))
    for _ in range(_STEPS):
        following: list[FunctionType] = []
        for function in frontier:
            if function in seen:
                continue
            seen.add(function)
            for referred in references(function):
                if _is_instantiate(referred):
                    return True
                if _package(referred) == package:
                    following += _functions_of(_unwrapped(referred))
        frontier = following
    return False


def _unwrapped(target: Any) -> Any:
    """The function or class behind methods, partials and decorators that show what they wrap."""
    while isinstance(target, (functools.partial, MethodType, classmethod, staticmethod)):
        target = target.func if isinstance(target, functools.partial) else target.__func__
    return inspect.unwrap(target) if isinstance(target, FunctionType) else target


def _package(obj: Any) -> str | None:
    # Asked of functions and classes alone: anything else may answer what it likes, or fail.
    if not isinstance(obj, (FunctionType, MethodType, type)):
        return None
    module = obj.__module__
    return module.partition(".")[0] if isinstance(module, str) else None


def _functions_of(target: Any) -> Iterator[FunctionType]:
    if isinstance(target, FunctionType):
        yield target
    elif isinstance(target, type):
        for base in target.__mro__:
            if _package(base) in _FOUNDATIONS:
                continue
            for member in vars(base).values():
                member = _unwrapped(member.fget if isinstance(member, property) else member)
                if isinstance(member, FunctionType):
                    yield member


def _is_instantiate(obj: Any) -> bool:
    if isinstance(obj, functools.partial):
        return _is_instantiate(obj.func)
    if type(obj) is MethodType:  # build = Instantiator(...).instantiate
        return type(obj.__self__) in _registered
    return type(obj) in _registered or (isinstance(obj, (FunctionType, type)) and obj in _registered)


def references(function: FunctionType) -> Iterator[Any]:
    """What a function's code refers to: globals, closure cells, attributes of modules, imports inside it."""
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=False))
    yield from _referred_by(function.__code__, function.__globals__, cells)


def _referred_by(code: CodeType, names: dict[str, Any], cells: dict[str, Any]) -> Iterator[Any]:
    local: dict[str, Any] = {}
    imported: Any = None
    constant: Any = None
    at: Any = None  # what the chain of instructions so far has led to; only modules are followed further
    for instruction in dis.get_instructions(code):
        name = instruction.opname
        argument = instruction.argval
        if name in ("LOAD_GLOBAL", "LOAD_NAME"):
            at = names.get(argument)
        elif name == "LOAD_DEREF":
            at = _content(cells[argument]) if argument in cells else local.get(argument)
        elif name == "IMPORT_NAME":
            # With names to import (the constant before) it gives the module, without them the package that it is in.
            at = imported = sys.modules.get(argument if constant else argument.partition(".")[0])
        elif name == "IMPORT_FROM":
            at = _attribute(imported, argument)
            imported = imported if constant else at  # `import a.b as c` takes one step after the other
        elif name in ("STORE_FAST", "STORE_DEREF", "STORE_NAME"):
            local[argument] = at
            continue
        elif name in ("LOAD_FAST", "LOAD_FAST_CHECK"):
            at = local.get(argument)
        elif name in ("LOAD_ATTR", "LOAD_METHOD"):
            at = _attribute(at, argument)
        elif name in ("CACHE", "PRECALL", "PUSH_NULL", "NOP", "RESUME", "EXTENDED_ARG"):
            continue
        else:
            at = None
            constant = argument if name == "LOAD_CONST" else constant
        if at is not None:
            yield at
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _referred_by(inner, names, cells)


def _attribute(owner: Any, name: str) -> Any:
    return vars(owner).get(name) if type(owner) is ModuleType else None


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None
