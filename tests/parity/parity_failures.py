"""How to read a failure, of either engine."""

from __future__ import annotations

from collections.abc import Iterator


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception, then what it was raised from, to the end."""
    while error is not None:
        yield error
        error = error.__cause__


def everything_said(error: BaseException) -> str:
    """All that a person can read about a failure: messages and notes, down the chain of causes."""
    return "\n".join(line for link in chain(error) for line in (str(link), *getattr(link, "__notes__", ())))
