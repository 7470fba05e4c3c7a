"""Moving a code base from `hydra.utils` to this library: imports are rewritten, what no rewriting settles is listed.

`from hydra.utils import ...` becomes `from safe_instantiate import ...` where it takes `instantiate` or `call`; other
names that it takes come along, since all of `hydra.utils` is offered here. `hydra.utils.instantiate(...)` is rewritten
where it stands.
"""

from __future__ import annotations

import difflib
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import libcst as cst
from libcst import matchers as m
from libcst.metadata import MetadataWrapper, PositionProvider, QualifiedNameProvider, QualifiedNameSource

_NAMES: Final = frozenset({"instantiate", "call"})
_FULL_NAMES: Final = frozenset(f"hydra.utils.{name}" for name in _NAMES)
_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "site-packages", "build", "dist"})
_YAML_TARGET: Final = re.compile(r"_target_['\"]?\s*:\s*['\"]?(hydra\.utils\.(instantiate|call))\b")
_INTERNAL: Final = "hydra._internal.instantiate"
_NO_LONGER_MET: Final = "a patch or lookup by that name no longer meets what is called"


@dataclass(frozen=True, slots=True)
class Note:
    """A line that a person has to look at."""

    line: int
    text: str
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One file before and after, with the ends of its lines as they are in it."""

    file: Path
    before: str
    after: str
    notes: tuple[Note, ...] = ()
    encoding: str = "utf-8"

    def diff(self) -> str:
        """What changes, as a unified diff."""
        before, after = (text.splitlines(keepends=True) for text in (self.before, self.after))
        path = self.file.as_posix().removeprefix("/")
        lines = difflib.unified_diff(before, after, f"a/{path}", f"b/{path}")
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)

    def write(self) -> None:
        """Change the file."""
        self.file.write_bytes(self.after.encode(self.encoding))


def migrated(path: Path) -> list[Change]:
    """The change of every Python and YAML file below a path that has one, or has something to look at."""
    files = [path] if path.is_file() else sorted(_files_below(path))
    changes = [_changed_yaml(file) if file.suffix in (".yaml", ".yml") else _changed_python(file) for file in files]
    return [change for change in changes if change.after != change.before or change.notes]


def _files_below(folder: Path) -> Iterator[Path]:
    for child in folder.iterdir():
        if child.is_dir() and not child.is_symlink():
            if child.name not in _SKIPPED and not child.name.startswith("."):
                yield from _files_below(child)
        elif child.suffix in (".py", ".yaml", ".yml"):
            yield child


def _changed_yaml(file: Path) -> Change:
    text = file.read_text("utf-8", errors="replace")
    notes = tuple(
        Note(number, f"the config calls {found[1]}; with safe_instantiate.{found[2]} it is built by this library")
        for number, line in enumerate(text.splitlines(), 1)
        if (found := _YAML_TARGET.search(line))
    )
    return Change(file, text, text, notes)


def _changed_python(file: Path) -> Change:
    content = file.read_bytes()
    if b"hydra" not in content:
        return Change(file, "", "")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError):
        return Change(file, "", "", (Note(1, "this file isn't in the encoding that it says", unreadable=True),))
    try:
        wrapper = MetadataWrapper(cst.parse_module(text))
    except cst.ParserSyntaxError as error:
        return Change(file, text, text, (Note(error.raw_line, "this file can't be parsed", unreadable=True),))
    rewriting = _Rewriting()
    module = wrapper.visit(rewriting)
    if rewriting.needs_import:
        module = _with_import(module)
    return Change(file, text, module.code, tuple(sorted(rewriting.notes, key=lambda note: note.line)), encoding)


class _Rewriting(cst.CSTTransformer):
    METADATA_DEPENDENCIES = (QualifiedNameProvider, PositionProvider)

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[Note] = []
        self.needs_import = False
        self._changed: set[cst.CSTNode] = set()

    def leave_ImportFrom(self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom) -> cst.ImportFrom:  # noqa: N802
        if original_node.relative or _dotted(original_node.module) != "hydra.utils":
            return updated_node
        if isinstance(updated_node.names, cst.ImportStar):
            self._note(original_node, "a star import of hydra.utils brings its instantiate")
            return updated_node
        if _NAMES.isdisjoint(_imported(updated_node.names)):
            return updated_node
        return updated_node.with_changes(module=cst.Name("safe_instantiate"))

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:  # noqa: N802
        found = self.get_metadata(QualifiedNameProvider, original_node, set())
        if not any(each.name in _FULL_NAMES and each.source is QualifiedNameSource.IMPORT for each in found):
            return updated_node
        if original_node in self._changed:
            self._note(
                original_node, f"{_dotted(original_node)} is changed here, which this library doesn't go through"
            )
            return updated_node
        if len(found) > 1:
            self._note(original_node, f"{_dotted(original_node)} may be Hydra's here, and may be another")
            return updated_node
        self.needs_import = True
        return updated_node.with_changes(value=cst.Name("safe_instantiate"))

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:  # noqa: N802
        self._changed.add(node.target)

    def visit_Del(self, node: cst.Del) -> None:  # noqa: N802
        self._changed.add(node.target)

    def visit_SimpleString(self, node: cst.SimpleString) -> None:  # noqa: N802
        for name in sorted(_FULL_NAMES):
            if name in node.value:
                self._note(node, f"the text names {name}; {_NO_LONGER_MET}")
        if node.raw_value == "hydra.utils":
            self._note(node, f"the text names hydra.utils; {_NO_LONGER_MET}")
        if _INTERNAL in node.value:
            self._note(node, f"the text names {_INTERNAL}, which this library doesn't go through")

    def visit_FormattedStringText(self, node: cst.FormattedStringText) -> None:  # noqa: N802
        if "hydra.utils" in node.value:
            self._note(node, f"the text names hydra.utils; {_NO_LONGER_MET}")

    def visit_Import(self, node: cst.Import) -> None:  # noqa: N802
        if any(_INTERNAL in _dotted(alias.name) for alias in node.names):
            self._note(node, f"{_INTERNAL} is Hydra's own; this library doesn't go through it")

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:  # noqa: N802
        if not node.relative and _dotted(node.module).startswith(_INTERNAL):
            self._note(node, f"{_INTERNAL} is Hydra's own; this library doesn't go through it")

    def visit_Call(self, node: cst.Call) -> None:  # noqa: N802
        if not node.args or "hydra.utils" not in self._names_of(node.args[0].value):
            return
        if m.matches(node.func, m.Name("getattr")):
            self._note(node, "an attribute of hydra.utils is looked up by a name that only the program knows")
        elif m.matches(node.func, m.Name("setattr") | m.Attribute(attr=m.Name("setattr") | m.Name("object"))):
            self._note(node, f"hydra.utils is patched; {_NO_LONGER_MET}")

    def _names_of(self, node: cst.BaseExpression) -> set[str]:
        return {found.name for found in self.get_metadata(QualifiedNameProvider, node, set())}

    def _note(self, node: cst.CSTNode, text: str) -> None:
        self.notes.append(Note(self.get_metadata(PositionProvider, node).start.line, text))


def _imported(names: Sequence[cst.ImportAlias]) -> set[str]:
    return {_dotted(alias.name) for alias in names}


def _dotted(node: cst.BaseExpression | None) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""


def _with_import(module: cst.Module) -> cst.Module:
    """With `import safe_instantiate` after the imports that a module begins with."""
    at = 1 if module.get_docstring() is not None else 0
    while at < len(module.body) and _is_import(module.body[at]):
        at += 1
    if any(_imports_this_library(line) for line in module.body[:at]):
        return module
    statement = cst.SimpleStatementLine([cst.Import([cst.ImportAlias(cst.Name("safe_instantiate"))])])
    return module.with_changes(body=[*module.body[:at], statement, *module.body[at:]])


def _is_import(line: cst.CSTNode) -> bool:
    return m.matches(line, m.SimpleStatementLine(body=[m.Import() | m.ImportFrom(), m.ZeroOrMore()]))


def _imports_this_library(line: cst.CSTNode) -> bool:
    alias = m.ImportAlias(name=m.Name("safe_instantiate"), asname=None)
    return m.matches(line, m.SimpleStatementLine(body=[m.Import(names=[m.ZeroOrMore(), alias, m.ZeroOrMore()])]))
