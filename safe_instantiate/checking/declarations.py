"""Where a Structured Config declares what it sets: a ConfigStore has no files, its classes do."""

from __future__ import annotations

import ast
import inspect
import textwrap
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from omegaconf import DictConfig, ListConfig

from safe_instantiate.checking.positions import MISSING, Found, TextFile
from safe_instantiate.config.reader import contents, structured_type


@dataclass(frozen=True, slots=True)
class Declared:
    """What a ConfigStore gave to a composition: a config made from classes, or from plain containers."""

    config: Any

    def find(self, keys: Sequence[Any]) -> Found:
        """Follow a path of keys as far as the config has it."""
        node, place = self.config, Found(0, decides=False)
        for depth, key in enumerate(keys):
            if not isinstance(node, (DictConfig, ListConfig)):
                return _at(place, depth, decides=True)
            children = dict(contents(node))
            if key not in children:
                return _at(place, depth, decides=False)
            cls = structured_type(node) if isinstance(node, DictConfig) else None
            place = place if cls is None else declaration_of(cls, str(key))
            node = children[key]
        return _at(place, len(keys), decides=not (isinstance(node, str) and node == MISSING))

    @property
    def top_keys(self) -> frozenset[str]:
        """The keys at its top level."""
        return frozenset(map(str, self.config)) if isinstance(self.config, DictConfig) else frozenset()


#: By class and field. Of a class that was made by code, nothing is kept when the class is gone.
_declared: Final[weakref.WeakKeyDictionary[type, dict[str, Found]]] = weakref.WeakKeyDictionary()


def declaration_of(cls: type, name: str) -> Found:
    """The line that declares a field of a class, in the class or in one that it derives from."""
    known = _declared.setdefault(cls, {})
    if name not in known:
        known[name] = _declaration(cls, name)
    return known[name]


def _declaration(cls: type, name: str) -> Found:
    owner = next((each for each in cls.__mro__ if name in vars(each).get("__annotations__", ())), cls)
    try:
        lines, start = inspect.getsourcelines(owner)
        file = inspect.getsourcefile(owner)
        text = Path(file or "").read_text("utf-8")
    except (OSError, TypeError, UnicodeDecodeError):  # made in a console, or by code
        return Found(0, decides=False)
    source = TextFile(Path(str(file)), tuple(text.splitlines()))
    (definition,) = ast.parse(textwrap.dedent("".join(lines))).body
    for statement in getattr(definition, "body", ()):
        if isinstance(statement, ast.AnnAssign) and getattr(statement.target, "id", None) == name:
            line = start + statement.lineno - 1
            written = source.lines[line - 1]
            column = len(written) - len(written.lstrip()) + 1
            return Found(0, decides=True, file=source, line=line, column=column)
    return Found(0, decides=False)


def _at(place: Found, depth: int, *, decides: bool) -> Found:
    return Found(depth, decides=decides, file=place.file, line=place.line, column=place.column)
