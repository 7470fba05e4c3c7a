"""Where a value does not fit the annotation of its parameter.

Annotations in the wild are half true: what is written as a list comes as one, numbers come as text in places that
convert them, datasets need not derive from Dataset. So a misfit is told only where the difference is one of kind, and
`certain` says whether there is room for doubt.
"""

from __future__ import annotations

import collections.abc
import enum
import functools
import numbers
import sys
import typing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from omegaconf import OmegaConf

from safe_instantiate.checking.annotations import (
    Annotated,
    alternatives,
    annotations_of,
    fields_of,
    is_unpacked,
    name_of,
    read,
)
from safe_instantiate.checking.classes import (
    ITERABLES,
    MAPPINGS,
    PATHS,
    SEQUENCES,
    TUPLES,
    checks_plainly,
    class_made,
    has_call,
    is_duck,
    is_protocol,
    is_told_apart,
    is_written_plain,
    takes_the_place_of,
)
from safe_instantiate.checking.subject import CallSite, Group, Raw
from safe_instantiate.targets.locate import close_matches

Kind = Literal["type", "none", "choice", "list-for-tuple", "partial", "instance", "fields"]

#: Annotated as one int in many places, in torch too, and given to a convolution that takes one for each dimension.
_GEOMETRY: Final = frozenset({"kernel_size", "stride", "padding", "output_padding", "dilation"})
_SCALARS: Final = (str, int, float, bool, bytes)


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value that doesn't fit.

    Attributes:
        kind: what is wrong.
        wanted: the annotation.
        given: what the value is; never the value itself.
        hint: what to do, where more can be said.
        certain: whether no code could make sense of the value.
        path: the keys below the argument, where it is a value inside it that doesn't fit.
    """

    kind: Kind
    wanted: str
    given: str
    hint: str = ""
    certain: bool = True
    path: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class ArgumentMisfit:
    """An argument that doesn't fit its parameter."""

    call: CallSite
    name: str
    misfit: Misfit


def misfits_in(calls: Iterable[CallSite], judged: frozenset[str]) -> Iterator[ArgumentMisfit]:
    """Every argument that doesn't fit; `judged` are the keys that something certain is said about already."""
    for call in calls:
        annotations = annotations_of(call.target.obj)
        names = sys.modules.get(getattr(call.target.obj, "__module__", None) or "", None)
        for name, value in call.arguments.items():
            place = call.places[name]
            if name not in annotations or place in judged:
                continue
            if value is None and any(key.startswith(place) for key in judged):
                continue  # nobody knows yet what will stand there
            found = _argument(value, annotations[name], vars(names) if names is not None else {})
            if found is not None and name in _GEOMETRY and _is_list_of_numbers(value) and found.wanted == "int":
                continue
            if found is not None:
                yield ArgumentMisfit(call, name, found)


def _argument(value: Any, annotated: Annotated, names: dict[str, Any]) -> Misfit | None:
    if value is None and annotated.optional:
        return None
    return _Fitting(names).misfit(value, annotated.type)


