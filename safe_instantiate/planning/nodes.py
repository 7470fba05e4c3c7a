"""What a plan consists of.

A plan is a tree of these nodes; whatever is no node is a value and reaches its consumer as it is. Nodes are never
changed once the planner has returned them, and hold nothing of the config but values. They are plain classes with
slots: a frozen dataclass takes three times as long to make, and making them is half of the planner's work.
"""

from __future__ import annotations

import collections.abc
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from safe_instantiate.config.standing import Unknown

if TYPE_CHECKING:
    from safe_instantiate.config.keys import ConvertName
    from safe_instantiate.targets.target import Target

#: Where a node stands: the place of its parent and its own key there; None is the top level.
#: Linked, not joined: the dotted text is made only when somebody asks for it.
Place = tuple[Any, Any] | None


def path_of(place: Place) -> tuple[Any, ...]:
    """The keys that lead to a place from the top level.

    >>> path_of(((None, "model"), "layers"))
    ('model', 'layers')
    """
    keys = []
    while place is not None:
        place, key = place
        keys.append(key)
    return tuple(reversed(keys))


def below(place: Place, path: tuple[Any, ...]) -> Place:
    """The place that keys lead to from another."""
    for key in path:
        place = (place, key)
    return place


def held(built: Iterable[tuple[Any, PlanNode]]) -> tuple[tuple[Any, PlanNode], ...]:
    """Arguments to be built, each held back, for a target that `holds_configs`."""
    return tuple((key, node if key in (WHOLE, DROPPED) else Held(_name_of(node), node)) for key, node in built)


def _name_of(node: PlanNode) -> str:
    call = node.node if isinstance(node, Shared) else node
    return call.target.path if isinstance(call, Call) else "a config"


def full_key(prefix: str, place: Place) -> str:
    """The dotted key of a place, as OmegaConf writes it.

    >>> full_key("trainer", ((None, "datasets"), 0))
    'trainer.datasets[0]'
    """
    text = prefix
    for key in path_of(place):
        key = key.name if isinstance(key, Enum) else key
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else str(key)
    return text


#: The parts of the place that is the top level.
_NOWHERE: Final = (None, None)


class PlanNode:
    """Anything in a plan that has to be made when the plan is built."""

    __slots__ = ()


#: In the place of an index, see `Call`.
WHOLE: Final = -1
DROPPED: Final = -2


class Call(PlanNode):
    """A target to call, or to make a partial of.

    `kwargs` has every keyword argument in order, those to be built with a placeholder; `built` names these, with
    their nodes. The same holds for `args`, whose built ones are given by index. Where it is not `recursive`, what is
    built all the same is built by a rule of this library's own.

    Of its place it keeps the two parts: a pair for each call would be one more object for the garbage collector.
    """

    __slots__ = (
        "above",
        "args",
        "built",
        "built_args",
        "checked",
        "convert",
        "key",
        "kwargs",
        "partial",
        "recursive",
        "target",
    )

    def __init__(
        self,
        target: Target,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        built_args: tuple[tuple[int, PlanNode], ...],
        built: tuple[tuple[str, PlanNode], ...],
        partial: bool,
        checked: bool,
        convert: ConvertName,
        recursive: bool,
        place: Place,
    ) -> None:
        self.target = target
        self.args = args
        self.kwargs = kwargs
        self.built_args = built_args
        self.built = built
        self.partial = partial
        self.checked = checked
        self.convert = convert
        self.recursive = recursive
        self.above: Place
        self.key: Any
        self.above, self.key = _NOWHERE if place is None else place

    @property
    def place(self) -> Place:
        """Where it stands."""
        return None if self.key is None else (self.above, self.key)


class NoCall(PlanNode):
    """A call whose target can't be had, in a plan that can't be built: for those who want to see what stands there."""

    __slots__ = ("args", "built", "built_args", "kwargs", "place", "written")

    def __init__(
        self,
        written: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        built_args: tuple[tuple[int, PlanNode], ...],
        built: tuple[tuple[str, PlanNode], ...],
        place: Place,
    ) -> None:
        self.written = written
        self.args = args
        self.kwargs = kwargs
        self.built_args = built_args
        self.built = built
        self.place = place


class Mapping(PlanNode):
    """A group: a mapping without a target, with all that is in it built."""

    __slots__ = ("built", "entries", "object_type")

    def __init__(self, entries: dict[Any, Any], built: tuple[tuple[Any, PlanNode], ...], object_type: Any) -> None:
        self.entries = entries
        self.built = built
        self.object_type = object_type


class PlainDict(Mapping):
    """A group that comes out as a dict."""

    __slots__ = ()


class ConfigDict(Mapping):
    """A group that comes out as a DictConfig."""

    __slots__ = ()


class StructuredObject(Mapping):
    """A Structured Config group that comes out as an instance of its class (mode "object")."""

    __slots__ = ()


class Sequence(PlanNode):
    """A list with all that is in it built.

    `values` has a placeholder for each item that is built; `indices` says which these are, and `nodes` from what they
    are made, in the same order: a pair for each of a thousand nodes would be a thousand objects more.
    """

    __slots__ = ("indices", "nodes", "values")

    def __init__(
        self, values: list[Any], indices: collections.abc.Sequence[int], nodes: collections.abc.Sequence[PlanNode]
    ) -> None:
        self.values = values
        self.indices = indices
        self.nodes = nodes

    @property
    def built(self) -> tuple[tuple[int, PlanNode], ...]:
        """The items to be built: the index and the node of each."""
        return tuple(zip(self.indices, self.nodes, strict=True))


class PlainList(Sequence):
    """A list that comes out as a list."""

    __slots__ = ()


class ConfigList(Sequence):
    """A list that comes out as a ListConfig."""

    __slots__ = ()


class PlainTuple(Sequence):
    """A tuple that comes out as a tuple (OmegaConf 2.4; before, tuples are lists)."""

    __slots__ = ()


class ConfigTuple(Sequence):
    """A tuple that comes out as a TupleConfig."""

    __slots__ = ()


class RawConfig(PlanNode):
    """A config that its consumer builds itself: handed on as it is, a copy of its own for each build."""

    __slots__ = ("convert", "place", "template")

    def __init__(self, template: Any, convert: ConvertName, place: Place = None) -> None:
        self.template = template
        self.convert = convert
        self.place = place


class Shared(PlanNode):
    """A node that several places refer to: built once in each build."""

    __slots__ = ("node",)

    def __init__(self, node: PlanNode) -> None:
        self.node = node


class Held(PlanNode):
    """What a target builds when it chooses to, by calling what it is given (see `holds_configs`)."""

    __slots__ = ("name", "node")

    def __init__(self, name: str, node: PlanNode) -> None:
        self.name = name
        self.node = node


class Observed(PlanNode):
    """A node that somebody wants to know of when it is made: `around` is entered before and left after."""

    __slots__ = ("around", "node")

    def __init__(self, node: PlanNode, around: Callable[[], AbstractContextManager[Any]]) -> None:
        self.node = node
        self.around = around


class FreshContainer(PlanNode):
    """A list or dict that a resolver made: every build gets its own, with the same values in it."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Argument(PlanNode, Unknown):
    """What each build of the plan is given: a keyword argument by its name, a positional one by its number."""

    __slots__ = ("name",)

    def __init__(self, name: str | int) -> None:
        self.name = name


class Completion(PlanNode):
    """A partial that is called with the arguments that it was waiting for."""

    __slots__ = ("args", "kwargs", "partial")

    def __init__(self, partial: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.partial = partial
        self.args = args
        self.kwargs = kwargs
