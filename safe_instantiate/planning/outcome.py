"""What comes of planning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from safe_instantiate.errors import Problem


@dataclass(slots=True)  # not frozen, which would cost a tenth of planning a single node
class Planned:
    """What planning gives: the root of the plan, and the problems that keep it from being built.

    `names_modes` says that an interpolation of the config refers to a control key; `given` names the arguments that
    are left to the builds.
    """

    root: Any
    problems: tuple[Problem, ...] = ()
    full_key: str = ""
    names_modes: bool = False
    given: tuple[str | int, ...] = ()
