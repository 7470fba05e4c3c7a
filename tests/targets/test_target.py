"""A target with all its facts: found once, found anew when the code changes, let go when nobody needs it."""

from __future__ import annotations

import enum
import functools
import gc
import importlib
import os
import sys
import threading
import types
import weakref
from pathlib import Path
from typing import Any

import pytest

from safe_instantiate.targets.policy import Policy
from safe_instantiate.targets.target import TargetError, find_target

POLICY = Policy()


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    made = types.ModuleType("made_for_this_test")
    monkeypatch.setitem(sys.modules, "made_for_this_test", made)
    return made


def failure(target: Any, policy: Policy = POLICY) -> TargetError:
    with pytest.raises(TargetError) as caught:
        find_target(target, policy)
    return caught.value


class Optimizer:
    def __init__(self, params: object, lr: float = 0.1) -> None: ...


def test_a_path_is_found_with_its_names() -> None:
    target = find_target("json.JSONDecoder", POLICY)
    assert target.obj is importlib.import_module("json").JSONDecoder
    assert (target.path, target.name) == ("json.JSONDecoder", "json.decoder.JSONDecoder")
    assert repr(target) == "Target('json.JSONDecoder')"


def test_a_path_is_found_once() -> None:
    first, second = find_target("json.JSONDecoder", POLICY), find_target("json.JSONDecoder", POLICY)
    assert first.obj is second.obj and first.memo is second.memo


def test_a_callable_is_its_own_target() -> None:
    target = find_target(Optimizer, POLICY)
    assert target.obj is Optimizer
    assert target.path == target.name == f"{__name__}.Optimizer"


def test_a_method_written_in_c_goes_by_its_class() -> None:
    assert find_target("builtins.str.join", POLICY).name == "builtins.str.join"
    assert find_target("datetime.datetime.isoformat", POLICY).name == "datetime.datetime.isoformat"


def test_a_callable_without_a_name_goes_by_its_class() -> None:
    partial = functools.partial(Optimizer, lr=0.2)
    target = find_target(partial, POLICY)
    assert target.path == "functools.partial"
    assert target.name == str(partial)


def test_a_path_that_is_an_enum_is_read_as_its_value() -> None:
    class PathName(str, enum.Enum):
        DECODER = "json.JSONDecoder"

    assert find_target(PathName.DECODER, POLICY).path == "json.JSONDecoder"


# When code changes


def test_after_a_redefinition_the_new_object_is_found(module: Any) -> None:
    def first(a: int) -> None: ...
    def second(b: int) -> None: ...

    module.f = first
    assert find_target("made_for_this_test.f", POLICY).mismatches(0, ("a",), False) == ()
    module.f = second
    target = find_target("made_for_this_test.f", POLICY)
    assert target.obj is second
    assert [m.kind for m in target.mismatches(0, ("a",), False)] == ["unknown", "missing"]


@pytest.mark.parametrize("path", ["Bag.fromkeys", "stack.copy", "stack.__contains__"])
def test_what_takes_the_place_of_a_method_written_in_c_is_judged(module: Any, path: str) -> None:
    module.Bag = type("Bag", (dict,), {})
    module.stack = type("Stack", (list,), {})()
    find_target(f"{module.__name__}.{path}", POLICY)
    owner, _, name = path.partition(".")
    setattr(getattr(module, owner), name, os.system)
    assert "os.system" in failure(f"{module.__name__}.{path}").message


def test_after_a_reload_the_new_object_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "reloaded_here.py").write_text("def f(): return 1")
    assert find_target("reloaded_here.f", POLICY).obj() == 1
    (tmp_path / "reloaded_here.py").write_text("def f(): return 'new'")
    importlib.reload(sys.modules["reloaded_here"])
    assert find_target("reloaded_here.f", POLICY).obj() == "new"


def test_a_path_whose_object_is_gone_is_an_error(module: Any) -> None:
    module.f = lambda: None
    find_target("made_for_this_test.f", POLICY)
    del module.f
    assert failure("made_for_this_test.f").kind == "not_found"


def test_a_failure_is_not_remembered(module: Any) -> None:
    assert failure("made_for_this_test.f").kind == "not_found"
    module.f = len
    assert find_target("made_for_this_test.f", POLICY).obj is len


def test_a_class_that_is_patched_in_place_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    target = find_target(Optimizer, POLICY)
    assert [m.kind for m in target.mismatches(0, ("x",), True)] == ["unknown"]
    monkeypatch.setattr(Optimizer, "__init__", lambda self, *args, **kwargs: None)
    assert target.mismatches(0, ("x",), True) == ()


# What is remembered, and for how long


def test_mismatches_are_found_for_every_shape_of_call() -> None:
    target = find_target(Optimizer, POLICY)
    for _ in range(2):
        assert target.mismatches(1, ("lr",), False) == ()
        assert [m.message for m in target.mismatches(0, (), False)] == [
            "Optimizer.__init__() missing 1 required positional argument: 'params'"
        ]
        assert target.mismatches(0, (), True) == ()
        assert [m.names for m in target.mismatches(1, ("lrr",), False)] == [("lrr",)]


def test_any_number_of_shapes_can_be_asked_for() -> None:
    def takes_all(**kwargs: object) -> None: ...

    target = find_target(takes_all, POLICY)
    assert all(target.mismatches(0, (f"k{i}",), False) == () for i in range(2000))


def test_a_callable_that_can_not_be_read_has_no_parameters_and_no_mismatches() -> None:
    target = find_target("builtins.len", POLICY)
    assert target.parameters is None
    assert target.mismatches(7, ("x",), False) == ()


