"""What came out of a call, in a form that two calls can be compared by."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, Union

import attr
from hydra._internal.instantiate._instantiate2 import _Keys
from hydra.errors import InstantiationException
from omegaconf.base import Container, Node

from safe_instantiate.hydra_compat import READS_LAZILY
from tests.differential import targets

#: The way from the result to one of its parts: keys, positions, attribute names.
Place = tuple[Hashable, ...]

#: What the text of an error says of the one case.
_VALUES = re.compile(r"ran .*?, then|'[^']*'|\S*[._\d]\S*|\n.*object_type=.*")
#: The place that an error names; where there are several errors, each of them begins with its place.
_KEYS = re.compile(r"^\s*full_key: (.*)$|^\d+\. (\S+): ", re.MULTILINE)
#: Where an object is, in the text that an interpolation made of it.
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_ATOMS = (str, bytes, int, float, complex, type(None), Path, Enum)


@dataclass(frozen=True, slots=True)
class Part:
    """One object of a result: what kind of thing it is, what tells it from others of its kind, and its parts."""

    kind: str
    label: Hashable = None
    parts: tuple[tuple[Hashable, Part], ...] = ()

    def __str__(self) -> str:
        inner = ", ".join(f"{edge}: {part}" for edge, part in self.parts)
        label = "" if self.label is None else f" {self.label}"
        return f"<{self.kind}{label}{' {' + inner + '}' if inner else ''}>"


@dataclass(frozen=True, slots=True)
class Built:
    """The call returned this."""

    result: Part

    def __str__(self) -> str:
        return f"built {self.result}"


@dataclass(frozen=True, slots=True)
class Raised:
    """The call raised this."""

    classes: tuple[type[BaseException], ...]
    message: str

    @property
    def cls(self) -> type[BaseException]:
        return self.classes[0]

    @property
    def keys(self) -> frozenset[str]:
        """The places that the error names, without what Hydra writes in several ways: `a[0]`, `a.0` and `a0`."""
        return frozenset(map("".join, self.places))

    @property
    def places(self) -> frozenset[tuple[str, ...]]:
        """The places that the error names."""
        said = (key for found in _KEYS.findall(self.message) for key in found if key)
        return frozenset(tuple(re.sub(r"\bColor\.|[][.]", " ", key).split()) for key in said)

    def __str__(self) -> str:
        return f"raised {self.cls.__module__}.{self.cls.__qualname__}: {self.message}"


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that holds whatever Hydra does was not kept."""

    law: str

    @property
    def shape(self) -> Hashable:
        """The law, and the sort of text that the error had: names and values left out."""
        return _VALUES.sub("", self.law)

    def __str__(self) -> str:
        return f"broke the law: {self.law}"


Outcome = Union[Built, Raised, Broken]


