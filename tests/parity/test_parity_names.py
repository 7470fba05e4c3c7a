"""The other names of `hydra.utils`: replacing the module in an import line must be all it takes."""

from __future__ import annotations

import inspect
import types

import hydra.utils
import pytest
from parity_targets import Point, add

import safe_instantiate

PUBLIC = [
    name
    for name, value in vars(hydra.utils).items()
    if not name.startswith("_")
    and not isinstance(value, types.ModuleType)
    and getattr(value, "__module__", "").startswith(("hydra.utils", "hydra.types", "hydra._internal.instantiate"))
]

both_modules = pytest.mark.parametrize("module", [hydra.utils, safe_instantiate], ids=["hydra", "safe_instantiate"])


@pytest.mark.parametrize("name", PUBLIC)
def test_every_name_of_hydra_utils_is_there(name: str) -> None:
    assert callable(getattr(safe_instantiate, name))


@pytest.mark.parametrize("name", ["instantiate", "call"])
def test_instantiate_is_called_as_hydra_s_is(name: str) -> None:
    ours, hydra_s = (inspect.signature(getattr(module, name)) for module in (safe_instantiate, hydra.utils))
    assert [(p.name, p.kind) for p in ours.parameters.values()] == [
        (p.name, p.kind) for p in hydra_s.parameters.values()
    ]


@both_modules
def test_names_are_looked_up(module: types.ModuleType) -> None:
    assert module.get_class("parity_targets.Point") is Point
    assert module.get_method("parity_targets.add") is add
    assert module.get_static_method("parity_targets.add") is add
    assert module.get_object("parity_targets.NOT_CALLABLE") == 17


@both_modules
def test_names_of_the_wrong_kind_are_refused(module: types.ModuleType) -> None:
    with pytest.raises(ValueError, match="Located non-class"):
        module.get_class("parity_targets.add")
    with pytest.raises(ValueError, match="Located non-callable"):
        module.get_method("parity_targets.NOT_CALLABLE")


@both_modules
def test_paths_are_made_absolute(module: types.ModuleType) -> None:
    assert module.to_absolute_path("/data/images") == "/data/images"
    assert module.to_absolute_path("images").endswith("/images")
