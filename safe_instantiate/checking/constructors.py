"""What the constructor of a class makes, as far as its own code says so; read, never run."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from types import FunctionType
from typing import Any, Final

from safe_instantiate.planning.self_builders import references

#: What keeps a DistributedSampler from asking the process group, and its place among the positional arguments.
_RANK: Final = {"num_replicas": 1, "rank": 2}


def sampler_made_by(cls: type, sampler: type) -> type | None:
    """The kind of DistributedSampler that a constructor makes and leaves to the process group; None if it makes none.

    Args:
        cls: the class.
        sampler: `DistributedSampler`.
    """
    for constructor in _constructors(cls):
        kinds = {each for each in references(constructor) if isinstance(each, type) and issubclass(each, sampler)}
        if kinds:
            made = (_kind_made(call, kinds, constructor.__globals__) for call in _calls_in(constructor))
            return next((kind for kind in made if kind is not None), None)
    return None


def _constructors(cls: type) -> Iterator[FunctionType]:
    """The constructor, and those that it hands over to with `super()`."""
    for base in cls.__mro__:
        constructor = vars(base).get("__init__")
        if constructor is None:
            continue
        if not isinstance(constructor, FunctionType) or base.__module__.partition(".")[0] == "torch":
            return
        yield constructor
        if "super" not in constructor.__code__.co_names:
            return


def _calls_in(function: FunctionType) -> Iterator[ast.Call]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):  # made in a console, or by code
        return
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _kind_made(call: ast.Call, kinds: set[type], names: dict[str, Any]) -> type | None:
    if _says_its_rank(call):
        return None
    name = getattr(call.func, "id", getattr(call.func, "attr", None))
    known = names.get(call.func.id) if isinstance(call.func, ast.Name) else None
    return next((kind for kind in kinds if kind is known or kind.__name__ == name), None)


def _says_its_rank(call: ast.Call) -> bool:
    """Whether both are given, or may be."""
    if any(isinstance(each, ast.Starred) for each in call.args) or any(each.arg is None for each in call.keywords):
        return True
    given = {each.arg for each in call.keywords}
    return all(name in given or len(call.args) > place for name, place in _RANK.items())
