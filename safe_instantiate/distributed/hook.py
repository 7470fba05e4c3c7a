"""How a sampler gets deferred: a guarded replacement of `DistributedSampler.__init__`.

It is put in place when it is first needed, never by an import; outside a `deferring` block it only passes the call on;
`uninstall` takes it out again. Two things are out of its reach: a sampler that asks `torch.distributed` itself instead
of leaving it to `DistributedSampler`, and a block in which torch is imported for the first time.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar, Token
from types import FunctionType
from typing import Any

from .deferred import LEFT_TO_THE_GROUP, Waiting, become_plain, defer, is_deferred, no_group_yet
from .forks import lock_kept_over_forks

__all__ = ["deferring", "uninstall"]

#: Says which config node is being built; None outside a build.
_describing: ContextVar[Callable[[], str] | None] = ContextVar("safe_instantiate_deferring", default=None)
#: Every hook made so far; a test's patch may bring an old one back.
_hooks: set[FunctionType] = set()
_lock = lock_kept_over_forks()


class deferring:  # noqa: N801  (read as a statement: `with deferring(...)`)
    """Defers the distributed samplers that are made inside the `with`, in this thread or task, however deep in a call.

    `describe` is called when a sampler is made and gives the full key of the config node being built, or "". Inside a
    nested `deferring` it is the inner one that is asked. While there is a process group nothing is deferred. With
    `None` nothing is deferred inside the `with`, also where it is nested in one that defers.

    >>> from torch.utils.data import DistributedSampler
    >>> with deferring(lambda: "data.sampler"):
    ...     sampler = DistributedSampler(range(10))
    >>> sampler
    <deferred DistributedSampler, made for data.sampler>
    >>> isinstance(sampler, DistributedSampler), is_deferred(sampler)
    (True, True)
    """

    __slots__ = ("_describe", "_tokens")

    def __init__(self, describe: Callable[[], str] | None) -> None:
        self._describe = describe
        self._tokens: list[Token[Callable[[], str] | None]] = []

    def __enter__(self) -> None:
        if self._describe is not None:
            _install()
        self._tokens.append(_describing.set(self._describe))

    def __exit__(self, *_: object) -> None:
        _describing.reset(self._tokens.pop())


def uninstall() -> None:
    """Puts the original `DistributedSampler.__init__` back; the next `deferring` replaces it again.

    Samplers that are deferred already still resolve. Where somebody else has wrapped the hook since, it stays.

    >>> uninstall()
    """
    sampler_class = _sampler_class()
    if sampler_class is not None:
        with _lock:
            if sampler_class.__init__ in _hooks:
                sampler_class.__init__ = sampler_class.__init__.__wrapped__


def _install() -> None:
    """Hooks `DistributedSampler.__init__`, once torch is imported, unless a hook stands there already."""
    sampler_class = _sampler_class()
    if sampler_class is None or sampler_class.__init__ in _hooks:
        return
    with _lock:
        original = sampler_class.__init__
        if isinstance(original, FunctionType) and original not in _hooks:  # anything else is a test's mock
            hook = _hook(original)
            _hooks.add(hook)
            sampler_class.__init__ = hook


def _sampler_class() -> Any:
    """The class to hook, or None as long as torch isn't imported."""
    return getattr(sys.modules.get("torch.utils.data.distributed"), "DistributedSampler", None)


def _hook(original: FunctionType) -> FunctionType:
    """A replacement for `DistributedSampler.__init__` that does the same, save in a build without a process group."""
    signature = inspect.signature(original)

    def initialise(arguments: dict[str, Any]) -> None:
        bound = inspect.BoundArguments(signature, OrderedDict(arguments))
        sampler, *args = bound.args
        describe = _describing.get()
        if describe is not None and _is_left_to_the_group(arguments) and no_group_yet():
            defer(sampler, arguments, Waiting(tuple(args), bound.kwargs, describe()))
            return
        original(*bound.args, **bound.kwargs)
        if is_deferred(sampler):  # initialised anew, with all that was missing
            become_plain(sampler)

    hook = _function_with(signature, initialise)
    return functools.wraps(original)(hook)  # type: ignore[return-value]


def _function_with(signature: inspect.Signature, take: Callable[[dict[str, Any]], None]) -> FunctionType:
    """A function with these very parameters, written out, that hands its arguments to `take`.

    Whoever reads a function's code to find wrong arguments finds the same parameters, and Python itself refuses what
    the original would refuse.
    """
    empty = inspect.Parameter.empty
    parameters = signature.parameters.values()
    with_default = [parameter for parameter in parameters if parameter.default is not empty]
    header = inspect.Signature(
        [
            parameter.replace(annotation=empty, default=None if parameter in with_default else empty)
            for parameter in parameters
        ]
    )
    namespace: dict[str, Any] = {"take": take}
    exec(f"def function{header}: take(locals())", namespace)
    function: FunctionType = namespace["function"]
    keyword_only = {p.name: p.default for p in with_default if p.kind is p.KEYWORD_ONLY}
    function.__defaults__ = tuple(p.default for p in with_default if p.name not in keyword_only)
    function.__kwdefaults__ = keyword_only
    return function


def _is_left_to_the_group(arguments: dict[str, Any]) -> bool:
    return any(name in arguments and arguments[name] is None for name in LEFT_TO_THE_GROUP)
