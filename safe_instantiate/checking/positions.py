"""Where a key stands in a YAML file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

_MERGE: Final = "<<"
_IGNORE: Final = re.compile(r"#\s*si:\s*ignore\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Found:
    """The part of a path of keys that a file has.

    Attributes:
        depth: how many of the keys.
        line: of the last of them, from 1.
        column: of the last of them, from 1.
        decides: whether the file says what stands at the path: it has all of the keys, or a value in the place of a
            mapping on the way.
    """

    depth: int
    line: int
    column: int
    decides: bool


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A YAML file with the places of its keys."""

    path: Path
    lines: tuple[str, ...]
    root: Any

    def find(self, keys: Sequence[Any]) -> Found:
        """Follow a path of keys as far as the file has it."""
        node, mark = self.root, getattr(self.root, "start_mark", None)
        for depth, key in enumerate(keys):
            if isinstance(node, yaml.MappingNode):
                entry = _entry(node, str(key))
                if entry is None:
                    return _found(depth, mark, decides=False)
            elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
                entry = (node.value[key], node.value[key])
            else:
                return _found(depth, mark, decides=True)
            mark, node = entry[0].start_mark, entry[1]
        return _found(len(keys), mark, decides=True)

    def ignores(self, line: int, code: str) -> bool:
        """Whether a line bears the comment that a finding there is meant to be."""
        comment = _IGNORE.search(self.lines[line - 1]) if line <= len(self.lines) else None
        return comment is not None and code in (name.strip() for name in comment[1].split(","))


def read_yaml(path: Path) -> YamlFile | None:
    """A file's keys with their places; None if it can't be read, or is no YAML."""
    try:
        text = path.read_text("utf-8")
        root = yaml.compose(text, Loader=_LOADER)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None
    return YamlFile(path, tuple(text.splitlines()), root)


#: The parser that is written in C where there is one; only nodes are made, no objects.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _found(depth: int, mark: Any, *, decides: bool) -> Found:
    return Found(depth, 1, 1, decides) if mark is None else Found(depth, mark.line + 1, mark.column + 1, decides)


def _entry(node: yaml.MappingNode, key: str) -> tuple[Any, Any] | None:
    """The last pair with this key; of merged mappings (`<<: *base`) only if the mapping has none of its own."""
    merged = None
    for name, value in reversed(node.value):
        if name.value == key:
            return name, value
        if name.value == _MERGE:
            bases = value.value if isinstance(value, yaml.SequenceNode) else [value]
            found = (_entry(base, key) for base in bases if isinstance(base, yaml.MappingNode))
            merged = merged or next((entry for entry in found if entry is not None), None)
    return merged
