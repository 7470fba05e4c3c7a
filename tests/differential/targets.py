"""What the generated configs call, and what they hold: every kind of target, live object and structured config.

All of it is deterministic. A target notes that it was entered (`journal`) and keeps what it was given, as it was given.
"""

from __future__ import annotations

import dataclasses
import functools
import os
from collections import OrderedDict, UserDict, defaultdict, namedtuple
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Dict, List, NoReturn, Optional, Union

import attr
from omegaconf import MISSING, DictConfig, ListConfig, OmegaConf

HERE = "tests.differential.targets"

os.environ["DIFFERENTIAL_NAME"] = "from the environment"
os.environ.pop("DIFFERENTIAL_UNSET", None)


class Journal:
    """Which targets ran in this case, and which of them raised by themselves."""

    def __init__(self) -> None:
        self.entered: list[str] = []
        self.raised: list[str] = []

    def clear(self) -> None:
        self.entered.clear()
        self.raised.clear()


journal = Journal()


class Record:
    """An object that keeps what it was made of."""

    def __init__(self, name: str, args: tuple[Any, ...], kwargs: dict[Any, Any]) -> None:
        journal.entered.append(name)
        self.name = name
        self.args = args
        self.kwargs = kwargs


# ---- classes


class Box(Record):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("Box", args, kwargs)


class Pair(Record):
    def __init__(self, left: Any, right: Any = None) -> None:
        super().__init__("Pair", (), {"left": left, "right": right})


class Outer:
    class Inner(Record):
        def __init__(self, a: Any = 1, **others: Any) -> None:
            super().__init__("Inner", (), {"a": a, **others})


class Factory:
    @classmethod
    def of_class(cls, *args: Any, **kwargs: Any) -> Record:
        return Record(f"{cls.__name__}.of_class", args, kwargs)

    @staticmethod
    def static(a: Any, b: Any = 2) -> Record:
        return Record("Factory.static", (), {"a": a, "b": b})

    def method(self, a: Any) -> Record:
        return Record("Factory.method", (), {"a": a})


class Branch(Factory):
    """Inherits the classmethod: located through the subclass, it is bound to the subclass."""


@dataclass
class Dot:
    """A dataclass as a target; no config holds one, so that whoever makes one has called it."""

    x: int
    y: Any = 2.5

    def __post_init__(self) -> None:
        journal.entered.append("Dot")


class Series(Record):
    """Like a dataset: has a length and items of its own."""

    def __init__(self, source: Any = None, dataset: Any = None, **others: Any) -> None:
        super().__init__("Series", (), {"source": source, "dataset": dataset, **others})

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> int:
        return range(3)[index]


class Loading(Record):
    """Like a loader factory."""

    def __init__(self, dataset: Any, collate_fn: Any = None, conf: Optional[DictConfig] = None) -> None:
        super().__init__("Loading", (), {"dataset": dataset, "collate_fn": collate_fn, "conf": conf})

    def get_loader(self) -> Iterator[int]:
        return iter(())


# ---- functions


def join(*args: Any, **kwargs: Any) -> Record:
    return Record("join", args, kwargs)


def fixed(a: Any, b: Any = 2, *, c: Any = 3) -> Record:
    return Record("fixed", (), {"a": a, "b": b, "c": c})


def first(a: Any, /, b: Any = 1) -> Record:
    return Record("first", (a,), {"b": b})


def keep(**kwargs: Any) -> Record:
    return Record("keep", (), kwargs)


def gather(*args: Any) -> Record:
    return Record("gather", args, {})


def nothing() -> Record:
    return Record("nothing", (), {})


@functools.wraps(fixed)
def wrapped(*args: Any, **kwargs: Any) -> Record:
    """Takes anything by its code and refuses some by itself, whatever signature it shows."""
    try:
        return fixed(*args, **kwargs)
    except TypeError:
        journal.raised.append("wrapped")
        raise


def edits(**kwargs: Any) -> Record:
    """Changes the containers it was given, as trainers do that pop from their config."""
    journal.entered.append("edits")
    for value in () if _edits_nothing else kwargs.values():
        if isinstance(value, DictConfig) and value._metadata.object_type in (None, dict):
            value.edited = True
        elif type(value) is dict:
            value["edited"] = True
        elif type(value) is list:
            value.append("edited")
    return Record("edits", (), kwargs)


def gives_none(**kwargs: Any) -> None:
    journal.entered.append("gives_none")


def gives_list(**kwargs: Any) -> list[Any]:
    journal.entered.append("gives_list")
    return [1, {"a": kwargs}]


