"""Python expressions, to be written on one line where they fit and on several where they don't."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

#: What formatters take for a line's width unless they are told another.
WIDTH: Final = 88
_INDENT: Final = "    "


@dataclass(frozen=True, slots=True)
class Bracketed:
    """A call, list, dict or tuple: each item with what stands before it (`lr=`, `'key': `, `*`)."""

    opening: str
    items: tuple[tuple[str, Expression], ...]
    closing: str


#: A text that stays on its line, or something in brackets.
Expression: TypeAlias = "str | Bracketed"


def written(before: str, expression: Expression, indent: str, after: str = "") -> str:
    """An expression with what stands on its line before and after it.

    >>> print(written("x = ", Bracketed("f(", (("n=", "1"),), ")"), ""))
    x = f(n=1)
    """
    line = f"{indent}{before}{_flat(expression)}{after}"
    if len(line) <= WIDTH or isinstance(expression, str) or not expression.items:
        return line
    rows = [written(prefix, item, indent + _INDENT, ",") for prefix, item in expression.items]
    return "\n".join([f"{indent}{before}{expression.opening}", *rows, f"{indent}{expression.closing}{after}"])


def _flat(expression: Expression) -> str:
    if isinstance(expression, str):
        return expression
    items = ", ".join(prefix + _flat(item) for prefix, item in expression.items)
    comma = "," if expression.opening == "(" and len(expression.items) == 1 else ""  # a tuple of one
    return f"{expression.opening}{items}{comma}{expression.closing}"
