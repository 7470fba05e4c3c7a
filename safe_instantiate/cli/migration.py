"""Moving a code base from `hydra.utils` to this library: imports are rewritten, what no rewriting settles is listed.

`from hydra.utils import ...` becomes `from safe_instantiate import ...` where it takes `instantiate` or `call`; other
names that it takes come along, since all of `hydra.utils` is offered here. `hydra.utils.instantiate(...)` is rewritten
where it stands.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import libcst as cst
from libcst import matchers as m
from libcst.metadata import MetadataWrapper, PositionProvider, QualifiedNameProvider

_NAMES: Final = frozenset({"instantiate", "call"})
_FULL_NAMES: Final = frozenset(f"hydra.utils.{name}" for name in _NAMES)
_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "site-packages", "build", "dist"})
_YAML_TARGET: Final = re.compile(r"_target_:\s*['\"]?(hydra\.utils\.(instantiate|call))\b")
_INTERNAL: Final = "hydra._internal.instantiate"


@dataclass(frozen=True, slots=True)
class Note:
    """A line that a person has to look at."""

    line: int
    text: str
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One file before and after."""

    file: Path
    before: str
    after: str
    notes: tuple[Note, ...] = ()

    def diff(self) -> str:
        """What changes, as a unified diff."""
        before, after = (text.splitlines(keepends=True) for text in (self.before, self.after))
        return "".join(difflib.unified_diff(before, after, f"a/{self.file}", f"b/{self.file}"))


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
    text = file.read_text("utf-8", errors="replace")
    if "hydra" not in text:
        return Change(file, text, text)
    try:
        wrapper = MetadataWrapper(cst.parse_module(text))
    except cst.ParserSyntaxError as error:
        return Change(file, text, text, (Note(error.raw_line, "this file can't be parsed", unreadable=True),))
    rewriting = _Rewriting()
    module = wrapper.visit(rewriting)
    if rewriting.needs_import:
        module = _with_import(module)
    return Change(file, text, module.code, tuple(sorted(rewriting.notes, key=lambda note: note.line)))


class _Rewriting(cst.CSTTransformer):
    METADATA_DEPENDENCIES = (QualifiedNameProvider, PositionProvider)

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[Note] = []
        self.needs_import = False

    def leave_ImportFrom(self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom) -> cst.ImportFrom:  # noqa: N802
        if not m.matches(original_node.module or cst.Name("none"), m.Attribute(m.Name("hydra"), m.Name("utils"))):
            return updated_node
        if isinstance(updated_node.names, cst.ImportStar):
            self._note(original_node, "a star import of hydra.utils brings its instantiate")
            return updated_node
        if _NAMES.isdisjoint(_imported(updated_node.names)):
            return updated_node
        return updated_node.with_changes(module=cst.Name("safe_instantiate"))

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:  # noqa: N802
        names = {found.name for found in self.get_metadata(QualifiedNameProvider, original_node, set())}
        if _FULL_NAMES.isdisjoint(names):
            return updated_node
        self.needs_import = True
        return updated_node.with_changes(value=cst.Name("safe_instantiate"))

    def visit_SimpleString(self, node: cst.SimpleString) -> None:  # noqa: N802
        for name in sorted(_FULL_NAMES):
            if name in node.value:
                self._note(
                    node, f"the text names {name}; a patch or lookup by that name no longer meets what is called"
                )
        if _INTERNAL in node.value:
            self._note(node, f"the text names {_INTERNAL}, which this library doesn't go through")

    def visit_Import(self, node: cst.Import) -> None:  # noqa: N802
        if any(_INTERNAL in _dotted(alias.name) for alias in node.names):
            self._note(node, f"{_INTERNAL} is Hydra's own; this library doesn't go through it")

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:  # noqa: N802
        if node.module is not None and _dotted(node.module).startswith(_INTERNAL):
            self._note(node, f"{_INTERNAL} is Hydra's own; this library doesn't go through it")

    def visit_Call(self, node: cst.Call) -> None:  # noqa: N802
        if m.matches(node.func, m.Name("getattr")) and node.args:
            names = {found.name for found in self.get_metadata(QualifiedNameProvider, node.args[0].value, set())}
            if "hydra.utils" in names:
                self._note(node, "an attribute of hydra.utils is looked up by a name that only the program knows")

    def _note(self, node: cst.CSTNode, text: str) -> None:
        self.notes.append(Note(self.get_metadata(PositionProvider, node).start.line, text))


def _imported(names: Sequence[cst.ImportAlias]) -> set[str]:
    return {_dotted(alias.name) for alias in names}


def _dotted(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""


def _with_import(module: cst.Module) -> cst.Module:
    """With `import safe_instantiate` after the last of the imports that a module begins with."""
    if any(_imports_this_library(line) for line in module.body):
        return module
    last = max((at for at, line in enumerate(module.body) if _is_import(line)), default=-1)
    statement = cst.SimpleStatementLine([cst.Import([cst.ImportAlias(cst.Name("safe_instantiate"))])])
    return module.with_changes(body=[*module.body[: last + 1], statement, *module.body[last + 1 :]])


def _is_import(line: cst.CSTNode) -> bool:
    return m.matches(line, m.SimpleStatementLine(body=[m.Import() | m.ImportFrom()]))


def _imports_this_library(line: cst.CSTNode) -> bool:
    alias = m.ImportAlias(name=m.Name("safe_instantiate"), asname=None)
    return m.matches(line, m.SimpleStatementLine(body=[m.Import(names=[m.ZeroOrMore(), alias, m.ZeroOrMore()])]))