def gives_dict(**kwargs: Any) -> dict[str, Any]:
    journal.entered.append("gives_dict")
    return {"a": [1], **kwargs}


def gives_tuple(**kwargs: Any) -> tuple[Any, ...]:
    journal.entered.append("gives_tuple")
    return (1, [2], kwargs)


def gives_config(**kwargs: Any) -> DictConfig:
    journal.entered.append("gives_config")
    return OmegaConf.create({"a": 1, "b": {"c": [2]}})


def gives_list_config(**kwargs: Any) -> ListConfig:
    journal.entered.append("gives_list_config")
    return OmegaConf.create([1, {"a": 2}])


def gives_target_config(**kwargs: Any) -> DictConfig:
    journal.entered.append("gives_target_config")
    return OmegaConf.create({"_target_": f"{HERE}.Box", "a": 1})


def gives_dollar(**kwargs: Any) -> Any:
    journal.entered.append("gives_dollar")
    return held("price ${nowhere}") if _holds_results else "price ${nowhere}"


def gives_question(**kwargs: Any) -> Any:
    journal.entered.append("gives_question")
    return held("???") if _holds_results else "???"


def gives_ordered(**kwargs: Any) -> Any:
    journal.entered.append("gives_ordered")
    # What is in it may be made of a config, and is none that the caller gave.
    return Held(OrderedDict(kwargs)) if _holds_results else OrderedDict(kwargs)


def gives_class(**kwargs: Any) -> type:
    journal.entered.append("gives_class")
    return Box


def gives_path(**kwargs: Any) -> Path:
    journal.entered.append("gives_path")
    return Path("a/b")


def _raising(name: str, error: BaseException) -> NoReturn:
    journal.entered.append(name)
    journal.raised.append(name)
    raise error


def fails_value(**kwargs: Any) -> NoReturn:
    _raising("fails_value", ValueError("a wrong value"))


def fails_type(**kwargs: Any) -> NoReturn:
    _raising("fails_type", TypeError("a wrong type"))


def fails_key(**kwargs: Any) -> NoReturn:
    _raising("fails_key", KeyError("a missing key"))


def exits(**kwargs: Any) -> NoReturn:
    _raising("exits", SystemExit(3))


NUMBER = 3


# ---- structured configs, some of which are targets too


class Color(Enum):
    RED = 1
    BLUE = 2


@dataclass
class Point:
    x: int = 1
    y: float = 2.5


@dataclass
class Typed:
    n: int = 1
    name: str = "typed"
    maybe: Optional[int] = None
    items: List[int] = field(default_factory=lambda: [1, 2])
    table: Dict[str, int] = field(default_factory=lambda: {"k": 1})
    color: Color = Color.RED
    anything: Any = None
    either: Union[int, str] = 3


@dataclass
class Nested:
    point: Point = field(default_factory=Point)
    points: List[Point] = field(default_factory=lambda: [Point(x=5)])
    by_name: Dict[str, Point] = field(default_factory=lambda: {"p": Point(x=6)})
    maybe: Optional[Point] = None


@dataclass
class Linked:
    a: int = 1
    b: int = "${.a}"  # type: ignore[assignment]
    c: str = "c-${.a}"


@dataclass
class Needs:
    x: int = MISSING
    y: int = 2


@dataclass
class BoxConf:
    _target_: str = f"{HERE}.Box"
    a: int = 1
    inner: Any = None


@dataclass
class ModalConf:
    _target_: str = f"{HERE}.Box"
    _convert_: str = "none"
    _partial_: bool = False
    _recursive_: bool = True
    inner: Any = None
    point: Point = field(default_factory=Point)


@dataclass
class PointConf:
    _target_: str = f"{HERE}.Dot"
    x: int = 3
    y: float = 4.0


@dataclass
class HolderConf:
    _target_: str = f"{HERE}.join"
    point: PointConf = field(default_factory=PointConf)
    points: List[PointConf] = field(default_factory=lambda: [PointConf()])


@attr.s(auto_attribs=True)
class AttrPoint:
    x: int = 1
    y: float = 2.5


@attr.s(auto_attribs=True)
class AttrConf:
    _target_: str = f"{HERE}.Box"
    a: int = 1
    point: AttrPoint = AttrPoint(x=4)  # noqa: RUF009  OmegaConf reads no attr.Factory off a class


# ---- live objects


class Gadget:
    """A plain object, which `deepcopy` can copy."""

    def __init__(self, name: str) -> None:
        self.name = name


