"""Many threads with settings of their own, forks in the midst of them, and what they leave behind."""

from __future__ import annotations

import collections
import functools
import gc
import inspect
import io
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from behaviour_app.data import Numbers
from behaviour_app.objects import Box
from omegaconf import DictConfig, ListConfig, OmegaConf

from safe_instantiate import InstantiationException, Instantiator, check, instantiate, is_deferred, plan

ROOT = Path(__file__).parent.parent.parent
BOX = "behaviour_app.objects.Box"


def described(found: Any) -> Any:
    """What was built, in a form that two builds can be compared in."""
    if isinstance(found, Box):
        return [described(value) for value in (*found.args, *found.kwargs.values())]
    if isinstance(found, (dict, DictConfig)):
        return type(found).__name__, {key: described(value) for key, value in found.items()}
    if isinstance(found, (list, ListConfig)):
        return type(found).__name__, [described(value) for value in found]
    return found


SETTINGS = [
    Instantiator(convert=convert, recursive=recursive, share=share)
    for convert in ("none", "partial", "object", "all")
    for recursive in (True, False)
    for share in (True, False)
]


def test_32_threads_with_different_settings_give_what_one_gives() -> None:
    def build(index: int) -> Any:
        config = OmegaConf.create(
            {"n": index, "a": {"_target_": BOX, "x": ["${n}", {"_target_": BOX, "y": {"z": "${n}"}}]}, "b": "${a}"}
        )
        return described(SETTINGS[index % len(SETTINGS)].instantiate(config.a))

    alone = [build(index) for index in range(32)]
    start = threading.Barrier(32)

    def many(index: int) -> list[Any]:
        start.wait()
        return [build(index) for _ in range(10)]

    with ThreadPoolExecutor(32) as threads:
        for index, found in enumerate(threads.map(many, range(32))):
            assert found == [alone[index]] * 10


#: Threads build all the time; forked in their midst, a child must be able to build too.
FORKS = """
import os, signal, sys, threading, warnings
warnings.simplefilter("ignore")
sys.path.insert(0, "tests/behaviour")
from safe_instantiate import instantiate
import safe_instantiate.targets.target as target

going = True
config = {"a": {"_target_": "behaviour_app.objects.Box", "s": {"_target_": "behaviour_app.samplers.Sharded"}}}

def build():
    while going:
        target._approved.clear()  # so that there is something to remember all the time
        instantiate(config)

instantiate(config)
threads = [threading.Thread(target=build) for _ in range(4)]
for thread in threads:
    thread.start()
statuses = []
for _ in range(20):
    child = os.fork()
    if child == 0:
        signal.alarm(120)
        found = instantiate(config)
        os._exit(0 if type(found.a).__name__ == "Box" else 1)
    statuses.append(os.waitpid(child, 0)[1])
going = False
for thread in threads:
    thread.join()
print(statuses == [0] * 20, statuses)
"""


