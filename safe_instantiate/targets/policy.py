"""Which targets a config may name. The names are in `forbidden.py`; here is how they are applied.

A target is judged by the path as written and by what it resolves to, since `torch.os.system` is `os.system`. The
installed Hydra is asked as well, so that the answer is never weaker than its own. This is a second line of defence for
configs from doubtful places, and no sandbox: any function that runs what it is given can be misused. What holds against
a hostile config is an allow-list.
"""

from __future__ import annotations

import functools
import os
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from safe_instantiate.hydra_compat import hydra_argument_refusal, hydra_refusal
from safe_instantiate.targets import forbidden, members, zen
from safe_instantiate.targets.arguments import (
    argument_reasons,
    discovered_path,
    gets_by_name,
    getter_read,
    needs_argument_check,
)
from safe_instantiate.targets.identity import canonical_name, identity, invoked, plain_name, receiver
from safe_instantiate.targets.interpreter import (
    is_container,
    is_environment,
    is_import_system,
    is_kept_by_a_module,
    makes_classes,
    shared_state_reason,
    state_reason,
)
from safe_instantiate.targets.locate import Located, LocateError, locate
from safe_instantiate.targets.names import in_table, named_effect, never_reason
from safe_instantiate.targets.private import private_reason
from safe_instantiate.targets.refusal import (
    NO_SETTING,
    OVERRIDE,
    Refusal,
    by_hydra,
    how_to_list,
    how_to_open,
    not_listed,
)
from safe_instantiate.targets.whitelist import Listed, checked_entries

__all__ = ["Policy", "Refusal", "depends_on_environment", "needs_argument_check", "policy_of"]

# Results that a config could call in its turn. An instance that is callable is taken for what it is besides.
_FUNCTIONS = (
    functools.partial,
    functools._lru_cache_wrapper,
    staticmethod,
    type,
    types.BuiltinFunctionType,
    types.ClassMethodDescriptorType,
    types.FunctionType,
    types.GenericAlias,
    types.MethodDescriptorType,
    types.MethodType,
    types.MethodWrapperType,
    types.WrapperDescriptorType,
)


