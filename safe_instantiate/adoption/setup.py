"""`safe_setup`: inside chosen methods, every `instantiate` is ours."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType, MethodType
from typing import Any, TypeVar, overload
from weakref import WeakSet

from safe_instantiate.instantiator import Instantiator
from safe_instantiate.planning.self_builders import instantiates_for_itself
from safe_instantiate.targets.locate import close_matches

from .inside import run_inside
from .patching import described, patch_hydra, the_instantiator

_Target = TypeVar("_Target")

#: The wrappers made here. To set up a method again is to set up what it wraps.
_wrappers: WeakSet[Callable[..., Any]] = WeakSet()


@overload
def safe_setup(
    target: _Target, *, methods: Iterable[str] | None = None, instantiator: Instantiator | None = None
) -> _Target: ...


@overload
def safe_setup(
    *, methods: Iterable[str] | None = None, instantiator: Instantiator | None = None
) -> Callable[[_Target], _Target]: ...


def safe_setup(target: Any = None, *, methods: Any = None, instantiator: Any = None) -> Any:
    """Make every `instantiate` inside a method ours, however the code that the method runs has imported it.

    One line for a class that nobody may edit, `Trainer._setup_components = safe_setup(Trainer._setup_components)` or
    `safe_setup(Trainer)`; a decorator for a method, or for a subclass. It opens a `patch_hydra` block around each call,
    so what holds there holds here. To set up the same method again changes the settings and nothing else.

    Args:
        target: a function, method, classmethod, staticmethod, property or cached_property, of which a wrapped one is
            returned; or a class, whose methods are replaced, and which is returned itself. Without it, a decorator.
        methods: which methods of the class, inherited ones included; an inherited method is replaced in this class
            alone. Left out, they are `__init__`, for all that happens during construction, and those whose code refers
            to an `instantiate` or `call`, Hydra's or ours, itself or through functions of the same package. All others,
            such as `forward`, are left as they are and cost nothing.
        instantiator: the settings; those of `safe_instantiate.instantiate` if it is left out.

    Raises:
        TypeError: `target` is nothing that can be wrapped; `methods` is a string, names something that is no method, or
            was given for something that is no class; `instantiator` is no `Instantiator`.
        AttributeError: `methods` names something that the class doesn't have.

    >>> from hydra.utils import instantiate
    >>> class Trainer:
    ...     def _setup_components(self, optimizer, params):
    ...         self.optimizer = instantiate(optimizer, params)
    >>> Trainer._setup_components = safe_setup(Trainer._setup_components)
    >>> trainer = Trainer()
    >>> trainer._setup_components(functools.partial(sorted, reverse=True), [1, 2])
    >>> trainer.optimizer
    [2, 1]
    """
    if target is None:
        return functools.partial(safe_setup, methods=methods, instantiator=instantiator)
    engine = the_instantiator(instantiator, "safe_setup")
    if isinstance(target, type):
        for name in _leading_to_instantiate(target) if methods is None else _checked(target, methods):
            _replace(target, name, engine)
        return target
    if methods is not None:
        raise TypeError(f"safe_setup takes methods=... beside a class only, got {described(target)}")
    wrapped = _wrapped(target, engine)
    if wrapped is None:
        raise TypeError(f"safe_setup wraps a function, a method or a class, got {described(target)}")
    return wrapped


def _wrapped(member: Any, instantiator: Instantiator) -> Any:
    """What takes the place of a function or of a class's member; None if it is nothing that runs as a method."""
    if isinstance(member, (FunctionType, MethodType)):
        return _wrapped_function(member, instantiator)
    if isinstance(member, (classmethod, staticmethod)):
        return type(member)(_wrapped_function(member.__func__, instantiator))
    if isinstance(member, property):
        get, set_, delete = (f and _wrapped_function(f, instantiator) for f in _accessors(member))
        return property(get, set_, delete, member.__doc__)
    if isinstance(member, functools.cached_property):
        return functools.cached_property(_wrapped_function(member.func, instantiator))
    return None


def _wrapped_function(function: Any, instantiator: Instantiator) -> Callable[..., Any]:
    if function in _wrappers:
        function = function.__wrapped__
    wrapper: Callable[..., Any] = run_inside(function, functools.partial(patch_hydra, instantiator))
    _wrappers.add(wrapper)
    return wrapper


def _replace(cls: type, name: str, instantiator: Instantiator) -> None:
    wrapped = _wrapped(inspect.getattr_static(cls, name), instantiator)
    setattr(cls, name, wrapped)
    if isinstance(wrapped, functools.cached_property):
        wrapped.__set_name__(cls, name)  # as the class statement does


def _leading_to_instantiate(cls: type) -> Iterator[str]:
    """The names of `__init__` and of the methods, inherited ones too, that lead to code that instantiates."""
    for name in {name: None for base in cls.__mro__ for name in vars(base)}:
        functions = _functions_of(inspect.getattr_static(cls, name))
        if functions and (name == "__init__" or any(map(instantiates_for_itself, functions))):
            yield name


def _functions_of(member: Any) -> list[FunctionType]:
    """The Python functions that a class's member runs, in the forms that can be wrapped."""
    functions: tuple[Any, ...] = (member,)
    if isinstance(member, (classmethod, staticmethod)):
        functions = (member.__func__,)
    elif isinstance(member, property):
        functions = _accessors(member)
    elif isinstance(member, functools.cached_property):
        functions = (member.func,)
    return [function for function in functions if isinstance(function, FunctionType)]


def _accessors(member: property) -> tuple[Callable[..., Any] | None, ...]:
    return member.fget, member.fset, member.fdel


def _checked(cls: type, methods: Any) -> list[str]:
    """The names that were given, all of which are names of methods."""
    if isinstance(methods, str):
        raise TypeError(f"methods takes a list of names: safe_setup({cls.__name__}, methods=[{methods!r}])")
    names = list(methods)
    for name in names:
        member = inspect.getattr_static(cls, name, None)
        if member is None:
            close = close_matches(name, dir(cls))
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise AttributeError(f"{cls.__name__} has no method {name!r}{hint}")
        if not _functions_of(member):
            raise TypeError(f"{cls.__name__}.{name} is no method that can be wrapped, it is {described(member)}")
    return names