def test_a_process_forked_while_threads_build_can_build() -> None:
    answer = subprocess.run([sys.executable, "-c", FORKS], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.stdout.startswith("True"), answer.stdout + answer.stderr


def test_an_exception_leaves_no_state_behind() -> None:
    failing = {"_target_": "behaviour_app.objects.fails", "inner": {"_target_": BOX}}
    engine = Instantiator(share=True)
    for _ in range(3):
        with pytest.raises(Exception):  # noqa: B017, PT011 - which class it is depends on Hydra
            engine.instantiate({"a": {"_target_": BOX}, "b": failing, "c": "${a}"})
    found = engine.instantiate({"a": {"_target_": BOX}, "c": "${a}"})
    assert found.a is found.c
    # Outside of a build a sampler must not be deferred, also not after one that failed.
    with pytest.raises((RuntimeError, ValueError)):
        torch.utils.data.DistributedSampler(Numbers())
    assert is_deferred(instantiate({"_target_": "torch.utils.data.DistributedSampler", "dataset": Numbers()}))


def nested(depth: int, of: Callable[[Any], Any]) -> Any:
    config: Any = {"_target_": BOX}
    for _ in range(depth):
        config = of(config)
    return config


@pytest.mark.parametrize("of", [lambda c: {"k": c}, lambda c: [c], lambda c: {"_target_": BOX, "x": c}])
def test_a_config_nested_too_deep_is_an_error_that_says_so(of: Callable[[Any], Any]) -> None:
    (problem,) = plan(nested(20_000, of)).problems
    assert "deep" in problem.message
    with pytest.raises(InstantiationException, match="deep"):
        instantiate(nested(20_000, of))
    assert instantiate({"_target_": BOX}).args == ()
    assert problem.code in [each.code for each in check(nested(20_000, of)).diagnostics]


@pytest.mark.parametrize("depth", [1_000, 100_000])
@pytest.mark.parametrize(
    ("of", "key"),
    [(lambda c: {"k": c}, "model.k.k.k.k.k"), (lambda c: [c], r"model\[0\]\[0\]\[0\]\[0\]\[0\]")],
    ids=["mappings", "lists"],
)
def test_what_is_nested_too_deep_is_named(of: Callable[[Any], Any], key: str, depth: int) -> None:
    config = nested(depth, of)
    said = f"^The config is nested deeper than Python's recursion limit allows, or contains itself\nfull_key: {key}\n"
    with pytest.raises(InstantiationException, match=said):
        instantiate({"seed": 1, "model": config})
    with pytest.raises(InstantiationException, match=said):
        instantiate({"_target_": BOX}, seed=1, model=config)


def test_what_is_nested_too_deep_in_a_dict_config_is_named() -> None:
    config = OmegaConf.create({"seed": 1, "model": {}})
    inner = config.model
    for _ in range(800):
        inner.k = {}
        inner = inner.k
    with pytest.raises(InstantiationException, match=r"full_key: model\.k\.k\.k\.k\.k\n"):
        instantiate(config)
    with pytest.raises(InstantiationException, match=r"full_key: model\.k\.k\.k\.k\.k\.k\n"):
        instantiate(config.model)


# what is no config stays what it is

Pair = collections.namedtuple("Pair", "a b")

LIVE: dict[str, Callable[[], Any]] = {
    "generator": lambda: (number for number in range(3)),
    "memoryview": lambda: memoryview(b"abc"),
    "lock": threading.Lock,
    "open file": lambda: io.StringIO("text"),
    "tensor": lambda: torch.zeros(2, requires_grad=True),
    "tensor without storage": lambda: torch.zeros(2, device="meta"),
    "torch generator": torch.Generator,
    "module": lambda: torch.nn.Linear(1, 1),
    "iterator": lambda: iter([1]),
    "thread": threading.Thread,
}
CONTAINERS: dict[str, Callable[[], Any]] = {
    "OrderedDict": lambda: collections.OrderedDict(b=1, a=2),
    "defaultdict": lambda: collections.defaultdict(list, a=[1]),
    "Counter": lambda: collections.Counter("abca"),
    "deque": lambda: collections.deque([1, 2], maxlen=2),
    "namedtuple": lambda: Pair(1, 2),
    "UserDict": lambda: collections.UserDict(a=1),
    "ChainMap": lambda: collections.ChainMap({"a": 1}, {"b": 2}),
    "torch.Size": lambda: torch.Size([1, 2]),
    "set": lambda: {1, 2},
    "frozenset": lambda: frozenset({1}),
}


@pytest.mark.parametrize("kind", LIVE)
@pytest.mark.parametrize("engine", [Instantiator(), Instantiator(convert="all")])
def test_a_live_object_is_handed_on_untouched(kind: str, engine: Instantiator) -> None:
    value = LIVE[kind]()
    found = engine.instantiate({"_target_": BOX}, value, named=value, listed=[value], deep={"x": value})
    assert found.args[0] is value and found.kwargs["named"] is value
    assert found.kwargs["listed"][0] is value and found.kwargs["deep"]["x"] is value


@pytest.mark.parametrize("kind", CONTAINERS)
@pytest.mark.parametrize("engine", [Instantiator(), Instantiator(convert="all")])
def test_a_container_with_a_meaning_of_its_own_keeps_its_type(kind: str, engine: Instantiator) -> None:
    value = CONTAINERS[kind]()
    found = engine.instantiate({"_target_": BOX}, named=value).kwargs["named"]
    assert type(found) is type(value) and found == value
    for attribute in ("default_factory", "maxlen"):
        assert getattr(found, attribute, None) == getattr(value, attribute, None)


def test_an_open_file_stays_open_where_it_was() -> None:
    with open(__file__) as file:
        file.readline()
        found = instantiate({"_target_": BOX, "deep": [{"file": file}]}).kwargs["deep"][0]["file"]
        assert found is file and not file.closed and file.tell() > 0


def test_a_generator_is_not_started() -> None:
    steps = iter(range(3))
    found = instantiate({"_target_": BOX, "made": [steps]}, (step for step in steps))
    assert list(found.args[0]) == [0, 1, 2]


def test_a_module_keeps_its_hooks_and_a_tensor_its_gradient() -> None:
    module = torch.nn.Linear(1, 1)
    seen: list[str] = []
    module.register_forward_hook(lambda *_: seen.append("hook"))
    found = instantiate({"_target_": BOX}, module=module).kwargs["module"]
    found(torch.zeros(1)).sum().backward()
    assert seen == ["hook"] and module.weight.grad is not None
    reference = weakref.ref(module)
    del module, found
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize("kind", [kind for kind in LIVE if kind != "iterator"])  # of which there are no weak references
def test_a_live_object_dies_with_its_owner(kind: str) -> None:
    value = LIVE[kind]()
    reference = weakref.ref(value)
    kept = plan({"_target_": BOX}, named=3), Instantiator(), Instantiator(share=True)
    instantiate({"_target_": BOX}, value, named=[value])
    Instantiator(share=True).instantiate({"a": {"_target_": BOX, "x": value}, "b": "${a}"})
    del value
    gc.collect()
    assert reference() is None and kept


def test_a_class_that_was_defined_anew_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    def define_and_use() -> weakref.ref[type]:
        made = type("Made", (), {"__module__": __name__})
        setattr(sys.modules[__name__], "Made", made)  # noqa: B010 - a name that only this test knows
        path = f"{__name__}.Made"
        assert isinstance(instantiate({"_target_": path}), made)
        assert isinstance(instantiate({"_target_": path, "_partial_": True})(), made)
        assert isinstance(Instantiator(leave_configs_to="auto", share=True).instantiate({"_target_": path}), made)
        return weakref.ref(made)

    monkeypatch.setattr(sys.modules[__name__], "Made", None, raising=False)
    first = define_and_use()
    second = define_and_use()
    gc.collect()
    assert first() is None and second() is not None


def test_memory_stops_growing_however_many_different_configs_are_built() -> None:
    def build(numbers: range) -> int:
        for number in numbers:
            instantiate({"_target_": BOX, f"key_{number}": 1})
        gc.collect()
        return sys.getallocatedblocks()

    full = build(range(4_500))  # more than any cache remembers
    assert build(range(4_500, 6_500)) - full < 1_000  # for most of the 2,000 after them nothing is kept


def test_memory_stops_growing_however_many_allow_lists_there_are() -> None:
    def build(numbers: range) -> int:
        for number in numbers:
            Instantiator(allow=["behaviour_app.*", f"app_{number}.*"]).instantiate({"_target_": BOX})
        gc.collect()
        return sys.getallocatedblocks()

    full = build(range(300))
    assert build(range(300, 600)) - full < 300


def test_no_cache_of_a_function_is_without_bound() -> None:
    sizes = {
        f"{name}.{cached.__qualname__}": cached.cache_parameters()["maxsize"]
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] == "safe_instantiate"
        for cached in list(vars(module).values())
        if isinstance(cached, functools._lru_cache_wrapper) and inspect.signature(cached).parameters
    }
    assert len(sizes) > 3 and None not in sizes.values()


def test_a_build_leaves_no_open_file_behind() -> None:
    descriptors = Path("/proc/self/fd")
    if not descriptors.exists():
        descriptors = Path("/dev/fd")
    gc.collect()  # what an earlier test forgot to close is closed now, and not in the midst of this one
    before = len(os.listdir(descriptors))
    for _ in range(20):
        instantiate({"a": {"_target_": BOX}, "b": "${a}"})
    assert len(os.listdir(descriptors)) <= before
