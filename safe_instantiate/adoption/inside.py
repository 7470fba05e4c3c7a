"""Functions that run inside a `with` of their own, whichever kind of function they are."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager
from typing import Any, TypeVar, cast

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Block = Callable[[], AbstractContextManager[object]]


def run_inside(function: _Function, block: _Block) -> _Function:
    """`function` with its name, documentation and signature, run inside a new `block()` at each call.

    A coroutine is inside from its first step to its last. A generator is inside at each of its steps, and its consumer
    is not: between two steps the block is closed.

    >>> import contextlib
    >>> @contextlib.contextmanager
    ... def told():
    ...     print("in")
    ...     yield
    ...     print("out")
    >>> def work():
    ...     print("work")
    >>> run_inside(work, told)()
    in
    work
    out
    """
    wrapper: Callable[..., Any]
    if inspect.iscoroutinefunction(function):
        wrapper = _coroutine(function, block)
    elif inspect.isgeneratorfunction(function):
        wrapper = _generator(function, block)
    elif inspect.isasyncgenfunction(function):
        wrapper = _async_generator(function, block)
    else:
        wrapper = _plain(function, block)
    return cast(_Function, functools.wraps(function)(wrapper))


def _plain(function: Callable[..., Any], block: _Block) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with block():
            return function(*args, **kwargs)

    return wrapper


def _coroutine(function: Callable[..., Any], block: _Block) -> Callable[..., Any]:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        with block():
            return await function(*args, **kwargs)

    return wrapper


def _generator(function: Callable[..., Any], block: _Block) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator = function(*args, **kwargs)
        step = functools.partial(next, generator)
        while True:
            with block():
                try:
                    item = step()
                except StopIteration as end:
                    return end.value
            try:
                sent = yield item
            except GeneratorExit:
                with block():
                    generator.close()
                raise
            except BaseException as error:
                step = functools.partial(generator.throw, error)
            else:
                step = functools.partial(generator.send, sent)

    return wrapper


def _async_generator(function: Callable[..., Any], block: _Block) -> Callable[..., Any]:
    async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        generator = function(*args, **kwargs)
        step = generator.__anext__
        while True:
            with block():
                try:
                    item = await step()
                except StopAsyncIteration:
                    return
            try:
                sent = yield item
            except GeneratorExit:
                with block():
                    await generator.aclose()
                raise
            except BaseException as error:
                step = functools.partial(generator.athrow, error)
            else:
                step = functools.partial(generator.asend, sent)

    return wrapper
