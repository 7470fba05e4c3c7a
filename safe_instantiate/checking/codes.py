"""The codes of what the planner finds. A rule's code stands with the rule; docs/checks.md explains them all."""

from __future__ import annotations

from typing import Final

PLANNER_CODES: Final = frozenset(
    {
        "target-not-found",
        "target-not-importable",
        "target-not-callable",
        "target-not-allowed",
        "unknown-argument",
        "missing-argument",
        "duplicate-argument",
        "too-many-arguments",
        "positional-only-argument",
        "argument-not-allowed",
        "args-value",
        "missing-value",
        "interpolation",
        "control-key",
        "control-value",
        "endless-config",
        "call",
        "optimizer-without-params",
    }
)
#: A rule that raised instead of finding something.
RULE_FAILED: Final = "rule-failed"
