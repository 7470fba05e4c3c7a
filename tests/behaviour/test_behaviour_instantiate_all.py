"""`instantiate_all` gives the list of every built child."""

from __future__ import annotations

import functools
from typing import Any

import pytest
import torch
from behaviour_app import objects
from behaviour_app.objects import Box
from hydra.errors import InstantiationException
from omegaconf import OmegaConf

from safe_instantiate import instantiate, instantiate_all

BOX = {"_target_": "behaviour_app.objects.Box"}
RECORD = {"_target_": "behaviour_app.objects.record", "name": "a"}
as_written = pytest.mark.parametrize("made", [lambda config: config, OmegaConf.create], ids=["plain", "omegaconf"])


@as_written
def test_every_child_is_built_in_order(made: Any) -> None:
    assert [box.kwargs for box in instantiate_all(made({"b": {**BOX, "x": 1}, "a": {**BOX, "x": 2}}))] == [
        {"x": 1},
        {"x": 2},
    ]
    assert [box.args for box in instantiate_all(made([{**BOX, "_args_": [1]}, BOX]))] == [(1,), ()]


def test_nothing_gives_nothing() -> None:
    assert instantiate_all(None) == instantiate_all({}) == instantiate_all([]) == []


@as_written
def test_what_is_switched_off_or_no_node_is_left_out(made: Any) -> None:
    found = instantiate_all(made({"off": None, "flag": True, "name": "x", "group": {"a": 1}, "on": BOX}))
    assert [type(each) for each in found] == [Box]


def test_what_is_built_passes() -> None:
    module, partial = torch.nn.ReLU(), functools.partial(int)
    assert instantiate_all({"a": module, "b": partial}) == [module, partial]
    config = OmegaConf.create({"a": module, "b": BOX}, flags={"allow_objects": True})
    assert instantiate_all(config)[0] is module


@as_written
def test_a_structured_config_with_a_target_is_a_child(made: Any) -> None:
    for config in ({"a": objects.BoxConf(lr=2.0), "b": objects.BoxConf}, [objects.BoxConf(lr=2.0), objects.BoxConf]):
        assert [box.kwargs for box in instantiate_all(made(config))] == [{"lr": 2.0}, {"lr": 0.1}]


@as_written
def test_children_may_refer_to_each_other(made: Any) -> None:
    found = instantiate_all(made({"lr": 3, "a": {**BOX, "lr": "${lr}"}, "b": {**BOX, "lr": "${a.lr}"}}))
    assert [box.kwargs for box in found] == [{"lr": 3}, {"lr": 3}]


@as_written
def test_children_are_built_as_the_group_says(made: Any) -> None:
    config = made({"_convert_": "all", "a": {**BOX, "sizes": [1]}})
    assert type(instantiate(config)["a"].kwargs["sizes"]) is list
    assert type(instantiate_all(config)[0].kwargs["sizes"]) is list


def test_control_keys_hold_for_all_children() -> None:
    assert [type(box.kwargs["sizes"]) for box in instantiate_all([{**BOX, "sizes": [1]}] * 2, _convert_="all")] == [
        list,
        list,
    ]


@as_written
def test_one_wrong_child_and_nothing_is_built(made: Any, calls: list[str]) -> None:
    config = made({"a": RECORD, "b": {"_target_": "behaviour_app.objects.Bax"}, "c": {**BOX, "x": "???"}})
    with pytest.raises(InstantiationException) as failure:
        instantiate_all(config)
    assert "Bax" in str(failure.value) and "2 errors" in str(failure.value)
    assert calls == []


@as_written
@pytest.mark.parametrize("child", ["???", "${nowhere}"])
def test_a_child_that_is_missing_is_told_with_the_other_problems(made: Any, child: str, calls: list[str]) -> None:
    with pytest.raises(InstantiationException) as failure:
        instantiate_all(made({"a": RECORD, "b": child, "c": {"_target_": "behaviour_app.objects.Bax"}}))
    assert "2 errors" in str(failure.value)
    assert calls == []


@as_written
def test_problems_are_told_with_their_place(made: Any) -> None:
    with pytest.raises(InstantiationException, match=r"callbacks|second"):
        instantiate_all(made({"first": BOX, "second": {**BOX, "x": "???"}}))


@pytest.mark.parametrize("value", [3, "text", (1,), objects.Box(), torch.nn.ModuleList()])
def test_only_a_group_or_a_list_has_children(value: Any) -> None:
    with pytest.raises(TypeError, match="mapping or a list"):
        instantiate_all(value)
