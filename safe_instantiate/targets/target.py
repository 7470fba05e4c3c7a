"""One target of a config: the callable, with everything that the engine asks about it, found out once."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from safe_instantiate.targets.locate import Located, LocateError, locate
from safe_instantiate.targets.policy import Policy, Refusal, depends_on_environment
from safe_instantiate.targets.signature import Mismatch, Parameters, mismatches, read_parameters
from safe_instantiate.targets.way import Way

TargetErrorKind = Literal["not_found", "not_importable", "not_callable", "not_allowed"]

# Configs name some dozens of targets and call each in a few ways; only a program that generates configs gets here.
_PATHS_REMEMBERED = 4096
_PER_TARGET_REMEMBERED = 256


class TargetError(Exception):
    """A target that can't be called.

    Attributes:
        message: what is wrong, in one line.
        hint: what to do about it, or None.
        cause: the exception behind it, or None.
        kind: "not_found", "not_importable" (importing its module failed), "not_callable" or "not_allowed".
    """

    def __init__(
        self, message: str, kind: TargetErrorKind, hint: str | None = None, cause: Exception | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.hint = hint
        self.cause = cause


class _Facts:
    """What is remembered about a callable. Nothing in here refers to the callable, so that it can be let go."""

    __slots__ = ("approved", "fits", "memo", "parameters")

    def __init__(self, obj: object) -> None:
        self.parameters: Parameters | None = read_parameters(obj)
        self.fits: set[tuple[int, tuple[object, ...], bool]] = set()
        self.approved: set[tuple[str, Policy]] = set()
        self.memo: dict[str, Any] = {}


class Target:
    """A callable that a config names.

    Attributes:
        path: the path as written; for a callable that was given itself, its module and qualified name.
        obj: the callable.
        memo: a place where other rooms remember their facts about the callable. It is shared by all paths to it and
            lives as long as the callable does; a value in it must not refer to the callable.

    >>> target = find_target("fractions.Fraction.from_float", Policy())
    >>> target.name, target.path
    ('fractions.Fraction.from_float', 'fractions.Fraction.from_float')
    """

    __slots__ = ("_facts", "memo", "obj", "path")

    def __init__(self, path: str, obj: Callable[..., Any], facts: _Facts) -> None:
        self.path = path
        self.obj = obj
        self.memo = facts.memo
        self._facts = facts

    def __repr__(self) -> str:
        return f"Target({self.path!r})"

    @property
    def name(self) -> str:
        """How Hydra names the callable in its messages: module and qualified name, or else its `str`."""
        qualname = getattr(self.obj, "__qualname__", None)
        if qualname is None:
            return str(self.obj)
        # A method written in C knows its class, and no module.
        known: Any = self.obj if hasattr(self.obj, "__module__") else getattr(self.obj, "__objclass__", type(self.obj))
        return f"{known.__module__}.{qualname}"

    @property
    def parameters(self) -> Parameters | None:
        """What the callable accepts, or None where that can't be known for certain."""
        return self._facts.parameters

    def mismatches(self, n_positional: int, keywords: tuple[object, ...], partial: bool) -> tuple[Mismatch, ...]:
        """Why a call of this shape would surely fail to bind; empty where it may well succeed.

        >>> target = find_target("json.loads", Policy())
        >>> [mismatch.kind for mismatch in target.mismatches(0, ("s",), False)]
        []
        >>> [mismatch.kind for mismatch in target.mismatches(0, (), False)]
        ['missing']
        """
        shape = (n_positional, keywords, partial)
        if shape in self._facts.fits:
            return ()
        return self._compared(shape)

    def _compared(self, shape: tuple[int, tuple[object, ...], bool]) -> tuple[Mismatch, ...]:
        facts = self._facts
        if _compare(facts.parameters, shape):
            # A class can be patched in place. Only who is about to refuse a call needs to look again.
            return _compare(read_parameters(self.obj), shape)
        if len(facts.fits) >= _PER_TARGET_REMEMBERED:
            facts.fits.clear()
        facts.fits.add(shape)
        return ()


@dataclass(frozen=True, slots=True)
class _Approved:
    """A path that was found, with the policy that let it pass last. It keeps nothing alive that it led to."""

    way: Way
    facts: _Facts
    policy: Policy
    stand_in: Callable[..., Any] | None

    def target(self, path: str) -> Target | None:
        """What the path leads to; None if that is no longer what was approved."""
        obj = self.way.end()
        return None if obj is None else Target(path, self.stand_in or obj, self.facts)


_approved: dict[str, _Approved] = {}
# By id, since a callable may be unhashable or equal to another. The reference tells whether the id is still its own.
_facts: dict[int, tuple[weakref.ref[Any], _Facts]] = {}


