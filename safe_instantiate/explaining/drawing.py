"""Drawing a graph: where each box goes, and the two painters, one for SVG and one for PNG.

The layout is a tidy tree from left to right: a column for each depth, each box beside the middle of its parts. What is
shared stands below the first that it is a part of; the others' lines lead there.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from safe_instantiate.explaining.graph import Box, Graph

_FONT: Final = "DejaVu Sans Mono, Menlo, Consolas, monospace"
_SIZE: Final = 12
#: Width of a character of a monospaced font, with some air for the wider ones.
_CHARACTER: Final = 7.4
_ROW: Final = 17.0
_PADDING: Final = 9.0
_BETWEEN_COLUMNS: Final = 46.0
_BETWEEN_ROWS: Final = 12.0
_MARGIN: Final = 16.0
#: Fill and edge of each kind of box.
_COLOURS: Final[Mapping[str, tuple[str, str]]] = {
    "call": ("#eaf2ff", "#3b6fb6"),
    "partial": ("#f3ecff", "#7a4fb5"),
    "config": ("#fff8e6", "#b5871c"),
    "group": ("#f4f4f4", "#8a8a8a"),
    "list": ("#f4f4f4", "#8a8a8a"),
    "broken": ("#ffecec", "#c0392b"),
}
_INK: Final = "#1d1d1f"
_FAINT: Final = "#5a5a5f"
_WIRE: Final = "#9aa0a6"


@dataclass(frozen=True, slots=True)
class Placed:
    """A box and its rectangle."""

    box: Box
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """The height at which lines come and go."""
        return self.y + self.height / 2

    def rows(self) -> list[tuple[float, str, str]]:
        """The lines of text: baseline, text and role (key, title, fact)."""
        texts = [(self.box.key, "key"), *([(self.box.title, "title")] if self.box.title else [])]
        texts += [(fact, "fact") for fact in self.box.facts]
        return [(self.y + _PADDING + _ROW * (row + 0.75), text, role) for row, (text, role) in enumerate(texts)]


@dataclass(frozen=True, slots=True)
class Wire:
    """A line from a box to one that it is made from."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A graph with a place for everything."""

    placed: tuple[Placed, ...]
    wires: tuple[Wire, ...]
    width: float
    height: float


def lay_out(graph: Graph) -> Drawing:
    """Give every box of a graph its place."""
    parts: dict[int, list[int]] = {box.number: [] for box in graph.boxes}
    depths = {0: 0}
    for line in graph.lines:
        if line.part not in depths:  # below the first that it is a part of
            parts[line.whole].append(line.part)
            depths[line.part] = depths[line.whole] + 1
    widths = {box.number: _width(box) for box in graph.boxes}
    columns = [max(widths[n] for n in depths if depths[n] == depth) for depth in range(max(depths.values()) + 1)]
    lefts = [_MARGIN + sum(columns[:depth]) + depth * _BETWEEN_COLUMNS for depth in range(len(columns))]
    placed: dict[int, Placed] = {}

    def place(number: int, top: float) -> float:
        """Place a box and all below it under `top`; returns where the next may begin."""
        box = graph.boxes[number]
        height = _height(box)
        bottom = top
        for part in parts[number]:
            bottom = place(part, bottom)
        if parts[number]:
            middle = (placed[parts[number][0]].middle + placed[parts[number][-1]].middle) / 2
            y = max(top, middle - height / 2)
        else:
            y = top
        placed[number] = Placed(box, lefts[depths[number]], y, widths[number], height)
        return max(bottom, y + height + _BETWEEN_ROWS)

    height = place(0, _MARGIN) - _BETWEEN_ROWS + _MARGIN
    wires = tuple(
        Wire(
            placed[line.whole].x + placed[line.whole].width,
            placed[line.whole].middle,
            placed[line.part].x,
            placed[line.part].middle,
        )
        for line in graph.lines
    )
    in_order = tuple(placed[box.number] for box in graph.boxes)
    return Drawing(in_order, wires, lefts[-1] + columns[-1] + _MARGIN, height)