class _Fitting:
    """Compares values with annotations, whose quoted parts are read with the names of one module."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names

    def misfit(self, value: Any, annotation: Any) -> Misfit | None:
        """Why a value doesn't fit, or None."""
        annotation = read(annotation, self._names)
        members = [read(member, self._names) for member in alternatives(annotation)]
        found = []
        for member in members:
            verdict = self._one(value, member)
            if verdict is None:
                return None
            found.append(verdict)
        if len(found) == 1:
            return found[0]
        # The kindest reading counts; what a union wants is all of it.
        kindest = min(found, key=lambda each: (each.kind == "type", each.certain))
        if value is not None and kindest.kind == "none":
            kindest = next(each for each in found if each.kind != "none")
        return kindest if kindest.path else replace(kindest, wanted=name_of(annotation), certain=_all_certain(found))

    def _one(self, value: Any, annotation: Any) -> Misfit | None:
        origin = typing.get_origin(annotation)
        if annotation is typing.Any or annotation is object:
            return None
        if origin is typing.Literal:
            return _choice(value, typing.get_args(annotation), annotation)
        if origin is collections.abc.Callable or annotation in (collections.abc.Callable, typing.Callable):
            return self._callable(value, annotation)
        if origin is type or annotation is type:
            return self._callable(value, annotation)
        cls = origin if isinstance(origin, type) else annotation
        if not isinstance(cls, type):
            return None  # a TypeVar, a module, or something newer than this file
        if value is None:
            return None if cls is type(None) else Misfit("none", name_of(annotation), "null", certain=False)
        if cls is type(None):
            return Misfit("none", "None", _given(value))
        if isinstance(value, Raw):
            if value.has_targets:
                return None  # whether anybody builds it is another rule's question
            value = OmegaConf.to_container(value.config, resolve=False)
        if isinstance(value, dict) and not isinstance(value, Group):
            value = Group(value)
        if isinstance(value, CallSite):
            return self._instance(value, cls, annotation)
        return (
            self._container(value, cls, annotation)
            if isinstance(value, (Group, list))
            else _scalar(value, cls, annotation)
        )

    def _container(self, value: Any, cls: type, annotation: Any) -> Misfit | None:
        arguments = typing.get_args(annotation)
        wrong = Misfit("type", name_of(annotation), _given(value), certain=is_told_apart(cls))
        if is_protocol(cls) or is_written_plain(cls):
            return None
        if isinstance(value, Group):
            if issubclass(cls, MAPPINGS) or typing.is_typeddict(cls) or cls in ITERABLES or issubclass(dict, cls):
                if cls in MAPPINGS and len(arguments) == 2:
                    return self._first((key, value[key], arguments[1]) for key in value)
                return None
            if value.object_type is not None and issubclass(value.object_type, cls):
                return None
            return self._fields(value, cls) if fields_of(cls) is not None else wrong
        if isinstance(value, list) and is_duck(list, cls):
            return None
        if cls in TUPLES:
            return self._tuple(value, annotation, arguments)
        if issubclass(cls, tuple):
            return None  # a named tuple, a Size: made of the list by whoever wants it
        if cls in SEQUENCES or cls in ITERABLES:
            if len(arguments) == 1:
                return self._first((index, item, arguments[0]) for index, item in enumerate(value))
            return None
        return None if issubclass(cls, SEQUENCES) or issubclass(list, cls) else wrong

    def _tuple(self, value: list[Any], annotation: Any, arguments: tuple[Any, ...]) -> Misfit | None:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            arguments = (arguments[0],) * len(value)
        elif arguments == ((),):
            arguments = ()
        if any(map(is_unpacked, arguments)):
            return None  # of any length
        if typing.get_origin(annotation) is not None and len(arguments) != len(value):
            return Misfit("type", name_of(annotation), _given(value))
        inner = self._first((index, item, wanted) for index, (item, wanted) in enumerate(zip(value, arguments)))  # noqa: B905
        return inner or Misfit("list-for-tuple", name_of(annotation), _given(value), certain=False)

    def _fields(self, value: Group, cls: type) -> Misfit | None:
        known, required = fields_of(cls) or (frozenset(), frozenset())
        absent = sorted(required - value.keys())
        unknown = [str(key) for key in value if key not in known]
        told = [f"a field it hasn't, {', '.join(map(repr, unknown))}"] if unknown else []
        told += [f"none for {', '.join(map(repr, absent))}"] if absent else []
        if told:
            hints = [hint for hint in (_closest(key, known) for key in unknown) if hint]
            return Misfit("fields", cls.__qualname__, f"a mapping with {' and '.join(told)}", " ".join(hints))
        declared = annotations_of(cls)
        return self._first((key, each, declared[key].type) for key, each in value.items() if key in declared)

    def _first(self, items: Iterable[tuple[Any, Any, Any]]) -> Misfit | None:
        for key, item, wanted in items:
            found = self.misfit(item, wanted)
            if found is not None and found.kind != "list-for-tuple":
                return replace(found, path=(key, *found.path))
        return None

    def _callable(self, value: Any, annotation: Any) -> Misfit | None:
        wanted = name_of(annotation)
        if value is None:
            return Misfit("none", wanted, "null", certain=False)
        if not isinstance(value, CallSite):
            is_text = isinstance(value, str)
            plain = isinstance(value, (*_SCALARS, Group, list, dict))
            return Misfit("type", wanted, _given(value), certain=not is_text) if plain else None
        made = class_made(value)
        if made is None or value.partial:
            return None
        hint = "Set _partial_: true, and it is called later."
        if annotation is type or typing.get_origin(annotation) is type:
            return None if issubclass(made, type) else Misfit("instance", wanted, _given(value), hint)
        if not has_call(made):
            return Misfit("instance", wanted, _given(value), hint)
        results = typing.get_args(annotation)[-1:]
        result = read(results[0], self._names) if results else None
        if isinstance(result, type) and result is not object and issubclass(made, result):
            return Misfit("instance", wanted, _given(value), hint, certain=False)
        return None

    def _instance(self, value: CallSite, cls: type, annotation: Any) -> Misfit | None:
        wanted = name_of(annotation)
        made = class_made(value)
        if is_protocol(cls) or not checks_plainly(cls):
            return None
        if value.partial:
            if issubclass(functools.partial, cls):
                return None
            complete = not value.target.mismatches(0, tuple(value.arguments), False)
            fits_when_called = made is not None and issubclass(made, cls)
            if not complete or (has_call(cls) and not fits_when_called):
                return None
            hint = "Remove _partial_: nothing is left to be given." if fits_when_called else ""
            return Misfit("partial", wanted, _given(value), hint, certain=fits_when_called)
        if made is None or takes_the_place_of(made, cls):
            return None
        if cls is functools.partial:
            return Misfit("instance", wanted, _given(value), "Set _partial_: true, and it is called later.")
        return Misfit("type", wanted, _given(value), certain=is_told_apart(cls))


