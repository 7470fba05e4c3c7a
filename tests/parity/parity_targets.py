"""What the configs of this folder call."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NoReturn

import attr
from omegaconf import MISSING


class Recorder:
    """Keeps the arguments that it was called with; two are equal when they were called alike."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        self.kwargs = kwargs

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and (self.args, self.kwargs) == (other.args, other.kwargs)  # type: ignore[attr-defined]

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(*{self.args!r}, **{self.kwargs!r})"

    @classmethod
    def from_parts(cls, *args: Any, **kwargs: Any) -> Recorder:
        return cls("from_parts", *args, **kwargs)

    @staticmethod
    def double(number: int) -> int:
        return 2 * number

    def keywords(self) -> list[str]:
        return sorted(self.kwargs)

    class Inner:
        def __init__(self, value: int = 0) -> None:
            self.value = value


class SubRecorder(Recorder):
    pass


class Point:
    def __init__(self, x: Any, y: Any = 0) -> None:
        self.x = x
        self.y = y

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Point) and (self.x, self.y) == (other.x, other.y)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Point({self.x!r}, {self.y!r})"


class Adder:
    """Its instances are callables without a `__qualname__` of their own."""

    def __init__(self, amount: int) -> None:
        self.amount = amount

    def __call__(self, number: int) -> int:
        return number + self.amount


ADD_TEN = Adder(10)
ADD_TWENTY = ADD_TEN.__class__(20)
NOT_CALLABLE = 17


def add(left: int, right: int = 0) -> int:
    return left + right


def received(**kwargs: Any) -> dict[str, Any]:
    return kwargs


def described() -> dict[str, Any]:
    return {"_target_": Point, "x": 1}


def same(value: Any) -> Any:
    return value


def nothing(**_: Any) -> None:
    return None


#: The names given to `note`, in the order of its calls.
CALLS: list[str] = []


def note(name: str, **_: Any) -> str:
    CALLS.append(name)
    return name


class QuietError(Exception):
    """An exception that takes no arguments, as some libraries' do."""

    def __init__(self) -> None:
        super().__init__("said by the exception itself")


def raise_value_error(**_: Any) -> NoReturn:
    raise ValueError("image size must be a multiple of 14")


def raise_quiet_error() -> NoReturn:
    raise QuietError()


def raise_from_another() -> NoReturn:
    try:
        os.environ["A_VARIABLE_THAT_NOBODY_SETS"]
    except KeyError as absent:
        raise RuntimeError("no such split") from absent


def raise_system_exit() -> NoReturn:
    raise SystemExit(3)


def raise_keyboard_interrupt() -> NoReturn:
    raise KeyboardInterrupt


class Fails:
    """Its constructor raises."""

    def __init__(self, message: str = "refused") -> None:
        raise RuntimeError(message)


class Colour(Enum):
    RED = 1
    BLUE = 2


@dataclass
class User:
    name: str = "ann"
    tags: list[int] = field(default_factory=lambda: [1, 2])


@dataclass
class Team:
    lead: User = field(default_factory=User)
    members: list[User] = field(default_factory=lambda: [User("bob")])
    by_role: dict[str, User] = field(default_factory=dict)


@attr.s(auto_attribs=True)
class AttrsUser:
    name: str = "ann"
    age: int = 30


@dataclass
class RecorderConf:
    _target_: str = "parity_targets.Recorder"
    user: User = field(default_factory=User)
    size: int = 3


@dataclass
class PointConf:
    _target_: str = "parity_targets.Point"
    x: int = MISSING
    y: int = 0


@dataclass
class NestedPointConf:
    _target_: str = "parity_targets.Point"
    x: PointConf = field(default_factory=lambda: PointConf(x=1))
    y: Any = None


@dataclass
class TargetMissingConf:
    _target_: str = MISSING
    size: int = 3


@dataclass
class TargetWithoutAnnotationConf:
    """`_target_` is a class attribute here, not a field: OmegaConf never sees it."""

    _target_ = "parity_targets.Recorder"
    size: int = 3


@dataclass
class PartialConf:
    _target_: str = "parity_targets.Point"
    _partial_: bool = True
    x: int = MISSING
    y: int = 5


@attr.s(auto_attribs=True)
class AttrsPointConf:
    _target_: str = "parity_targets.Point"
    x: int = 4
    y: int = 5
