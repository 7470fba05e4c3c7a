"""What is known about a callable's parameters, compared with what the interpreter says when it is called."""

from __future__ import annotations

import enum
import functools
import inspect
import sys
import typing
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safe_instantiate.targets.signature import Mismatch, mismatches, read_parameters

NAMES = ("a", "b", "c", "d", "self")
SHAPES = ("function", "init", "new", "call", "classmethod", "method", "partial")


@dataclass(frozen=True)
class Signature:
    """A signature to write source from."""

    only: tuple[str, ...]
    plain: tuple[str, ...]
    n_defaults: int
    star: bool
    keyword_only: tuple[tuple[str, bool], ...]
    double_star: bool

    def source(self, first: str) -> str:
        positional = [*self.only, *self.plain]
        n_required = len(positional) - self.n_defaults
        written = [name if i < n_required else f"{name}=0" for i, name in enumerate(positional)]
        if first:
            written.insert(0, first)
        if self.only:
            written.insert(len(self.only) + bool(first), "/")
        if self.star:
            written.append("*args")
        elif self.keyword_only:
            written.append("*")
        written += [f"{name}=0" if has_default else name for name, has_default in self.keyword_only]
        if self.double_star:
            written.append("**kwargs")
        return ", ".join(written)


@st.composite
def signatures(draw: st.DrawFn) -> Signature:
    names = draw(st.permutations(NAMES[:4]))
    n_only, n_plain, n_keyword = draw(st.integers(0, 2)), draw(st.integers(0, 2)), draw(st.integers(0, 2))
    only, plain = names[:n_only], names[n_only : n_only + n_plain]
    rest = names[n_only + n_plain :][:n_keyword]
    return Signature(
        only=tuple(only),
        plain=tuple(plain),
        n_defaults=draw(st.integers(0, n_only + n_plain)),
        star=draw(st.booleans()),
        keyword_only=tuple((name, draw(st.booleans())) for name in rest),
        double_star=draw(st.booleans()),
    )


@st.composite
def calls(draw: st.DrawFn) -> tuple[int, tuple[str, ...]]:
    return draw(st.integers(0, 5)), tuple(draw(st.lists(st.sampled_from((*NAMES, "x")), unique=True, max_size=4)))


def made(shape: str, signature: Signature) -> Callable[..., Any]:
    """A callable of the given shape that accepts what `signature` says and does nothing."""
    space: dict[str, Any] = {"functools": functools}
    with_self, without = signature.source("self"), signature.source("")
    sources = {
        "function": f"def made({without}): pass",
        "init": f"class made:\n def __init__({with_self}): pass",
        "new": f"class made:\n def __new__({signature.source('cls')}): return object.__new__(cls)",
        "call": f"class A:\n def __call__({with_self}): pass\nmade = A()",
        "classmethod": f"class A:\n @classmethod\n def make({with_self}): pass\nmade = A.make",
        "method": f"class A:\n def make({with_self}): pass\nmade = A().make",
        "partial": f"class A:\n def __init__({with_self}): pass\nmade = functools.partial(A)",
    }
    exec(sources[shape], space)
    return typing.cast("Callable[..., Any]", space["made"])


def raised(function: Callable[..., Any], n_positional: int, keywords: tuple[str, ...]) -> str | None:
    try:
        function(*range(n_positional), **dict.fromkeys(keywords))
    except TypeError as error:
        return str(error)
    return None


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(SHAPES), signatures(), calls())
def test_mismatches_are_exactly_the_calls_that_the_interpreter_refuses(
    shape: str, signature: Signature, call: tuple[int, tuple[str, ...]]
) -> None:
    function = made(shape, signature)
    parameters = read_parameters(function)
    if parameters is None:
        assert shape == "new"
        assert signature.star
        return
    found, said = mismatches(parameters, *call, partial=False), raised(function, *call)
    assert bool(found) == (said is not None)
    # A bound `self` is no parameter to its caller; CPython calls it positional-only where the next ones are.
    if found and "self" not in call[1]:
        assert said is not None
        assert said.startswith(found[0].message)  # CPython may append a suggestion of its own


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(("function", "init", "call")), signatures(), calls(), calls())
def test_mismatches_of_a_partial_are_exactly_the_calls_that_it_refuses(
    shape: str, signature: Signature, bound: tuple[int, tuple[str, ...]], call: tuple[int, tuple[str, ...]]
) -> None:
    inner = made(shape, signature)
    partial = functools.partial(inner, *range(bound[0]), **dict.fromkeys(bound[1]))
    parameters = read_parameters(partial)
    if parameters is None:
        assert raised(partial, *call) is not None
        return
    assert bool(mismatches(parameters, *call, partial=False)) == (raised(partial, *call) is not None)


