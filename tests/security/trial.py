"""What becomes of one config: refused, or not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

from hydra.errors import InstantiationException

Outcome = Literal["refused", "let through", "not here"]

#: How this library and each Hydra word a refusal.
_REFUSAL = re.compile(
    r"not allowed|blocklisted|blacklisted|cannot (access|configure|modify|return|use|be (authorized|selected|used))|"
    r"operates on protected|must be passed to instantiate|can't say what it may name"
)


def outcome_of(instantiate: Callable[[Any], Any], config: Any) -> Outcome:
    """Try a config. Whatever is no refusal counts as let through: also a failing call, since it was called."""
    try:
        instantiate(config)
    except BaseException as error:
        told: BaseException | None = error
        while told is not None:
            if isinstance(told, InstantiationException) and _REFUSAL.search(str(told)):
                return "refused"
            told = told.__cause__
        return "not here" if "Error locating target" in str(error) else "let through"
    return "let through"
