"""What the commands say, and where: on stdout or in a file, and of errors the way that matters to a person."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final

import click
from hydra.errors import InstantiationException

CLEAN: Final = 0
FINDINGS: Final = 1
COULD_NOT_LOOK: Final = 2
#: What a shell says of a program that writes to a pipe which nobody reads any more.
NOBODY_READS: Final = 141


class ProblemError(click.ClickException):
    """Why a command could not look."""

    exit_code = COULD_NOT_LOOK


def say(text: str, output: Path | None) -> None:
    """Write a text to a file, or to stdout."""
    if output is not None:
        with writing(output):
            output.write_text(text.rstrip("\n") + "\n", "utf-8")
    elif text:
        try:
            click.echo(text)
        except BrokenPipeError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more when it ends
            raise click.exceptions.Exit(NOBODY_READS) from error


@contextmanager
def writing(file: Path) -> Iterator[None]:
    """While a file is written: a reason for which it can't be is a problem of the command."""
    try:
        yield
    except OSError as error:
        raise ProblemError(f"{file} can't be written: {error.strerror}") from error


def failure_text(error: Exception) -> str:
    """Why a build failed, below the way from the constructor to the line that raised."""
    raised = traceback_text(error.__cause__ or error)
    if isinstance(error, InstantiationException):
        said = str(error)
    else:
        said = "\n".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())])
    return raised if raised.endswith(said) else "\n".join(filter(None, (raised, said)))


def traceback_text(error: BaseException) -> str:
    """The traceback of an error from where other code than this library's runs; empty where none did."""
    beyond = error.__traceback__
    while beyond is not None and _is_ours(beyond):
        beyond = beyond.tb_next
    return "".join(traceback.format_exception(type(error), error, beyond)).rstrip("\n") if beyond else ""


def _is_ours(level: TracebackType) -> bool:
    return Path(level.tb_frame.f_code.co_filename).is_relative_to(Path(__file__).parents[1])
