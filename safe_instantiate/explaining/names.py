"""The names in a written program: of its variables, after the keys; of what it imports; of values, as literals."""

from __future__ import annotations

import builtins
import keyword
import math
import re
import sys
from collections import Counter
from collections.abc import Container, Iterable
from enum import Enum
from pathlib import PurePath
from types import ModuleType
from typing import Any, Final

from safe_instantiate.explaining.expressions import Bracketed, Expression

_RESERVED: Final = frozenset(dir(builtins)) | frozenset(keyword.kwlist) | {"build"}
_AS_THEY_PRINT: Final = frozenset({type(None), bool, int, bytes, complex})
_BRACKETS: Final[dict[type, tuple[str, str]]] = {list: ("[", "]"), tuple: ("(", ")")}


def variable_names(paths: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], str]:
    """A name for each path: its last key, with as many keys before it as make it the only one of that name.

    >>> names = variable_names([("train", "dataset"), ("test", "dataset"), ("model",)])
    >>> list(names.values())
    ['train_dataset', 'test_dataset', 'model']
    """
    candidates = {path: _candidates(path) for path in paths}
    common = Counter(name for names in candidates.values() for name in names)
    chosen: dict[tuple[Any, ...], str] = {}
    for path, names in candidates.items():
        name = next((name for name in names if common[name] == 1), names[-1])
        chosen[path] = _unlike(name, chosen.values())
    return chosen


def _candidates(path: tuple[Any, ...]) -> list[str]:
    """The names that a path suggests, the shortest first; an index alone says too little."""
    starts = [at for at in range(len(path) - 1, -1, -1) if isinstance(path[at], str)]
    return [identifier(path[at:]) for at in starts] or [identifier(path)]


def _unlike(name: str, taken: Container[str]) -> str:
    unique, number = name, 2
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    return unique


def identifier(keys: tuple[Any, ...]) -> str:
    """A variable's name that is made of keys, and no name that Python has itself.

    >>> identifier(("layers", 0)), identifier(("class",))
    ('layers_0', 'class_')
    """
    name = re.sub(r"\W+", "_", "_".join(map(str, keys))).strip("_") or "value"
    if name[0].isdigit():
        name = f"item_{name}"
    return f"{name}_" if name in _RESERVED else name


def snake_case(name: str) -> str:
    """A variable's name for an instance of a class.

    >>> snake_case("LeNet5Head")
    'le_net5_head'
    """
    return identifier((re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower(),))


class Imports:
    """What a program imports, under names that are its variables' nowhere."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._names: dict[tuple[str, str], str] = {}
        self._modules: set[str] = set()

    def lines(self) -> list[str]:
        """The import statements, a line for each module."""
        by_module: dict[str, list[str]] = {}
        for (module, name), used in self._names.items():
            by_module.setdefault(module, []).append(name if name == used else f"{name} as {used}")
        whole = [f"import {module}" for module in sorted(self._modules)]
        parts = [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(by_module.items())]
        return whole + parts

    def free_name(self, name: str) -> str:
        """A name that nothing else in the program has, from now on taken."""
        unique = _unlike(name, self._taken)
        self._taken.add(unique)
        return unique

    def name(self, module: str, name: str) -> str:
        """The name under which the program has something that it imports."""
        if module == "builtins" and name not in self._taken:
            return name
        used = self._names.get((module, name))
        if used is None:
            clashes = name in self._taken or name in _RESERVED
            used = self.free_name(f"{module.replace('.', '_')}_{name}" if clashes else name)
            self._names[module, name] = used
        return used

    def path(self, path: str, obj: object) -> str | None:
        """The expression for what a dotted path leads to, or None where it leads elsewhere."""
        parts = path.split(".")
        for count in range(len(parts) - 1, 0, -1):
            module = sys.modules.get(".".join(parts[:count]))
            if isinstance(module, ModuleType) and _followed(module, parts[count:]) == obj:
                return ".".join([self.name(".".join(parts[:count]), parts[count]), *parts[count + 1 :]])
        return None

    def literal(self, value: Any) -> Expression | None:
        """The expression for a value, or None where Python has none for it."""
        cls = type(value)
        if cls in _AS_THEY_PRINT:
            return repr(value)
        if cls is str:
            return quoted(value)
        if cls is float:
            return repr(value) if math.isfinite(value) else f'float("{value}")'
        if cls in _BRACKETS:
            return self._sequence(value, cls)
        if cls is dict:
            return self._dict(value)
        if isinstance(value, Enum):
            owner = self.path(f"{cls.__module__}.{cls.__qualname__}", cls)
            return f"{owner}.{value.name}" if owner else None
        if isinstance(value, PurePath):
            return f"{self.name('pathlib', 'Path')}({quoted(str(value))})"
        if hasattr(value, "__qualname__") and hasattr(value, "__module__"):
            return self.path(f"{value.__module__}.{value.__qualname__}", value)
        return self._where_it_says(value)

    def _sequence(self, value: Iterable[Any], cls: type) -> Expression | None:
        items = [self.literal(item) for item in value]
        opening, closing = _BRACKETS[cls]
        found = [("", item) for item in items if item is not None]
        return Bracketed(opening, tuple(found), closing) if len(found) == len(items) else None

    def _dict(self, value: dict[Any, Any]) -> Expression | None:
        pairs = [(self.literal(key), self.literal(item)) for key, item in value.items()]
        found = [(f"{key}: ", item) for key, item in pairs if isinstance(key, str) and item is not None]
        return Bracketed("{", tuple(found), "}") if len(found) == len(pairs) else None

    def _where_it_says(self, value: object) -> str | None:
        # `torch.float32` prints as the path under which it is found.
        text = repr(value)
        module, _, name = text.rpartition(".")
        if not re.fullmatch(r"[A-Za-z_][\w.]*", module) or getattr(sys.modules.get(module), name, None) is not value:
            return None
        self._modules.add(module)
        return text


def quoted(text: str) -> str:
    """A string literal, in double quotes where that needs no more escapes.

    >>> print(quoted("it's"), quoted('"'))
    "it's" '"'
    """
    if '"' in text:
        return repr(text)
    # With a double quote in it, repr chooses single quotes only where there is none; so it is taken off again.
    return f'"{repr(text + chr(34) + chr(39))[1:-4]}"'.replace("\\'", "'")


def _followed(obj: object, names: list[str]) -> object:
    for name in names:
        obj = getattr(obj, name, None)
    return obj
