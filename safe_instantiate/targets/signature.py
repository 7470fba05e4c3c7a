"""What a callable accepts, read off its code, and where a call would not fit.

One rule governs this file: certainty. A mismatch is reported only where the call would surely raise TypeError; wherever
that can't be known from the code object alone, the answer is that nothing is known. So `__wrapped__` and
`__signature__`, which say what somebody would like the parameters to be, are never asked.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from types import FunctionType, MethodType
from typing import Literal

from safe_instantiate.targets.locate import close_matches

MismatchKind = Literal["unknown", "missing", "too_many", "duplicate", "positional_only"]

# Set in the flags of every class that a class statement made. A type written in C without it may lack a constructor.
_HEAP_TYPE = 1 << 9
_NAMES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a callable accepts.

    Attributes:
        positional: what can be given by position, in order; the parameter that binds `self` or `cls` is left out.
        n_positional_only: how many of these, from the first on, can't be given by name.
        keyword_only: what can be given by name only.
        required: those of both that have no default.
        var_positional: whether there is a `*args`.
        var_keyword: whether there is a `**kwargs`.
        qualname: the callable's name as CPython prints it in a TypeError, for example `AClass.__init__`.
        filled: the parameters given already, `self` above all. Naming one of them again is a mistake of its own.
        n_filled: how many positional arguments CPython counts besides those of the call.
        takes_nothing: this is a class without a constructor of its own.
    """

    positional: tuple[str, ...]
    n_positional_only: int
    keyword_only: tuple[str, ...]
    required: frozenset[str]
    var_positional: bool
    var_keyword: bool
    qualname: str
    filled: frozenset[str] = frozenset()
    n_filled: int = 0
    takes_nothing: bool = False


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One reason why a call can't bind.

    Attributes:
        kind: what is wrong.
        names: the parameters or keywords concerned; empty for "too_many".
        message: what CPython would say about it, were it the only mistake.
        hint: what to do about it, or None.
    """

    kind: MismatchKind
    names: tuple[str, ...]
    message: str
    hint: str | None


def read_parameters(obj: object) -> Parameters | None:
    """What `obj` accepts when it is called, or None where that can't be known for certain.

    Known are Python functions and methods, classes made by an ordinary metaclass whose constructor is one Python
    function (`__init__` or `__new__`, not both), instances whose `__call__` is a Python function, and
    `functools.partial` objects of all these.

    >>> def train(model, *, lr=0.1): ...
    >>> parameters = read_parameters(train)
    >>> parameters.positional, parameters.keyword_only, sorted(parameters.required)
    (('model',), ('lr',), ['model'])
    >>> read_parameters(len) is None
    True
    """
    if isinstance(obj, type):
        return _of_class(obj)
    if type(obj) is FunctionType:
        return _of_function(obj)
    if type(obj) is MethodType:
        return _of_bound(obj.__func__)
    if type(obj) is functools.partial:
        return _of_partial(obj)
    return _of_bound(_raw(type(obj), "__call__"))


def mismatches(
    parameters: Parameters, n_positional: int, keywords: Iterable[object], partial: bool
) -> tuple[Mismatch, ...]:
    """Every reason why a call can't bind, the one that CPython would report first at the front.

    Args:
        parameters: what the callable accepts.
        n_positional: how many arguments are given by position.
        keywords: the names of those given by keyword. One that is no string is a mismatch too.
        partial: whether only a `functools.partial` is made: a missing argument may still come, but nothing that comes
            later can mend the other kinds.

    >>> def train(model, *, lr=0.1): ...
    >>> for mismatch in mismatches(read_parameters(train), 0, ["lrr"], partial=False):
    ...     print(mismatch.message, "|", mismatch.hint)
    train() got an unexpected keyword argument 'lrr' | did you mean 'lr'? it accepts model, lr
    train() missing 1 required positional argument: 'model' | None
    """
    given = list(keywords)
    names = [keyword for keyword in given if isinstance(keyword, str)]
    found = list(_not_strings(given))
    if parameters.takes_nothing:
        return (*found, *_beyond_nothing(parameters, n_positional, names))
    found += _misnamed(parameters, n_positional, names)
    found += _too_many(parameters, n_positional, names)
    if not partial:
        found += _missing(parameters, n_positional, names)
    return tuple(found)


# Reading


def _of_function(function: FunctionType) -> Parameters:
    code = function.__code__
    positional = code.co_varnames[: code.co_argcount]
    keyword_only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    n_without_default = len(positional) - len(function.__defaults__ or ())
    defaults = function.__kwdefaults__ or {}
    return Parameters(
        positional=positional,
        n_positional_only=code.co_posonlyargcount,
        keyword_only=keyword_only,
        required=frozenset(positional[: max(n_without_default, 0)]).union(n for n in keyword_only if n not in defaults),
        var_positional=bool(code.co_flags & inspect.CO_VARARGS),
        var_keyword=bool(code.co_flags & inspect.CO_VARKEYWORDS),
        qualname=function.__qualname__,
    )


def _of_bound(function: object) -> Parameters | None:
    """What is left of a function's parameters for the caller once `self` is given."""
    if type(function) is not FunctionType:
        return None
    parameters = _of_function(function)
    return _filled(parameters, 1) if parameters.positional or parameters.var_positional else None


