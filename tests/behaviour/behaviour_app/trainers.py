"""Trainers that instantiate for themselves, in every way one can write it, and some that do not."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Callable
from typing import Any

import hydra
import hydra.utils
from hydra import utils as hydra_utils
from hydra.utils import instantiate
from hydra.utils import instantiate as build
from torch.utils.data import Dataset

import safe_instantiate
from safe_instantiate import Instantiator

from . import helpers
from .helpers import one_step_further

engine = Instantiator(share=True)
build_shared = engine.instantiate
build_plain = functools.partial(instantiate, _convert_="all")


class Base:
    def __init__(self, model: Any) -> None:
        self.given = model


class GlobalImport(Base):
    def setup(self) -> Any:
        return instantiate(self.given)


class RenamedImport(Base):
    def setup(self) -> Any:
        return build(self.given)


class DottedName(Base):
    def setup(self) -> Any:
        return hydra.utils.instantiate(self.given)


class ModuleAlias(Base):
    def setup(self) -> Any:
        return hydra_utils.call(self.given)


class OwnLibrary(Base):
    def setup(self) -> Any:
        return safe_instantiate.instantiate(self.given)


class LocalImport(Base):
    def setup(self) -> Any:
        from hydra.utils import instantiate as build_it

        return build_it(self.given)


class LocalModuleImport(Base):
    def setup(self) -> Any:
        import hydra.utils as utils

        return utils.instantiate(self.given)


class LocalImportOfSeveral(Base):
    def setup(self) -> Any:
        from hydra.utils import get_class, instantiate

        return get_class, instantiate(self.given)


class InComprehension(Base):
    def setup(self) -> Any:
        return [instantiate(each) for each in [self.given]]


class InLambda(Base):
    def setup(self) -> Any:
        make = [lambda config, factor=factor: (factor, instantiate(config)) for factor in (1, 2)]
        return make[0](self.given)


class InProperty(Base):
    @property
    def model(self) -> Any:
        return instantiate(self.given)


class InClassMethod(Base):
    @classmethod
    def build(cls, config: Any) -> Any:
        return instantiate(config)


class ThroughHelper(Base):
    def setup(self) -> Any:
        return one_step_further(self.given)


class ThroughHelperModule(Base):
    def setup(self) -> Any:
        return helpers.make(self.given)


class Inherits(GlobalImport):
    pass


class ThroughInstance(Base):
    def setup(self) -> Any:
        return engine.instantiate(self.given)


class ThroughMethod(Base):
    def setup(self) -> Any:
        return build_shared(self.given)


class ThroughPartial(Base):
    def setup(self) -> Any:
        return build_plain(self.given)


class MakesInstantiator(Base):
    def setup(self) -> Any:
        return Instantiator(convert="all").instantiate(self.given)


def train(model: Any) -> Any:
    return Base(model) if model is None else _trained(model)


def _trained(model: Any) -> Any:
    trainer = Base(model)
    trainer.built = instantiate(model)  # type: ignore[attr-defined]
    return trainer


def _trainer_with(build: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def trainer(model: Any) -> Any:
        made = Base(model)
        made.setup = lambda: build(model)  # type: ignore[attr-defined]
        return made

    return trainer


InClosure = _trainer_with(instantiate)


SELF_BUILDERS = [
    "GlobalImport", "RenamedImport", "DottedName", "ModuleAlias", "OwnLibrary", "LocalImport", "LocalModuleImport",
    "InComprehension", "InLambda", "InProperty", "InClassMethod", "ThroughHelper", "ThroughHelperModule", "Inherits",
    "ThroughInstance", "ThroughMethod", "ThroughPartial", "MakesInstantiator", "train", "InClosure",
    "LocalImportOfSeveral",
]  # fmt: skip


class Plain(Base):
    """Builds nothing."""


class OwnInstantiate(Base):
    """Has a method of that name, which is its own."""

    def instantiate(self) -> None: ...

    def setup(self) -> None:
        self.instantiate()


class OtherCall(Base):
    """Imports something else from Hydra, and calls a `call` that is not Hydra's."""

    def setup(self) -> None:
        from hydra.utils import get_original_cwd

        subprocess.call(["true", get_original_cwd()])


class OtherUseOfHydra(Base):
    """Names Hydra's module, and calls its own `call`."""

    def call(self) -> None: ...

    def setup(self) -> None:
        self.directory = hydra.utils.get_original_cwd
        self.call()


class SaysSo(Base):
    """Mentions it in a text only."""

    def setup(self) -> str:
        return "hydra.utils.instantiate"


def of_another_package(config: Any) -> Any:
    return instantiate(config)


of_another_package.__module__ = "somebody_elses.building"


class CallsAnotherPackage(Base):
    """What other packages do is not followed: of a large one everything leads to everything."""

    def setup(self) -> Any:
        return of_another_package(self.given)


NO_SELF_BUILDERS = ["Plain", "OwnInstantiate", "OtherCall", "OtherUseOfHydra", "SaysSo", "CallsAnotherPackage"]


class SelfBuildingDataset(Dataset):  # type: ignore[type-arg]
    """A dataset that instantiates what it is given."""

    def __init__(self, dataset: Any) -> None:
        self.given = dataset

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> Any:
        return instantiate(self.given)[index]


class Context:
    """As web frameworks have it: outside of a request, every question is an error."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("outside of a request")


context = Context()


class InContext(Dataset):  # type: ignore[type-arg]
    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> Any:
        return context, self.dataset[index]