@settings(max_examples=300, deadline=None)
@given(signatures(), calls(), calls())
def test_what_is_refused_of_a_partial_can_be_mended_by_no_later_argument(
    signature: Signature, bound: tuple[int, tuple[str, ...]], later: tuple[int, tuple[str, ...]]
) -> None:
    function = made("function", signature)
    parameters = read_parameters(function)
    assert parameters is not None
    if mismatches(parameters, *bound, partial=True):
        partial = functools.partial(function, *range(bound[0]), **dict.fromkeys(bound[1]))
        assert raised(partial, *later) is not None


@settings(max_examples=300, deadline=None)
@given(signatures(), calls())
def test_what_is_accepted_of_a_partial_can_be_completed(
    signature: Signature, bound: tuple[int, tuple[str, ...]]
) -> None:
    function = made("function", signature)
    parameters = read_parameters(function)
    assert parameters is not None
    if not mismatches(parameters, *bound, partial=True):
        missing = [m for m in mismatches(parameters, *bound, partial=False) if m.kind == "missing"]
        absent = [name for mismatch in missing for name in mismatch.names]
        partial = functools.partial(function, *range(bound[0]), **dict.fromkeys(bound[1]))
        only = [name for name in absent if name in signature.only]
        assert raised(partial, len(only), tuple(name for name in absent if name not in only)) is None


# The messages, one test each


def f(a: int, b: int, /, c: int, d: int = 0, *, e: int, g: int = 0) -> None: ...


def found(n_positional: int, *keywords: str, of: object = f, partial: bool = False) -> list[Mismatch]:
    parameters = read_parameters(of)
    assert parameters is not None
    return list(mismatches(parameters, n_positional, keywords, partial=partial))


def test_an_unknown_keyword_comes_with_what_it_was_meant_to_be() -> None:
    class Optimizer:
        def __init__(self, params: object, lr: float = 0.1, weight_decay: float = 0.0) -> None: ...

    [mismatch] = found(1, "weigth_decay", of=Optimizer)
    assert mismatch.kind == "unknown"
    assert mismatch.names == ("weigth_decay",)
    assert mismatch.message == f"{Optimizer.__qualname__}.__init__() got an unexpected keyword argument 'weigth_decay'"
    assert mismatch.hint == "did you mean 'weight_decay'? it accepts params, lr, weight_decay"


def test_an_unknown_keyword_of_a_function_without_keywords_says_so() -> None:
    def nothing() -> None: ...

    assert found(0, "x", of=nothing)[0].hint == "it accepts no keyword arguments"


def test_a_long_list_of_parameters_is_cut() -> None:
    space: dict[str, Any] = {}
    exec(f"def many({', '.join(f'p{i}=0' for i in range(20))}): pass", space)
    names = ", ".join(f"p{i}" for i in range(12))
    assert found(0, "x", of=space["many"])[0].hint == f"it accepts {names} and 8 more"


def test_missing_arguments_are_named_together() -> None:
    positional, keyword_only = found(0)
    assert positional.message == "f() missing 3 required positional arguments: 'a', 'b', and 'c'"
    assert positional.names == ("a", "b", "c")
    assert keyword_only.message == "f() missing 1 required keyword-only argument: 'e'"


def test_a_missing_argument_of_a_partial_may_still_come() -> None:
    assert found(0, partial=True) == []


def test_too_many_positional_arguments_are_counted() -> None:
    [mismatch] = found(5, "e")
    assert mismatch.kind == "too_many"
    assert mismatch.message == (
        "f() takes from 3 to 4 positional arguments but 5 positional arguments (and 1 keyword-only argument) were given"
    )
    assert mismatch.hint == "by position it takes a, b, c, d"