def _of_class(cls: type) -> Parameters | None:
    if type(cls).__call__ is not type.__call__:
        return None
    new, init = _raw(cls, "__new__"), _raw(cls, "__init__")
    own_new, own_init = new is not object.__dict__["__new__"], init is not object.__dict__["__init__"]
    if own_init and not own_new:
        return _of_bound(init)
    if own_new and not own_init and type(new) is staticmethod:
        # A __new__(cls, *args) forwards to somebody who knows better.
        parameters = _of_bound(new.__func__)
        return None if parameters is None or parameters.var_positional else parameters
    if not own_new and not own_init and cls.__flags__ & _HEAP_TYPE:
        return Parameters((), 0, (), frozenset(), False, False, cls.__name__, takes_nothing=True)
    return None


def _of_partial(partial: functools.partial[object]) -> Parameters | None:
    inner = read_parameters(partial.func)
    placeholder = getattr(functools, "Placeholder", None)  # Python 3.14
    if inner is None or (placeholder is not None and any(argument is placeholder for argument in partial.args)):
        return None
    if mismatches(inner, len(partial.args), partial.keywords, partial=True):
        return None
    return _named(_filled(inner, len(partial.args)), partial.keywords)


def _filled(parameters: Parameters, count: int) -> Parameters:
    """With the first `count` positional arguments given. A positional-only name is free for `**kwargs` again."""
    positional = parameters.positional
    return replace(
        parameters,
        positional=positional[count:],
        n_positional_only=max(parameters.n_positional_only - count, 0),
        required=parameters.required.difference(positional[:count]),
        filled=parameters.filled.union(positional[parameters.n_positional_only : count]),
        n_filled=parameters.n_filled + count,
    )


def _named(parameters: Parameters, keywords: Container[str]) -> Parameters:
    """With `keywords` given by name, as `functools.partial` gives them.

    A later keyword replaces one of them; an argument by position can't get past the first.
    """
    only = parameters.positional[: parameters.n_positional_only]
    required = frozenset(name for name in parameters.required if name in only or name not in keywords)
    end = next((i for i, name in enumerate(parameters.positional) if name in keywords and name not in only), None)
    if end is None:
        return replace(parameters, required=required)
    return replace(
        parameters,
        positional=parameters.positional[:end],
        keyword_only=parameters.positional[end:] + parameters.keyword_only,
        required=required,
        var_positional=False,
    )


def _raw(cls: type, name: str) -> object:
    """What the interpreter finds for a special method of instances of `cls`, before anything is bound."""
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)


# Comparing


def _not_strings(keywords: list[object]) -> Iterator[Mismatch]:
    others = tuple(repr(keyword) for keyword in keywords if not isinstance(keyword, str))
    if others:
        yield Mismatch("unknown", others, "keywords must be strings", f"not a string: {', '.join(others)}")


def _beyond_nothing(parameters: Parameters, n_positional: int, names: list[str]) -> Iterator[Mismatch]:
    message = f"{parameters.qualname}() takes no arguments"
    if n_positional:
        yield Mismatch("too_many", (), message, None)
    for name in names:
        yield Mismatch("unknown", (name,), message, f"remove '{name}'")


