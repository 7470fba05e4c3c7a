"""Callables whose arguments the policy has to see, on their way to somebody else who will call them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from safe_instantiate.errors import InstantiationException
from safe_instantiate.targets.arguments import is_harmless_by_arguments_only
from safe_instantiate.targets.identity import Transparent
from safe_instantiate.targets.policy import Policy, Refusal


def guarded(result: Any, policy: Policy) -> Any:
    """What is handed on in the place of a callable that a target returned: itself, but for the few that need a guard.

    Without it, whoever calls back (a thread, a `map` of some library) would call `open` with whatever it is told.

    >>> guarded(len, Policy()) is len
    True
    >>> guarded(open, Policy())("notes.txt", "w")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
        ...
    hydra.errors.InstantiationException: Target 'io.open' is not allowed with these arguments ...
    """
    if not policy.checks or not is_harmless_by_arguments_only(result):
        return result
    if isinstance(result, functools.partial):
        called = result.func if isinstance(result.func, Guarded) else Guarded(result.func, policy)
        return functools.partial(called, *result.args, **result.keywords)
    return result if isinstance(result, Guarded) else Guarded(result, policy)


class Guarded(Transparent):
    """Calls its target, if the policy has nothing against the arguments, and returns what the policy lets out.

    Few targets need it (`open`, `setattr`, `torch.load` ...); the partial of any other calls its target itself.

    >>> Guarded(open, Policy())("notes.txt", "w")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
        ...
    hydra.errors.InstantiationException: Target 'io.open' is not allowed with these arguments ...
    """

    __slots__ = ("_policy",)

    def __init__(self, target: Callable[..., Any], policy: Policy) -> None:
        super().__init__(target)
        self._policy = policy

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the target, unless these arguments are forbidden, and return its result, unless that is."""
        _raise(self._policy.argument_refusal(self.__wrapped__, args, kwargs))
        result = self.__wrapped__(*args, **kwargs)
        _raise(self._policy.result_refusal(result) or self._policy.found_refusal(self.__wrapped__, result))
        return guarded(result, self._policy)

    def __repr__(self) -> str:
        return f"{self.__wrapped__!r}, guarded"

    def __reduce__(self) -> tuple[type[Guarded], tuple[Any, ...]]:
        return Guarded, (self.__wrapped__, self._policy)


def _raise(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise InstantiationException("\n".join(filter(None, (refusal.message, refusal.hint))))
