"""Writing Python source: names that don't clash, and values as they are written in a program."""

from __future__ import annotations

import builtins
import keyword
import math
import re
from collections.abc import Mapping
from typing import Any, Final

#: Longer texts, and containers of more values, are kept beside the program: they tell a reader nothing.
_LONGEST_TEXT: Final = 200
_MOST_VALUES: Final = 64
_WIDTH: Final = 100


class Names:
    """The names of one program: each is used for one thing, be it local or global."""

    __slots__ = ("_counts", "_used", "values")

    def __init__(self, reserved: tuple[str, ...]) -> None:
        self._used: set[str] = {*reserved, *vars(builtins)}
        self._counts: dict[str, int] = {}
        #: The global ones, with what they stand for.
        self.values: dict[str, Any] = {}

    def new(self, wanted: str) -> str:
        """A name that is not used yet, `wanted` if it can be.

        >>> names = Names(())
        >>> names.new("model"), names.new("model"), names.new("layers[0]"), names.new("class")
        ('model', 'model_2', 'layers_0', 'class_')
        """
        base = re.sub(r"\W+", "_", wanted, flags=re.ASCII).strip("_") or "value"
        if base[0].isdigit() or keyword.iskeyword(base):
            base = f"_{base}" if base[0].isdigit() else f"{base}_"
        name, count = base, self._counts.get(base, 1)
        while name in self._used:
            count += 1
            name = f"{base}_{count}"
        self._counts[base] = count
        self._used.add(name)
        return name

    def constant(self, value: Any, wanted: str) -> str:
        """The name of an object that can't be written as a literal."""
        name = self.new(wanted)
        self.values[name] = value
        return name

    def literal(self, value: Any, wanted: str) -> str:
        """A value as it is written; what has no literal is a constant.

        >>> names = Names(())
        >>> names.literal("a", "x"), names.literal(1.5, "x"), names.literal(print, "function")
        ("'a'", '1.5', 'function')
        """
        cls = value.__class__
        if value is None or cls is bool:
            return str(value)
        if cls is int and -(2**63) < value < 2**63:
            return str(value)
        if (cls is float and math.isfinite(value)) or (cls is str and len(value) <= _LONGEST_TEXT):
            return repr(value)
        return self.constant(value, wanted)

    def copy_of(self, values: Any, wanted: str) -> str | None:
        """A fresh copy of a container of many values; None for few, which are written out."""
        return f"{self.constant(values, wanted)}.copy()" if len(values) > _MOST_VALUES else None


def keyword_argument(name: str, value: str) -> str:
    """A keyword argument, also where its name is none in Python's grammar.

    >>> keyword_argument("lr", "0.1"), keyword_argument("weight-decay", "0.1")
    ('lr=0.1', "**{'weight-decay': 0.1}")
    """
    if name.isidentifier() and name.isascii() and not keyword.iskeyword(name) and name != "__debug__":
        return f"{name}={value}"
    return f"**{{{name!r}: {value}}}"


def bracketed(opening: str, parts: list[str], closing: str, indent: str) -> str:
    """A call or a container: on one line where that can be read, else a line for each part.

    >>> bracketed("[", ["1", "2"], "]", "")
    '[1, 2]'
    """
    line = f"{opening}{', '.join(parts)}{closing}"
    if "\n" not in line and len(indent) + len(line) <= _WIDTH:
        return line
    inner = f"\n{indent}    "
    return f"{opening}{inner}{inner.join(_deeper(part) + ',' for part in parts)}\n{indent}{closing}"


def _deeper(text: str) -> str:
    # No literal spans lines, so every line break is one of layout.
    return text.replace("\n", "\n    ")


def dict_display(entries: Mapping[str, str], indent: str) -> str:
    """A dict of expressions; the keys are written already."""
    return bracketed("{", [f"{key}: {value}" for key, value in entries.items()], "}", indent)