def _misnamed(parameters: Parameters, n_positional: int, names: list[str]) -> Iterator[Mismatch]:
    by_name = frozenset(parameters.positional[parameters.n_positional_only :] + parameters.keyword_only)
    positional_only = parameters.positional[: parameters.n_positional_only]
    by_position = parameters.filled.union(parameters.positional[parameters.n_positional_only : n_positional])
    wrongly_named = tuple(name for name in positional_only if name in names)
    told = False
    for name in names:
        if name in by_position:
            message = f"{parameters.qualname}() got multiple values for argument '{name}'"
            yield Mismatch("duplicate", (name,), message, f"'{name}' is given by position already")
        elif name in by_name or parameters.var_keyword:
            continue
        else:
            if wrongly_named and not told:
                told = True
                yield _positional_only(parameters, wrongly_named)
            if name not in wrongly_named:
                yield _unknown(parameters, name)


def _positional_only(parameters: Parameters, names: tuple[str, ...]) -> Mismatch:
    quoted = ", ".join(names)
    message = f"{parameters.qualname}() got some positional-only arguments passed as keyword arguments: '{quoted}'"
    return Mismatch("positional_only", names, message, "give them by position, in _args_")


def _too_many(parameters: Parameters, n_positional: int, names: list[str]) -> Iterator[Mismatch]:
    if parameters.var_positional or n_positional <= len(parameters.positional):
        return
    most, given = parameters.n_filled + len(parameters.positional), parameters.n_filled + n_positional
    least = most - sum(name not in parameters.required for name in parameters.positional)
    n_keyword_only = sum(name in parameters.keyword_only for name in names)
    also = f" positional argument{_s(given)} (and {n_keyword_only} keyword-only argument{_s(n_keyword_only)})"
    takes = f"from {least} to {most} positional arguments" if least < most else f"{most} positional argument{_s(most)}"
    were = "was" if given == 1 and not n_keyword_only else "were"
    message = f"{parameters.qualname}() takes {takes} but {given}{also if n_keyword_only else ''} {were} given"
    yield Mismatch("too_many", (), message, f"by position it takes {_listed(parameters.positional, 'nothing')}")


def _missing(parameters: Parameters, n_positional: int, names: list[str]) -> Iterator[Mismatch]:
    n_only = parameters.n_positional_only
    # What is positional-only and came as a keyword is reported as that, unless **kwargs took the keyword.
    lost = () if parameters.var_keyword else parameters.positional[:n_only]
    come = parameters.positional[n_only:] + parameters.keyword_only + lost
    absent = parameters.required.difference(name for name in names if name in come)
    for word, candidates in (
        ("positional", parameters.positional[n_positional:]),
        ("keyword-only", parameters.keyword_only),
    ):
        missing = tuple(name for name in candidates if name in absent)
        if missing:
            message = (
                f"{parameters.qualname}() missing {len(missing)} required {word} argument{_s(len(missing))}: "
                f"{_enumeration(missing)}"
            )
            yield Mismatch("missing", missing, message, None)


def _unknown(parameters: Parameters, name: str) -> Mismatch:
    accepted = parameters.positional[parameters.n_positional_only :] + parameters.keyword_only
    matches = close_matches(name, accepted)
    meant = f"did you mean {' or '.join(map(repr, matches))}? " if matches else ""
    message = f"{parameters.qualname}() got an unexpected keyword argument '{name}'"
    return Mismatch("unknown", (name,), message, f"{meant}it accepts {_listed(accepted, 'no keyword arguments')}")


def _listed(names: tuple[str, ...], none: str) -> str:
    if not names:
        return none
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return f"{', '.join(names[:_NAMES_SHOWN])}{more}"


def _enumeration(names: tuple[str, ...]) -> str:
    quoted = [f"'{name}'" for name in names]
    if len(quoted) < 3:
        return " and ".join(quoted)
    return f"{', '.join(quoted[:-1])}, and {quoted[-1]}"


def _s(count: int) -> str:
    return "" if count == 1 else "s"
