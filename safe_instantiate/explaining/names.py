"""The names in a written program: of its variables, after the keys; of what it imports; of values, as literals."""

from __future__ import annotations

import builtins
import keyword
import math
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable
from enum import Enum
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from types import ModuleType
from typing import Any, Final

from safe_instantiate.explaining.expressions import WIDTH, Bracketed, Expression

_RESERVED: Final = frozenset(dir(builtins)) | frozenset(keyword.kwlist) | {"build"}
_AS_THEY_PRINT: Final = frozenset({type(None), bool, int})
#: A path of a class of one's own is more than its text.
_PATHS: Final = {type(Path()): "Path", PurePosixPath: "PurePosixPath", PureWindowsPath: "PureWindowsPath"}
_BRACKETS: Final[dict[type, tuple[str, str]]] = {list: ("[", "]"), tuple: ("(", ")")}


def variable_names(paths: Iterable[tuple[Any, ...]], taken: Iterable[str] = ()) -> dict[tuple[Any, ...], str]:
    """A name for each path: its last key, with as many keys before it as make it the only one of that name.

    Args:
        paths: the keys that lead to what gets a name.
        taken: names that mean something else.

    >>> names = variable_names([("train", "dataset"), ("test", "dataset"), ("model",)])
    >>> list(names.values())
    ['train_dataset', 'test_dataset', 'model']
    """
    candidates = {path: _candidates(path) for path in paths}
    common = Counter(name for names in candidates.values() for name in names)
    used = set(taken)
    chosen: dict[tuple[Any, ...], str] = {}
    for path, names in candidates.items():
        name = next((name for name in names if common[name] == 1), names[-1])
        chosen[path] = _unlike(name, used)
        used.add(chosen[path])
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

    >>> identifier(("layers", 0)), identifier(("class",)), identifier(("10²-km",))
    ('layers_0', 'class_', 'item_102_km')
    """
    # Python reads names so normalized: two that differ before may be one.
    text = unicodedata.normalize("NFKC", "_".join(map(str, keys)))
    name = "".join(each if f"a{each}".isidentifier() else "_" for each in re.sub(r"\W+", "_", text)).strip("_")
    if not name[:1].isidentifier():
        name = f"item_{name}" if name else "value"
    return f"{name}_" if name in _RESERVED else name


def is_argument_name(key: str) -> bool:
    """Whether a key can be written as `key=` in a call, and arrives as it is.

    >>> is_argument_name("lr"), is_argument_name("class"), is_argument_name("ﬁt")
    (True, False, False)
    """
    return key.isidentifier() and not keyword.iskeyword(key) and unicodedata.normalize("NFKC", key) == key


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
        """The import statements, one for each module: Python's own first, an empty line, all others."""
        by_module: dict[str, list[str]] = {}
        for (module, name), used in self._names.items():
            by_module.setdefault(module, []).append(name if name == used else f"{name} as {used}")
        statements = [(module, f"import {module}") for module in sorted(self._modules)]
        statements += [(module, _from_import(module, sorted(names))) for module, names in sorted(by_module.items())]
        own = [text for module, text in statements if module.partition(".")[0] in sys.stdlib_module_names]
        others = [text for _, text in statements if text not in own]
        return [*own, *([""] if own and others else []), *others]

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
        if cls is str or cls is bytes:
            return quoted(value)
        if cls is float:
            return repr(value).replace("e+", "e") if math.isfinite(value) else f'float("{value}")'
        if cls is complex:
            return f"complex({self.literal(value.real)}, {self.literal(value.imag)})"
        if cls in _BRACKETS:
            return self._sequence(value, cls)
        if cls is dict:
            return self._dict(value)
        if isinstance(value, Enum):
            return self._member(value, cls)
        if isinstance(value, PurePath):
            return f"{self.name('pathlib', _PATHS[cls])}({quoted(str(value))})" if cls in _PATHS else None
        if hasattr(value, "__qualname__") and hasattr(value, "__module__"):
            return self.path(f"{value.__module__}.{value.__qualname__}", value)
        return self._where_it_says(value)

    def _member(self, value: Enum, cls: type[Enum]) -> str | None:
        owner = self.path(f"{cls.__module__}.{cls.__qualname__}", cls)
        if owner is None:
            return None
        name = next((name for name, member in cls.__members__.items() if member is value), None)
        if name is None:  # several flags together
            return f"{owner}({value.value!r})"
        return f"{owner}.{name}" if is_argument_name(name) else f"{owner}[{quoted(name)}]"

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
        try:
            text = repr(value)
        except Exception:  # nested too deep, or somebody else's `__repr__`: it says no path
            return None
        module, _, name = text.rpartition(".")
        if not re.fullmatch(r"[A-Za-z_][\w.]*", module) or getattr(sys.modules.get(module), name, None) is not value:
            return None
        self._modules.add(module)
        return text


def quoted(text: str | bytes) -> str:
    """A literal of a string or of bytes, in double quotes unless that needs more escapes.

    >>> print(quoted("it's"), quoted('"'), quoted(b"x"))
    "it's" '"' b"x"
    """
    prefix = "b" if isinstance(text, bytes) else ""
    single, double = _between_single_quotes(text), between_double_quotes(text)
    return f"{prefix}'{single}'" if len(double) > len(single) else f'{prefix}"{double}"'


def between_double_quotes(text: str | bytes) -> str:
    """A text with the escapes that it needs between double quotes."""
    return _between_single_quotes(text).replace("\\'", "'").replace('"', '\\"')


def _between_single_quotes(text: str | bytes) -> str:
    # With both kinds of quotes in it, repr chooses single ones; these two are cut off again.
    return repr(b"'\"" + text)[5:-1] if isinstance(text, bytes) else repr("'\"" + text)[4:-1]


def _from_import(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])


def _followed(obj: object, names: list[str]) -> object:
    for name in names:
        obj = getattr(obj, name, None)
    return obj
