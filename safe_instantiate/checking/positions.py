"""Where a key stands in a YAML file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml  # which OmegaConf depends on

_MERGE: Final = "<<"
#: What an earlier part of a composition has set, this leaves as it is.
MISSING: Final = "???"
_IGNORE: Final = re.compile(r"#\s*si:\s*ignore\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file with its lines."""

    path: Path
    lines: tuple[str, ...]

    def ignores(self, line: int, code: str) -> bool:
        """Whether a line bears the comment that a finding there is meant to be."""
        comment = _IGNORE.search(self.lines[line - 1]) if line <= len(self.lines) else None
        return comment is not None and code in (name.strip() for name in comment[1].split(","))


@dataclass(frozen=True, slots=True)
class Found:
    """The part of a path of keys that a layer of a config has.

    Attributes:
        depth: how many of the keys.
        decides: whether the layer says what stands at the path: it has all of the keys, or a value in the place of a
            mapping on the way.
        file: where the last of them stands; None where that is in no file.
        line: its line, from 1.
        column: its column, from 1.
    """

    depth: int
    decides: bool
    file: TextFile | None = None
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A YAML file with the places of its keys."""

    text: TextFile
    root: Any

    def find(self, keys: Sequence[Any]) -> Found:
        """Follow a path of keys as far as the file has it."""
        node, mark = self.root, getattr(self.root, "start_mark", None)
        for depth, key in enumerate(keys):
            if isinstance(node, yaml.MappingNode):
                entry = _entry(node, str(key))
                if entry is None:
                    return self._found(depth, mark, decides=False)
            elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
                entry = (node.value[key], node.value[key])
            else:
                return self._found(depth, mark, decides=True)
            mark, node = entry[0].start_mark, entry[1]
        return self._found(len(keys), mark, decides=getattr(node, "value", None) != MISSING)

    @property
    def top_keys(self) -> frozenset[str]:
        """The keys at its top level."""
        pairs = self.root.value if isinstance(self.root, yaml.MappingNode) else ()
        return frozenset(str(key.value) for key, _ in pairs)

    def _found(self, depth: int, mark: Any, *, decides: bool) -> Found:
        line, column = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
        return Found(depth, decides, self.text, line, column)


def read_yaml(path: Path) -> YamlFile | None:
    """A file's keys with their places; None if it can't be read, or is no YAML."""
    try:
        text = path.read_text("utf-8")
        root = yaml.compose(text, Loader=_LOADER)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None
    return YamlFile(TextFile(path, tuple(text.splitlines())), root)


#: The parser that is written in C where there is one; only nodes are made, no objects.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
