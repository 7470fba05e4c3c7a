"""What the standard library, torch and numpy keep to themselves is no target; of an application everything is."""

from __future__ import annotations

import functools
import io
import pathlib
import tempfile
from collections import namedtuple
from typing import Any

import pytest

from safe_instantiate import InstantiationException, Instantiator, instantiate
from safe_instantiate.targets.private import private_reason, property_read

Pair = namedtuple("Pair", "first second")


def _helper() -> str:
    return "helped"


class _Private:
    def method(self) -> str:
        return "done"


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("shutil._unpack_zipfile", "shutil"),
        ("os._execvpe", "os"),
        ("torch.os._execvpe", "os"),
        ("tempfile.TemporaryDirectory._rmtree", "tempfile"),
        ("contextlib._GeneratorContextManager.__enter__", "contextlib"),
        ("torch.hub._import_module", "torch.hub"),
        ("torch.nn.Module._apply", "torch.nn.modules.module"),
        ("_posixshmem.shm_unlink", "_posixshmem"),
        ("torch._C._aoti.AOTIModelPackageLoader", "torch._C"),
        ("torch._C._crash_if_csrc_asan", "torch._C"),
    ],
)
def test_a_private_function_of_a_library_is_no_target(path: str, owner: str) -> None:
    with pytest.raises(InstantiationException) as failure:
        instantiate({"_target_": path})
    assert f"Target '{path}' is not allowed: it is private to {owner}" in str(failure.value)
    assert f"Instantiator(allow=[..., '{path}'])" in str(failure.value)


def test_a_private_function_of_a_library_does_not_come_out_of_a_target() -> None:
    reading = {"_target_": "builtins.getattr", "_args_": [tempfile.TemporaryDirectory, "_rmtree"]}
    with pytest.raises(InstantiationException, match=r"_rmtree', which is not allowed: it is private to tempfile"):
        instantiate(reading)


def test_code_may_allow_one_by_its_name() -> None:
    engine = Instantiator(allow=["shutil._ntuple_diskusage"])
    assert engine.instantiate({"_target_": "shutil._ntuple_diskusage", "_args_": [3, 2, 1]}).free == 1
    with pytest.raises(InstantiationException, match="is private to shutil"):
        Instantiator(allow=["shutil.*"]).instantiate({"_target_": "shutil._basename", "_args_": ["a/b"]})


@pytest.mark.parametrize(
    "obj",
    [
        _helper,
        _Private,
        _Private().method,
        functools.partial(_helper),
        Pair._make,
        Pair(1, 2)._replace,
        pathlib.Path.exists,
        io.StringIO("text").readlines,
        {}.__getitem__,
        3,
        "_text",
    ],
)
def test_what_is_public_or_an_applications_own_is_not_private(obj: Any) -> None:
    assert private_reason(obj) is None


def test_what_people_derive_from_in_torch_is_not_private() -> None:
    import torch

    assert private_reason(torch.nn.modules.batchnorm._BatchNorm) is None
    assert private_reason(torch._foreach_add) is None
    assert private_reason(torch.hub._import_module) is not None


def test_the_function_behind_a_property_is_found_in_the_class() -> None:
    class Base:
        @property
        def shown(self) -> int:
            return 1

        @functools.cached_property
        def kept(self) -> int:
            return 2

        plain = 3

    class Derived(Base):
        shown = 4  # type: ignore[assignment]

    assert property_read(Base, "shown")(Base()) == 1
    assert property_read(Base, "kept")(Base()) == 2
    for name in ("plain", "missing"):
        assert property_read(Base, name) is None
    assert property_read(Derived, "shown") is None


@pytest.mark.parametrize("reader", ["builtins.getattr", "builtins.object.__getattribute__"])
def test_reading_a_property_is_judged_as_calling_its_function(reader: str) -> None:
    template = {"_target_": "jinja2.Template", "_args_": ["harmless"]}
    with pytest.raises(InstantiationException, match=r"Target 'jinja2\.environment\.Template\.module' is not allowed"):
        instantiate({"_target_": reader, "_args_": [template, "module"]})
    assert instantiate({"_target_": reader, "_args_": [template, "name"]}) is None
