"""Code that nobody may edit: it holds on to Hydra's function in every way there is."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import hydra
import hydra.utils
import hydra.utils as hu
from hydra import utils
from hydra.utils import call, instantiate
from hydra.utils import instantiate as build


class Trainer:
    builder = staticmethod(instantiate)

    def method(self, config: Any) -> Any:
        return build(config)


def by_default_argument(config: Any, builder: Callable[..., Any] = instantiate) -> Any:
    return builder(config)


def by_closure() -> Callable[[Any], Any]:
    builder = instantiate

    def inner(config: Any) -> Any:
        return builder(config)

    return inner


def by_import_in_the_function(config: Any) -> Any:
    from hydra.utils import instantiate as late

    return late(config)


def by_module(config: Any) -> Any:
    return hydra.utils.instantiate(config)


def by_module_under_another_name(config: Any) -> Any:
    return hu.call(config)


def by_parent_module(config: Any) -> Any:
    return utils.instantiate(config)


def by_name(config: Any) -> Any:
    return getattr(hydra.utils, "instan" + "tiate")(config)


def by_map(config: Any) -> Any:
    return next(map(instantiate, [config]))


REFERENCES: dict[str, Callable[..., Any]] = {
    "from hydra.utils import instantiate": instantiate,
    "from hydra.utils import call": call,
    "import hydra": by_module,
    "import hydra.utils as hu": by_module_under_another_name,
    "from hydra import utils": by_parent_module,
    "a class attribute": Trainer.builder,
    "a method": Trainer().method,
    "a default argument": by_default_argument,
    "a closure": by_closure(),
    "an import in the function": by_import_in_the_function,
    "getattr": by_name,
    "map": by_map,
    "functools.partial": functools.partial(instantiate),
    "an element of a container": [instantiate][0],
}
