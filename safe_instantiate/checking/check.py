"""The check: everything that is found in a plan, at once, with nothing built."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from safe_instantiate.checking.codes import PLANNER_CODES, RULE_FAILED
from safe_instantiate.checking.diagnostic import SEVERITIES, Diagnostic, Report
from safe_instantiate.checking.judging import judged
from safe_instantiate.checking.keys import followed, full_key_of_keys, keys_of, written
from safe_instantiate.checking.misfits import misfits_in
from safe_instantiate.checking.options import options_for
from safe_instantiate.checking.origins import Origin, Place, origin_of
from safe_instantiate.checking.registry import Rule, all_rules
from safe_instantiate.checking.subject import Caller, Subject
from safe_instantiate.checking.walk import Walk
from safe_instantiate.errors import Problem
from safe_instantiate.planning.settings import Settings


@dataclass(frozen=True, slots=True)
class Planned:
    """What is checked: a plan, and the config that it was made from."""

    root: Any
    problems: tuple[Problem, ...]
    full_key: str
    config: Any
    settings: Settings


def check_plan(planned: Planned, caller: Caller) -> Report:
    """The report on a plan.

    Args:
        planned: the plan.
        caller: who calls the targets that stand in no other's arguments: "engine" when the plan is built as it is,
            "program" when the program instantiates them one by one.

    Raises:
        ValueError: the project's options in pyproject.toml mean nothing.
    """
    options = options_for(Path.cwd())
    rules = all_rules(options.rules)
    options.ensure_known({*PLANNER_CODES, RULE_FAILED, *(rule.code for rule in rules)})
    root, content = written(planned.config)
    walk = Walk(planned.settings)
    walk.value(planned.root, planned.full_key, caller, None)
    calls = {call.full_key: call for call in walk.calls}
    found = [judged(problem, calls) for problem in (*planned.problems, *walk.problems)]

    def canonical(full_key: str) -> str:
        return full_key_of_keys(followed(content, keys_of(full_key)))

    told = frozenset(diagnostic.full_key for diagnostic in found)
    misfits = tuple(misfits_in(walk.calls, told))
    subject = Subject(tuple(walk.calls), content, canonical, misfits, root)
    for rule in rules:
        if options.reports(rule.code):
            found += _findings(rule, subject)
    selected = [
        replace(each, severity=options.severity.get(each.code, each.severity))
        for each in found
        if options.reports(each.code)
    ]
    once = _once(selected, canonical)
    if not once:
        return Report()
    return Report(tuple(_placed(once, canonical, content, origin_of(root, content))))


def _findings(rule: Rule, subject: Subject) -> list[Diagnostic]:
    try:
        return [
            Diagnostic(rule.code, each.severity or rule.severity, each.full_key, each.message, each.hint)
            for each in rule.find(subject)
        ]
    except Exception as error:  # a rule of the house must not hide what the others found
        said = f"the rule {rule.code!r} raised {type(error).__name__}: {error}"
        return [Diagnostic(RULE_FAILED, "warning", "", said)]


def _once(found: Iterable[Diagnostic], canonical: Any) -> list[Diagnostic]:
    """One diagnostic of a code for each node, however many references lead to it: the gravest, at its home."""
    best: dict[Any, Diagnostic] = {}
    for each in found:
        home = canonical(each.full_key)
        key = (each.code, home, each.message)
        rank = (SEVERITIES.index(each.severity), each.full_key != home)
        known = best.get(key)
        if known is None or rank < (SEVERITIES.index(known.severity), known.full_key != home):
            best[key] = each
    return list(best.values())


def _placed(found: list[Diagnostic], canonical: Any, content: Any, origin: Origin | None) -> list[Diagnostic]:
    """With the places that are known, without what their lines say is meant; in the order of the files or keys."""
    order = {keys: number for number, keys in enumerate(_paths((), content))}
    placed = []
    for each in found:
        keys = keys_of(canonical(each.full_key))
        number = next((order[keys[:n]] for n in range(len(keys), -1, -1) if keys[:n] in order), 0)
        place = None if origin is None else _place(origin, keys, content)
        if place is not None and place.file is not None and place.line is not None:
            if place.file.ignores(place.line, each.code):
                continue
            each = replace(each, file=_shown(place.file.path), line=place.line, column=place.column)
        elif place is not None:
            each = replace(each, override=place.override)
        placed.append(((each.file or "", each.line or 0, each.column or 0, number), each))
    return [each for _, each in sorted(placed, key=lambda pair: pair[0])]


def _place(origin: Origin, keys: tuple[Any, ...], content: Any) -> Place | None:
    """Where a key was set; a node with a target is what its `_target_` makes it."""
    value = content
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else value[key] if _is_item(value, key) else None
    if isinstance(value, dict) and "_target_" in value:
        keys = (*keys, "_target_")
    return origin.place_of(keys)


def _is_item(value: Any, key: Any) -> bool:
    return isinstance(value, list) and isinstance(key, int) and key < len(value)


def _paths(path: tuple[Any, ...], value: Any) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _paths((*path, key), child)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _paths((*path, index), child)


def _shown(path: Path) -> str:
    """A path as a person in the working directory writes it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
