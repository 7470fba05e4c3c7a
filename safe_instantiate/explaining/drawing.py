"""Drawing a graph: where each box goes, and the two painters, one for SVG and one for PNG.

The layout is a tidy tree from left to right: what a box is made from stands close to its right, and it beside their
middle. What is shared stands below the first that it is a part of; the others' lines lead there.
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
_BETWEEN_COLUMNS: Final = 38.0
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
#: What a picture says below of the kinds of boxes in it that don't explain themselves.
_LEGEND: Final[Mapping[str, str]] = {
    "call": "is built",
    "partial": "a partial",
    "config": "a config, which its target builds",
    "broken": "something is wrong",
}
_SWATCH: Final = 14.0
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
    def look(self) -> tuple[str, str, float, bool]:
        """Its fill, its edge, how wide the edge is, and whether it is dashed."""
        return _look(self.box.kind, wrong=bool(self.box.problems))

    @property
    def middle(self) -> float:
        """The height at which lines come and go."""
        return self.y + self.height / 2

    def rows(self) -> list[tuple[float, str, str]]:
        """The lines of text: baseline, text and role (key, title, fact, problem)."""
        texts = [(self.box.key, "key"), *([(self.box.title, "title")] if self.box.title else [])]
        texts += [(fact, "fact") for fact in self.box.facts]
        texts += [(problem, "problem") for problem in self.box.problems]
        return [(self.y + _PADDING + _ROW * (row + 0.75), text, role) for row, (text, role) in enumerate(texts)]


@dataclass(frozen=True, slots=True)
class Wire:
    """A line from a box to one that it is made from."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Swatch:
    """What the look of a box means: a small one, and words to its right."""

    x: float
    y: float
    kind: str
    text: str

    @property
    def look(self) -> tuple[str, str, float, bool]:
        """As of a box."""
        return _look(self.kind, wrong=self.kind == "broken")


@dataclass(frozen=True, slots=True)
class Drawing:
    """A graph with a place for everything."""

    placed: tuple[Placed, ...]
    wires: tuple[Wire, ...]
    legend: tuple[Swatch, ...]
    width: float
    height: float


def lay_out(graph: Graph) -> Drawing:
    """Give every box of a graph its place."""
    parts: dict[int, list[int]] = {box.number: [] for box in graph.boxes}
    lefts = {0: _MARGIN}
    for line in graph.lines:  # the whole comes before its parts
        if line.part not in lefts:  # below the first that it is a part of
            parts[line.whole].append(line.part)
            lefts[line.part] = lefts[line.whole] + _width(graph.boxes[line.whole]) + _BETWEEN_COLUMNS
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
        placed[number] = Placed(box, lefts[number], y, _width(box), height)
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
    legend = _legend(graph, height)
    right = max(each.x + each.width for each in in_order)
    if legend:
        right = max(right, legend[-1].x + _SWATCH + len(legend[-1].text) * _CHARACTER)
        height += _ROW + _BETWEEN_ROWS
    return Drawing(in_order, wires, legend, right + _MARGIN, height)


def _legend(graph: Graph, top: float) -> tuple[Swatch, ...]:
    """Swatches side by side; none where all boxes explain themselves."""
    kinds = {"broken" if box.problems else box.kind for box in graph.boxes}
    if kinds.isdisjoint(("partial", "config", "broken")):
        return ()
    swatches: list[Swatch] = []
    x = _MARGIN
    for kind, text in _LEGEND.items():
        if kind in kinds:
            swatches.append(Swatch(x, top, kind, text))
            x += _SWATCH + (len(text) + 4) * _CHARACTER
    return tuple(swatches)


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
    for swatch in drawing.legend:
        out.append(_svg_rectangle(swatch.x, swatch.y, _SWATCH, _SWATCH, 3, swatch.look))
        at = f'x="{swatch.x + _SWATCH + 6:.1f}" y="{swatch.y + 11.5:.1f}" fill="{_FAINT}"'
        out.append(f"<text {at}>{escape(swatch.text)}</text>")
    return "\n".join([*out, "</svg>"])


def _svg_wire(wire: Wire) -> str:
    bend = (wire.x0 + wire.x1) / 2
    points = f"{bend:.1f},{wire.y0:.1f} {bend:.1f},{wire.y1:.1f} {wire.x1:.1f},{wire.y1:.1f}"
    return f'<path d="M{wire.x0:.1f},{wire.y0:.1f} C{points}" fill="none" stroke="{_WIRE}" stroke-width="1.4"/>'


def _svg_box(placed: Placed) -> list[str]:
    edge = placed.look[1]
    rectangle = _svg_rectangle(placed.x, placed.y, placed.width, placed.height, 6, placed.look)
    out = [f"<g><title>{escape(placed.box.full_key)}</title>", rectangle]
    for baseline, text, role in placed.rows():
        weight = ' font-weight="bold"' if role == "key" else ""
        at = f'x="{placed.x + _PADDING:.1f}" y="{baseline:.1f}" fill="{_colour_of(role, edge)}"'
        out.append(f"<text {at}{weight}>{escape(text)}</text>")
    return [*out, "</g>"]


def _svg_rectangle(
    x: float, y: float, width: float, height: float, radius: int, look: tuple[str, str, float, bool]
) -> str:
    fill, edge, edge_width, dashed = look
    where = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius}"'
    dashes = ' stroke-dasharray="5 3"' if dashed else ""
    return f'<rect {where} fill="{fill}" stroke="{edge}" stroke-width="{edge_width}"{dashes}/>'


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

    def rectangle(x: float, y: float, width: float, height: float, look: tuple[str, str, float, bool]) -> None:
        fill, edge, edge_width, dashed = look
        radius = min(6.0, height / 4)
        axes.add_patch(
            FancyBboxPatch(
                (x + radius, y + radius), width - 2 * radius, height - 2 * radius, boxstyle=f"round,pad={radius}",
                facecolor=fill, edgecolor=edge, linewidth=edge_width, linestyle="--" if dashed else "-",
            )
        )  # fmt: skip

    def write(x: float, baseline: float, text: str, colour: str, weight: str = "normal") -> None:
        family = "DejaVu Sans Mono"
        axes.text(x, baseline, text, color=colour, fontsize=_SIZE, family=family, weight=weight, parse_math=False)

    for placed in drawing.placed:
        rectangle(placed.x, placed.y, placed.width, placed.height, placed.look)
        for baseline, text, role in placed.rows():
            weight = "bold" if role == "key" else "normal"
            write(placed.x + _PADDING, baseline, text, _colour_of(role, placed.look[1]), weight)
    for swatch in drawing.legend:
        rectangle(swatch.x, swatch.y, _SWATCH, _SWATCH, swatch.look)
        write(swatch.x + _SWATCH + 6, swatch.y + 11.5, swatch.text, _FAINT)
    target = io.BytesIO()
    figure.savefig(target, format="png", facecolor="white")
    return target.getvalue()


def _look(kind: str, *, wrong: bool) -> tuple[str, str, float, bool]:
    fill, edge = _COLOURS["broken" if wrong else kind]
    return fill, edge, 2.4 if kind == "partial" else 1.3, kind == "config"


def _colour_of(role: str, edge: str) -> str:
    return {"key": _INK, "title": edge, "fact": _FAINT, "problem": _COLOURS["broken"][1]}[role]


def _width(box: Box) -> float:
    texts = (box.key, box.title, *box.facts, *box.problems)
    return max(map(len, texts)) * _CHARACTER + 2 * _PADDING


def _height(box: Box) -> float:
    return (1 + bool(box.title) + len(box.facts) + len(box.problems)) * _ROW + 2 * _PADDING - 4