def svg(graph: Graph) -> str:
    """The picture as SVG."""
    drawing = lay_out(graph)
    size = f'width="{drawing.width:.0f}" height="{drawing.height:.0f}"'
    view = f'viewBox="0 0 {drawing.width:.0f} {drawing.height:.0f}"'
    font = f'font-family="{_FONT}" font-size="{_SIZE}"'
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view} {font}>']
    out.append('<rect width="100%" height="100%" fill="white"/>')
    out += [_svg_wire(wire) for wire in drawing.wires]
    for placed in drawing.placed:
        out += _svg_box(placed)
    return "\n".join([*out, "</svg>"])


def _svg_wire(wire: Wire) -> str:
    bend = (wire.x0 + wire.x1) / 2
    points = f"{bend:.1f},{wire.y0:.1f} {bend:.1f},{wire.y1:.1f} {wire.x1:.1f},{wire.y1:.1f}"
    return f'<path d="M{wire.x0:.1f},{wire.y0:.1f} C{points}" fill="none" stroke="{_WIRE}" stroke-width="1.4"/>'


def _svg_box(placed: Placed) -> list[str]:
    fill, edge = _COLOURS[placed.box.kind]
    dashes = ' stroke-dasharray="5 3"' if placed.box.kind == "config" else ""
    where = f'x="{placed.x:.1f}" y="{placed.y:.1f}" width="{placed.width:.1f}" height="{placed.height:.1f}"'
    paint = f'rx="6" fill="{fill}" stroke="{edge}" stroke-width="{_edge_width(placed)}"{dashes}'
    out = [f"<g><title>{escape(placed.box.full_key)}</title>", f"<rect {where} {paint}/>"]
    for baseline, text, role in placed.rows():
        weight = ' font-weight="bold"' if role == "key" else ""
        at = f'x="{placed.x + _PADDING:.1f}" y="{baseline:.1f}" fill="{_colour_of(role, edge)}"'
        out.append(f"<text {at}{weight}>{escape(text)}</text>")
    return [*out, "</g>"]


def png(graph: Graph, *, scale: float = 2.0) -> bytes:
    """The picture as PNG.

    Raises:
        ImportError: matplotlib is not installed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyBboxPatch, PathPatch
    from matplotlib.path import Path

    drawing = lay_out(graph)
    figure = Figure(figsize=(drawing.width / 72, drawing.height / 72), dpi=72 * scale)  # so that a unit is a point
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, drawing.width), ylim=(drawing.height, 0))
    axes.axis("off")
    for wire in drawing.wires:
        bend = (wire.x0 + wire.x1) / 2
        points = [(wire.x0, wire.y0), (bend, wire.y0), (bend, wire.y1), (wire.x1, wire.y1)]
        curve = Path(points, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
        axes.add_patch(PathPatch(curve, fill=False, edgecolor=_WIRE, linewidth=1.4))
    for placed in drawing.placed:
        fill, edge = _COLOURS[placed.box.kind]
        corner = (placed.x + 6, placed.y + 6)
        axes.add_patch(
            FancyBboxPatch(
                corner, placed.width - 12, placed.height - 12, boxstyle="round,pad=6",
                facecolor=fill, edgecolor=edge, linewidth=_edge_width(placed),
                linestyle="--" if placed.box.kind == "config" else "-",
            )
        )  # fmt: skip
        for baseline, text, role in placed.rows():
            axes.text(
                placed.x + _PADDING, baseline, text, color=_colour_of(role, edge), fontsize=_SIZE,
                family="DejaVu Sans Mono", weight="bold" if role == "key" else "normal", parse_math=False,
            )  # fmt: skip
    target = io.BytesIO()
    figure.savefig(target, format="png", facecolor="white")
    return target.getvalue()


def _colour_of(role: str, edge: str) -> str:
    return {"key": _INK, "title": edge, "fact": _FAINT}[role]


def _edge_width(placed: Placed) -> float:
    return 2.4 if placed.box.kind == "partial" else 1.3


def _width(box: Box) -> float:
    return max(len(text) for text in (box.key, box.title, *box.facts)) * _CHARACTER + 2 * _PADDING


def _height(box: Box) -> float:
    return (1 + bool(box.title) + len(box.facts)) * _ROW + 2 * _PADDING - 4
