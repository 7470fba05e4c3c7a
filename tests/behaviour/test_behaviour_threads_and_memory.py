"""Several threads, targets that instantiate, odd targets, and nothing kept alive."""

from __future__ import annotations

import functools
import gc
import sys
import threading
import types
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from behaviour_app import objects
from behaviour_app.data import Numbers
from behaviour_app.objects import Box
from omegaconf import DictConfig, OmegaConf

from safe_instantiate import InstantiationException, Instantiator, check, instantiate, plan

BOX = "behaviour_app.objects.Box"


def in_threads(work: Callable[[int], Any], count: int = 8) -> list[Any]:
    """What eight threads find that start at the same moment."""
    barrier = threading.Barrier(count)

    def started(index: int) -> list[Any]:
        barrier.wait()
        return [work(index) for _ in range(20)]

    with ThreadPoolExecutor(count) as threads:
        return [found for each in threads.map(started, range(count)) for found in each]


@pytest.mark.parametrize("share", [True, False])
def test_threads_build_the_same_config(share: bool) -> None:
    config = OmegaConf.create({"lr": 1, "a": {"_target_": BOX, "lr": "${lr}", "items": [1]}, "b": "${a}"})
    engine = Instantiator(share=share)
    found = in_threads(lambda _: engine.instantiate(config))
    assert all(each.a.kwargs == {"lr": 1, "items": [1]} and (each.a is each.b) is share for each in found)
    assert len({id(each.a) for each in found}) == len(found)
    assert OmegaConf.to_container(config)["b"] == "${a}"


def test_threads_build_different_configs() -> None:
    found = in_threads(lambda i: (i, instantiate({"_target_": BOX, "i": i, "inner": {"_target_": BOX, "i": "${i}"}})))
    assert all(box.kwargs["i"] == box.kwargs["inner"].kwargs["i"] == index for index, box in found)


def test_threads_meet_errors_of_their_own() -> None:
    def failing(index: int) -> Any:
        return index, plan({f"key{index}": {"_target_": BOX, "x": "???"}}).problems

    assert all([p.full_key for p in problems] == [f"key{index}.x"] for index, problems in in_threads(failing))


def test_threads_defer_only_what_their_own_build_makes() -> None:
    from torch.utils.data import DistributedSampler

    from safe_instantiate import is_deferred

    def both(index: int) -> bool:
        if index % 2:
            return is_deferred(instantiate({"_target_": "behaviour_app.samplers.Sharded"}).sampler)
        try:
            DistributedSampler(Numbers())
        except (RuntimeError, ValueError):
            return True
        return False

    assert all(in_threads(both))


# recursion


def nest(depth: int) -> Any:
    """A target that instantiates its own like."""
    return depth if depth == 0 else instantiate({"_target_": Nest(), "depth": depth - 1})


class Nest:
    def __call__(self, depth: int) -> Any:
        return nest(depth)


def test_a_target_may_instantiate() -> None:
    assert nest(20) == 0


def test_a_target_may_instantiate_under_other_settings() -> None:
    def inner() -> Any:
        return Instantiator(convert="all").instantiate({"_target_": BOX, "items": [1]})

    config = {"_target_": BOX, "inner": {"_target_": functools.partial(inner)}, "items": [1]}
    found = instantiate(config)
    assert type(found.kwargs["inner"].kwargs["items"]) is list and type(found.kwargs["items"]) is not list


def test_a_failure_below_a_target_that_instantiates_is_told_with_both_places() -> None:
    def outer() -> Any:
        return instantiate({"inner": {"_target_": "behaviour_app.objects.fails"}})

    with pytest.raises(Exception) as failure:  # noqa: PT011 - which class it is depends on Hydra
        instantiate({"outer": {"_target_": functools.partial(outer)}})
    told, error = "", failure.value
    while error is not None:
        told += "\n".join([str(error), *getattr(error, "__notes__", ())])
        error = error.__cause__  # type: ignore[assignment]
    assert "outer" in told and "inner" in told and "the file is not where it was" in told


# odd targets


@pytest.mark.parametrize("target", [objects.Unhashable(), objects.Slotted()], ids=["unhashable", "slotted"])
@pytest.mark.parametrize("engine", [Instantiator(), Instantiator(leave_configs_to="auto"), Instantiator(share=True)])
def test_a_callable_object_of_any_kind_is_a_target(target: Any, engine: Instantiator) -> None:
    assert engine.instantiate({"_target_": target, "value": 3}) == ("called", 3)
    made = engine.instantiate({"node": {"_target_": target, "_partial_": True}}).node
    assert made(4) == ("called", 4)


def test_unhashable_objects_are_arguments_like_any_others() -> None:
    value = objects.Unhashable(1)
    found = instantiate({"_target_": BOX, "a": value, "b": [value], "_args_": [value]}, c=value)
    assert found.args[0] is found.kwargs["a"] is found.kwargs["b"][0] is found.kwargs["c"] is value


# nothing is kept alive