@dataclass(frozen=True, slots=True)
class Observation:
    """One engine's answer to a case, and what else it did."""

    outcome: Built | Raised
    entered: tuple[str, ...]
    raised: tuple[str, ...]
    changed: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the two answers part; None stands for a part that one of them has not."""

    place: Place
    hydra: Part | Outcome | None
    ours: Part | Outcome | None

    @property
    def shape(self) -> tuple[Hashable, ...]:
        """What sort of difference this is, whatever the values: what a smaller case must show to be the same."""
        return (_shape(self.hydra), _shape(self.ours))

    def __str__(self) -> str:
        where = "the result" if not self.place else "".join(f"[{step!r}]" for step in self.place)
        return f"at {where}:\n  hydra: {self.hydra or 'nothing'}\n  ours:  {self.ours or 'nothing'}"


def _shape(side: Part | Outcome | None) -> Hashable:
    if isinstance(side, Raised):
        return side.cls.__name__
    if isinstance(side, Broken):
        return side.shape
    return side.kind if isinstance(side, Part) else type(side).__name__


def describe(value: Any) -> Part:
    """The value as parts; an object that is met again is the place where it was met first."""
    return _describe(value, (), {}, targets.known())


def _describe(value: Any, place: Place, seen: dict[int, tuple[Place, Any]], known: dict[int, tuple[str, str]]) -> Part:
    if isinstance(value, targets.Held):
        value = value.value
    if isinstance(value, targets.Gadget):
        known = targets.known()  # a resolver that is asked only now may have made it
    if id(value) in known:
        return Part(*known[id(value)])
    if isinstance(value, _ATOMS):
        return Part("value", (type(value).__qualname__, _ADDRESS.sub("", str(value))))
    if isinstance(value, type):
        return Part("class", value.__qualname__)
    if isinstance(value, (FunctionType, MethodType, BuiltinFunctionType)):
        # Whether a method is bound anew for each place is nobody's concern.
        owner = getattr(value, "__self__", None)
        return Part("function", f"{value.__module__}.{value.__qualname__} of {getattr(owner, '__qualname__', None)}")
    if id(value) in seen and not isinstance(value, tuple):
        return Part("the one at", seen[id(value)][0])
    seen[id(value)] = place, value  # kept, so that its id stays its own
    kind, label, parts = _opened(value)
    return Part(kind, label, tuple((edge, _describe(part, (*place, edge), seen, known)) for edge, part in parts))


def _opened(value: Any) -> tuple[str, Hashable, list[tuple[Hashable, Any]]]:
    """The kind, the label and the parts of an object that is not a scalar."""
    if isinstance(value, targets.Record):
        args: list[tuple[Hashable, Any]] = list(enumerate(value.args))
        return "object", f"{type(value).__qualname__}/{value.name}", args + list(value.kwargs.items())
    if isinstance(value, Unreadable):
        return "unreadable", value.error, []
    if isinstance(value, Container):
        return _opened_config(value)
    if isinstance(value, dict):
        return type(value).__name__, None, list(value.items())
    if isinstance(value, (list, tuple)):
        return type(value).__name__, None, list(enumerate(value))
    if isinstance(value, functools.partial):
        name = f"{type(value).__module__}.{type(value).__qualname__}"
        arguments: list[tuple[Hashable, Any]] = list(enumerate(value.args))
        return "partial", name, [("func", value.func), *arguments, *value.keywords.items()]
    if dataclasses.is_dataclass(value):
        return (
            "dataclass",
            type(value).__qualname__,
            [(field.name, getattr(value, field.name, None)) for field in dataclasses.fields(value)],
        )
    if attr.has(type(value)):
        return "attrs", type(value).__qualname__, [(a.name, getattr(value, a.name)) for a in attr.fields(type(value))]
    if isinstance(value, (set, frozenset)):
        return type(value).__name__, tuple(sorted(map(repr, value))), []
    if isinstance(value, targets.Gadget):
        return "copy of live", value.name, []
    return type(value).__qualname__, None, []


def _opened_config(value: Container) -> tuple[str, Hashable, list[tuple[Hashable, Any]]]:
    kind = type(value).__name__
    object_type = value._metadata.object_type
    label = None if object_type in (None, dict, list, tuple) else object_type.__qualname__
    content = value._content  # what is there, before a look at it resolves anything
    if not isinstance(content, (dict, list, tuple)):
        return kind, (label, f"{content}"), []
    if not READS_LAZILY:  # what Hydra 1.4 hands on bears the locks of the caller's config
        locks = tuple(name for name in ("struct", "readonly") if value._get_flag(name))
        label = (label, *locks) if locks else label
    items = content.items() if isinstance(content, dict) else enumerate(content)
    return kind, label, [(_edge(edge), _read(value, edge, node)) for edge, node in items]


def _edge(key: Any) -> Hashable:
    return str.__str__(key.value) if isinstance(key, _Keys) else key  # how Hydra 1.4 writes a control key


def _read(config: Container, key: Any, node: Node) -> Any:
    """What a config that reached a target has under a key, for the target that looks."""
    content = _content(node)
    if not (READS_LAZILY and isinstance(content, str) and "${" in content):
        return content
    try:
        return config[key]
    except Exception as error:
        return Unreadable(type(error).__name__)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What stands in a config for an interpolation that leads nowhere: the error that reading it gives."""

    error: str


def _content(node: Node) -> Any:
    """What a node of a container holds; the node of a Union field holds another one."""
    while isinstance(node, Node) and not isinstance(node, Container):
        node = node._value()
    return node


def compare(hydra: Observation, ours: Observation, *, lawful: bool) -> list[Difference]:
    """Every place where our answer is not Hydra's, and every promise of our own that was not kept.

    `lawful` says whether our engine promises to leave the config as it is and to find errors before it builds. Hydra
    itself does neither: it resolves, in the caller's config, what an interpolation points at.
    """
    differences = list(compare_outcomes(hydra.outcome, ours.outcome))
    if lawful and ours.changed:
        differences.append(Difference((), hydra.outcome, Broken("the caller's config is unchanged")))
    if lawful and ours.entered and isinstance(ours.outcome, Raised) and not _raised_by_a_call(ours):
        law = f"nothing before everything: ran {', '.join(ours.entered)}, then {ours.outcome}"
        differences.append(Difference((), hydra.outcome, Broken(law)))
    return differences


