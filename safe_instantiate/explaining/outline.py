"""The outline of a plan: what stands where, in words. The tree and the picture are both drawn from it."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from omegaconf import OmegaConf

from safe_instantiate.checking.conversion import diagnostic_of
from safe_instantiate.checking.secrets import is_secret
from safe_instantiate.config.keys import ARGS, TARGET
from safe_instantiate.errors import Problem
from safe_instantiate.planning.nodes import (
    DROPPED,
    WHOLE,
    Argument,
    Call,
    Completion,
    FreshContainer,
    Held,
    Mapping,
    NoCall,
    Place,
    PlanNode,
    RawConfig,
    Shared,
    full_key,
)
from safe_instantiate.planning.nodes import Sequence as SequenceNode

#: What stands at a place: a target that is called, one that is made a partial of, a group or list of what is built, a
#: config that is handed on as it is, another place's object, a call that can't be made, or a value.
Kind = Literal["call", "partial", "group", "list", "config", "same", "broken", "value"]
#: How a place comes to be what it is, where that isn't plain from its kind.
Mark = Literal["forced", "deferred", "shared", "raw", "rank 0"]

_MAX_VALUE: Final = 60
_MAX_ANNOTATION: Final = 40
#: Names under which secrets stand. `pad_token` and `max_tokens` are none.
_SECRET: Final = re.compile(
    r"(?i)(^|_)(passw(or)?d|passphrase|secret|credentials?|((api|access|auth|secret|private|bearer|hub|hf|wandb)_?"
    r"(key|token)))$|^token$"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of a plan.

    Attributes:
        key: its key at its parent, as shown.
        full_key: its dotted key.
        kind: what stands there.
        target: what is called, for a kind that has a target.
        type: the annotation of the parameter that a value goes to, or else the value's type.
        value: the value's text; for the kind "same" the full key of the place whose object it is.
        marks: how it comes to be there.
        problems: what is certainly wrong with it.
        children: what it is made from, in the order of the config.
    """

    key: str
    full_key: str
    kind: Kind
    target: str = ""
    type: str = ""
    value: str = ""
    marks: tuple[Mark, ...] = ()
    problems: tuple[str, ...] = ()
    children: tuple[Entry, ...] = ()

    def walk(self) -> Iterator[Entry]:
        """This entry and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def outline(root: Any, prefix: str, problems: Sequence[Problem], *, defer_samplers: bool) -> Entry:
    """The outline of a plan.

    Args:
        root: the plan's root.
        prefix: its full key in the config that it came from.
        problems: those of the plan; each is told at its place, or at the nearest one above.
        defer_samplers: whether samplers that need a process group wait for one.
    """
    outliner = _Outliner(prefix, problems, defer_samplers=defer_samplers)
    key = re.split(r"[.\[]", prefix)[-1].rstrip("]") or "config"
    return outliner.entry(key, root, None)


class _Outliner:
    def __init__(self, prefix: str, problems: Sequence[Problem], *, defer_samplers: bool) -> None:
        self._prefix = prefix
        self._untold = list(problems)
        self._defer_samplers = defer_samplers
        self._shared: dict[int, str] = {}

    def entry(self, key: str, item: Any, place: Place, *marks: Mark, annotation: str = "") -> Entry:
        """The entry of anything in a plan: a node, or a value."""
        match item:
            case Call():
                return self._call(key, item, place, marks)
            case NoCall():
                children = self._arguments(item, place, {}, ())
                written = item.written if isinstance(item.written, str) else "???"
                return self._made(key, place, "broken", target=written, marks=marks, children=children)
            case Shared():
                return self._shared_entry(key, item, place, marks)
            case Held():
                return self.entry(key, item.node, place, *marks, "rank 0")
            case Mapping():
                nodes = dict(item.built)
                children = tuple(
                    self.entry(str(name), nodes.get(name, value), (place, name)) for name, value in item.entries.items()
                )
                return self._made(key, place, "group", marks=marks, children=children)
            case SequenceNode():
                if not item.built:
                    return self._value(key, item.values, place, annotation)
                return self._made(key, place, "list", marks=marks, children=self._items(item.values, item.built, place))
            case RawConfig():
                return self._config(key, OmegaConf.to_container(item.template, resolve=False), place, (*marks, "raw"))
            case Completion():
                target = getattr(item.partial.func, "__qualname__", str(item.partial.func))
                children = (*self._items(item.args, (), place), *self._values(item.kwargs, place))
                return self._made(key, place, "call", target=target, marks=marks, children=children)
            case FreshContainer():
                item = item.value
        return self._value(key, item, place, annotation)

    def _call(self, key: str, node: Call, place: Place, marks: tuple[Mark, ...]) -> Entry:
        if self._defer_samplers and waits_for_the_group(node):
            marks = (*marks, "deferred")
        forced: tuple[Mark, ...] = () if node.recursive else ("forced",)
        children = self._arguments(node, place, annotations_of(node.target.obj), forced)
        kind: Kind = "partial" if node.partial else "call"
        return self._made(key, place, kind, target=node.target.path, marks=marks, children=children)

    def _arguments(
        self, node: Call | NoCall, place: Place, annotations: dict[str, str], forced: tuple[Mark, ...]
    ) -> tuple[Entry, ...]:
        nodes = dict(node.built)
        children = [
            self.entry(
                str(name),
                nodes.get(name, value),
                (place, name),
                *(forced if _is_built(nodes.get(name)) else ()),
                annotation=annotations.get(name, ""),
            )
            for name, value in node.kwargs.items()
        ]
        for index, whole in node.built_args:
            if index in (WHOLE, DROPPED):
                children.append(self.entry(ARGS, whole, (place, ARGS)))
        positional = tuple((index, child) for index, child in node.built_args if index >= 0)
        return (*self._items(node.args, positional, (place, ARGS), forced), *children)

    def _items(
        self,
        values: Sequence[Any],
        built: Sequence[tuple[int, PlanNode]],
        place: Place,
        forced: tuple[Mark, ...] = (),
    ) -> tuple[Entry, ...]:
        nodes = dict(built)
        return tuple(
            self.entry(
                f"[{index}]", nodes.get(index, value), (place, index), *(forced if _is_built(nodes.get(index)) else ())
            )
            for index, value in enumerate(values)
        )

    def _values(self, values: dict[str, Any], place: Place) -> Iterator[Entry]:
        for name, value in values.items():
            yield self._value(name, value, (place, name), "")

    def _shared_entry(self, key: str, node: Shared, place: Place, marks: tuple[Mark, ...]) -> Entry:
        first = self._shared.get(id(node))
        if first is not None:
            return self._made(key, place, "same", value=first, marks=(*marks, "shared"))
        self._shared[id(node)] = full_key(self._prefix, place)
        return self.entry(key, node.node, place, *marks, "shared")

    def _config(self, key: str, config: Any, place: Place, marks: tuple[Mark, ...] = ()) -> Entry:
        """A config that nobody builds here: its targets are named, and not looked at."""
        if isinstance(config, dict):
            children = tuple(
                self._config(str(name), value, (place, name)) for name, value in config.items() if name != TARGET
            )
            target = str(config.get(TARGET, ""))
            return self._made(key, place, "config", target=target, marks=marks, children=children)
        if isinstance(config, (list, tuple)) and any(isinstance(item, (dict, list)) for item in config):
            children = tuple(self._config(f"[{index}]", item, (place, index)) for index, item in enumerate(config))
            return self._made(key, place, "config", marks=marks, children=children)
        return self._value(key, config, place, "")

    def _value(self, key: str, value: Any, place: Place, annotation: str) -> Entry:
        text = "***" if isinstance(value, str) and _is_hidden(key, value) else value_text(value)
        kind = annotation or ("Any" if isinstance(value, Argument) else type(value).__name__)
        return self._made(key, place, "value", type=kind, value=text)

    def _made(self, key: str, place: Place, kind: Kind, **facts: Any) -> Entry:
        where = full_key(self._prefix, place)
        told = [problem for problem in self._untold if _stands_below(problem.full_key, where)]
        self._untold = [problem for problem in self._untold if problem not in told]
        texts = tuple(_problem_text(problem, where) for problem in told)
        return Entry(key, where, kind, problems=texts, **facts)


def waits_for_the_group(call: Call) -> bool:
    """Whether a call makes a DistributedSampler that is to learn its rank or world size from the process group."""
    sampler = getattr(sys.modules.get("torch.utils.data.distributed"), "DistributedSampler", None)
    if sampler is None or not isinstance(call.target.obj, type) or not issubclass(call.target.obj, sampler):
        return False
    given = dict(zip(("dataset", "num_replicas", "rank"), call.args, strict=False)) | call.kwargs
    return not call.partial and any(given.get(name) is None for name in ("num_replicas", "rank"))


def annotations_of(target: Any) -> dict[str, str]:
    """The annotations of a target's parameters as they would be written; empty where they can't be known."""
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):
        return {}
    texts = {each.name: _annotation_text(each.annotation) for each in parameters if each.annotation is not each.empty}
    return {name: text for name, text in texts.items() if len(text) <= _MAX_ANNOTATION}


def _annotation_text(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def value_text(value: Any) -> str:
    """A value in one short line; of an object only its class.

    >>> value_text("adam"), value_text([1, 2]), value_text(object())
    ("'adam'", '[1, 2]', '<object>')
    """
    if isinstance(value, (str, bytes, int, float, complex, list, dict, tuple, set, frozenset, type(None))):
        try:
            text = repr(value)
        except Exception:  # nested too deep, or with a `__repr__` of somebody else's in it
            text = f"<{type(value).__qualname__}>"
    elif isinstance(value, Argument):
        text = "GIVEN"
    elif isinstance(value, type) or callable(value):
        text = f"<{getattr(value, '__qualname__', type(value).__qualname__)}>"
    else:
        text = f"<{type(value).__qualname__}>"
    return text if len(text) <= _MAX_VALUE else f"{text[: _MAX_VALUE - 4]} ..."


def _is_hidden(key: str, value: str) -> bool:
    # A check complains of what is surely a secret; what is only likely to be one is better not shown either.
    return is_secret(key, value) or bool(value and _SECRET.search(key))


def _problem_text(problem: Problem, where: str) -> str:
    found = diagnostic_of(problem)
    place = "" if problem.full_key == where else f"{problem.full_key}: "
    return place + " ".join("; ".join(filter(None, (found.message, found.hint))).split())


def _is_built(node: Any) -> bool:
    return isinstance(node, PlanNode) and not isinstance(node, (RawConfig, FreshContainer))


def _stands_below(problem_key: str, where: str) -> bool:
    return not where or problem_key == where or problem_key.startswith((f"{where}.", f"{where}["))
