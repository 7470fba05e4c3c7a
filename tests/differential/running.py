"""Running one case through an engine."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PosixPath
from types import CodeType
from typing import Any

from hydra.types import ConvertMode
from omegaconf import OmegaConf

from tests.differential import targets
from tests.differential.cases import Case
from tests.differential.outcomes import Built, Difference, Observation, Raised, compare, describe, snapshot

#: `instantiate` of Hydra's form.
Engine = Callable[..., Any]

_NAMES = {"t": targets, "OmegaConf": OmegaConf, "OrderedDict": OrderedDict, "ConvertMode": ConvertMode}
_NAMES["PosixPath"] = PosixPath


class UnmakeableError(Exception):
    """The case's config can't even be written down: OmegaConf refuses it before any engine sees it."""


@lru_cache(maxsize=4)  # a case is run twice in a row
def _compiled(source: str) -> CodeType:
    return compile(source, "<case>", "exec")


@dataclass(frozen=True, slots=True)
class Made:
    """What a case passes in: the config, all that belongs to the caller with it, and the arguments."""

    whole: Any
    config: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def make(case: Case) -> Made:
    """The objects of a case, such as no other run has seen; the live objects and the journal start afresh."""
    targets.reset()
    made: dict[str, Any] = dict(_NAMES)
    try:
        exec(_compiled(case.source()), made)
    except Exception as error:
        raise UnmakeableError(str(error)) from error
    targets.journal.clear()
    targets.remember([made["whole"], made["args"], made["kwargs"]])
    return Made(made["whole"], made["config"], made["args"], made["kwargs"])


def observe(engine: Engine, case: Case) -> Observation:
    """The engine's answer to the case."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = make(case)
        before = snapshot(made)
        outcome: Built | Raised
        try:
            result = engine(made.config, *made.args, **made.kwargs)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a target may raise SystemExit
            notes = getattr(error, "__notes__", ())  # where Hydra 1.4 has the place and we have the target
            outcome = Raised(type(error).__mro__, "\n".join((str(error), *notes)))
        else:
            outcome = Built(describe(result))
        changed = snapshot(made) != before
    return Observation(outcome, tuple(targets.journal.entered), tuple(targets.journal.raised), changed)


def differences(hydra: Engine, ours: Engine, case: Case, *, lawful: bool) -> tuple[Observation, list[Difference]]:
    """Hydra's answer to the case, and where ours is another."""
    theirs = observe(hydra, case)
    return theirs, compare(theirs, observe(ours, case), lawful=lawful)
