"""Targets that are fine, and targets that are not."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, NoReturn

from omegaconf import DictConfig, ListConfig, OmegaConf


class Keeper:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        self.kwargs = kwargs


class Colour(Enum):
    RED = 1


class Flag(int, Enum):
    ON = 1


def nothing(**_: Any) -> None:
    return None


def leave() -> NoReturn:
    raise SystemExit(3)


def interrupt() -> NoReturn:
    raise KeyboardInterrupt


def empty_out(given: Any) -> Any:
    """Takes everything out of the config that it is given, at every depth, and puts something else in."""
    if isinstance(given, (dict, DictConfig)):
        for key in list(given):
            empty_out(given[key])
            given.pop(key)
        given["left"] = "behind"
    elif isinstance(given, (list, ListConfig)):
        for item in list(given):
            empty_out(item)
        given.clear()
        given.append("left behind")
    return given


def climb_and_overwrite(given: Any) -> Any:
    """Goes from the config that it is given to whatever that belongs to, and overwrites what it finds there."""
    for above in (given._get_parent(), given._get_root()):
        if above is not None:
            above._set_flag(["readonly", "struct"], [False, False])
            OmegaConf.update(above, "overwritten", True, force_add=True)
    return given


#: What `run_sabotage` runs: a test puts in a function that changes the config which is being built.
SABOTAGE: list[Callable[[], None]] = []


def run_sabotage() -> str:
    for act in SABOTAGE:
        act()
    return "done"


class RefusesEquality:
    def __eq__(self, other: object) -> bool:
        raise RuntimeError("compare me not")

    __hash__ = None  # type: ignore[assignment]


class RefusesTruth:
    def __bool__(self) -> bool:
        raise RuntimeError("no truth in me")


class RefusesLength:
    def __len__(self) -> int:
        raise RuntimeError("no length")

    def __getitem__(self, index: int) -> int:
        raise RuntimeError("no items")


class RefusesIteration:
    def __iter__(self) -> Any:
        raise RuntimeError("no way through")


class RefusesToPrint:
    def __repr__(self) -> str:
        raise RuntimeError("nothing to see")

    __str__ = __repr__


class RefusesCopies:
    def __deepcopy__(self, memo: Any) -> Any:
        raise RuntimeError("one of a kind")

    def __copy__(self) -> Any:
        raise RuntimeError("one of a kind")

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise RuntimeError("one of a kind")


class RefusesHash:
    def __hash__(self) -> int:
        raise RuntimeError("no hash")


class AnswersAnything:
    """Has every attribute that one asks for, among them `_target_`, `get_loader` and `keys`."""

    def __getattr__(self, name: str) -> Any:
        return "an answer"


class RefusesAttributes:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"asked for {name}")


class IsCallable:
    def __call__(self) -> NoReturn:
        raise RuntimeError("called")


class LooksLikeAMapping:
    """Has what `dict` and `**` want, and is no mapping."""

    def keys(self) -> list[str]:
        raise RuntimeError("asked for keys")

    def __getitem__(self, key: str) -> Any:
        raise RuntimeError("asked for an item")
