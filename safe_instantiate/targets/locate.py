"""From a dotted path to the object it names, and, where that fails, to what a person needs to mend the path."""

from __future__ import annotations

import os
import pkgutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from safe_instantiate.targets.way import Way


@dataclass(frozen=True, slots=True)
class Located:
    """The object a path leads to, and the way that led there.

    Attributes:
        obj: what the path names.
        objects: what each part of the path names, in order; the last one is `obj`.
        way: by which a remembered object can be trusted cheaply: it is followed again by identity.
    """

    obj: object
    objects: tuple[object, ...]
    way: Way


class LocateError(Exception):
    """A path that leads to nothing. `str()` of it is the reason.

    Attributes:
        path: the path as it was written.
        failing_part: the part of the path that could not be followed; "" where the path as a whole is malformed.
        reason: what is wrong, in one line.
        hint: what to do about it, in one line, or None.
        cause: the exception behind it, or None.
        import_failed: the module is there, but importing it raised.
    """

    def __init__(
        self,
        path: object,
        failing_part: str,
        reason: str,
        hint: str | None = None,
        cause: Exception | None = None,
        *,
        import_failed: bool = False,
    ) -> None:
        super().__init__(reason)
        self.path = path
        self.failing_part = failing_part
        self.reason = reason
        self.hint = hint
        self.cause = cause
        self.import_failed = import_failed


def locate(path: str) -> Located:
    """Find the object that a dotted path names, importing modules on the way.

    The first part is imported. Each further part is an attribute of what was found so far or, where a module has no
    such attribute, a submodule. It is the order in which Hydra looks, so that both always find the same object.

    Args:
        path: for example `"torch.nn.Linear"`.

    Returns:
        The object, with the way that led to it.

    Raises:
        LocateError: the path is malformed, a part of it doesn't exist, or an import failed. What is no `Exception`
            (KeyboardInterrupt, SystemExit) passes through from a module that is being imported.

    >>> locate("collections.abc.Mapping").obj
    <class 'collections.abc.Mapping'>
    >>> try:
    ...     locate("math.sqroot")
    ... except LocateError as error:
    ...     print(error, "|", error.hint)
    module 'math' has no 'sqroot' | did you mean 'math.sqrt' or 'math.isqrt'?
    """
    parts = _parts(path)
    obj: object = _import(path, parts, 1, None)
    objects = [obj]
    for count, name in enumerate(parts[1:], start=2):
        owner = obj
        try:
            obj = getattr(owner, name)
        except AttributeError as error:
            if not isinstance(owner, ModuleType):
                raise _no_attribute(path, parts, count, owner, error) from error
            obj = _import(path, parts, count, owner)
        except Exception as error:
            reason = f"reading '{name}' of '{'.'.join(parts[: count - 1])}' raised {_described(error)}"
            raise LocateError(path, name, reason, None, error) from error
        objects.append(obj)
    return Located(obj, tuple(objects), Way(parts, objects))


def close_matches(name: str, candidates: Iterable[str]) -> list[str]:
    """The candidates that `name` was probably meant to be, best first, three at most.

    >>> close_matches("Linaer", ["Linear", "Bilinear", "ReLU"])
    ['Linear']
    """
    import difflib  # only who has something to suggest needs it

    public = sorted(set(candidates)) if name.startswith("_") else sorted({c for c in candidates if c[:1] != "_"})
    other_case = [candidate for candidate in public if candidate.lower() == name.lower()]
    return other_case[:3] or difflib.get_close_matches(name, public, n=3, cutoff=0.7)


def _parts(path: object) -> list[str]:
    if not isinstance(path, str):
        raise LocateError(path, "", f"a path is a string such as 'package.module.Class', not {type(path).__name__}")
    if not path:
        raise LocateError(path, "", "the path is empty")
    parts = path.split(".")
    if not parts[0]:
        hint = "write the path from the top-level package on"
        raise LocateError(path, "", "the path begins with a dot, and relative paths are not supported", hint)
    if not all(parts):
        hint = f"did you mean '{'.'.join(filter(None, parts))}'?"
        raise LocateError(path, "", "the path has a dot too many: a part of it is empty", hint)
    return parts


def _import(path: str, parts: list[str], count: int, parent: ModuleType | None) -> ModuleType:
    """The module that the first `count` parts name, a submodule of `parent`."""
    module = ".".join(parts[:count])
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        # Beneath a module that is reached by another name (torch.os), it is that name which is said to be missing.
        if f"{module}.".startswith(f"{error.name}."):
            raise _no_module(path, parts, count, parent, error) from error
        raise _missing_dependency(path, parts, count, error) from error
    except Exception as error:
        reason = f"importing '{module}' raised {_described(error)}"
        raise LocateError(path, parts[count - 1], reason, _shell_hint(module), error, import_failed=True) from error