def test_an_argument_given_twice_is_named() -> None:
    [mismatch] = found(3, "c", "e")
    assert mismatch.kind == "duplicate"
    assert mismatch.message == "f() got multiple values for argument 'c'"
    assert mismatch.hint == "'c' is given by position already"


def test_a_keyword_named_self_is_given_already() -> None:
    class Takes:
        def __init__(self, **kwargs: object) -> None: ...

    assert [m.kind for m in found(0, "self", of=Takes)] == ["duplicate"]


def test_positional_only_arguments_given_by_name_are_named_together() -> None:
    [mismatch] = found(0, "b", "a", "c", "e")
    assert mismatch.kind == "positional_only"
    assert mismatch.message == "f() got some positional-only arguments passed as keyword arguments: 'a, b'"
    assert mismatch.hint == "give them by position, in _args_"


def test_all_mistakes_of_a_call_are_found_together() -> None:
    assert [m.kind for m in found(1, "a", "x", "y")] == ["positional_only", "unknown", "unknown", "missing", "missing"]


class Key(enum.Enum):
    LR = "lr"


@pytest.mark.parametrize("key", [1, Key.LR, None, 2.5, True])
def test_a_keyword_that_is_no_string_is_a_mismatch(key: object) -> None:
    def takes_all(**kwargs: object) -> None: ...

    parameters = read_parameters(takes_all)
    assert parameters is not None
    [mismatch] = mismatches(parameters, 0, [key, "lr"], partial=False)
    assert mismatch.kind == "unknown"
    assert mismatch.message == "keywords must be strings"
    assert mismatch.names == (repr(key),)
    assert mismatch.hint == f"not a string: {key!r}"


def test_an_enum_that_is_a_string_is_the_string() -> None:
    class Name(str, enum.Enum):
        LR = "lr"

    def train(lr: float) -> None: ...

    assert found(0, Name.LR, of=train) == []


def test_a_class_without_a_constructor_takes_nothing() -> None:
    class Plain: ...

    unknown = found(0, "x", of=Plain)
    assert [m.kind for m in unknown] == ["unknown"]
    assert unknown[0].message == "Plain() takes no arguments" == raised(Plain, 0, ("x",))
    assert unknown[0].hint == "remove 'x'"
    assert [m.kind for m in found(2, of=Plain)] == ["too_many"]
    assert found(0, of=Plain) == []


# What is trusted, what isn't


@dataclass
class Data:
    a: int
    b: list[int] = field(default_factory=list)


class Pair(NamedTuple):
    left: int
    right: int = 0


class Base(ABC):
    @abstractmethod
    def run(self) -> None: ...


class Concrete(Base):
    def __init__(self, a: int) -> None: ...
    def run(self) -> None: ...


class Child(Concrete): ...


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


@pytest.mark.parametrize(
    ("obj", "positional"),
    [(Data, ("a", "b")), (Pair, ("left", "right")), (Concrete, ("a",)), (Child, ("a",)), (Child(1).run, ())],
)
def test_python_classes_and_methods_are_read(obj: object, positional: tuple[str, ...]) -> None:
    parameters = read_parameters(obj)
    assert parameters is not None
    assert parameters.positional == positional


def test_a_wrapper_is_read_as_what_it_really_accepts() -> None:
    @decorated
    def inner(a: int) -> None: ...

    assert list(inspect.signature(inner).parameters) == ["a"]
    parameters = read_parameters(inner)
    assert parameters is not None
    assert (parameters.positional, parameters.var_positional, parameters.var_keyword) == ((), True, True)


def test_a_declared_signature_is_not_believed() -> None:
    class Declares:
        __signature__ = inspect.Signature()

        def __init__(self, a: int) -> None: ...

    parameters = read_parameters(Declares)
    assert parameters is not None
    assert parameters.positional == ("a",)


class WithMeta(type):
    def __call__(cls, *args: object, **kwargs: object) -> object:
        return super().__call__()


class ByMeta(metaclass=WithMeta): ...


class NewAndInit:
    def __new__(cls, a: int) -> NewAndInit:
        return super().__new__(cls)

    def __init__(self, a: int) -> None: ...


