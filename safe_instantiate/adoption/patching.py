"""`patch_hydra`: for a stretch of time, Hydra's `instantiate` is ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from safe_instantiate.instantiator import DEFAULT, Instantiator

from .inside import run_inside
from .switch import SWITCH, Patch

_Function = TypeVar("_Function", bound=Callable[..., Any])


class patch_hydra:  # noqa: N801  (read as a statement: `with patch_hydra(): ...`)
    """Makes `hydra.utils.instantiate` and `hydra.utils.call` ours: for a `with` block, a function, or from here on.

    Every reference to Hydra's function is reached, whatever its name and wherever it is kept, also in modules that were
    imported before or will be later; calls that Hydra makes for itself (launchers, sweepers, callbacks) stay Hydra's.
    Blocks nest, the innermost instantiator answers, and they may end in any order. A block holds for the thread or task
    that opened it and for the tasks started inside; other threads, those started inside included, keep Hydra's.

    As a decorator it opens a block around each call, for coroutines and generators around each of their steps. What
    such a function hands back to be run later, a callback for example, runs outside.

    Args:
        instantiator: the settings; those of `safe_instantiate.instantiate` if it is left out.
        everywhere: whether the block holds in every thread of the process.

    Raises:
        TypeError: `instantiator` is no `Instantiator`, or it is a function: then the parentheses of `@patch_hydra()`
            were forgotten. Or a class is decorated.

    >>> import functools
    >>> from hydra.utils import instantiate as build
    >>> config = {"_target_": "fractions.Fraction", "_args_": [1, 2], "_partial_": True}
    >>> with patch_hydra():
    ...     type(build(config)) is functools.partial, build(build(config))
    (True, functools.partial(<class 'fractions.Fraction'>, 1, 2))
    >>> @patch_hydra(Instantiator(convert="all"))
    ... def sizes(config):
    ...     return build(config)["sizes"]
    >>> sizes({"sizes": [1, 2]}), build({"sizes": [1, 2]})["sizes"].__class__.__name__
    ([1, 2], 'ListConfig')
    """

    __slots__ = ("_begun", "_everywhere", "_instantiator")

    def __init__(self, instantiator: Instantiator | None = None, *, everywhere: bool = False) -> None:
        self._instantiator = the_instantiator(instantiator, "patch_hydra")
        self._everywhere = everywhere
        self._begun: list[Patch] = []

    def start(self) -> None:
        """Open the block where no `with` can stand, in the first line of a script for example.

        Opened for everywhere and never stopped, it holds until the process ends.
        """
        self._begun.append(SWITCH.begin(self._instantiator, everywhere=self._everywhere))

    def stop(self) -> None:
        """End what `start` opened.

        Raises:
            RuntimeError: nothing is open.
        """
        if not self._begun:
            raise RuntimeError("patch_hydra().stop() without start(): this patch is not open")
        # One patch may be open in several threads: each ends its own.
        mine = [patch for patch in self._begun if SWITCH.is_inside(patch)]
        patch = (mine or self._begun)[-1]
        self._begun.remove(patch)
        SWITCH.end(patch)

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __call__(self, function: _Function) -> _Function:
        """Decorate a function: each call of it opens a block of its own."""
        if isinstance(function, type) or not callable(function):
            raise TypeError(
                f"@patch_hydra() decorates a function, got {described(function)}; for a class there is safe_setup"
            )
        return run_inside(function, lambda: patch_hydra(self._instantiator, everywhere=self._everywhere))


def the_instantiator(given: Any, taker: str) -> Instantiator:
    """The instantiator that was given, or the default one.

    Raises:
        TypeError: it is something else; the message names `taker`.
    """
    if given is None:
        return DEFAULT
    if isinstance(given, Instantiator):
        return given
    hint = f"; as a decorator it is written @{taker}()" if callable(given) else ""
    raise TypeError(f"{taker} takes an Instantiator, got {described(given)}{hint}")


def described(obj: Any) -> str:
    """What an object is, for a message that says it is the wrong thing."""
    return f"the class {obj.__name__}" if isinstance(obj, type) else f"an object of type {type(obj).__name__}"
