"""Which targets instantiate their own arguments.

Read off code objects, never by running anything: a target instantiates for itself when one of its methods, or a
function of the same package that these name, refers to an `instantiate` that is Hydra's or this library's.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

from safe_instantiate.hydra_compat import INSTANTIATE_FUNCTIONS

#: How many steps from the target its helpers are followed.
_STEPS: Final = 3
#: Modules that offer `instantiate` and `call`, for the imports that stand inside a function.
_OFFERING: Final = ("hydra.utils", "hydra", "safe_instantiate")
_FUNCTION_NAMES: Final = ("instantiate", "call")
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
            for referred in _references(function):
                if _is_instantiate(referred):
                    return True
                if _package(referred) == package:
                    following += _functions_of(_unwrapped(referred))
        frontier = following
    return False


def _unwrapped(target: Any) -> Any:
    while isinstance(target, functools.partial):
        target = target.func
    return inspect.unwrap(getattr(target, "__func__", target)) if callable(target) else target


def _package(obj: Any) -> str | None:
    module = getattr(obj, "__module__", None)
    return module.partition(".")[0] if isinstance(module, str) else None


def _functions_of(target: Any) -> Iterator[FunctionType]:
    if isinstance(target, FunctionType):
        yield target
    elif isinstance(target, type):
        for base in target.__mro__:
            # A base in another package counts (a framework's trainer), the interpreter's and torch's do not.
            if _package(base) in ("builtins", "abc", "typing", "collections", "torch"):
                continue
            for member in vars(base).values():
                if isinstance(member, property):
                    member = member.fget
                member = _unwrapped(member)
                if isinstance(member, FunctionType):
                    yield member


def _is_instantiate(obj: Any) -> bool:
    try:
        return obj in _registered or type(obj) in _registered or getattr(obj, "__func__", None) in _registered
    except TypeError:  # not hashable, so no function
        return False


def _references(function: FunctionType) -> Iterator[Any]:
    """What a function's code refers to: globals, closure cells, attributes of modules, imports inside it."""
    names = set(_names(function.__code__))
    if names.intersection(_FUNCTION_NAMES) and names.intersection(_OFFERING):
        yield INSTANTIATE_FUNCTIONS[0]  # `from hydra.utils import instantiate` within the function
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # a cell that was not filled yet
            continue
    reached = [function.__globals__[name] for name in names if name in function.__globals__]
    for _ in range(_STEPS):
        yield from reached
        # hydra.utils.instantiate reads as three names: follow modules by whichever names the code has.
        modules = [value for value in reached if isinstance(value, ModuleType)]
        reached = [vars(module)[name] for module in modules for name in names if name in vars(module)]


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