# Functions that are judged as themselves, and called by another name: (what a path leads to, what is called).
_stand_ins: list[tuple[object, Callable[..., Any]]] = []


def register_stand_in(original: Callable[..., Any], ours: Callable[..., Any]) -> None:
    """Let a config that names `original` call `ours`, under whose policy its arguments then are."""
    _stand_ins.append((original, ours))


def find_target(target: str | Callable[..., Any], policy: Policy) -> Target:
    """The target that a config names, by a path or by the callable itself.

    A path that was followed before is only checked for still leading to the same object: after a module was reloaded,
    or a function defined anew, the new object is found.

    Args:
        target: a dotted path, or a callable.
        policy: decides, first on the path (before anything is imported), then on what the path leads to.

    Raises:
        TargetError: there is no such target, or a config may not use it.

    >>> find_target("math.sqrt", Policy()).obj(9)
    3.0
    >>> find_target("os.system", Policy())  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
        ...
    safe_instantiate.targets.target.TargetError: Target 'os.system' is not allowed ...
    """
    if type(target) is str:
        known = _approved.get(target)
        if known is not None and (known.policy is policy or (target, policy) in known.facts.approved):
            found = known.target(target)
            if found is not None:
                return found
    if isinstance(target, str):
        return _find_path(str.__str__(target), policy)  # an Enum that is a str prints as something else
    return _find_callable(target, policy)


def _find_path(path: str, policy: Policy) -> Target:
    _raise_if(policy.path_refusal(path))
    located = _located(path)
    stand_in = next((ours for original, ours in _stand_ins if original is located.obj), None)
    obj: Any = stand_in or located.obj
    target = _known(path) or Target(path, obj, _facts_of(obj))
    _raise_if(_verdict(target, policy, lambda: policy.object_refusal(path, located.obj, located.objects)))
    if not callable(target.obj):
        raise _not_callable(target.obj, path)
    if not depends_on_environment(path, target.obj):
        if len(_approved) >= _PATHS_REMEMBERED:
            _approved.clear()
        _approved[path] = _Approved(located.way, target._facts, policy, stand_in)
    return target


def _find_callable(obj: object, policy: Policy) -> Target:
    if not callable(obj):
        raise _not_callable(obj, None)
    named = obj if hasattr(obj, "__qualname__") else type(obj)
    target = Target(f"{named.__module__}.{named.__qualname__}", obj, _facts_of(obj))
    _raise_if(_verdict(target, policy, lambda: policy.verdict(target.path, obj)))
    return target


def _located(path: str) -> Located:
    try:
        return locate(path)
    except LocateError as error:
        kind: TargetErrorKind = "not_importable" if error.import_failed else "not_found"
        raise TargetError(f"Error locating target '{path}': {error}", kind, error.hint, error.cause) from error.cause


def _known(path: str) -> Target | None:
    """What a path is known to lead to, whoever approved of it."""
    known = _approved.get(path)
    return None if known is None else known.target(path)


def _verdict(target: Target, policy: Policy, judged: Callable[[], Refusal | None]) -> Refusal | None:
    approved = target._facts.approved
    key = (target.path, policy)
    if key in approved:
        return None
    verdict = judged()
    # A refusal is no hot path, and may be due to what a part of the path led to: it is found out again each time.
    if verdict is None and not depends_on_environment(target.path, target.obj):
        if len(approved) >= _PER_TARGET_REMEMBERED:
            approved.clear()
        approved.add(key)
    return verdict


def _facts_of(obj: object) -> _Facts:
    key = id(obj)
    known = _facts.get(key)
    if known is not None and known[0]() is obj:
        return known[1]
    facts = _Facts(obj)
    try:
        reference = weakref.ref(obj, functools.partial(_forget, key))
    except TypeError:  # an instance with __slots__ and the like: found out again each time
        return facts
    _facts[key] = (reference, facts)
    return facts


def _forget(key: int, reference: weakref.ref[Any]) -> None:
    known = _facts.get(key)
    if known is not None and known[0] is reference:
        _facts.pop(key, None)


def _compare(parameters: Parameters | None, shape: tuple[int, tuple[object, ...], bool]) -> tuple[Mismatch, ...]:
    return () if parameters is None else mismatches(parameters, *shape)


def _raise_if(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise TargetError(refusal.message, "not_allowed", refusal.hint)


def _not_callable(obj: object, path: str | None) -> TargetError:
    what = "a module" if type(obj).__name__ == "module" else f"an object of type '{type(obj).__name__}'"
    hint = f"name a class or a function in it, such as '{path}.Name'" if what == "a module" else None
    which = what if path is None else f"'{path}', which is {what}"
    return TargetError(f"Expected a callable target, got {which}", "not_callable", hint)
