"""Partials of targets whose arguments the policy has to see: they are judged when the partial is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from safe_instantiate.errors import InstantiationException
from safe_instantiate.targets.policy import Policy, Refusal


class Guarded:
    """What such a partial calls in the target's place.

    Few targets need it (`open`, `setattr`, `torch.load` ...); the partial of any other calls its target itself.

    >>> Guarded(open, Policy())("notes.txt", "w")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
        ...
    hydra.errors.InstantiationException: Target 'io.open' is not allowed with these arguments ...
    """

    __slots__ = ("__wrapped__", "_policy")

    def __init__(self, target: Callable[..., Any], policy: Policy) -> None:
        self.__wrapped__ = target
        self._policy = policy

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the target, unless these arguments are forbidden, and return its result, unless that is."""
        _raise(self._policy.argument_refusal(self.__wrapped__, args, kwargs))
        result = self.__wrapped__(*args, **kwargs)
        _raise(self._policy.result_refusal(result))
        return result

    def __repr__(self) -> str:
        return f"{self.__wrapped__!r}, guarded"

    def __reduce__(self) -> tuple[type[Guarded], tuple[Any, ...]]:
        return Guarded, (self.__wrapped__, self._policy)


def _raise(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise InstantiationException("\n".join(filter(None, (refusal.message, refusal.hint))))
