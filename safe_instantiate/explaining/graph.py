"""A plan as a graph: which object is made from which, for Mermaid, Graphviz, or a picture drawn here."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safe_instantiate.config.keys import PARTIAL
from safe_instantiate.explaining.outline import Entry, Kind

_MAX_FACTS: Final = 8
_MAX_FACT: Final = 38
_MAX_PROBLEM_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class Box:
    """One object of the graph: its key, what makes it, its plain arguments, and what is wrong with it."""

    number: int
    full_key: str
    key: str
    kind: Kind
    title: str
    facts: tuple[str, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One object is made from another."""

    whole: int
    part: int


@dataclass(frozen=True, slots=True)
class Graph:
    """Which object of a plan is made from which. An object that several places share is there once.

    Boxes with a dashed edge are configs, which their target builds itself; those with a double edge are partials.

    >>> from safe_instantiate import plan
    >>> third = {"_target_": "fractions.Fraction", "_args_": [1, 3]}
    >>> print(plan({"sum": {"_target_": "operator.add", "_args_": [third, 1]}}).graph().to_mermaid())
    flowchart LR
        n0["<b>config</b>"]
        n1["<b>sum</b><br/>add<br/>[1] = 1"]
        n2["<b>[0]</b><br/>Fraction<br/>[0] = 1<br/>[1] = 3"]
        n0 --- n1
        n1 --- n2
    """

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]

    def to_mermaid(self) -> str:
        """The text of a Mermaid flowchart, which GitHub and many editors draw."""
        return "\n".join(["flowchart LR", *(f"    {line}" for line in self._mermaid())])

    def to_dot(self) -> str:
        r"""The text of a graph for Graphviz.

        >>> from safe_instantiate import plan
        >>> print(plan({"_target_": "fractions.Fraction"}).graph().to_dot())
        digraph config {
            rankdir=LR; node [shape=box, fontname="sans-serif"]; edge [arrowhead=none];
            n0 [label="config\nFraction"];
        }
        """
        return "\n".join(["digraph config {", *(f"    {line}" for line in self._dot()), "}"])

    def to_svg(self) -> str:
        """An SVG picture, drawn without any other program."""
        from safe_instantiate.explaining.drawing import svg

        return svg(self)

    def save(self, path: str | Path) -> None:
        """Write the graph to a file of the kind that its name says: .mmd, .dot, .svg or .png.

        Raises:
            ValueError: the name ends with something else.
            ImportError: a PNG is asked for and matplotlib is not installed (extra `picture`).
        """
        path = Path(path)
        texts = {".mmd": self.to_mermaid, ".dot": self.to_dot, ".svg": self.to_svg}
        if path.suffix == ".png":
            from safe_instantiate.explaining.drawing import png

            path.write_bytes(png(self))
        elif path.suffix in texts:
            path.write_text(texts[path.suffix]() + "\n", "utf-8")
        else:
            raise ValueError(f"A graph is saved as .mmd, .dot, .svg or .png, not as {path.name!r}")

    def _mermaid(self) -> Iterator[str]:
        for box in self.boxes:
            texts = [_for_mermaid(text) for text in (box.title, *box.facts, *box.problems) if text]
            label = "<br/>".join([f"<b>{_for_mermaid(box.key)}</b>", *texts])
            yield f'n{box.number}["{label}"]'
        for line in self.lines:
            yield f"n{line.whole} --- n{line.part}"
        raw = [f"n{box.number}" for box in self.boxes if box.kind == "config"]
        if raw:
            yield "classDef raw stroke-dasharray: 4 3"
            yield f"class {','.join(raw)} raw"
        wrong = [f"n{box.number}" for box in self.boxes if box.problems]
        if wrong:
            yield "classDef wrong stroke:#c0392b"
            yield f"class {','.join(wrong)} wrong"

    def _dot(self) -> Iterator[str]:
        yield 'rankdir=LR; node [shape=box, fontname="sans-serif"]; edge [arrowhead=none];'
        for box in self.boxes:
            label = "\\n".join(_for_dot(text) for text in (box.key, box.title, *box.facts, *box.problems) if text)
            style = {"config": ", style=dashed", "partial": ", peripheries=2"}.get(box.kind, "")
            colour = ', color="#c0392b"' if box.problems else ""
            yield f'n{box.number} [label="{label}"{style}{colour}];'
        for line in self.lines:
            yield f"n{line.whole} -> n{line.part};"


def graph_of(root: Entry) -> Graph:
    """The graph of an outline: a box for each object, group and config of a target; plain values stand in the boxes."""
    boxes: list[Box] = []
    lines: list[Line] = []
    number_of: dict[str, int] = {}

    def add(entry: Entry) -> None:
        number = number_of[entry.full_key] = len(boxes)
        facts, problems = tuple(_facts(entry)), tuple(_problems(entry))
        boxes.append(Box(number, entry.full_key, entry.key, entry.kind, _title(entry), facts, problems))
        for child in filter(_is_object, entry.children):
            if child.kind == "same":
                lines.append(Line(number, number_of[child.value]))
            else:
                lines.append(Line(number, len(boxes)))
                add(child)

    add(root)
    return Graph(tuple(boxes), tuple(lines))


def _is_object(entry: Entry) -> bool:
    return entry.kind != "value" and not (entry.kind in ("config", "group") and not _has_target(entry))


def _has_target(entry: Entry) -> bool:
    return any(each.target or each.kind == "same" for each in entry.walk())


def _title(entry: Entry) -> str:
    """The class or function, in short: the last part of its path, two where it is a method."""
    parts = entry.target.split(".")
    name = ".".join(parts[-2:] if len(parts) > 1 and parts[-2][:1].isupper() else parts[-1:])
    is_partial = entry.kind == "partial" or any(map(_says_partial, entry.children))
    return f"partial {name}" if is_partial else name


def _says_partial(child: Entry) -> bool:
    return child.key == PARTIAL and child.value == "True"


def _facts(entry: Entry) -> Iterator[str]:
    plain = [child for child in entry.children if not (_is_object(child) or _says_partial(child))]
    for child in plain[:_MAX_FACTS]:
        value = child.value if child.kind == "value" else "{...}"
        text = f"{child.key} = {value}"
        yield text if len(text) <= _MAX_FACT else f"{text[: _MAX_FACT - 4]} ..."
    if len(plain) > _MAX_FACTS:
        yield f"and {len(plain) - _MAX_FACTS} more"


def _problems(entry: Entry) -> Iterator[str]:
    for problem in (
        *entry.problems,
        *(each for child in entry.children if not _is_object(child) for each in child.problems),
    ):
        yield from textwrap.wrap(f"✗ {problem}", _MAX_FACT, max_lines=_MAX_PROBLEM_LINES, placeholder=" ...")


def _for_mermaid(text: str) -> str:
    for character, written in (("&", "&amp;"), ('"', "#quot;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(character, written)
    return text


def _for_dot(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