@dataclass(frozen=True, slots=True)
class Policy:
    """Decides which targets a config may name.

    Attributes:
        allow: without it everything is allowed but what is known to be dangerous. With it nothing is allowed but what
            it names, and the worst not even then. An entry is a full path, or a package with all that is defined in
            it, `"torch.*"`.
        checks: False where code has said that a config may name anything at all.

    Raises:
        InstantiationException: an entry of `allow` is of neither form.

    >>> Policy().verdict("torch.os.system", os.system).message
    "Target 'torch.os.system' is 'os.system', which is not allowed: it runs programs"
    >>> Policy(allow=("math.*",)).path_refusal("json.loads").message
    "Target 'json.loads' is not in the allow-list"
    """

    allow: tuple[str, ...] | None = None
    checks: bool = True

    def __post_init__(self) -> None:
        checked_entries(self.allow or ())

    def path_refusal(self, path: str) -> Refusal | None:
        """What speaks against a path before anything is imported for it."""
        if not self.checks:
            return None
        refusal = self._name_refusal(path, path)
        if refusal is None and not self._names(path):
            refusal = not_listed(path)
        return refusal or self._hydra_refusal(path, path, None)

    def verdict(self, path: str, obj: object, through: Sequence[object] = ()) -> Refusal | None:
        """What speaks against a target; None if nothing does.

        Args:
            path: the path as written; for a callable that came without one, its module and qualified name.
            obj: what it leads to.
            through: what the parts of the path lead to, in order.
        """
        return self.path_refusal(path) or self.object_refusal(path, obj, through)

    def object_refusal(self, path: str, obj: object, through: Sequence[object] = ()) -> Refusal | None:
        """What speaks against what a path leads to, once the path itself has passed. Arguments as in `verdict`."""
        if not self.checks:
            return None
        for step in (*through, obj):
            refusal = self._step_refusal(path, step)
            if refusal is not None:
                return refusal
        name = identity(obj)
        if not self._opens(path, name):
            return not_listed(path, name)
        return self._hydra_refusal(path, name, obj)

    def argument_refusal(
        self, obj: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], *, partial: bool = False
    ) -> Refusal | None:
        """What speaks against calling an allowed target with these arguments. Ask it where `needs_argument_check`.

        Args:
            obj: the target.
            args: its arguments by position.
            kwargs: its arguments by keyword.
            partial: whether more arguments may come later.

        >>> Policy().argument_refusal(open, ("notes.txt", "w"), {}).message
        "Target 'io.open' is not allowed with these arguments: it opens a file for writing"
        """
        if not self.checks:
            return None
        target, all_args, all_kwargs = invoked(obj, args, kwargs)
        name = identity(target)
        if name in forbidden.DISCOVERY:
            path = discovered_path(name, all_args, all_kwargs)
            return None if path is None else self._found_path_refusal(path)
        if name == zen.PROCESSING:
            return self._zen_refusal(all_args, all_kwargs, partial)
        getter = getter_read(target, all_args)
        if getter is not None:
            refusal = self._name_refusal(identity(getter), identity(getter))
            if refusal is not None:
                return refusal
        for reason in argument_reasons(target, all_args, all_kwargs, partial=partial):
            return Refusal(f"Target '{name}' is not allowed with these arguments: {reason}", NO_SETTING)
        text = hydra_argument_refusal(obj, args, dict(kwargs), partial=partial)
        return None if text is None else by_hydra(text)

    def result_refusal(self, result: object) -> Refusal | None:
        """What speaks against handing on what a target returned: a forbidden callable, or the interpreter's state.

        >>> import json
        >>> Policy().result_refusal(os.system).message
        "A target returned 'os.system', which is not allowed: it runs programs"
        >>> Policy().result_refusal(json.JSONDecoder()) is None
        True
        """
        if not self.checks:
            return None
        name = identity(result)
        reason = _capability_reason(result) or shared_state_reason(result) or _kept_reason(result)
        if reason is None and _bears_a_name(result):
            # What a path may go through (`yaml.safe_load`) is more in the hands of one who reads its attributes.
            reason = self._name_reason(f"{name}." if isinstance(result, types.ModuleType) else name)
        if reason is not None:
            return Refusal(f"A target returned '{name}', which is not allowed: {reason}", NO_SETTING)
        if not isinstance(result, _FUNCTIONS):
            return None
        parts = zen.parts_of(result)
        if parts is not None:
            return next(filter(None, map(self.result_refusal, parts)), None)
        if _is_odd_partial(result):
            what = f"A target returned an object of type '{type(result).__name__}', a subclass of functools.partial"
            return Refusal(what, "return a plain functools.partial, or write _partial_: true")
        reason = None if self._opened_by_name(name) else private_reason(result)
        if reason is not None:
            return Refusal(f"A target returned '{name}', which is not allowed: {reason}", how_to_list(name))
        if not self._opens_result(name, result):
            return Refusal(f"A target returned '{name}', which is not in the allow-list", how_to_list(name))
        if isinstance(result, functools.partial) and needs_argument_check(result):
            return self.argument_refusal(result, (), {}, partial=True)
        return self._hydra_refusal(name, name, result)

    def found_refusal(self, target: Callable[..., Any], result: object) -> Refusal | None:
        """What speaks against any other object that a target returned: found by name, it is of a forbidden class.

        >>> import subprocess
        >>> Policy().found_refusal(getattr, subprocess.Popen.__new__(subprocess.Popen)).message
        "A target returned a 'subprocess.Popen', which is not allowed: it runs programs"
        """
        if not self.checks or isinstance(result, _FUNCTIONS) or not gets_by_name(target):
            return None
        name = identity(type(result))
        reason = self._name_reason(name)
        message = f"A target returned a '{name}', which is not allowed: {reason}"
        return None if reason is None else Refusal(message, NO_SETTING)

    def _found_path_refusal(self, path: str) -> Refusal | None:
        """What speaks against a path in an argument; what it leads to is judged once more when it comes back."""
        refusal = self.path_refusal(path)
        if refusal is not None:
            return refusal
        located = _located(path)
        steps = () if located is None else located.objects  # None: nothing will be found
        return next(filter(None, (self._step_refusal(path, step) for step in steps)), None)

    def _zen_refusal(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], partial: bool) -> Refusal | None:
        """What speaks against what hydra-zen is told to call, and against calling it with these arguments."""
        callee: object = None
        for path in zen.paths_in(kwargs):
            refusal = self.path_refusal(path)
            if refusal is not None:
                return refusal
            located = _located(path)
            if located is None:
                continue  # what can't be found is not called
            refusal = self.object_refusal(path, located.obj, located.objects)
            if refusal is not None:
                return refusal
            if path == kwargs.get("_zen_target"):
                callee = located.obj
        if not callable(callee) or not needs_argument_check(callee):
            return None
        return self.argument_refusal(callee, args, zen.arguments_in(kwargs), partial=partial)

    def _step_refusal(self, path: str, obj: object) -> Refusal | None:
        """What speaks against what the path, or a part of it, leads to."""
        reason = _capability_reason(obj)
        if reason is not None:
            return Refusal(f"Target '{path}' is not allowed: {reason}", NO_SETTING)
        if not _bears_a_name(obj):
            return None
        name = identity(obj)
        refusal = self._name_refusal(path, name)
        if refusal is not None:
            return refusal
        reason = None if self._opened_by_name(name, path) else _change_reason(obj) or private_reason(obj, path)
        return None if reason is None else Refusal(f"Target '{path}' is not allowed: {reason}", how_to_list(path))

    def _name_refusal(self, path: str, name: str) -> Refusal | None:
        reason = self._name_reason(name, path)
        if reason is None:
            return None
        name = canonical_name(name)
        which = "is not allowed" if name == path else f"is '{name}', which is not allowed"
        hint = how_to_open(name) if named_effect(name) else NO_SETTING
        return Refusal(f"Target '{path}' {which}: {reason}", hint)

    def _name_reason(self, name: str, path: str | None = None) -> str | None:
        """Why an object of this name is forbidden under this policy; None if it isn't."""
        if name in forbidden.INSTANTIATE and path in forbidden.PUBLIC_INSTANTIATE and self.allow is None:
            return None
        canonical = canonical_name(name)
        reason = never_reason(canonical)
        if reason is None and self.allow is not None:
            reason = in_table(canonical, forbidden.NEVER_LISTED)
        if reason is not None:
            return reason
        reason = named_effect(canonical)
        if reason is None or self._opened_by_name(canonical, name, path):
            return None
        return reason

    def _opened_by_name(self, *names: str | None) -> bool:
        opened = os.environ.get(OVERRIDE, "").split(":") + list(self.allow or ())
        return any(name in opened for name in names)

    def _hydra_refusal(self, path: str, name: str, obj: object) -> Refusal | None:
        # An allow-list that names os.remove is the consent from code that Hydra asks for in other ways.
        canonical = canonical_name(name)
        if self.allow is not None and named_effect(canonical):
            return None
        text = hydra_refusal(path, obj)
        return None if text is None else by_hydra(text)

    def _names(self, path: str) -> bool:
        return self.allow is None or any(_covers(entry, path) for entry in self.allow)

    def _opens(self, path: str, name: str) -> bool:
        """Whether the allow-list opens what the path leads to: by the path itself, or by where it is defined."""
        return self.allow is None or path in self.allow or (self._names(path) and self._names(name))

    def _opens_result(self, name: str, result: object) -> bool:
        """Whether the allow-list opens a function or class that came out.

        By where it is defined, which may be within what an entry names, or by an entry that leads to the very object.
        """
        if self.allow is None or self._names(name):
            return True
        exact = [entry for entry in self.allow if not entry.endswith(".*")]
        return any(name.startswith(f"{entry}.") or _leads_to(entry, result) for entry in exact)


