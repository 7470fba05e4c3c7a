"""Callables that are handed on with a guard around them, and those that need none."""

from __future__ import annotations

import functools
import importlib.metadata
import pathlib
import pickle
import pkgutil
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hydra.errors import InstantiationException
from hydra.utils import get_method

from safe_instantiate import instantiate
from safe_instantiate.targets.guarded import Guarded, guarded
from safe_instantiate.targets.identity import identity
from safe_instantiate.targets.policy import Policy

POLICY = Policy()
NOWHERE = "/nonexistent/file"


@pytest.mark.parametrize(
    "obj", [open, setattr, getattr, torch.load, pathlib.Path.open, pathlib.Path(NOWHERE).open, get_method,
            pkgutil.resolve_name, type.__setattr__, functools.partial(open, NOWHERE)]
)  # fmt: skip
def test_what_does_harm_by_its_arguments_is_guarded(obj: Callable[..., Any]) -> None:
    found = guarded(obj, POLICY)
    assert found is not obj
    assert identity(found) == identity(obj)
    assert type(found) is (functools.partial if isinstance(obj, functools.partial) else Guarded)


@pytest.mark.parametrize("obj", [len, dict, torch.relu, [].append, str.lower, functools.partial(len), print, 3, None])
def test_anything_else_is_handed_on_as_it_is(obj: object) -> None:
    assert guarded(obj, POLICY) is obj


def test_a_guard_is_put_around_once() -> None:
    once = guarded(open, POLICY)
    assert guarded(once, POLICY) is once
    partial = guarded(functools.partial(once, NOWHERE), POLICY)
    assert partial.func is once and partial.args == (NOWHERE,)


def test_where_code_trusts_its_configs_there_is_no_guard() -> None:
    assert guarded(open, Policy(checks=False)) is open


@pytest.mark.parametrize(
    ("obj", "arguments"),
    [
        (open, (NOWHERE, "w")),
        (functools.partial(open, mode="w"), (NOWHERE,)),
        (pathlib.Path(NOWHERE).open, ("w",)),
        (pathlib.Path.open, (pathlib.Path(NOWHERE), "w")),
        (torch.load, (NOWHERE, None, pickle)),
        (setattr, (Guarded, "mark", 1)),
        (get_method, ("os.system",)),
        (pkgutil.resolve_name, ("os:system",)),
    ],
)
def test_a_guard_judges_the_arguments(obj: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    with pytest.raises(InstantiationException, match="not allowed"):
        guarded(obj, POLICY)(*arguments)


def test_a_guard_lets_through_what_is_harmless_and_guards_what_comes_out() -> None:
    with guarded(open, POLICY)(__file__) as file:
        assert file.readline().startswith('"""Callables')
    found = guarded(getattr, POLICY)(pathlib.Path(NOWHERE), "open")
    assert isinstance(found, Guarded)
    with pytest.raises(InstantiationException, match="writing"):
        found("w")


def test_a_guard_refuses_what_must_not_come_out() -> None:
    import os

    with pytest.raises(InstantiationException, match=r"returned 'os\.system'"):
        guarded(getattr, POLICY)(os, "system")


def test_a_guard_can_be_sent_to_another_process() -> None:
    sent = pickle.loads(pickle.dumps(guarded(open, POLICY)))
    with pytest.raises(InstantiationException, match="writing"):
        sent(NOWHERE, "w")
    assert repr(sent) == f"{open!r}, guarded"


def test_a_thread_calls_no_guarded_function_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[type[BaseException] | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: raised.append(args.exc_type))
    thread = instantiate(
        {
            "_target_": "threading.Thread",
            "target": {"_target_": "hydra.utils.get_method", "path": "builtins.open"},
            "args": [NOWHERE, "w"],
        }
    )
    thread.start()
    thread.join()
    assert raised == [InstantiationException]


@pytest.mark.parametrize(
    "result", [sys.path_importer_cache.setdefault, sys.path.append, sys.meta_path.insert, sys.path_hooks.__iadd__]
)
def test_nothing_that_changes_what_an_import_finds_comes_out(result: object) -> None:
    refusal = POLICY.result_refusal(result)
    assert refusal is not None and refusal.message.endswith("it changes what an import finds")


def test_an_entry_point_of_a_forbidden_function_loads_nothing() -> None:
    entry = importlib.metadata.EntryPoint("name", "os:system", "group")
    with pytest.raises(InstantiationException, match=r"os\.system"):
        instantiate({"_target_": "importlib.metadata.EntryPoint.load", "_args_": [entry]})


def test_an_entry_point_of_a_forbidden_function_loads_nothing_for_a_caller_either() -> None:
    entry = importlib.metadata.EntryPoint("name", "os:system [extra]", "group")
    key = {"_target_": "importlib.metadata.EntryPoint.load", "_partial_": True}
    with pytest.raises(InstantiationException, match=r"os\.system"):
        instantiate({"_target_": "builtins.max", "_args_": [[entry]], "key": key})


def test_what_is_found_by_name_is_judged_by_its_class() -> None:
    import ctypes

    with pytest.raises(InstantiationException, match=r"returned a 'ctypes\.PyDLL', which is not allowed: it loads"):
        guarded(getattr, POLICY)(ctypes, "pythonapi")
    assert guarded(getattr, POLICY)(pathlib, "__name__") == "pathlib"


def test_a_metaclass_tells_types_and_makes_none() -> None:
    assert guarded(type, POLICY)(3) is int
    with pytest.raises(InstantiationException, match="it makes a class"):
        guarded(type, POLICY)("Made", (), {})


def test_an_archive_is_read_and_not_written() -> None:
    import gzip
    import os
    import tarfile
    import zipfile

    reading = [(tarfile.open, (NOWHERE, "r:xz")), (zipfile.ZipFile, (NOWHERE,)), (gzip.GzipFile, (NOWHERE, "rb"))]
    writing = [(tarfile.open, (NOWHERE, "x:xz")), (zipfile.ZipFile, (NOWHERE, "a")), (gzip.GzipFile, (NOWHERE, "wb"))]
    writing += [(tarfile.TarFile, (NOWHERE, "w")), (os.open, (NOWHERE, os.O_RDWR)), (os.open, (NOWHERE, None))]
    reading += [(os.open, (NOWHERE, os.O_RDONLY | os.O_CLOEXEC))]
    assert [POLICY.argument_refusal(obj, arguments, {}) for obj, arguments in reading] == [None] * len(reading)
    refusals = [POLICY.argument_refusal(obj, arguments, {}) for obj, arguments in writing]
    assert all(refusal and refusal.message.endswith("it opens a file for writing") for refusal in refusals)