def _no_module(
    path: str, parts: list[str], count: int, parent: ModuleType | None, error: ModuleNotFoundError
) -> LocateError:
    name = parts[count - 1]
    hint: str | None
    if parent is None:
        hint = _meant(parts, count, close_matches(name, _top_level_modules())) or _not_installed(name)
        return LocateError(path, name, f"there is no module '{name}'", hint, error)
    hint = (
        _half_imported(parent)
        or _elsewhere(parts, count)
        or _meant(parts, count, close_matches(name, _names_in(parent)))
    )
    return LocateError(path, name, f"module '{'.'.join(parts[: count - 1])}' has no '{name}'", hint, error)


def _missing_dependency(path: str, parts: list[str], count: int, error: ModuleNotFoundError) -> LocateError:
    module, name = ".".join(parts[:count]), error.name or ""
    dependency = name.partition(".")[0]
    reason = f"importing '{module}' needs the module '{name}', which could not be found"
    hint = f"install what provides '{dependency}'"
    if not name:
        reason, hint = f"importing '{module}' raised {_described(error)}", _shell_hint(module)
    elif dependency == parts[0] or dependency in sys.modules:
        hint = f"'{dependency}' itself is there: look at what '{module}' imports, and at the version of '{dependency}'"
    return LocateError(path, parts[count - 1], reason, hint, error, import_failed=True)


def _no_attribute(path: str, parts: list[str], count: int, owner: object, error: AttributeError) -> LocateError:
    name, owner_path = parts[count - 1], ".".join(parts[: count - 1])
    if isinstance(sys.modules.get(owner_path), ModuleType):
        hint: str | None = f"'{owner_path}' names a {_kind(owner)} here, which hides the module of the same name"
    else:
        hint = _meant(parts, count, close_matches(name, _names_in(owner)))
    return LocateError(path, name, f"{_kind(owner)} '{owner_path}' has no '{name}'", hint, error)


def _meant(parts: list[str], count: int, matches: list[str]) -> str | None:
    if not matches:
        return None
    before, after = parts[: count - 1], parts[count:]
    return "did you mean " + " or ".join(f"'{'.'.join([*before, match, *after])}'" for match in matches) + "?"


def _elsewhere(parts: list[str], count: int) -> str | None:
    """A hint for `torch.Linear`: the shortest public path, among what is imported already, that has the name."""
    name, package = parts[count - 1], parts[0] + "."
    paths = [
        f"{module_name}.{name}"
        for module_name, module in list(sys.modules.items())
        if module_name.startswith(package) and "._" not in module_name and name in getattr(module, "__dict__", ())
    ]
    return _meant(parts[count - 1 :], 1, [min(paths, key=lambda path: (path.count("."), path))]) if paths else None


def _half_imported(module: ModuleType) -> str | None:
    if not getattr(getattr(module, "__spec__", None), "_initializing", False):
        return None
    return f"'{module.__name__}' is still being imported: what it defines further down doesn't exist yet"


def _not_installed(module: str) -> str:
    if {module, f"{module}.py"} & set(os.listdir()):
        return f"'{module}' lies in the working directory, which is not on sys.path: install it, or set PYTHONPATH"
    return f"is the package that provides '{module}' installed in this environment?"


def _shell_hint(module: str) -> str:
    return f'python -c "import {module}" shows the whole traceback'


def _names_in(owner: object) -> set[str]:
    """Names under `owner` without evaluating any of them; for a package its submodules too."""
    try:
        names = set(dir(owner))
        search_path = getattr(owner, "__path__", None) if isinstance(owner, ModuleType) else None
        if search_path is not None:
            names.update(module.name for module in pkgutil.iter_modules(search_path))
    except Exception:  # a __dir__ or a finder of somebody else's: a suggestion is not worth a second error
        return set()
    return names


def _top_level_modules() -> set[str]:
    loaded = {name for name in list(sys.modules) if "." not in name}
    return loaded | set(sys.stdlib_module_names) | {module.name for module in pkgutil.iter_modules()}


def _described(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _kind(obj: object) -> str:
    if isinstance(obj, ModuleType):
        return "module"
    if isinstance(obj, type):
        return "class"
    return "function" if hasattr(obj, "__code__") else f"{type(obj).__name__} object"
