"""A path to something that isn't there."""

from __future__ import annotations

import os
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from safe_instantiate.checking.annotations import alternatives, annotations_of
from safe_instantiate.checking.registry import Finding
from safe_instantiate.checking.subject import CallSite, Group, Subject
from safe_instantiate.targets.locate import close_matches

#: Words in a parameter's name that make its value a path ...
_PATH_WORDS: Final = frozenset(
    {"path", "paths", "file", "filename", "filepath", "dir", "directory", "folder", "root", "checkpoint", "ckpt"}
)
#: ... and those that make it one which the run itself will write.
_WRITTEN_WORDS: Final = frozenset(
    {"output", "out", "save", "saving", "log", "logs", "logging", "tensorboard", "cache", "result", "results", "run",
     "runs", "work", "tmp", "temp", "dump", "export", "write", "default", "dirpath", "event", "events", "experiment"}
)  # fmt: skip
_FILE_NAME: Final = re.compile(r"[^.]+(\.[a-z0-9]{1,5}){1,2}")
#: Here a path is one through modules.
_IMPORTING: Final = ("hydra.", "hydra_zen.", "safe_instantiate.")
_ELSEWHERE: Final = re.compile(r"[a-zA-Z][\w+.-]*:|~|.*[*?{%$]")


def missing_paths(subject: Subject) -> Iterator[Finding]:
    """Files and directories that arguments name, and that don't exist.

    Where the directory that it should be in is there, the name is probably wrong; where that is missing too, the data
    may well be on another machine.
    """
    for call in subject.calls:
        if call.argument("download") is True or call.target.name.startswith(_IMPORTING):
            continue
        for name, value, key in _paths_in(call):
            finding = _missing(name, value, key)
            if finding is not None:
                yield finding


def _paths_in(call: CallSite) -> Iterator[tuple[str, str, str]]:
    annotations = annotations_of(call.target.obj)
    writes = _words(call.target.name.rpartition(".")[2]) & _WRITTEN_WORDS
    for name, value in call.arguments.items():
        is_path = name in annotations and any(_is_path_type(each) for each in alternatives(annotations[name].type))
        key = call.places[name]
        if isinstance(value, (str, Path)) and (is_path or _names_a_path(name)) and not (writes or _is_written(name)):
            yield name, str(value), key
        elif isinstance(value, Group):
            for inner, text in value.items():
                if isinstance(text, str) and _names_a_path(str(inner)) and not _is_written(str(inner)):
                    yield str(inner), text, f"{key}.{inner}"


def _missing(name: str, value: str, key: str) -> Finding | None:
    if not _looks_like_a_path(value) or os.path.lexists(value):
        return None
    path = Path(value)
    if not path.parent.is_dir():
        above = next((each for each in path.parents if each.is_dir()), None)
        return Finding(key, f"{name}: there is no {path}", f"The last part of it that is there is '{above}'.", "info")
    near = close_matches(path.name, os.listdir(path.parent)) or _others_like(path)
    hint = f"did you mean '{path.parent / near[0]}'?" if near else ""
    return Finding(key, f"{name}: there is no '{path.name}' in '{path.parent}'", hint, "warning" if near else "info")


def _others_like(path: Path) -> list[str]:
    """Names that the wanted one holds within it, or that hold it: a path that was put together twice over."""
    stem = path.stem.lower()
    names = [each for each in os.listdir(path.parent) if Path(each).suffix == path.suffix and Path(each).stem]
    return [each for each in names if stem in Path(each).stem.lower() or Path(each).stem.lower() in stem][:1]


def _looks_like_a_path(value: str) -> bool:
    if not value or _ELSEWHERE.match(value) or "\n" in value:
        return False
    return os.sep in value or _FILE_NAME.fullmatch(value) is not None


def _names_a_path(name: str) -> bool:
    return bool(_words(name) & _PATH_WORDS)


def _is_written(name: str) -> bool:
    return bool(_words(name) & _WRITTEN_WORDS)


def _words(name: str) -> set[str]:
    return set(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_"))


def _is_path_type(annotation: Any) -> bool:
    # In Python 3.10 `list[int]` passes for a class, and can't be asked whose subclass it is.
    is_class = isinstance(annotation, type) and not typing.get_args(annotation)
    return is_class and issubclass(annotation, os.PathLike)
