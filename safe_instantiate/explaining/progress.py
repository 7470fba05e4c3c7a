"""A progress bar for long builds: on the terminal of rank 0, and nowhere else."""

from __future__ import annotations

import shutil
from typing import TextIO

from safe_instantiate.distributed import is_rank_zero

_BAR = 20


class Progress:
    """Says on a terminal which of a plan's objects is being built."""

    def __init__(self, total: int, stream: TextIO) -> None:
        self._total = total
        self._stream = stream
        self._done = 0
        self._shows = total > 1 and stream.isatty() and is_rank_zero()

    def begin(self, name: str) -> None:
        """An object is begun."""
        self._draw(name)

    def end(self, name: str) -> None:
        """An object is there."""
        self._done += 1
        self._draw(name)

    def close(self) -> None:
        """Take the bar away."""
        if self._shows:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _draw(self, name: str) -> None:
        if not self._shows:
            return
        full = _BAR * self._done // self._total
        line = f"[{'#' * full}{' ' * (_BAR - full)}] {self._done}/{self._total} {name}"
        self._stream.write(f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}")
        self._stream.flush()
