"""Where a key of a config was set, in words: for reports, and for exceptions."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from safe_instantiate.checking.conversion import concerned_key
from safe_instantiate.checking.diagnostic import Diagnostic
from safe_instantiate.checking.keys import at, followed, keys_of, written
from safe_instantiate.checking.origins import Origin, Place, origin_of
from safe_instantiate.config.keys import TARGET
from safe_instantiate.errors import Problem


def place_of(origin: Origin, keys: tuple[Any, ...], content: Any) -> Place | None:
    """Where a key was set; a node with a target is what its `_target_` makes it."""
    value = at(content, keys)
    return origin.place_of((*keys, TARGET) if isinstance(value, dict) and TARGET in value else keys)


def is_ignored(found: Diagnostic, origin: Origin, place: Place, home: tuple[Any, ...]) -> bool:
    """Whether a comment says that a finding is meant to be: at its place, at its key, or at a reference to it."""
    places = (place, origin.place_of(home), origin.place_of(keys_of(found.full_key)))
    return any(each is not None and each.ignores(found.code) for each in places)


def shown(path: Path) -> str:
    """A path as a person in the working directory writes it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def place_in_words(config: Any, full_key: str) -> str:
    """Where the node at a key was set; empty where that isn't known."""
    root, content = written(config)
    origin = origin_of(root, content)
    place = None if origin is None else place_of(origin, followed(content, keys_of(full_key)), content)
    if place is None:
        return ""
    if place.override is not None:
        return f"command line ({place.override})"
    return "" if place.file is None else f"{shown(place.file.path)}:{place.line}:{place.column}"


def placed(problem: Problem, config: Any) -> Problem:
    """A problem that says where in which file it is, if that is known."""
    place = place_in_words(config, concerned_key(problem))
    return replace(problem, hint="\n".join(filter(None, (problem.hint, f"in {place}")))) if place else problem


def at_place(found: Diagnostic, config: Any) -> Diagnostic:
    """A diagnostic that says where in which file it is, if that is known."""
    root, content = written(config)
    origin = origin_of(root, content)
    place = None if origin is None else place_of(origin, followed(content, keys_of(found.full_key)), content)
    return found if place is None else with_place(found, place)


def with_place(found: Diagnostic, place: Place) -> Diagnostic:
    """A diagnostic at a place."""
    if place.file is None:
        return replace(found, override=place.override)
    return replace(found, file=shown(place.file.path), line=place.line, column=place.column)
