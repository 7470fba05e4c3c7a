"""The check: everything that is found in a plan, at once, with nothing built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from safe_instantiate import hydra_compat
from safe_instantiate.checking.codes import PLANNER_CODES, RULE_FAILED
from safe_instantiate.checking.diagnostic import SEVERITIES, Diagnostic, Report, Severity
from safe_instantiate.checking.judging import judged
from safe_instantiate.checking.keys import followed, full_key_of_keys, keys_of, written
from safe_instantiate.checking.misfits import misfits_in
from safe_instantiate.checking.options import options_for
from safe_instantiate.checking.origins import Origin, origin_of
from safe_instantiate.checking.places import is_ignored, place_of, with_place
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
    problems = [judged(problem, calls) for problem in (*planned.problems, *walk.problems)]

    def canonical(full_key: str) -> str:
        return full_key_of_keys(followed(content, keys_of(full_key)))

    misfits = tuple(misfits_in(walk.calls, frozenset(each.full_key for each in problems)))
    subject = Subject(tuple(walk.calls), content, canonical, misfits, root)
    found = [_Found(each, followed(content, keys_of(each.full_key))) for each in problems]
    for rule in rules:
        if options.reports(rule.code):
            found += _findings(rule, subject)
    if caller == "program" and hydra_compat.composing_application(root) is not None:
        found = [each for each in found if each.home[:1] != ("hydra",)]  # which Hydra reads, and no program builds
    selected = (each.graded(options.severity) for each in found if options.reports(each.diagnostic.code))
    once = _once(selected)
    return Report(tuple(_placed(once, content, origin_of(root, content)))) if once else Report()


@dataclass(frozen=True, slots=True)
class _Found:
    """A diagnostic, and the keys of the node that it is about, references on the way followed."""

    diagnostic: Diagnostic
    home: tuple[Any, ...]

    def graded(self, severities: Mapping[str, Severity]) -> _Found:
        code = self.diagnostic.code
        return (
            replace(self, diagnostic=replace(self.diagnostic, severity=severities[code]))
            if code in severities
            else self
        )

    @property
    def rank(self) -> tuple[int, bool]:
        """The gravest first, and at its home before what refers to it."""
        return SEVERITIES.index(self.diagnostic.severity), keys_of(self.diagnostic.full_key) != self.home


def _findings(rule: Rule, subject: Subject) -> Iterator[_Found]:
    try:
        for each in rule.find(subject):
            told = Diagnostic(rule.code, each.severity or rule.severity, each.full_key, each.message, each.hint)
            keys = keys_of(each.full_key)
            if each.at_reference:
                yield _Found(told, (*followed(subject.content, keys[:-1]), *keys[-1:]))
            else:
                yield _Found(told, followed(subject.content, keys))
    except Exception as error:  # a rule of the house must not hide what the others found
        said = f"the rule {rule.code!r} raised {type(error).__name__}: {error}"
        yield _Found(Diagnostic(RULE_FAILED, "warning", "", said), ())


def _once(found: Iterable[_Found]) -> list[_Found]:
    """One finding of a code for each node, however many references lead to it."""
    best: dict[Any, _Found] = {}
    for each in found:
        key = (each.diagnostic.code, each.home, each.diagnostic.message)
        if key not in best or each.rank < best[key].rank:
            best[key] = each
    return list(best.values())


def _placed(found: list[_Found], content: Any, origin: Origin | None) -> list[Diagnostic]:
    """With the places that are known, without what their lines say is meant; in the order of the files or keys."""
    placed = []
    for each in found:
        told, keys = each.diagnostic, each.home
        place = None if origin is None else place_of(origin, keys, content)
        if origin is not None and place is not None:
            if is_ignored(told, origin, place, keys):
                continue
            told = with_place(told, place)
        placed.append(((told.file or "", told.line or 0, told.column or 0, _position(content, keys)), told))
    return [told for _, told in sorted(placed, key=lambda pair: pair[0])]


def _position(content: Any, keys: tuple[Any, ...]) -> tuple[int, ...]:
    """Where a node stands in the order of the keys, as far as the config goes."""
    position: list[int] = []
    for key in keys:
        if isinstance(content, dict) and key in content:
            position.append(list(content).index(key))
        elif isinstance(content, list) and isinstance(key, int) and 0 <= key < len(content):
            position.append(key)
        else:
            break
        content = content[key]
    return tuple(position)
