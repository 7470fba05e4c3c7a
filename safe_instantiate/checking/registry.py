"""The rules: how one is written, and where a project's own are found."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar

from safe_instantiate.checking.codes import PLANNER_CODES, RULE_FAILED
from safe_instantiate.checking.diagnostic import SEVERITIES, Severity

if TYPE_CHECKING:
    from safe_instantiate.checking.subject import Subject

#: The entry points of this group name modules with house rules.
ENTRY_POINT_GROUP: Final = "safe_instantiate.rules"
_CODE: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule has to say about one key of a config.

    Attributes:
        full_key: the key, as `CallSite.full_key` and `CallSite.places` give it.
        message: what was found; without values of arguments, which may be secrets.
        hint: what to do about it.
        severity: in the place of the rule's own, where that is not it.
        at_reference: whether it is about the reference (`${node}`) that stands at the key, not about the node.

    >>> Finding("data.batch_size", "more than the cards have room for").full_key
    'data.batch_size'
    """

    full_key: str
    message: str
    hint: str = ""
    severity: Severity | None = None
    at_reference: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A code, how grave its findings are, and the function that finds them."""

    code: str
    severity: Severity
    find: Callable[[Subject], Iterable[Finding]]


_Find = TypeVar("_Find", bound="Callable[[Subject], Iterable[Finding]]")
_house_rules: dict[str, Rule] = {}


def house_rule(code: str, *, severity: Severity = "error") -> Callable[[_Find], _Find]:
    """Make a function a rule of every check, for what only this team or this machine knows.

    Args:
        code: the name of its findings: words in lower case with hyphens between them, none that exists already.
        severity: how grave its findings are, unless one says otherwise.

    Returns:
        A decorator. The function gets a `Subject` and yields `Finding`s.

    Raises:
        ValueError: the code is malformed, or one of the library's own; or there is no such severity.

    >>> from safe_instantiate import check
    >>> @house_rule("batch-too-large", severity="warning")
    ... def batch_too_large(subject):
    ...     for call in subject.calls:
    ...         if call.argument("batch_size", 0) > 64:
    ...             yield Finding(call.places["batch_size"], "our cards have room for 64 samples")
    >>> loader = {"_target_": "torch.utils.data.DataLoader", "dataset": [1, 2], "batch_size": 128}
    >>> [finding.code for finding in check({"loader": loader})]
    ['batch-too-large']
    >>> forget_house_rule("batch-too-large")
    """
    if not _CODE.fullmatch(code):
        raise ValueError(f"A code is words in lower case with hyphens between them, not {code!r}")
    if severity not in SEVERITIES:
        raise ValueError(f"severity must be one of {', '.join(SEVERITIES)}, got {severity!r}")
    if code in PLANNER_CODES or code == RULE_FAILED or any(rule.code == code for rule in built_in_rules()):
        raise ValueError(f"{code!r} is one of the library's own codes")

    def register(find: _Find) -> _Find:
        _house_rules[code] = Rule(code, severity, find)
        return find

    return register


def forget_house_rule(code: str) -> None:
    """Take a house rule back; one that isn't there is no mistake."""
    _house_rules.pop(code, None)


def all_rules(modules: Iterable[str]) -> tuple[Rule, ...]:
    """The library's rules, and those of the house: registered so far, or when these modules are imported.

    Raises:
        ValueError: one of the modules, or of those that entry points name, can't be imported.
    """
    for module in (*modules, *_modules_of_entry_points()):
        try:
            importlib.import_module(module)
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            raise ValueError(f"the house rules in {module!r} can't be had: importing it raised {said}") from error
    return (*built_in_rules(), *_house_rules.values())


@cache
def built_in_rules() -> tuple[Rule, ...]:
    """The library's own rules."""
    from safe_instantiate.checking.rules import RULES

    return RULES


@cache
def _modules_of_entry_points() -> tuple[str, ...]:
    # Looking through everything that is installed takes longer than most checks.
    from importlib.metadata import entry_points

    return tuple(entry.module for entry in entry_points(group=ENTRY_POINT_GROUP))
