"""Which engine answers a call of `instantiate`, and under which settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hydra.utils
from hydra.errors import InstantiationException

from safe_instantiate import Instantiator, is_built

BUILT = object()
#: Hydra's function before any test has run.
CODE = hydra.utils.instantiate.__code__
ATTRIBUTES = dict(vars(hydra.utils.instantiate))
DEFAULTS = (hydra.utils.instantiate.__defaults__, hydra.utils.instantiate.__kwdefaults__)

#: Engines that `who_answers` can tell apart.
DEFAULT = Instantiator()
CONVERTS = Instantiator(convert="all")
KEEPS_NESTED = Instantiator(recursive=False)
CONVERTS_AND_KEEPS_NESTED = Instantiator(convert="all", recursive=False)
ENGINES = (DEFAULT, CONVERTS, KEEPS_NESTED, CONVERTS_AND_KEEPS_NESTED)


def who_answers(instantiate: Callable[..., Any] = hydra.utils.instantiate) -> Instantiator | None:
    """The one of ENGINES that answers; None for Hydra's own, which refuses what is built already."""
    try:
        assert instantiate(BUILT) is BUILT
    except InstantiationException:
        return None
    answer = instantiate({"_target_": "builtins.dict", "sizes": [1], "child": {"_target_": "fractions.Fraction"}})
    settings = type(answer["sizes"]) is list, is_built(answer["child"])
    return next(engine for engine in ENGINES if (engine.convert == "all", engine.recursive) == settings)


def assert_hydras_function_is_the_original() -> None:
    function = hydra.utils.instantiate
    assert function.__code__ is CODE
    assert vars(function) == ATTRIBUTES
    assert (function.__defaults__, function.__kwdefaults__) == DEFAULTS
