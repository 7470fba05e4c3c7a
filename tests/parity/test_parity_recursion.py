"""`_recursive_`: whether a nested node is built, or handed to the target as config."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import parity_targets
import pytest
from omegaconf import DictConfig, ListConfig, OmegaConf
from parity_targets import Point

Instantiate = Callable[..., Any]
Form = Callable[[Any], Any]

LEAF = {"_target_": "parity_targets.Point", "x": 1}


def nested(**control: Any) -> dict[str, Any]:
    return {"_target_": "parity_targets.Recorder", **control, "leaf": LEAF, "group": {"leaf": LEAF}, "list": [LEAF]}


def children(built: Any) -> list[Any]:
    return [built.kwargs["leaf"], built.kwargs["group"]["leaf"], built.kwargs["list"][0]]


def test_nested_nodes_are_built_by_default(instantiate: Instantiate, form: Form) -> None:
    assert children(instantiate(form(nested()))) == [Point(1)] * 3


def test_nested_nodes_are_built_at_every_depth(instantiate: Instantiate, form: Form) -> None:
    config: Any = LEAF
    for _ in range(6):
        config = {"_target_": "parity_targets.Recorder", "down": {"deeper": [config]}}
    built = instantiate(form(config))
    for _ in range(6):
        built = built.kwargs["down"]["deeper"][0]
    assert built == Point(1)


def test_recursive_false_in_the_config_leaves_nested_nodes_raw(instantiate: Instantiate, form: Form) -> None:
    assert children(instantiate(form(nested(_recursive_=False)))) == [LEAF] * 3


def test_recursive_false_in_the_call_leaves_nested_nodes_raw(instantiate: Instantiate, form: Form) -> None:
    assert children(instantiate(form(nested()), _recursive_=False)) == [LEAF] * 3


@pytest.mark.parametrize("written", [True, False])
def test_the_call_has_the_last_word_on_recursive(instantiate: Instantiate, form: Form, written: bool) -> None:
    expected = [LEAF] * 3 if written else [Point(1)] * 3
    assert children(instantiate(form(nested(_recursive_=written)), _recursive_=not written)) == expected


def test_raw_nodes_are_config_containers(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form(nested(_recursive_=False)))
    assert isinstance(built.kwargs["leaf"], DictConfig)
    assert isinstance(built.kwargs["list"], ListConfig)


def test_raw_nodes_can_be_instantiated_by_the_target(instantiate: Instantiate, form: Form) -> None:
    assert instantiate(instantiate(form(nested(_recursive_=False))).kwargs["leaf"]) == Point(1)


def test_raw_nodes_follow_the_convert_mode(instantiate: Instantiate, form: Form) -> None:
    leaf = instantiate(form(nested(_recursive_=False, _convert_="all"))).kwargs["leaf"]
    assert type(leaf) is dict
    assert leaf == LEAF


def test_recursive_false_of_a_nested_node_holds_for_it_alone(instantiate: Instantiate, form: Form) -> None:
    config = form(
        {
            "_target_": "parity_targets.Recorder",
            "raw": {"_target_": "parity_targets.Recorder", "_recursive_": False, "leaf": LEAF},
            "built": {"_target_": "parity_targets.Recorder", "leaf": LEAF},
        }
    )
    kwargs = instantiate(config).kwargs
    assert kwargs["raw"].kwargs["leaf"] == LEAF
    assert kwargs["built"].kwargs["leaf"] == Point(1)


def test_recursive_true_of_a_nested_node_is_not_reached_below_a_raw_one(instantiate: Instantiate, form: Form) -> None:
    inner = {"_target_": "parity_targets.Recorder", "_recursive_": True, "leaf": LEAF}
    config = form({"_target_": "parity_targets.Recorder", "_recursive_": False, "inner": inner})
    assert instantiate(config).kwargs["inner"] == inner


def test_a_list_hands_recursive_down_to_its_items(instantiate: Instantiate, form: Form) -> None:
    items = instantiate(form([{"_target_": "parity_targets.Recorder", "leaf": LEAF}]), _recursive_=False)
    assert items[0].kwargs["leaf"] == LEAF


def test_a_group_hands_recursive_down_to_its_values(instantiate: Instantiate, form: Form) -> None:
    config = {"_recursive_": False, "part": {"_target_": "parity_targets.Recorder", "leaf": LEAF}}
    assert instantiate(form(config))["part"].kwargs["leaf"] == LEAF


def test_a_nested_group_hands_recursive_down_to_its_values(instantiate: Instantiate, form: Form) -> None:
    config = {"group": {"_recursive_": False, "part": {"_target_": "parity_targets.Recorder", "leaf": LEAF}}}
    assert instantiate(form(config))["group"]["part"].kwargs["leaf"] == LEAF


def test_a_node_overrides_what_its_group_says_on_recursive(instantiate: Instantiate, form: Form) -> None:
    part = {"_target_": "parity_targets.Recorder", "_recursive_": True, "leaf": LEAF}
    assert instantiate(form({"_recursive_": False, "part": part}))["part"].kwargs["leaf"] == Point(1)


def test_args_of_a_node_that_is_not_recursive_stay_raw(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": "parity_targets.Recorder", "_recursive_": False, "_args_": [LEAF]})
    assert instantiate(config).args == (LEAF,)


def test_call_site_nodes_stay_raw_when_not_recursive(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": "parity_targets.Recorder"})
    assert instantiate(config, leaf=LEAF, _recursive_=False).kwargs["leaf"] == LEAF


def test_raw_nodes_are_resolved(instantiate: Instantiate) -> None:
    config = OmegaConf.create(
        {
            "trainer": {"_target_": "parity_targets.Recorder", "_recursive_": False, "model": "${model}"},
            "model": {"_target_": "parity_targets.Point", "x": "${width}"},
            "width": 64,
        }
    )
    model = instantiate(config.trainer).kwargs["model"]
    assert OmegaConf.to_container(model, resolve=False) == {"_target_": "parity_targets.Point", "x": 64}


def test_every_build_of_a_config_makes_new_objects(instantiate: Instantiate, form: Form) -> None:
    config = form(nested())
    one, two = instantiate(config), instantiate(config)
    assert one is not two
    assert one.kwargs["leaf"] is not two.kwargs["leaf"]


def test_children_are_built_in_the_order_in_which_they_are_written(
    instantiate: Instantiate, form: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parity_targets, "CALLS", [])

    def note(name: str, **inner: Any) -> dict[str, Any]:
        return {"_target_": "parity_targets.note", "name": name, **inner}

    instantiate(form(note("last", c=note("before c", of=note("first")), a=[note("a")], b={"deep": note("b")})))
    assert parity_targets.CALLS == ["first", "before c", "a", "b", "last"]