def _scalar(value: Any, cls: type, annotation: Any) -> Misfit | None:
    wanted, given = name_of(annotation), _given(value)
    if isinstance(value, cls) or is_protocol(cls) or not isinstance(value, _SCALARS):
        return None
    if issubclass(cls, enum.Enum):
        names = [*cls.__members__, *(member.value for member in cls)]
        known = any(str(name).lower() == str(value).lower() for name in names)
        texts = [*cls.__members__]
        return None if known else Misfit("choice", wanted, given, _closest(value, texts))
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if isinstance(value, (int, float)) and cls not in (int, bool) and issubclass(cls, numbers.Number):
        return None  # YAML knows ints and floats only
    if cls is int and isinstance(value, float) and value.is_integer():
        return None
    if cls is bool and number and value in (0, 1):
        return None
    if cls in PATHS and isinstance(value, str):
        return None
    if isinstance(value, str) and (cls in ITERABLES or cls is collections.abc.Sequence):
        return None  # a text is a sequence of texts
    if is_written_plain(cls) or not checks_plainly(cls):
        return None
    # Numbers are printed and asked for their truth everywhere; what joins a text to a path fails on one all the same.
    certain = (is_told_apart(cls) or number) and cls is not str and not (cls is bool and number)
    return Misfit("type", wanted, given, _about_quotes(value, cls), certain=certain)


def _about_quotes(value: Any, cls: type) -> str:
    if cls is str:
        return "Write it in quotes."
    if not isinstance(value, str) or cls not in (int, float, bool):
        return ""
    if cls is bool:
        return "Write true or false, without quotes." if value.lower() in ("true", "false", "yes", "no") else ""
    try:
        float(value)
    except ValueError:
        return ""
    return "Write the number without quotes."


def _choice(value: Any, choices: tuple[Any, ...], annotation: Any) -> Misfit | None:
    if isinstance(value, (CallSite, Group, list, dict, Raw)):
        known = not isinstance(value, CallSite) or class_made(value) is not None
        return Misfit("type", name_of(annotation), _given(value)) if known else None
    if any(value == choice and type(value) is type(choice) for choice in choices):
        return None
    if value is None:
        return Misfit("none", name_of(annotation), "null", certain=False)
    if isinstance(value, enum.Enum):
        return None
    return Misfit("choice", name_of(annotation), _given(value), _closest(value, map(str, choices)))


def _closest(value: Any, choices: Iterable[str]) -> str:
    close = close_matches(str(value), list(choices))
    return f"did you mean '{close[0]}'?" if close else ""


def _is_list_of_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, int) for each in value)


def _given(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, CallSite):
        made = value.target.name.rpartition(".")[2]
        return f"a functools.partial of {made}" if value.partial else f"{_article(made)} object"
    if isinstance(value, (Group, dict)):
        return "a mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return _article(type(value).__name__)


def _article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def _all_certain(found: list[Misfit]) -> bool:
    return all(each.certain for each in found if each.kind != "none")