class Lock(Gadget):
    """An object that `deepcopy` can't copy, as a lock or an open file."""

    def __deepcopy__(self, memo: dict[int, Any]) -> NoReturn:
        raise TypeError("cannot copy a lock")


class Module(Gadget):
    """An object that is called."""

    def __call__(self) -> str:
        return self.name


Named = namedtuple("Named", ["a", "b"])

#: How the live objects of a case are made, by name.
LIVE: dict[str, Callable[[], Any]] = {
    "object": lambda: Gadget("object"),
    "lock": lambda: Lock("lock"),
    "module": lambda: Module("module"),
    "function": lambda: keep,
    "class": lambda: Gadget,
    "lambda": lambda: lambda: None,
    "partial": lambda: functools.partial(join, 1, b=2),
    "generator": lambda: iter(_counting()),
    "set": lambda: {1, 2},
    "record": lambda: Record("record", (), {}),
    "ordered": lambda: OrderedDict(a=1, b=2),
    "default": lambda: defaultdict(list, a=[1]),
    "named": lambda: Named(1, [2]),
    "user": lambda: UserDict(a=1),
}
#: The live objects that are containers with a meaning of their own.
CONTAINERS = frozenset({"ordered", "default", "named", "user"})


def _counting() -> Iterator[int]:
    yield 1


_alive: dict[str, Any] = {}
#: The dataclass and attrs instances that a case passes in as they are: no OmegaConf container has taken them in.
_given: list[Any] = []
_count = 0


def reset() -> None:
    """Forget what the last case left behind."""
    global _count, _edits_nothing, _holds_results
    journal.clear()
    _alive.clear()
    _given.clear()
    _count = 0
    _edits_nothing = _holds_results = False
    globals()["Dot"] = _Dot


def live(name: str) -> Any:
    """The live object of this name: one object for the length of a case."""
    if name not in _alive:
        _alive[name] = LIVE[name]()
    return _alive[name]


def remember(value: Any) -> None:
    """Note the dataclass and attrs instances among what a case passes in."""
    if dataclasses.is_dataclass(type(value)) or attr.has(type(value)):
        _given.append(value)
    elif isinstance(value, (list, tuple)):
        for item in value:
            remember(item)
    elif isinstance(value, dict):
        for item in value.values():
            remember(item)


def known() -> dict[int, tuple[str, str]]:
    """What is known by identity: the live objects and the instances that this case passes in."""
    return {
        **{id(value): ("given", type(value).__qualname__) for value in _given},
        **{id(value): ("live", name) for name, value in _alive.items()},
    }


# ---- what nobody looks into


class Held:
    """Stands for a value that nobody can take for a config, and that is copied by nobody."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __deepcopy__(self, memo: dict[int, Any]) -> Held:
        return self

    def __str__(self) -> str:
        return str(self.value)

    __repr__ = __str__


def held(value: Any) -> Held:
    """The value, so that it reaches its consumer as it is in any engine."""
    remember(value)
    return Held(value)


_edits_nothing = _holds_results = False


def edit_nothing() -> None:
    """For one case, leave alone what the target that edits is given."""
    global _edits_nothing
    _edits_nothing = True


def hold_results() -> None:
    """For one case, hold the results that OmegaConf would make something else of."""
    global _holds_results
    _holds_results = True
    globals()["Dot"] = _held_dot


def _held_dot(x: int, y: Any = 2.5) -> Held:
    return Held(_Dot(x, y))


_Dot = Dot
_held_dot.__qualname__ = "Dot"


# ---- resolvers


def _next() -> int:
    global _count
    _count += 1
    return _count


def _sibling_names(*, _parent_: Any) -> list[str]:
    return [str(key) for key in _parent_]


def _refuse() -> str:  # OmegaConf 2.4 checks what a resolver is annotated to return
    raise ValueError("a resolver that fails")


RESOLVERS: dict[str, Callable[..., Any]] = {
    "t.add": lambda a, b: a + b,
    "t.list": lambda *items: list(items),
    "t.dict": lambda key, value: {key: value},
    "t.target": lambda name: {"_target_": f"{HERE}.{name}", "a": 1},
    "t.none": lambda: None,
    "t.count": _next,
    "t.path": lambda name: f"{HERE}.{name}",
    "t.object": lambda: held(live("object")) if _holds_results else live("object"),
    "t.siblings": _sibling_names,
    "t.fail": _refuse,
}
for _name, _resolver in RESOLVERS.items():
    OmegaConf.register_new_resolver(_name, _resolver, replace=True)