@functools.lru_cache(maxsize=256)
def policy_of(listed: Listed) -> Policy:
    """The policy for what code allows a config to name.

    One object each, by which a verdict is remembered.

    >>> policy_of(("torch.*",)) is policy_of(("torch.*",))
    True
    """
    return Policy(allow=listed) if listed is None or isinstance(listed, tuple) else Policy(checks=False)


def depends_on_environment(path: str, obj: object) -> bool:
    """Whether a verdict may change with the environment variable that Hydra reads for it.

    >>> depends_on_environment("os.remove", os.remove), depends_on_environment("math.sqrt", len)
    (True, False)
    """
    names = (path, canonical_name(path), identity(obj))
    opened = os.environ.get(OVERRIDE, "").split(":")
    return any(name in opened or named_effect(name) is not None for name in names)


def _bears_a_name(obj: object) -> bool:
    return callable(obj) or isinstance(obj, types.ModuleType)


def _capability_reason(obj: object) -> str | None:
    """Why an object is forbidden whatever its name, from what it is and what it is bound to; None if it isn't."""
    held = receiver(obj)
    if plain_name(obj) in members.MUTATING_METHODS and is_environment(held):
        return "it changes the process environment"
    if is_import_system(held):
        return "it changes what an import finds"
    if makes_classes(obj):
        return "it makes a class"
    return state_reason(obj) or state_reason(held)


def _change_reason(obj: object) -> str | None:
    """Why a path may not lead to an object: it is a method that changes a container, which stays changed."""
    changes = plain_name(obj) in members.CHANGING_METHODS and is_container(receiver(obj))
    return "it changes what a module keeps" if changes else None


def _kept_reason(result: object) -> str | None:
    """Why such a method may not come out of a target either, unless the container is nobody else's."""
    reason = _change_reason(result)
    return None if reason is None or not is_kept_by_a_module(receiver(result)) else reason


def _covers(entry: str, name: str) -> bool:
    return name.startswith(entry[:-1]) if entry.endswith(".*") else name == entry


def _is_odd_partial(obj: object) -> bool:
    """A subclass of functools.partial may call something else than it shows; Hydra's own is known."""
    if not isinstance(obj, functools.partial) or type(obj) is functools.partial:
        return False
    return not type(obj).__module__.startswith("hydra.")


def _leads_to(path: str, obj: object) -> bool:
    located = _located(path)
    return located is not None and located.obj is obj


def _located(path: str) -> Located | None:
    try:
        return locate(path)
    except LocateError:
        return None
