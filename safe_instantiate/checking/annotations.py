"""What the parameters of a target are annotated with, as far as the annotations can be read."""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import InitVar, dataclass
from typing import Any, Final

#: Stands for an annotation that says nothing, or that can't be evaluated here.
UNKNOWN: Final = Any
_WRAPPERS: Final = frozenset({typing.Final, typing.ClassVar, typing.Annotated})


@dataclass(frozen=True, slots=True)
class Annotated:
    """The annotation of one parameter; `optional` says that its default is None, whatever it is annotated with."""

    type: Any
    optional: bool


def annotations_of(target: Any) -> Mapping[str, Annotated]:
    """The annotated parameters of a callable.

    >>> def train(steps: int, name: str = None): ...
    >>> annotations_of(train)["name"]
    Annotated(type=<class 'str'>, optional=True)
    """
    function = _function_of(target)
    if function is None:
        return {}
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    positional = code.co_varnames[: code.co_argcount]
    defaults = dict(zip(reversed(positional), reversed(function.__defaults__ or ()), strict=False))
    defaults.update(function.__kwdefaults__ or {})
    written = function.__annotations__
    return {
        name: Annotated(read(written[name], function.__globals__), name in defaults and defaults[name] is None)
        for name in names
        if name in written
    }


def fields_of(cls: Any) -> tuple[frozenset[str], frozenset[str]] | None:
    """The fields that a dataclass or attrs class can be given, and those of them that it must be given; else None."""
    if not isinstance(cls, type):
        return None
    if "__dataclass_fields__" in vars(cls) or "__attrs_attrs__" in vars(cls):
        parameters = inspect.signature(cls).parameters.values()
        named = [each for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
        required = frozenset(each.name for each in named if each.default is each.empty)
        return frozenset(each.name for each in named), required
    return None


def read(annotation: Any, names: Mapping[str, Any]) -> Any:
    """An annotation without wrappers and quotes; `names` are those of the module that it stands in."""
    for _ in range(10):
        if isinstance(annotation, typing.ForwardRef):
            annotation = annotation.__forward_arg__
        if isinstance(annotation, str):
            try:
                annotation = eval(annotation, dict(names), dict(vars(typing)))
            except Exception:  # a name that exists for type checkers only
                return UNKNOWN
        elif annotation is None:
            return type(None)
        elif isinstance(annotation, InitVar):
            annotation = annotation.type
        elif typing.get_origin(annotation) in _WRAPPERS:
            annotation = typing.get_args(annotation)[0]
        elif hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        elif type(annotation).__name__ == "TypeAliasType":
            annotation = annotation.__value__
        else:
            return annotation
    return UNKNOWN


def alternatives(annotation: Any) -> tuple[Any, ...]:
    """The members of a union; of anything else, itself."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return typing.get_args(annotation)
    return (annotation,)


def is_unpacked(annotation: Any) -> bool:
    """Whether it stands for any number of annotations, as `*Ts` in a tuple does."""
    return getattr(annotation, "__unpacked__", False) or "Unpack" in type(annotation).__name__


def name_of(annotation: Any) -> str:
    """An annotation as a person writes it.

    >>> name_of(typing.Optional[typing.List[int]])
    'Optional[List[int]]'
    """
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return annotation.__qualname__
    return str(annotation).replace("typing.", "").replace("collections.abc.", "")


def _function_of(target: Any) -> types.FunctionType | None:
    """The Python function whose parameters a call of the target binds to."""
    if isinstance(target, functools.partial):
        return _function_of(target.func)
    if isinstance(target, types.MethodType):
        return _function_of(target.__func__)
    if isinstance(target, type):
        if type(target).__call__ is not type.__call__:
            return None
        return next(iter(_constructors(target)), None)
    return target if isinstance(target, types.FunctionType) else None


def _constructors(cls: type) -> Iterator[types.FunctionType]:
    for name in ("__init__", "__new__"):
        found = next((vars(base)[name] for base in cls.__mro__[:-1] if name in vars(base)), None)
        found = found.__func__ if isinstance(found, staticmethod) else found
        if isinstance(found, types.FunctionType):
            yield found
        elif found is not None:
            return  # in C: its annotations are nowhere
