"""A trace as a picture: a row for each object, a bar from its begin to its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from safe_instantiate.explaining.trace import Step

_FONT: Final = "DejaVu Sans Mono, Menlo, Consolas, monospace"
_SIZE: Final = 12
_CHARACTER: Final = 7.4
_ROW: Final = 22.0
_MARGIN: Final = 16.0
_INDENT: Final = 14.0
_BARS: Final = 520.0
_LABEL: Final = 150.0
_PARTS: Final = "#cfe0f7"
_OWN: Final = "#3b6fb6"
_FAINT: Final = "#5a5a5f"


def timeline(whole: Step) -> str:
    """The picture, as SVG: light for the time that an object's parts take, dark for its own constructor's."""
    rows = list(_rows(whole, 0))
    names = max(len(step.name) * _CHARACTER + depth * _INDENT for step, depth in rows) + 20
    width, height = _MARGIN * 2 + names + _BARS + _LABEL, _MARGIN * 2 + _ROW * (len(rows) + 1.5)
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{_FONT}" font-size="{_SIZE}">']
    out.append('<rect width="100%" height="100%" fill="white"/>')
    scale = _BARS / max(whole.seconds, 1e-9)
    for number, (step, depth) in enumerate(rows):
        y = _MARGIN + number * _ROW
        left = _MARGIN + names + step.start * scale
        out.append(_text(_MARGIN + depth * _INDENT, y, step.name, "#1d1d1f"))
        out.append(_bar(left, y, step.seconds * scale, _PARTS))
        if not step.steps or step.own_seconds > 0:  # the constructor runs when its parts are there
            own = step.own_seconds if step.target else 0.0
            out.append(_bar(left + (step.seconds - own) * scale, y, own * scale, _OWN))
        text = f"{step.seconds * 1e3:.1f} ms{' ✗ failed' if step.failed else ''}"
        out.append(_text(left + step.seconds * scale + 8, y, text, "#c0392b" if step.failed else _FAINT))
    legend = _MARGIN + _ROW * (len(rows) + 0.5)
    for x, text, colour in ((0.0, "its constructor", _OWN), (170.0, "what it is made from", _PARTS)):
        out.append(_bar(_MARGIN + names + x, legend, 14, colour))
        out.append(_text(_MARGIN + names + x + 20, legend, text, _FAINT))
    return "\n".join([*out, "</svg>"])


def _rows(step: Step, depth: int) -> Iterator[tuple[Step, int]]:
    yield step, depth
    for inner in step.steps:
        yield from _rows(inner, depth + 1)


def _text(x: float, y: float, text: str, colour: str) -> str:
    return f'<text x="{x:.1f}" y="{y + 15:.1f}" fill="{colour}">{escape(text)}</text>'


def _bar(x: float, y: float, width: float, colour: str) -> str:
    where = f'x="{x:.1f}" y="{y + 4:.1f}" width="{max(width, 0.8):.1f}" height="{_ROW - 8:.1f}"'
    return f'<rect {where} rx="2" fill="{colour}"/>'