class NewForwards:
    def __new__(cls, *args: object) -> NewForwards:
        return super().__new__(cls)


class Mapping(dict):  # type: ignore[type-arg]
    def __init__(self, a: int) -> None: ...


class PartialInit:
    __init__ = functools.partialmethod(lambda self, a: None, 1)


class NoSelf:
    def __init__() -> None: ...  # type: ignore[misc]


UNTRUSTED = [len, dict, int, type, WithMeta, ByMeta, Key, NewAndInit, NewForwards, Mapping, PartialInit, NoSelf]
UNTRUSTED += [functools.lru_cache(f), dict.fromkeys, "text".join, str.join, functools.partial(f, x=1)]  # type: ignore[call-arg]
UNTRUSTED += [functools.partial(len), 3, None]


@pytest.mark.parametrize("obj", UNTRUSTED)
def test_nothing_is_claimed_where_nothing_is_certain(obj: object) -> None:
    assert read_parameters(obj) is None


def test_a_partial_of_a_function_has_what_is_left() -> None:
    parameters = read_parameters(functools.partial(f, 1, c=3))
    assert parameters is not None
    assert parameters.positional == ("b",)
    assert parameters.keyword_only == ("c", "d", "e", "g")
    assert parameters.required == {"b", "e"}


# Real classes


def torch_callables() -> list[Any]:
    import torch

    modules = [torch.nn, torch.nn.functional, torch.optim, torch.optim.lr_scheduler, torch.utils.data, torch.nn.init]
    return [obj for module in modules for obj in vars(module).values() if callable(obj)]


def standard_callables() -> list[Any]:
    names = ["argparse", "collections", "configparser", "datetime", "decimal", "enum", "fractions", "functools"]
    names += ["json", "logging", "pathlib", "random", "string", "textwrap", "threading", "types", "queue"]
    modules = [__import__(name) for name in names] + [sys.modules["builtins"]]
    return [obj for module in modules for name, obj in vars(module).items() if callable(obj) and name[0] != "_"]


@pytest.mark.parametrize("callables", [torch_callables, standard_callables])
def test_whatever_is_refused_of_real_callables_they_refuse_themselves(callables: Callable[[], list[Any]]) -> None:
    refused = 0
    for obj in callables():
        parameters = read_parameters(obj)
        for n_positional, keywords in ((0, ("no_such_name",)), (40, ())):
            if parameters is not None and mismatches(parameters, n_positional, keywords, partial=True):
                refused += 1
                assert raised(obj, n_positional, keywords) is not None, obj
    assert refused > 200


@pytest.mark.parametrize("callables", [torch_callables, standard_callables])
def test_a_call_that_inspect_takes_for_valid_is_never_refused(callables: Callable[[], list[Any]]) -> None:
    accepted = 0
    for obj in callables():
        parameters = read_parameters(obj)
        # What inspect says of a class with a metaclass or a wrapper is hearsay.
        if parameters is None or hasattr(obj, "__wrapped__") or hasattr(obj, "__signature__"):
            continue
        told = inspect.signature(obj).parameters.values()
        needed = [p for p in told if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        keywords = tuple(p.name for p in needed if p.kind is p.KEYWORD_ONLY)
        accepted += 1
        assert mismatches(parameters, len(needed) - len(keywords), keywords, partial=False) == (), obj
    assert accepted > 100


@pytest.mark.parametrize(
    ("name", "n_positional", "keywords"),
    [
        ("Linear", 2, ("bias",)),
        ("Conv2d", 3, ("padding", "groups")),
        ("LSTM", 2, ("num_layers", "batch_first")),
        ("Sequential", 5, ()),
        ("Parameter", 1, ("requires_grad",)),
        ("ReLU", 0, ("inplace",)),
        ("Identity", 3, ("anything",)),
    ],
)
def test_a_valid_call_of_a_module_is_never_refused(name: str, n_positional: int, keywords: tuple[str, ...]) -> None:
    import torch

    parameters = read_parameters(getattr(torch.nn, name))
    assert parameters is None or mismatches(parameters, n_positional, keywords, partial=False) == ()
