"""What the planner's problems come to, once it is known who calls the target that they are about.

What the engine builds, it builds with exactly the arguments of the config. A target that the program instantiates, or
that gets its config handed on, may be given more arguments, or fewer, by code that nobody can see here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from safe_instantiate.checking.annotations import annotations_of, fields_of
from safe_instantiate.checking.conversion import diagnostic_of
from safe_instantiate.checking.diagnostic import Diagnostic
from safe_instantiate.checking.keys import joined
from safe_instantiate.checking.subject import CallSite, Group
from safe_instantiate.errors import Problem
from safe_instantiate.targets.locate import close_matches

#: What code gives to the targets that it completes: an optimizer its parameters, a schedule its optimizer.
_COMPLETED: Final = (
    ("torch.optim", "Optimizer", "params"),
    ("torch.optim.lr_scheduler", "LRScheduler", "optimizer"),
)


def judged(problem: Problem, calls: Mapping[str, CallSite]) -> Diagnostic:
    """The diagnostic of a problem; `calls` are all calls of the config by their full keys."""
    found = diagnostic_of(problem)
    call = calls.get(problem.full_key)
    if call is None:
        if problem.code == "missing-value" and _is_handed_on(problem.full_key, calls):
            return replace(found, severity="warning")
        return found
    if problem.code == "missing-argument":
        return _missing(found, problem, call)
    if problem.code == "unknown-argument":
        return _unknown(found, problem, call, calls.values())
    return found


def _missing(found: Diagnostic, problem: Problem, call: CallSite) -> Diagnostic:
    completed = _completed_with(call.target.obj)
    awaited = completed is not None and set(problem.names) == {completed}
    if call.caller == "engine":
        if awaited and completed == "params":
            hint = "Set _partial_: true, and let the code that has the model's parameters call it."
            return replace(found, code="optimizer-without-params", hint=hint)
        return found
    if awaited:
        hint = f"Whoever instantiates it has to give {completed}; with _partial_: true the config says so."
        return replace(found, severity="info", hint=hint)
    return replace(found, severity="warning", hint="Unless the code that instantiates it gives what is missing.")


def _unknown(found: Diagnostic, problem: Problem, call: CallSite, calls: Iterable[CallSite]) -> Diagnostic:
    (name,) = problem.names
    close = "did you mean" in found.hint
    fits = list(_where_it_fits(name, call)) or ([] if close else _only_place_elsewhere(name, call, calls))
    hint = found.hint
    if fits and not close:
        hint = f"did you mean {' or '.join(map(repr, fits[:3]))}? {hint}"
    if call.caller == "target" and not close and not fits:
        # Code that gets a config may take out what is meant for itself before it builds the rest.
        return replace(found, severity="warning", hint=f"Unless the code that builds it takes it out first. {hint}")
    return replace(found, hint=hint)


def _where_it_fits(name: str, call: CallSite) -> Iterator[str]:
    """The keys near a call where an argument of this name would be accepted."""
    annotations = annotations_of(call.target.obj)
    for argument, value in call.arguments.items():
        if isinstance(value, CallSite) and _takes(value, name):
            yield joined(value.full_key, name)
        elif isinstance(value, Group):
            annotated = annotations.get(argument)
            fields = None if annotated is None else fields_of(annotated.type)
            if name in fields[0] if fields is not None else _is_of_the_kind(name, value):
                yield joined(call.places[argument], name)
    above = call.parent
    while above is not None:
        if _takes(above, name) and name not in above.arguments:
            yield joined(above.full_key, name)
        above = above.parent


def _only_place_elsewhere(name: str, call: CallSite, calls: Iterable[CallSite]) -> list[str]:
    """The key of an argument of this name that only one other call of the config takes, and isn't given."""
    others = [each for each in calls if each is not call and _takes(each, name)]
    free = [joined(each.full_key, name) for each in others if name not in each.arguments]
    return free if len(others) == 1 else []


def _takes(call: CallSite, name: str) -> bool:
    parameters = call.target.parameters
    return parameters is not None and name in (*parameters.positional, *parameters.keyword_only)


def _is_of_the_kind(name: str, group: Group) -> bool:
    """Whether the keys of a group look as if the name belonged to them: one is close, or shares a word with it."""
    words = {word for key in group for word in str(key).split("_")}
    return bool(close_matches(name, [str(key) for key in group])) or bool(words & set(name.split("_")))


def _is_handed_on(full_key: str, calls: Mapping[str, CallSite]) -> bool:
    """Whether a key stands in a config that some target gets as it is."""
    above = [call for key, call in calls.items() if key and full_key.startswith(key)]
    return bool(above) and max(above, key=lambda call: len(call.full_key)).caller == "target"


def _completed_with(target: Any) -> str | None:
    for module, name, parameter in _COMPLETED:
        cls = getattr(sys.modules.get(module), name, None)
        if isinstance(cls, type) and isinstance(target, type) and issubclass(target, cls):
            return parameter
    return None
