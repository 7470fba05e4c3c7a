"""An application's own functions, which an attack goes through."""

from __future__ import annotations

import collections
import ctypes
import functools
import os
import subprocess
from collections.abc import Callable
from typing import Any

KEPT: list[Any] = []
get_system = functools.lru_cache(os.system)
Pair = collections.namedtuple("Pair", "first second")


class Thing:
    """A class of the application."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        self.kwargs = kwargs


def take(value: Any) -> Any:
    """Receives what an attack has got hold of."""
    return Thing(value)


def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Calls back, as many an application does."""
    function(*args, **kwargs)


def _keeps_for_itself() -> None:
    """What an application calls private is its own affair."""


def gives_system() -> Any:
    """An application that hands out too much."""
    return os.system


def gives_system_in_a_list() -> list[Any]:
    return [os.system]


def gives_open_in_a_list(*arguments: Any) -> list[Any]:
    return [open, *arguments]


def gives_cached_system() -> Any:
    return get_system


def gives_cached_function() -> Any:
    """What many an application does."""
    return functools.lru_cache(abs)


def gives_alias_of_popen() -> Any:
    return subprocess.Popen[bytes]


def gives_native_function() -> Any:
    return ctypes.pythonapi.Py_IsInitialized


def gives_partial_of_remove() -> Any:
    return functools.partial(os.remove)


def gives_namespace() -> Any:
    return globals()
