"""What the planner found wrong, put into words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from omegaconf.errors import InterpolationResolutionError, MissingMandatoryValue, UnsupportedInterpolationType

from safe_instantiate import hydra_compat
from safe_instantiate.config.keys import (
    CONVERT,
    CONVERT_NAMES,
    EXECUTION_WHITELIST,
    intended_control_key,
    intended_convert_name,
)
from safe_instantiate.config.reader import CONTAINERS, SEQUENCES, Reader
from safe_instantiate.config.standing import Failed
from safe_instantiate.errors import InstantiationException, Problem
from safe_instantiate.planning.depth import way_down
from safe_instantiate.planning.nodes import Place, below, full_key
from safe_instantiate.targets.policy import Refusal
from safe_instantiate.targets.signature import Mismatch
from safe_instantiate.targets.target import Target, TargetError

#: The code of each kind of mismatch between a call and what its target accepts.
_CODES: Final[dict[str, str]] = {
    "unknown": "unknown-argument",
    "missing": "missing-argument",
    "too_many": "too-many-arguments",
    "duplicate": "duplicate-argument",
    "positional_only": "positional-only-argument",
}


class _EndlessInterpolationError(InterpolationResolutionError, RecursionError):
    """Where Hydra gives up on a config without end is chance: it raises the one or the other."""


def deeply_nested(full_key: str, error: RecursionError) -> Problem:
    """The problem of a config that is nested too deeply to be walked."""
    said = "The config is nested deeper than Python's recursion limit allows, or contains itself"
    hint = "Flatten it with interpolations, or raise the limit with sys.setrecursionlimit."
    return Problem(full_key, said, hint, _EndlessInterpolationError, error, code="endless-config")


class Problems:
    """Collects the problems of one config.

    Args:
        prefix: the full key of its top level.
        lazy: whether Hydra finds them one by one as it comes to them, and resolves nothing in advance.
    """

    __slots__ = ("_found", "_lazy", "_unresolved", "prefix")

    def __init__(self, prefix: str, *, lazy: bool = False) -> None:
        self.prefix = prefix
        self._lazy = lazy
        self._found: list[Problem] = []
        self._unresolved: list[Problem] = []

    def all(self) -> tuple[Problem, ...]:
        """Every problem; first what can't be resolved, since Hydra 1.3 resolves before it looks at anything else."""
        return (*self._unresolved, *self._found)

    def missing(self, place: Place, before: int | None = None) -> None:
        """A value that is `???`; `before` says how many problems it comes behind, if not behind all."""
        key = self._key(place)
        hint = "It is ??? in the config: set it there, on the command line, or as an argument of the call."
        said = f"Missing mandatory value: {key or 'the config itself'}"
        problem = Problem(key, said, hint, MissingMandatoryValue, code="missing-value")
        self._found.insert(len(self._found) if before is None or self._lazy else before, problem)

    def __len__(self) -> int:
        return len(self._found)

    def unresolved(self, failed: Failed, place: Place) -> None:
        """An interpolation that leads nowhere."""
        error = failed.error
        if isinstance(error, RecursionError):
            raise error  # no end was found, which `too_deep` tells of
        problems = self._found if failed.late or self._lazy else self._unresolved
        hint = (
            "No resolver of this name is registered: import the module that registers it."
            if isinstance(error, UnsupportedInterpolationType)
            else ""
        )
        problems.append(Problem(self._key(place), str(error), hint, type(error), error, code="interpolation"))

    def wrong_args(self, value: Any, target: Target, place: Place) -> None:
        """An `_args_` that is no list."""
        key = self._key(place)
        failure = hydra_compat.args_failure(target.obj, value, key)
        hint = "_args_ takes a list of positional arguments."
        said = str(failure) if failure else f"Unsupported _args_: {value!r}"
        self._found.append(Problem(key, said, hint, InstantiationException, code="args-value"))

    def wrong_control(self, name: str, value: Any, place: Place) -> None:
        """A control key whose value means nothing."""
        key = self._key(place)
        if name == CONVERT:
            meant = intended_convert_name(value)
            # A config may contain itself, and has no text then.
            got = f"a {value.__class__.__name__}" if value.__class__ in CONTAINERS else repr(value)
            said = f"{name} must be one of {', '.join(CONVERT_NAMES)}, got {got}"
            hint = f"Did you mean '{meant}'?" if meant else ""
            self._found.append(Problem(key, said, hint, code="control-value", names=(name,)))
        else:
            said = f"Instantiation: {name} flag must be a bool, got {type(value)}"
            hint = f"Write true or false without quotes (it is {value!r})." if isinstance(value, str) else ""
            self._found.append(Problem(key, said, hint, TypeError, code="control-value", names=(name,)))

    def misspelt(self, names: Iterable[Any], place: Place, target: Target | None) -> dict[str, str]:
        """Those of the names that are misspelt control keys, with what was meant; the target's parameters are none."""
        found = {}
        for name in names:
            if name == EXECUTION_WHITELIST:
                said = f"{name} is an argument for instantiate, from code; a config can't say what it may name"
                self._misnamed(name, said, "Remove it from the config.", place)
                found[name] = name
                continue
            meant = intended_control_key(name) if isinstance(name, str) and name[:1] == "_" else None
            if meant is None:
                continue
            parameters = target.parameters if target is not None else None
            if parameters is not None and name in (*parameters.positional, *parameters.keyword_only):
                continue
            found[name] = meant
            self._misnamed(name, f"'{name}' is not a key that instantiate knows", f"Did you mean '{meant}'?", place)
        return found

    def misplaced_given(self, place: Place) -> None:
        """A `GIVEN` within a config."""
        said = "GIVEN stands for an argument of the call, and this is a value of the config"
        hint = "Leave it out of the config, and write plan(config, name=GIVEN)."
        self._found.append(Problem(self._key(place), said, hint, code="call"))

    def _misnamed(self, name: str, said: str, hint: str, place: Place) -> None:
        self._found.append(Problem(self._key(place), said, hint, code="control-key", names=(name,)))

    def as_mismatch(self, last: int) -> None:
        """That the last problems found are, for Hydra, arguments that the target doesn't take."""
        if not hydra_compat.WRAPS_CONSTRUCTOR_ERRORS:
            self._found[-last:] = [replace(problem, raised=TypeError) for problem in self._found[-last:]]

    def no_callable(self, written: Any, place: Place) -> None:
        """A `_target_` that is neither a path nor a callable."""
        self._in_hydras_words(
            written, place, "_target_ takes the dotted path of a callable.", None, "target-not-callable"
        )

    def wrong_target(self, written: Any, error: TargetError, place: Place) -> None:
        """A target that can't be found, or may not be called."""
        if error.kind == "not_allowed":
            # Only the path is asked about: what is refused must not be imported for the sake of a message.
            said = hydra_compat.hydra_refusal(written, None) if isinstance(written, str) else None
            explained = "\n".join(filter(None, (said and error.message, error.hint)))
            told = said or error.message
            self._found.append(
                Problem(self._key(place), told, explained, InstantiationException, code="target-not-allowed")
            )
            return
        said = error.message.removeprefix(f"Error locating target '{written}': ")
        explained = "\n".join(filter(None, (said, error.hint)))
        self._in_hydras_words(written, place, explained, error.cause, f"target-{error.kind.replace('_', '-')}")

    def refused(self, refusal: Refusal, place: Place) -> None:
        """Arguments that the policy forbids."""
        hint = refusal.hint or ""
        self._found.append(
            Problem(self._key(place), refusal.message, hint, InstantiationException, code="argument-not-allowed")
        )

    def mismatches(self, found: Iterable[Mismatch], target: Target, place: Place, *, partial: bool) -> None:
        """Arguments that the target doesn't take, or lacks: what Python would say of the call."""
        for mismatch in found:
            wrong = TypeError(mismatch.message)
            raised: type[Exception] | None = TypeError
            said = mismatch.message
            if hydra_compat.WRAPS_CONSTRUCTOR_ERRORS:
                raised, said = InstantiationException, f"Error in call to target '{target.name}':\n{wrong!r}"
            if partial:
                raised = None  # Hydra makes the partial, and leaves it to fail when it is called
            code = _CODES[mismatch.kind]
            hint = mismatch.hint or ""
            self._found.append(Problem(self._key(place), said, hint, raised, wrong, code=code, names=mismatch.names))

    def too_deep(self, config: Any, reader: Reader, error: RecursionError) -> None:
        """A config in which no end was found: one that contains itself, or a very deep one."""
        problems = self._found if self._lazy else self._unresolved
        endless = _endless(config, reader)
        if endless is None:
            problems.append(deeply_nested(self._key(below(None, way_down(config))), error))
            return
        keys, leads_back = endless
        where = ".".join(map(str, keys))
        if leads_back:
            said = f"The interpolation at '{where}' leads back to a node that it stands in"
            hint = "Nothing can be built from a config that contains itself."
        else:
            said = f"Resolving the interpolation at '{where}' goes deeper than Python's recursion limit"
            hint = "Let it lead straight to where it ends, or raise the limit with sys.setrecursionlimit."
        at = self._key(below(None, tuple(keys)))
        problems.append(Problem(at, said, hint, _EndlessInterpolationError, error, code="endless-config"))

    def _in_hydras_words(
        self, written: Any, place: Place, explained: str, cause: BaseException | None, code: str
    ) -> None:
        key = self._key(place)
        failure = hydra_compat.target_failure(written, key)
        if failure is None:
            self._found.append(Problem(key, explained, "", InstantiationException, cause, code=code))
        else:
            cause = failure.__cause__ or cause
            self._found.append(Problem(key, str(failure), explained, type(failure), cause, code=code))

    def _key(self, place: Place) -> str:
        return full_key(self.prefix, place)


def _endless(config: Any, reader: Reader) -> tuple[list[Any], bool] | None:
    """The keys of the first place without an end, and whether it leads back to a container that it stands in.

    Walked without recursion, so that what goes too deep here does so by itself, not by where it stands.
    """
    path: list[Any] = []
    above = [id(config)]
    walks = [_children(config, reader)]
    while walks:
        for key, child in walks[-1]:
            if child.__class__ is Failed and isinstance(child.error, RecursionError):
                return [*path, key], False
            if child.__class__ not in CONTAINERS:
                continue
            if id(child) in above:
                return [*path, key], True
            path.append(key)
            above.append(id(child))
            walks.append(_children(child, reader))
            break
        else:
            walks.pop()
            above.pop()
            if path:
                path.pop()
    return None


def _children(config: Any, reader: Reader) -> Iterator[tuple[Any, Any]]:
    return enumerate(reader.items(config)) if config.__class__ in SEQUENCES else reader.entries(config)
