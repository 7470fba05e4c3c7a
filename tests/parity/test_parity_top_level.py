"""What may stand at the top: a node, a group, a list, nothing."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest
from omegaconf import DictConfig, ListConfig, OmegaConf
from parity_targets import Point

Instantiate = Callable[..., Any]
Form = Callable[[Any], Any]

NODE = {"_target_": "parity_targets.Point", "x": 1}


def test_none_gives_none(instantiate: Instantiate) -> None:
    assert instantiate(None) is None


def test_none_gives_none_whatever_is_passed_with_it(instantiate: Instantiate) -> None:
    assert instantiate(None, 1, a=2, _convert_="all") is None


def test_a_list_config_of_none_gives_none(instantiate: Instantiate) -> None:
    config = OmegaConf.create({"a": ListConfig(None), "b": DictConfig(None)})
    assert instantiate(config) == {"a": None, "b": None}


def test_a_list_gives_a_list_of_what_its_items_give(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form([NODE, 5, "text", None, {"a": NODE}, [NODE]]))
    assert isinstance(built, ListConfig)
    assert list(built[:4]) == [Point(1), 5, "text", None]
    assert built[4]["a"] == built[5][0] == Point(1)


def test_an_empty_list_gives_an_empty_list(instantiate: Instantiate, form: Form) -> None:
    assert instantiate(form([])) == []


def test_an_empty_group_gives_an_empty_group(instantiate: Instantiate, form: Form) -> None:
    assert instantiate(form({})) == {}


def test_a_group_gives_a_group_of_what_its_values_give(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form({"a": NODE, "b": {"c": NODE}, "d": [NODE], "e": 5}))
    assert isinstance(built, DictConfig)
    assert (built.a, built.b.c, built.d[0], built.e) == (Point(1), Point(1), Point(1), 5)


def test_a_group_loses_the_control_keys_of_its_top(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form({"_convert_": "none", "_recursive_": True, "_partial_": False, "a": 1}))
    assert built == {"a": 1}


@pytest.mark.parametrize("key", [1, 2.5, True], ids=["int", "float", "bool"])
def test_keys_of_a_group_need_not_be_strings(instantiate: Instantiate, form: Form, key: object) -> None:
    built = instantiate(form({key: NODE}))
    assert list(built) == [key]
    assert built[key] == Point(1)


def test_a_group_can_be_unpacked(instantiate: Instantiate, form: Form) -> None:
    parts = instantiate(form({"x": NODE, "y": 2}))
    assert Point(**parts) == Point(Point(1), 2)


def test_a_group_of_nodes_keeps_the_order_of_its_keys(instantiate: Instantiate, form: Form) -> None:
    assert list(instantiate(form({"z": NODE, "a": 1, "m": [NODE]}))) == ["z", "a", "m"]


@pytest.mark.parametrize("module", ["hydra.utils", "safe_instantiate"])
def test_call_is_another_name_of_instantiate(module: str) -> None:
    names = importlib.import_module(module)
    assert names.call is names.instantiate
