"""A plan as a tree, for a terminal, a log, a page or another program."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from safe_instantiate.explaining.outline import Entry

if TYPE_CHECKING:
    import rich.text
    import rich.tree

_STYLES: Final = {
    "key": "bold",
    "target": "cyan",
    "type": "dim",
    "value": "green",
    "forced": "yellow",
    "deferred": "magenta",
    "shared": "blue",
    "raw": "dim yellow",
    "rank 0": "magenta",
    "problem": "bold red",
    "plain": "",
}
#: A piece of a line, and what it is: a key of `_STYLES`.
Piece = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Tree:
    """A plan as a tree of its places: targets, arguments with their types, and how each comes to be there.

    `str` of it is plain text; rich prints it in colours. Marks in brackets: `forced` is built in spite of
    `_recursive_: false`; `deferred` waits for the process group; `shared` is one object at several places; `raw` is
    left to the target as a config; `rank 0` is built there only. Values of keys such as `password` are not shown.

    >>> from safe_instantiate import plan
    >>> print(plan({"_target_": "fractions.Fraction", "numerator": 1, "denominator": 3}).tree())
    config: fractions.Fraction
    ├── numerator: int = 1
    └── denominator: int = 3
    """

    root: Entry

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def to_json(self, *, indent: int | None = 2) -> str:
        """The tree as JSON: each entry's key, full_key, kind, target, type, value, marks, problems and children.

        >>> from safe_instantiate import plan
        >>> plan({"x": 1}).tree().to_json(indent=None)[:54]
        '{"key": "config", "full_key": "", "kind": "group", "ta'
        """
        return json.dumps(asdict(self.root), indent=indent)

    def to_svg(self, *, title: str = "") -> str:
        """The tree in colours, as an SVG picture of a terminal.

        Raises:
            ImportError: rich is not installed.
        """
        from rich.console import Console

        lines = str(self).splitlines()
        console = Console(record=True, width=max(map(len, lines)) + 1, file=io.StringIO())
        console.print(self)
        console.print()  # the picture ends where the last line does, and some letters reach below it
        # Fonts from elsewhere are left out: a picture in a page may load nothing.
        svg = re.sub(r"(@font-face\s*{.*?}|<!--.*?-->)\s*", "", console.export_svg(title=title), flags=re.DOTALL)
        return svg.replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")

    def __rich__(self) -> rich.tree.Tree:
        """What rich prints."""
        from rich.tree import Tree as RichTree

        def add(entry: Entry, tree: RichTree) -> RichTree:
            for pieces in notes_of(entry):
                tree.add(_styled(pieces))
            for child in entry.children:
                add(child, tree.add(_styled(line_of(child))))
            return tree

        return add(self.root, RichTree(_styled(line_of(self.root)), guide_style="dim"))

    def _lines(self) -> Iterator[str]:
        yield _text(line_of(self.root))
        yield from _lines_below(self.root, "")


def _lines_below(entry: Entry, indent: str) -> Iterator[str]:
    rows: list[tuple[list[Piece], Entry | None]] = [(pieces, None) for pieces in notes_of(entry)]
    rows += [(line_of(child), child) for child in entry.children]
    for number, (pieces, child) in enumerate(rows, 1):
        branch, beside = ("└── ", "    ") if number == len(rows) else ("├── ", "│   ")
        yield f"{indent}{branch}{_text(pieces)}"
        if child is not None:
            yield from _lines_below(child, indent + beside)


def line_of(entry: Entry) -> list[Piece]:
    """The line of an entry, in pieces."""
    pieces: list[Piece] = [(entry.key, "key")]
    if entry.kind == "value":
        pieces += [(": ", "plain"), (entry.type, "type")]
        if not entry.problems:
            pieces += [(" = ", "plain"), (entry.value, "value")]
    elif entry.kind == "same":
        pieces += [(": the same as ", "plain"), (entry.value, "key")]
    elif entry.target:
        said = {"partial": "partial of ", "config": "config of "}.get(entry.kind, "")
        pieces += [(f": {said}", "plain"), (entry.target, "target")]
    elif entry.kind == "config":
        pieces += [(": config", "plain")]
    for mark in entry.marks:
        pieces += [(" ", "plain"), (f"[{mark}]", mark)]
    return pieces


def notes_of(entry: Entry) -> list[list[Piece]]:
    """The lines below an entry that are no places of the config: what is wrong with it."""
    return [[(f"✗ {problem}", "problem")] for problem in entry.problems]


def _text(pieces: list[Piece]) -> str:
    return "".join(text for text, _ in pieces)


def _styled(pieces: list[Piece]) -> rich.text.Text:
    from rich.text import Text

    return Text.assemble(*((text, _STYLES[role]) for text, role in pieces))
