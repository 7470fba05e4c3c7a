"""A plan is read once, and built as often as anybody likes."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from behaviour_app import objects
from hydra.errors import InstantiationException
from omegaconf import OmegaConf

from safe_instantiate import Plan, instantiate, plan

BOX = "behaviour_app.objects.Box"
RECORD = {"_target_": "behaviour_app.objects.record", "name": "a"}
modes = pytest.mark.parametrize("convert", ["none", "partial", "object", "all"])


def test_planning_builds_nothing(calls: list[str]) -> None:
    planned = plan({"a": RECORD})
    assert isinstance(planned, Plan) and calls == []
    planned.build()
    assert calls == ["a"]


@modes
@pytest.mark.parametrize("partial", [True, False])
@pytest.mark.parametrize("recursive", [True, False])
def test_two_builds_are_independent(convert: str, partial: bool, recursive: bool) -> None:
    config = {
        "_target_": BOX,
        "_convert_": convert,
        "_partial_": partial,
        "_recursive_": recursive,
        "_args_": [[1], {"a": [1]}],
        "group": {"items": [1]},
    }
    planned = plan(config, named=[1])

    def built() -> tuple[Any, Any]:
        found = planned.build()
        return (found.args, found.keywords) if partial else (found.args, found.kwargs)

    (args, kwargs), untouched = built(), built()
    for items in (args[0], args[1]["a"], kwargs["group"]["items"], kwargs["named"]):
        items.append(2)
    for args, kwargs in (untouched, built()):
        assert args[0] == args[1]["a"] == kwargs["group"]["items"] == kwargs["named"] == [1]


@modes
def test_two_builds_of_a_group_are_independent(convert: str) -> None:
    planned = plan({"_convert_": convert, "a": {"b": [1]}, "list": [[1]]})
    first, second = planned.build(), planned.build()
    first["a"]["b"].append(2)
    first["list"][0].append(2)
    assert second["a"]["b"] == [1] and second["list"][0] == [1]


def test_two_builds_do_not_share_what_a_resolver_made() -> None:
    OmegaConf.register_new_resolver("behaviour.list", lambda: [1], replace=True)
    planned = plan({"_target_": BOX, "items": "${behaviour.list:}"})
    first, second = planned.build(), planned.build()
    first.kwargs["items"].append(2)
    assert second.kwargs["items"] == [1]


def test_builds_share_what_was_built_already() -> None:
    module = torch.nn.ReLU()
    planned = plan({"_target_": BOX, "module": module})
    assert planned.build().kwargs["module"] is planned.build().kwargs["module"] is module


@pytest.mark.parametrize("made", [dict, OmegaConf.create])
def test_a_plan_does_not_see_later_changes_of_the_config(made: Any) -> None:
    config = made({"_target_": BOX, "group": {"items": [1]}, "lr": 1, "raw": {"_target_": BOX, "x": [1]}})
    for recursive in (True, False):
        planned = plan(config, _recursive_=recursive)
        config["group"]["items"].append(2)
        config["lr"] = 2
        found = planned.build().kwargs
        assert found["group"] == {"items": [1]} and found["lr"] == 1
        config["group"]["items"].pop()
        config["lr"] = 1


def test_a_plan_lists_what_is_wrong() -> None:
    config = {"model": {"_target_": "torch.nn.Linaer"}, "lr": "???", "data": {"_target_": BOX, "x": "${nowhere}"}}
    problems = plan(config).problems
    assert sorted(problem.full_key for problem in problems) == ["data.x", "lr", "model"]


def test_a_plan_with_problems_can_not_be_built(calls: list[str]) -> None:
    planned = plan({"a": RECORD, "b": "???"})
    for _ in range(2):
        with pytest.raises(InstantiationException, match="full_key: b"):
            planned.build()
    assert calls == []


def test_the_plan_of_none_builds_none() -> None:
    assert plan(None).problems == () and plan(None).build() is None


def test_the_plan_of_what_is_built_builds_it() -> None:
    module = torch.nn.ReLU()
    assert plan(module).build() is module


def test_the_plan_of_a_scalar_has_a_problem() -> None:
    planned = plan(3)
    assert len(planned.problems) == 1
    with pytest.raises(InstantiationException, match="int"):
        planned.build()


def test_a_plan_can_not_be_changed() -> None:
    planned = plan({"a": 1})
    with pytest.raises(dataclasses.FrozenInstanceError):
        planned.problems = ()  # type: ignore[misc]


def test_a_plan_is_built_in_threads() -> None:
    planned = plan({"_target_": BOX, "_args_": [[1]], "inner": {"_target_": BOX, "items": [1, 2]}})
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: planned.build(), range(64)))
    assert len({id(each) for each in found}) == len({id(each.kwargs["inner"]) for each in found}) == 64
    assert all(each.kwargs["inner"].kwargs["items"] == [1, 2] for each in found)


@pytest.mark.parametrize("config", [[], [1], [RECORD], OmegaConf.create([{"a": 1}])])
@pytest.mark.parametrize(("args", "kwargs"), [((1,), {}), ((), {"lr": 1}), ((1,), {"lr": 1, "_convert_": "all"})])
def test_arguments_for_a_list_are_an_error(config: Any, args: Any, kwargs: Any, calls: list[str]) -> None:
    with pytest.raises(InstantiationException, match="list config takes no arguments"):
        instantiate(config, *args, **kwargs)
    assert calls == []


def test_control_keys_for_a_list_are_fine() -> None:
    assert type(instantiate([[1]], _convert_="all")[0]) is list
    assert instantiate([{"_target_": BOX, "x": 1}], _recursive_=True)[0].kwargs == {"x": 1}


def test_a_target_may_return_a_config_that_nobody_builds_again(calls: list[str]) -> None:
    config = {"_target_": BOX, "value": {"_target_": "behaviour_app.objects.returns", "value": {"a": 1}}}
    assert instantiate(config).kwargs["value"] == {"a": 1}
    assert isinstance(objects.CALLS, list) and calls == []


def test_what_a_resolver_caches_stays_with_its_config() -> None:
    seen: list[int] = []
    OmegaConf.register_new_resolver(
        "behaviour.cached", lambda: seen.append(1) or len(seen), use_cache=True, replace=True
    )
    config = {"_target_": BOX, "first": "${behaviour.cached:}", "second": "${behaviour.cached:}"}
    assert instantiate(config).kwargs == {"first": 1, "second": 1}
    assert instantiate(config).kwargs == {"first": 2, "second": 2}
    raw = instantiate({"_target_": BOX, "_recursive_": False, "part": {"x": 1}}).kwargs["part"]
    raw.y = "${behaviour.cached:}"
    assert raw.y == raw.y == 3


def test_how_many_positional_arguments_a_target_will_make_is_not_foreseen() -> None:
    given = {"_target_": "builtins.list", "_args_": [["[1]"]]}
    assert instantiate({"_target_": "json.loads", "_args_": given}) == [1]