#: What targets give that is no list; the others give an object of a class that bears their name, or a `Record`.
_GIVES = {
    "gives_none": "NoneType",
    "gives_dict": "dict",
    "gives_config": "DictConfig",
    "gives_target_config": "DictConfig",
    "gives_ordered": "OrderedDict",
    "gives_class": "type",
    "gives_path": "PosixPath",
    "Factory.of_class": "Record",
    "Branch.of_class": "Record",
    "Factory.static": "Record",
    **dict.fromkeys(("join", "fixed", "first", "keep", "gather", "nothing", "edits"), "Record"),
}


def _raised_by_a_call(ours: Observation) -> bool:
    """Whether a target raised by itself, or it was one that keeps no journal: what that refuses can't be foreseen."""
    assert isinstance(ours.outcome, Raised)
    refused = re.search(r"Unsupported _args_ type: '([^']*)'", ours.outcome.message)
    if refused and any(_GIVES.get(name, name) == refused[1] or refused[1] == "partial" for name in ours.entered):
        return True  # an `_args_` whose target gave no list
    # The text that this one gives is an interpolation, to whoever reads it in a config.
    led_nowhere = "Interpolation key 'nowhere' not found" in ours.outcome.message
    if "gives_dollar" in ours.entered and led_nowhere and not issubclass(ours.outcome.cls, InstantiationException):
        return True
    if "Could not create instance of" in ours.outcome.message:
        return True  # the class of a Structured Config, whose constructor keeps no journal
    called = re.search(r"Error in call to target '([^']*)'", ours.outcome.message)
    return bool(ours.raised) or bool(called and not called[1].startswith(targets.HERE))


def compare_outcomes(hydra: Built | Raised, ours: Built | Raised) -> Iterator[Difference]:
    """Every place where two answers part."""
    if isinstance(hydra, Built) and isinstance(ours, Built):
        yield from compare_parts((), hydra.result, ours.result)
    elif isinstance(hydra, Raised) and isinstance(ours, Raised):
        if hydra.cls not in ours.classes or not _names_the_place(ours, hydra):
            yield Difference((), hydra, ours)
    else:
        yield Difference((), hydra, ours)


def _names_the_place(ours: Raised, hydra: Raised) -> bool:
    """Whether our error names the place that Hydra's names, or one that is more exact.

    That may be an argument, where Hydra names the target; or the whole key, where Hydra names the end of it.
    """
    return not hydra.keys or any(
        mine.startswith(theirs) or mine.endswith(theirs) for theirs in hydra.keys for mine in ours.keys
    )


def compare_parts(place: Place, hydra: Part, ours: Part) -> Iterator[Difference]:
    """Every place where two parts of results differ; `place` is where both stand."""
    if (hydra.kind, hydra.label) != (ours.kind, ours.label):
        yield Difference(place, hydra, ours)
        # Where both have the same parts, those are compared too: one difference shall hide no other.
        if {edge for edge, _ in hydra.parts} != {edge for edge, _ in ours.parts}:
            return
    theirs, here = dict(hydra.parts), dict(ours.parts)
    for edge, part in hydra.parts:
        if edge in here:
            yield from compare_parts((*place, edge), part, here[edge])
        else:
            yield Difference((*place, edge), part, None)
    for edge, part in ours.parts:
        if edge not in theirs:
            yield Difference((*place, edge), None, part)
    order = [edge for edge in theirs if edge in here]
    if order != [edge for edge in here if edge in theirs]:
        yield Difference(place, Part("order", tuple(theirs)), Part("order", tuple(here)))


def snapshot(value: Any) -> tuple[Hashable, ...]:
    """Everything about what a caller passed in that a call could change: contents, flags, parents, identities."""
    return tuple(_snapshot(value, set()))


def _snapshot(value: Any, seen: set[int]) -> Iterator[Hashable]:
    yield id(value), type(value).__qualname__
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Node):
        metadata = value._metadata
        flags = tuple(sorted((metadata.flags or {}).items()))
        yield flags, id(value._get_parent()), repr(metadata.key), metadata.ref_type, metadata.object_type
        inner = value.__dict__["_content"] if isinstance(value, Container) else value._value()
    elif isinstance(value, targets.Gadget):
        inner = dict(vars(value))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        inner = {field.name: getattr(value, field.name, None) for field in dataclasses.fields(value)}
    else:
        inner = value
    if isinstance(inner, dict):
        for key, part in inner.items():
            yield repr(key)
            yield from _snapshot(part, seen)
    elif isinstance(inner, (list, tuple)):
        for part in inner:
            yield from _snapshot(part, seen)
    else:
        yield repr(inner) if isinstance(inner, _ATOMS) else id(inner)
