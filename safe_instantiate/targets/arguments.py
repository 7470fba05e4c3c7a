"""Targets that are harmless with some arguments and not with others."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from safe_instantiate.targets import forbidden
from safe_instantiate.targets.identity import identity, invoked, plain_name, receiver
from safe_instantiate.targets.interpreter import is_code, is_environment, state_reason

_Args = tuple[Any, ...]
_Kwargs = Mapping[str, Any]


def needs_argument_check(obj: object) -> bool:
    """Whether a verdict on `obj` depends on its arguments too. It does for very few targets.

    >>> needs_argument_check(open), needs_argument_check(dict)
    (True, False)
    """
    target, _, _ = invoked(obj, (), {})
    return (
        identity(target) in _CHECKS
        or identity(target) in forbidden.DISCOVERY
        or plain_name(target) in forbidden.JUDGED_BY_ARGUMENTS
        or isinstance(target, (types.MethodDescriptorType, types.WrapperDescriptorType))
        or (isinstance(target, type) and issubclass(target, type))
    )


def argument_reasons(target: Any, args: _Args, kwargs: _Kwargs, *, partial: bool) -> Iterator[str]:
    """Why a target may not be called with these arguments.

    Args:
        target: what is called in the end (see `invoked`).
        args: its arguments by position.
        kwargs: its arguments by keyword.
        partial: whether more arguments may come later.

    >>> list(argument_reasons(open, ("notes.txt", "w"), {}, partial=False))
    ['it opens a file for writing']
    >>> list(argument_reasons(open, ("notes.txt",), {}, partial=False))
    []
    """
    name = identity(target)
    if name in _CHECKS:
        reason = _CHECKS[name](args, kwargs)
        if reason is not None:
            yield reason
    yield from _method_reasons(target, name, args, kwargs)
    # type(obj) tells the type of an object; with more than the one argument it is a class statement.
    asks_for_type = not kwargs and (len(args) == 1 or (partial and not args))
    if isinstance(target, type) and issubclass(target, type) and not asks_for_type:
        yield "it makes a class"


def _method_reasons(target: Any, name: str, args: _Args, kwargs: _Kwargs) -> Iterator[str]:
    """What speaks against a method, from what it is bound to or given as `self`."""
    method = plain_name(target)
    held = receiver(target)
    if held is None or isinstance(held, types.ModuleType):
        held, args = (args[0], args[1:]) if args else (kwargs.get("self"), args)
        if isinstance(target, (types.MethodDescriptorType, types.WrapperDescriptorType)):
            reason = state_reason(held)
            if reason is not None:
                yield reason
    if method in forbidden.MUTATING_METHODS and is_environment(held):
        yield "it changes the process environment"
    if (method in forbidden.ATTRIBUTE_WRITERS or name in forbidden.MAPPING_WRITERS) and is_code(held):
        yield "it changes functions, classes or modules"
    if method in ("__set__", "__delete__") and args and is_code(args[0]):
        yield "it changes functions, classes or modules"
    attribute = "__dict__" if method == "__getstate__" else args[0] if args else None
    if method in forbidden.ATTRIBUTE_READERS and is_code(held) and attribute in forbidden.IMPLEMENTATION_ATTRIBUTES:
        yield "it reaches into the implementation of functions and modules"


def _opens_for_writing(args: _Args, kwargs: _Kwargs) -> str | None:
    mode = args[1] if len(args) > 1 else kwargs.get("mode", "r")
    return "it opens a file for writing" if not isinstance(mode, str) or set(mode) & set("wax+") else None


def _unpickles_freely(_args: _Args, kwargs: _Kwargs) -> str | None:
    weights_only = kwargs.get("weights_only")
    return None if weights_only is None or weights_only else "with weights_only=False the file decides what is run"


def _calls_back(args: _Args, _kwargs: _Kwargs) -> str | None:
    return "with two arguments it calls what it is given" if len(args) == 2 else None


def _configures_mock(args: _Args, kwargs: _Kwargs) -> str | None:
    if len(args) > 1 or not kwargs.keys() <= {"name", "spec", "spec_set"}:
        return "it may be given a specification and a name, but no behaviour"
    return None


_CHECKS: dict[str, Callable[[_Args, _Kwargs], str | None]] = {
    **dict.fromkeys(("io.open", "io.FileIO", "codecs.open", "pathlib.Path.open"), _opens_for_writing),
    **dict.fromkeys(("gzip.open", "bz2.open", "lzma.open"), _opens_for_writing),
    **dict.fromkeys(("unittest.mock.NonCallableMock", "unittest.mock.NonCallableMagicMock"), _configures_mock),
    "builtins.iter": _calls_back,
    "torch.serialization.load": _unpickles_freely,
}
