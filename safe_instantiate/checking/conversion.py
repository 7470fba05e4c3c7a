"""The planner's problems as diagnostics: the same facts, without what is said for Hydra's sake."""

from __future__ import annotations

from safe_instantiate.checking.diagnostic import Diagnostic
from safe_instantiate.checking.keys import joined
from safe_instantiate.config.keys import ARGS
from safe_instantiate.errors import Problem

#: What Hydra and OmegaConf append to their messages; a diagnostic has fields for it, or no use.
_NOT_TOLD = ("full_key:", "object_type=", "reference_type=")

#: Where the planner's words repeat the key, or Hydra's show a value.
_SAID_SHORTER = {
    "missing-value": "Missing mandatory value",
    "args-value": "_args_ takes a list of positional arguments",
}


def diagnostic_of(problem: Problem) -> Diagnostic:
    """The diagnostic of something that is certainly wrong."""
    message, hint = _told(problem)
    return Diagnostic(problem.code, "error", concerned_key(problem), message, hint)


def concerned_key(problem: Problem) -> str:
    """The key that a person would change: an unknown argument's own, where the problem is its call's."""
    if problem.code in ("unknown-argument", "duplicate-argument", "control-key", "control-value"):
        return joined(problem.full_key, problem.names[0])
    if problem.code == "args-value":
        return joined(problem.full_key, ARGS)
    return problem.full_key


def _told(problem: Problem) -> tuple[str, str]:
    if problem.code in ("target-not-found", "target-not-importable", "target-not-callable"):
        # Hydra's words come first there, since people search for them; the reason stands in the hint.
        reason, _, rest = problem.hint.partition("\n")
        return reason or _without_place(problem.message), rest
    if problem.code == "target-not-allowed" and problem.hint.startswith("Target "):
        reason, _, rest = problem.hint.partition("\n")
        return reason, rest
    if problem.code in _SAID_SHORTER:
        return _SAID_SHORTER[problem.code], "" if problem.code == "args-value" else problem.hint
    if isinstance(problem.cause, TypeError) and problem.code.endswith(("-argument", "-arguments")):
        return str(problem.cause), problem.hint
    return _without_place(problem.message), problem.hint


def _without_place(message: str) -> str:
    lines = [line for line in message.splitlines() if not line.strip().startswith(_NOT_TOLD)]
    return "\n".join(line for line in lines if line.strip())
