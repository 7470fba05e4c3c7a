"""Whose config is whose: the caller's stays as it was, the target's is its own."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from omegaconf import DictConfig, ListConfig, OmegaConf
from parity_targets import Point, Team, User

Instantiate = Callable[..., Any]
Form = Callable[[Any], Any]

BOTH = pytest.mark.parametrize("recursive", [True, False], ids=["recursive", "not_recursive"])


@BOTH
def test_configs_that_reach_a_target_are_detached(instantiate: Instantiate, tree: DictConfig, recursive: bool) -> None:
    kwargs = instantiate(tree.model, _recursive_=recursive).kwargs
    assert kwargs["options"]._get_parent() is None
    assert kwargs["layers"]._get_parent() is None


@BOTH
def test_positional_configs_that_reach_a_target_are_detached(instantiate: Instantiate, recursive: bool) -> None:
    config = OmegaConf.create({"node": {"_target_": "parity_targets.Recorder", "_args_": [{"a": 1}, [2]]}})
    assert [arg._get_parent() for arg in instantiate(config.node, _recursive_=recursive).args] == [None, None]


@BOTH
def test_configs_that_reach_a_target_know_their_own_children(
    instantiate: Instantiate, tree: DictConfig, recursive: bool
) -> None:
    layers = instantiate(tree.model, _recursive_=recursive).kwargs["layers"]
    assert layers[0]._get_root() is layers


@BOTH
def test_a_target_may_change_what_it_received(instantiate: Instantiate, form: Form, recursive: bool) -> None:
    config = form({"_target_": "parity_targets.Recorder", "options": {"a": 1}, "items": [1]})
    kwargs = instantiate(config, _recursive_=recursive).kwargs
    kwargs["options"].pop("a")
    kwargs["options"]["new"] = 2
    kwargs["items"].append(2)
    assert config == {"_target_": "parity_targets.Recorder", "options": {"a": 1}, "items": [1]}
    assert instantiate(config).kwargs["options"] == {"a": 1}


@BOTH
def test_two_builds_do_not_share_containers(instantiate: Instantiate, form: Form, recursive: bool) -> None:
    config = form({"_target_": "parity_targets.Recorder", "options": {"deep": {"a": 1}}, "items": [[1]]})
    one, two = (instantiate(config, _recursive_=recursive).kwargs for _ in range(2))
    one["options"]["deep"]["a"] = 9
    one["items"][0].append(9)
    assert (two["options"]["deep"]["a"], two["items"][0]) == (1, [1])


def test_a_config_that_is_read_only_and_struct_is_built(instantiate: Instantiate) -> None:
    config = OmegaConf.create({"_target_": "parity_targets.Recorder", "a": {"b": 1}, "c": [1]})
    OmegaConf.set_readonly(config, True)
    OmegaConf.set_struct(config, True)
    assert instantiate(config, new=2, a={"d": 3}).kwargs == {"a": {"b": 1, "d": 3}, "c": [1], "new": 2}
    assert OmegaConf.is_readonly(config) and OmegaConf.is_struct(config)
    assert config == {"_target_": "parity_targets.Recorder", "a": {"b": 1}, "c": [1]}


@BOTH
def test_configs_that_reach_a_target_are_free_of_the_locks_on_the_caller_s(
    instantiate: Instantiate, recursive: bool
) -> None:
    whole = OmegaConf.create({"node": {"_target_": "parity_targets.Recorder", "a": {"b": 1}, "c": [1]}})
    OmegaConf.set_readonly(whole, True)
    OmegaConf.set_struct(whole, True)
    kwargs = instantiate(whole.node, _recursive_=recursive).kwargs
    kwargs["a"].new = 2
    kwargs["c"].append(2)
    assert not OmegaConf.is_readonly(kwargs["a"])
    assert not OmegaConf.is_struct(kwargs["a"])


def test_the_caller_s_interpolations_stay_unresolved(instantiate: Instantiate, tree: DictConfig) -> None:
    before = OmegaConf.to_container(tree, resolve=False)
    instantiate(tree.model, width=1)
    instantiate(tree)
    assert OmegaConf.to_container(tree, resolve=False) == before


def test_the_caller_s_nodes_keep_their_place(instantiate: Instantiate, tree: DictConfig) -> None:
    model, options = tree.model, tree.model.options
    instantiate(model)
    assert tree.model is model
    assert model._get_parent() is tree
    assert options._get_parent() is model


def test_the_caller_s_control_keys_stay(instantiate: Instantiate, form: Form) -> None:
    written = {"_target_": "parity_targets.Recorder", "_recursive_": False, "_convert_": "all", "_partial_": True}
    config = form(dict(written))
    instantiate(config)
    assert config == written


def test_keyword_containers_of_the_caller_stay_as_they_were(instantiate: Instantiate, form: Form) -> None:
    options = {"a": {"b": [1]}}
    built = instantiate(form({"_target_": "parity_targets.Recorder"}), options=options)
    built.kwargs["options"]["a"]["b"].append(2)
    assert options == {"a": {"b": [1]}}


def test_keyword_configs_of_the_caller_stay_as_they_were(instantiate: Instantiate, form: Form) -> None:
    whole = OmegaConf.create({"options": {"a": {"b": [1]}}})
    built = instantiate(form({"_target_": "parity_targets.Recorder"}), options=whole.options)
    built.kwargs["options"]["a"]["b"].append(2)
    assert whole == {"options": {"a": {"b": [1]}}}
    assert whole.options._get_parent() is whole


@BOTH
def test_configs_that_reach_a_target_can_be_pickled(
    instantiate: Instantiate, tree: DictConfig, recursive: bool
) -> None:
    options = instantiate(tree.model, _recursive_=recursive, generator=(letter for letter in "ab")).kwargs["options"]
    assert pickle.loads(pickle.dumps(options)) == {"dropout": 0.1}


def test_configs_inside_a_partial_can_be_pickled_beside_what_cannot(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": "parity_targets.Recorder", "_partial_": True, "items": [1, 2]})
    built = instantiate(config, generator=(letter for letter in "ab"))
    assert pickle.loads(pickle.dumps(built.keywords["items"])) == [1, 2]


def test_configs_that_reach_a_target_can_be_deep_copied(instantiate: Instantiate, tree: DictConfig) -> None:
    layers = instantiate(tree.model).kwargs["layers"]
    duplicate = copy.deepcopy(layers)
    duplicate[0]["in"] = 1
    assert layers[0]["in"] == 64


def test_containers_that_hold_built_objects_accept_more_of_them(instantiate: Instantiate, form: Form) -> None:
    node = {"_target_": "parity_targets.Point", "x": 1}
    parts = instantiate(form({"_target_": "parity_targets.Recorder", "parts": {"a": node}})).kwargs["parts"]
    parts["b"] = Point(2)
    assert parts["b"] == Point(2)


def test_containers_that_come_out_at_top_level_accept_objects(instantiate: Instantiate, form: Form) -> None:
    group, items = instantiate(form({"a": 1})), instantiate(form([1]))
    group["b"] = Point(2)
    items.append(Point(2))
    assert group["b"] == items[1] == Point(2)


@BOTH
def test_structured_configs_that_reach_a_target_are_its_own(instantiate: Instantiate, recursive: bool) -> None:
    config = OmegaConf.create({"_target_": "parity_targets.Recorder", "team": Team})
    team = instantiate(config, _recursive_=recursive).kwargs["team"]
    team.lead.name = "zoe"
    assert OmegaConf.get_type(team) is Team
    assert config.team.lead == User()


@pytest.mark.parametrize("kind", [DictConfig, ListConfig])
def test_a_group_that_comes_out_is_not_the_group_that_went_in(instantiate: Instantiate, kind: type) -> None:
    config = OmegaConf.create({"a": 1} if kind is DictConfig else [1])
    built = instantiate(config)
    assert type(built) is kind
    assert built == config
    assert built is not config