def test_the_memo_is_shared_by_all_ways_to_a_callable(module: Any) -> None:
    class Local: ...

    module.One = module.Other = Local
    find_target("made_for_this_test.One", POLICY).memo["seen"] = True
    assert find_target("made_for_this_test.Other", POLICY).memo == {"seen": True}
    assert find_target(Local, POLICY).memo == {"seen": True}


def test_two_callables_that_are_equal_share_nothing() -> None:
    class Equal:
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None  # type: ignore[assignment]

        def __call__(self) -> None: ...

    one, other = Equal(), Equal()
    find_target(one, POLICY).memo["seen"] = True
    assert find_target(other, POLICY).memo == {}


def test_a_callable_is_not_kept_alive() -> None:
    def local(a: int) -> None: ...

    target = find_target(local, POLICY)
    target.mismatches(1, (), False)
    target.mismatches(2, (), False)
    reference = weakref.ref(local)
    del local, target
    gc.collect()
    assert reference() is None


def test_a_callable_that_takes_no_weak_reference_is_a_target_too() -> None:
    class Slotted:
        __slots__ = ()

        def __call__(self, a: int) -> None: ...

    assert [m.kind for m in find_target(Slotted(), POLICY).mismatches(0, (), False)] == ["missing"]


def test_a_replaced_object_is_let_go_once_its_path_is_asked_for(module: Any) -> None:
    module.f = lambda: None
    reference = weakref.ref(find_target("made_for_this_test.f", POLICY).obj)
    del module.f
    assert failure("made_for_this_test.f").kind == "not_found"
    gc.collect()
    assert reference() is None


def test_more_paths_than_are_remembered_can_be_asked_for(module: Any) -> None:
    for i in range(5000):
        setattr(module, f"f{i}", len)
        assert find_target(f"made_for_this_test.f{i}", POLICY).obj is len
    assert find_target("made_for_this_test.f0", POLICY).obj is len


def test_a_path_is_judged_by_each_policy_for_itself() -> None:
    strict = Policy(allow=("math.*",))
    for _ in range(2):
        assert find_target("json.loads", POLICY).path == "json.loads"
        assert failure("json.loads", strict).kind == "not_allowed"
        assert failure("json.loads", Policy(allow=("math.*",))).kind == "not_allowed"


def test_threads_find_the_same_object(module: Any) -> None:
    module.f = lambda: None
    found: list[object] = []
    barrier = threading.Barrier(8)

    def work() -> None:
        barrier.wait()
        found.extend(find_target("made_for_this_test.f", POLICY).obj for _ in range(100))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [module.f] * 800


# What is said when there is no target


def test_a_path_that_leads_to_nothing_says_where_it_ends() -> None:
    error = failure("json.JSONDecodr")
    assert (error.kind, str(error)) == (
        "not_found",
        "Error locating target 'json.JSONDecodr': module 'json' has no 'JSONDecodr'",
    )
    assert error.message == str(error)
    assert error.hint is not None
    assert error.hint.startswith("did you mean 'json.JSONDecoder'")
    assert error.__cause__ is error.cause
    assert isinstance(error.cause, ModuleNotFoundError)


def test_a_module_that_can_not_be_imported_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "raises_here.py").write_text("1 / 0")
    error = failure("raises_here.f")
    assert error.kind == "not_importable"
    assert error.message == (
        "Error locating target 'raises_here.f': importing 'raises_here' raised ZeroDivisionError: division by zero"
    )
    assert isinstance(error.cause, ZeroDivisionError)


def test_a_module_is_no_target() -> None:
    error = failure("json.decoder")
    assert error.kind == "not_callable"
    assert error.message == "Expected a callable target, got 'json.decoder', which is a module"
    assert error.hint == "name a class or a function in it, such as 'json.decoder.Name'"


def test_a_value_is_no_target() -> None:
    assert failure("math.pi").message == "Expected a callable target, got 'math.pi', which is an object of type 'float'"
    assert failure(3).message == "Expected a callable target, got an object of type 'int'"
    assert failure(3).kind == "not_callable"


def test_a_forbidden_path_is_refused_before_anything_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "never_imported.py").write_text("raise SystemExit")
    error = failure("never_imported.f", Policy(allow=("json.*",)))
    assert (error.kind, error.message) == ("not_allowed", "Target 'never_imported.f' is not in the allow-list")
    assert error.hint is not None and "Instantiator(allow=[..., 'never_imported.f'])" in error.hint
    assert error.cause is None


def test_several_policies_that_take_turns_are_each_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    policies = [POLICY, Policy(allow=("json.*",)), Policy(allow=("json.loads",))]
    found = [find_target("json.loads", policy).obj for policy in policies]

    def asked(*_: object) -> None:
        pytest.fail("the policy was asked again")

    monkeypatch.setattr(Policy, "path_refusal", asked)
    monkeypatch.setattr(Policy, "object_refusal", asked)
    assert [find_target("json.loads", policy).obj for policy in policies] == found


def test_a_consent_in_the_environment_can_be_withdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    consent = "HYDRA_INSTANTIATE_ALLOWLIST_OVERRIDE"
    assert failure("pathlib.Path.unlink").kind == "not_allowed"
    monkeypatch.setenv(consent, "os.remove:pathlib.Path.unlink")
    assert find_target("pathlib.Path.unlink", POLICY).obj is Path.unlink
    monkeypatch.delenv(consent)
    assert failure("pathlib.Path.unlink").kind == "not_allowed"
