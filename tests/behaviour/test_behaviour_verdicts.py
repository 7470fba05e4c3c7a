"""A verdict is given once, seen by nobody else, forgotten with its target, and no config can change it."""

from __future__ import annotations

import functools
import gc
import importlib
import inspect
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hydra.errors import InstantiationException

from safe_instantiate import Instantiator, execution_whitelist, instantiate
from safe_instantiate.targets import policy, target

ROOT = Path(__file__).parent.parent.parent
BOX = {"_target_": "behaviour_app.objects.Box"}
MAKE = {"_target_": "made_here.make"}


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Writes the module `made_here`, and reloads it if it was imported."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write(source: str) -> None:
        (tmp_path / "made_here.py").write_text(source)
        importlib.invalidate_caches()
        if "made_here" in sys.modules:
            importlib.reload(sys.modules["made_here"])

    yield write
    sys.modules.pop("made_here", None)


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What Hydra's own policy is asked about: that is the last and dearest question of every verdict on an object."""
    asked: list[object] = []

    def refusal(path: str, obj: object) -> None:
        if obj is not None:
            asked.append(path)

    monkeypatch.setattr(policy, "hydra_refusal", refusal)
    return asked


@pytest.mark.parametrize("engine", [Instantiator(), Instantiator(allow=["made_here.*"])])
def test_a_target_is_judged_once(
    engine: Instantiator, module: Callable[[str], None], judged: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    module("def make(): return 1")
    assert [engine.instantiate(MAKE) for _ in range(5)] == [1] * 5
    assert judged == ["made_here.make"]


def test_a_target_is_judged_once_under_a_list_that_is_written_anew_each_time(
    module: Callable[[str], None], judged: list[object]
) -> None:
    module("def make(): return 1")
    for _ in range(5):
        with execution_whitelist(["made_here.make"]):
            assert instantiate(MAKE) == 1
    assert judged == ["made_here.make"]


def test_a_module_that_is_reloaded_is_judged_anew(module: Callable[[str], None]) -> None:
    module("def make(): return 'harmless'")
    assert instantiate(MAKE) == "harmless"
    module("from os import system as make")
    with pytest.raises(InstantiationException, match=r"'made_here.make' is 'os\.system'"):
        instantiate(MAKE)
    module("def make(): return 'again'")
    assert instantiate(MAKE) == "again"


def test_a_function_defined_anew_in_a_notebook_cell_is_the_one_that_is_called() -> None:
    cells = """
import safe_instantiate
for source in ("def make(): return 1", "def make(): return 2", "from os import system as make"):
    exec(source)
    try:
        print(safe_instantiate.instantiate({"_target_": "__main__.make"}))
    except safe_instantiate.InstantiationException:
        print("refused")
"""
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", cells], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == ["1", "2", "refused"]


def test_what_was_allowed_under_one_list_is_not_allowed_under_another() -> None:
    engines = [Instantiator(), Instantiator(allow=["behaviour_app.*"]), Instantiator(allow=["fractions.*"])]
    for _ in range(3):
        assert [bool(engine.plan(BOX).problems) for engine in engines] == [False, False, True]
        assert [bool(engine.plan({"_target_": "fractions.Fraction"}).problems) for engine in engines] == [
            False,
            True,
            False,
        ]


def test_threads_under_different_policies_get_each_its_own_verdict() -> None:
    start = threading.Barrier(32)

    def ask(index: int) -> list[bool]:
        start.wait()
        found = []
        for _ in range(20):
            with execution_whitelist("behaviour_app.*" if index % 2 else "fractions.*"):
                found += [bool(Instantiator().plan(BOX).problems)]
                found += [bool(Instantiator(allow=["math.*"]).plan({"_target_": "json.loads", "s": ""}).problems)]
        return found

    with ThreadPoolExecutor(32) as threads:
        for index, found in enumerate(threads.map(ask, range(32))):
            assert found == [index % 2 == 0, True] * 20


def test_no_config_reaches_what_is_remembered() -> None:
    Instantiator(allow=()).plan(BOX)
    for path in (
        "safe_instantiate.targets.target._approved.clear",
        "safe_instantiate.targets.target._facts.update",
        "safe_instantiate.targets.policy.policy_of.cache_clear",
        "safe_instantiate.targets.forbidden.NEVER.clear",
        "safe_instantiate.targets.forbidden.NAMED_EFFECTS.pop",
    ):
        with pytest.raises(InstantiationException, match="a part of what guards the config"):
            instantiate({"_target_": path})


def test_a_refusal_under_a_strict_list_does_not_outlive_it() -> None:
    with pytest.raises(InstantiationException):
        Instantiator(allow=()).instantiate(BOX)
    assert instantiate(BOX).args == ()


def test_a_refusal_is_forgotten_when_a_part_of_the_path_is_bound_anew(
    module: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    module("import inspect as part\ndef make(): return 1")
    made_here = importlib.import_module("made_here")
    monkeypatch.setattr(inspect, "make", made_here.make, raising=False)
    through = {"_target_": "made_here.part.make"}
    with pytest.raises(InstantiationException, match="it exposes live objects of the interpreter"):
        instantiate(through)
    made_here.part = made_here
    assert instantiate(through) == 1


def test_what_the_environment_opens_is_open_as_long_as_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    split = {"_target_": "shutil._basename", "_args_": ["a/b"]}
    for _ in range(2):
        with pytest.raises(InstantiationException, match="is private to shutil"):
            instantiate(split)
        with monkeypatch.context() as patch:
            patch.setenv("HYDRA_INSTANTIATE_ALLOWLIST_OVERRIDE", "shutil._basename")
            assert instantiate(split) == "b"


@pytest.mark.parametrize("lie", ["__eq__", "__hash__", "__class__"])
def test_a_callable_that_lies_is_judged_as_itself(lie: str) -> None:
    def lying(self: Any, *_: Any) -> Any:
        return {"__eq__": True, "__hash__": hash(len), "__class__": type(len)}[lie]

    liar = type("Liar", (), {lie: property(lying) if lie == "__class__" else lying, "__call__": lambda self: "called"})
    engine = Instantiator(allow=["builtins.len"])
    assert engine.instantiate({"_target_": "builtins.len", "_args_": [[1]]}) == 1
    with pytest.raises(InstantiationException, match="not in the allow-list"):
        engine.instantiate({"_target_": liar()})


def test_no_more_is_remembered_than_a_program_of_many_targets_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "_PATHS_REMEMBERED", 8)
    namespace = sys.modules[__name__]
    for index in range(40):
        monkeypatch.setattr(namespace, f"made_{index}", functools.partial(int, index), raising=False)
        assert instantiate({"_target_": f"{__name__}.made_{index}"}) == index
    assert len(target._approved) <= 8


def test_callables_that_are_made_for_one_call_are_not_counted_for_ever() -> None:
    gc.collect()
    before = len(target._facts)
    for _ in range(100):
        instantiate({"_target_": functools.partial(int)})
    gc.collect()
    assert len(target._facts) <= before