USES: dict[str, Callable[[Any], Any]] = {
    "as a value": lambda value: instantiate({"_target_": BOX, "value": value}),
    "as an argument": lambda value: instantiate({"_target_": BOX}, value, named=value),
    "in a raw config": lambda value: instantiate({"_target_": BOX, "_recursive_": False, "group": {"x": value}}),
    "in a DictConfig": lambda value: instantiate(OmegaConf.create({"x": value}, flags={"allow_objects": True})),
    "in a list": lambda value: instantiate([value]),
    "as it is": instantiate,
    "in a partial": lambda value: instantiate(functools.partial(Box, value), 1),
    "shared": lambda value: Instantiator(share=True).instantiate({"a": {"_target_": BOX, "x": value}, "b": "${a}"}),
    "as a target": lambda value: instantiate({"_target_": value}),
    "in a plan": lambda value: plan({"_target_": BOX, "x": value}).build(),
    "with a problem": lambda value: plan({"_target_": BOX, "x": value, "y": "???"}),
    "as a target left to itself": lambda value: Instantiator(leave_configs_to="auto").instantiate({"_target_": value}),
}


class Alive:
    def __call__(self) -> None: ...


@pytest.mark.parametrize("use", USES)
def test_no_object_is_kept_alive(use: str) -> None:
    value = Alive()
    reference = weakref.ref(value)
    USES[use](value)
    del value
    gc.collect()
    assert reference() is None


def test_no_object_is_kept_alive_by_a_failed_build() -> None:
    value = Alive()
    reference = weakref.ref(value)
    with pytest.raises(Exception):  # noqa: B017, PT011 - the failure itself is not the point
        instantiate({"_target_": "behaviour_app.objects.fails", "value": value})
    del value
    gc.collect()
    assert reference() is None


def test_no_config_is_kept_alive() -> None:
    config = OmegaConf.create({"a": {"_target_": BOX, "_recursive_": False, "x": {"y": "${b}"}}, "b": [1]})
    reference = weakref.ref(config)
    found = instantiate(config.a)
    del config
    gc.collect()
    assert reference() is None and found.kwargs["x"] == {"y": [1]}


def test_no_config_is_kept_alive_by_a_structured_config_that_a_target_was_given() -> None:
    given = {"logging": objects.LoggingConf(), "b": "${b}"}
    node = {"_target_": BOX, "_recursive_": False, "_convert_": "partial", "x": given}
    config = OmegaConf.create({"a": node, "b": 1})
    reference = weakref.ref(config)
    found = instantiate(config.a)
    del config
    gc.collect()
    assert reference() is None
    assert type(found.kwargs["x"]["logging"]) is DictConfig and found.kwargs["x"]["b"] == 1


def made_module(name: str, monkeypatch: pytest.MonkeyPatch, **contents: Any) -> types.ModuleType:
    module = types.ModuleType(name)
    vars(module).update(contents)
    monkeypatch.setitem(sys.modules, name, module)
    return module


class Counted:
    def made(self) -> str:
        return "made"

    @classmethod
    def made_by_class(cls) -> str:
        return "made by class"


@pytest.mark.parametrize(
    ("path", "built"),
    [("Counted", None), ("Counted.made_by_class", "made by class"), ("counted.made", "made"), ("Counted.mro", None)],
)
@pytest.mark.parametrize(
    "use", [instantiate, check, Instantiator(allow=["made_here_too.*", f"{__name__}.*"]).instantiate]
)
def test_what_a_path_led_to_is_gone_when_its_module_drops_it(
    path: str, built: Any, use: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    cls = type("Counted", (Counted,), {"__module__": "made_here_too"})
    module = made_module("made_here_too", monkeypatch, Counted=cls, counted=cls())
    references = [weakref.ref(cls), weakref.ref(module.counted)]
    for _ in range(2):
        found = use({"_target_": f"made_here_too.{path}"})
        assert built is None or use is check or found == built
    del found, cls, module.Counted, module.counted
    gc.collect()
    assert [reference() for reference in references] == [None, None]


def test_a_module_that_was_removed_is_not_kept_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = weakref.ref(made_module("made_for_once", monkeypatch, Box=Box))
    assert instantiate({"_target_": "made_for_once.Box"}).args == ()
    monkeypatch.delitem(sys.modules, "made_for_once")
    monkeypatch.undo()
    sys.modules.pop("made_for_once", None)
    gc.collect()
    assert reference() is None


def test_a_class_of_error_that_a_resolver_raised_is_not_kept_alive() -> None:
    def fail_once() -> weakref.ref[type]:
        failure = type("Failure", (Exception,), {})

        def fail() -> None:
            raise failure("no")

        OmegaConf.register_new_resolver("fail_once", fail)
        for _ in range(2):
            with pytest.raises(InstantiationException):
                instantiate({"a": "${fail_once:}"})
        OmegaConf.clear_resolver("fail_once")
        return weakref.ref(failure)

    reference = fail_once()
    gc.collect()
    assert reference() is None
