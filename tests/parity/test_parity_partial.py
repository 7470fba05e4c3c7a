"""`_partial_`: the target and its arguments, to be called later."""

from __future__ import annotations

import copy
import functools
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hydra.errors import InstantiationException
from omegaconf import OmegaConf
from parity_targets import PartialConf, Point, Recorder, add

Instantiate = Callable[..., Any]
Form = Callable[[Any], Any]


def test_a_partial_is_a_functools_partial_of_the_target(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form({"_target_": "parity_targets.Point", "_partial_": True, "x": 1}))
    assert isinstance(built, functools.partial)
    assert built.func is Point


def test_a_partial_keeps_its_arguments(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form({"_target_": "parity_targets.Recorder", "_partial_": True, "_args_": [1], "b": 2}))
    assert (built.args, built.keywords) == ((1,), {"b": 2})


def test_a_partial_can_be_called_again_and_again(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form({"_target_": "parity_targets.Point", "_partial_": True, "y": 2}))
    assert [built(1), built(x=3), built(5, y=6)] == [Point(1, 2), Point(3, 2), Point(5, 6)]
    assert built(1) is not built(1)


def test_a_partial_of_a_function_works_alike(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form({"_target_": "parity_targets.add", "_partial_": True, "right": 2}))
    assert built.func is add
    assert built(40) == 42


def test_partial_can_be_asked_for_in_the_call(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form({"_target_": "parity_targets.Point", "x": 1}), _partial_=True)
    assert built(y=2) == Point(1, 2)


def test_partial_of_the_config_can_be_revoked_in_the_call(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": "parity_targets.Point", "_partial_": True, "x": 1})
    assert instantiate(config, _partial_=False) == Point(1)


def test_arguments_of_the_call_are_kept_by_a_partial(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form({"_target_": "parity_targets.Recorder", "_partial_": True, "a": 1}), 9, a=2, b=3)
    assert (built.args, built.keywords) == ((9,), {"a": 2, "b": 3})


def test_a_partial_inside_a_node_is_passed_as_partial(instantiate: Instantiate, form: Form) -> None:
    optimizer = {"_target_": "parity_targets.Point", "_partial_": True, "y": 2}
    built = instantiate(form({"_target_": "parity_targets.Recorder", "optimizer": optimizer}))
    assert built.kwargs["optimizer"](1) == Point(1, 2)


def test_a_partial_may_hold_a_partial(instantiate: Instantiate, form: Form) -> None:
    inner = {"_target_": "parity_targets.Point", "_partial_": True, "y": 2}
    built = instantiate(form({"_target_": "parity_targets.Recorder", "_partial_": True, "inner": inner}))
    assert isinstance(built.keywords["inner"], functools.partial)
    assert built().kwargs["inner"](1) == Point(1, 2)


def test_a_partial_holds_built_children_once(instantiate: Instantiate, form: Form) -> None:
    child = {"_target_": "parity_targets.Point", "x": 1}
    built = instantiate(form({"_target_": "parity_targets.Recorder", "_partial_": True, "child": child}))
    assert built().kwargs["child"] is built().kwargs["child"]


def test_partial_is_not_inherited_by_nested_nodes(instantiate: Instantiate, form: Form) -> None:
    child = {"_target_": "parity_targets.Point", "x": 1}
    config = form({"_target_": "parity_targets.Recorder", "child": child, "group": {"child": child}, "list": [child]})
    keywords = instantiate(config, _partial_=True).keywords
    assert (keywords["child"], keywords["group"]["child"], keywords["list"][0]) == (Point(1), Point(1), Point(1))


def test_partials_may_stand_in_plain_groups_and_lists(instantiate: Instantiate, form: Form) -> None:
    node = {"_target_": "parity_targets.Point", "_partial_": True, "x": 1}
    built = instantiate(form({"group": {"a": node}, "list": [node]}))
    assert built["group"]["a"](y=2) == built["list"][0](y=2) == Point(1, 2)


def test_a_partial_leaves_missing_arguments_to_its_caller(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form({"_target_": "parity_targets.Point", "_partial_": True, "x": "???", "y": 2}))
    assert built.keywords == {"y": 2}
    assert built(x=1) == Point(1, 2)


def test_a_partial_leaves_missing_fields_of_a_structured_config_to_its_caller(instantiate: Instantiate) -> None:
    built = instantiate(OmegaConf.structured(PartialConf))
    assert built.keywords == {"y": 5}
    assert built(1) == Point(1, 5)


def test_partials_of_one_config_are_alike_in_all_that_makes_them(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": "parity_targets.Recorder", "_partial_": True, "_args_": [1], "a": {"b": [2]}})
    one, two = instantiate(config), instantiate(config)
    assert (one.func, one.args, one.keywords) == (two.func, two.args, two.keywords)
    assert one() == two()


def test_a_partial_converts_its_arguments(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": "parity_targets.Recorder", "_partial_": True, "_convert_": "all", "a": {"b": [1]}})
    argument = instantiate(config).keywords["a"]
    assert type(argument) is dict and type(argument["b"]) is list


def test_a_partial_that_is_not_recursive_holds_raw_configs(instantiate: Instantiate, form: Form) -> None:
    child = {"_target_": "parity_targets.Point", "x": 1}
    config = form({"_target_": "parity_targets.Recorder", "_partial_": True, "_recursive_": False, "child": child})
    assert instantiate(config).keywords["child"] == child


def test_a_partial_can_be_pickled(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": "parity_targets.Recorder", "_partial_": True, "_args_": [1], "a": {"b": [2]}})
    built = instantiate(config)
    assert pickle.loads(pickle.dumps(built))() == built()


def test_a_partial_can_be_deep_copied(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form({"_target_": "parity_targets.Recorder", "_partial_": True, "a": {"b": [2]}}))
    duplicate = copy.deepcopy(built)
    assert duplicate() == built()
    assert duplicate.keywords["a"] is not built.keywords["a"]


def test_a_partial_can_be_made_more_special(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form({"_target_": "parity_targets.Point", "_partial_": True, "x": 1}))
    assert functools.partial(built, y=3)() == Point(1, 3)


def test_what_a_partial_raises_is_raised_as_it_is(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form({"_target_": "parity_targets.Fails", "_partial_": True, "message": "out of memory"}))
    with pytest.raises(RuntimeError, match=r"^out of memory$"):
        built()


def test_a_partial_does_not_call_its_target(instantiate: Instantiate, form: Form) -> None:
    instantiate(form({"_target_": "parity_targets.raise_keyboard_interrupt", "_partial_": True}))


def test_a_target_that_returns_a_partial_gives_one(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": "parity_targets.same", "value": 0})
    built = instantiate(config, value=functools.partial(Recorder, 1))
    assert isinstance(built, functools.partial)
    assert built(2) == Recorder(1, 2)


def test_partial_for_a_list_at_top_level_is_refused(instantiate: Instantiate, form: Form) -> None:
    with pytest.raises(InstantiationException, match="_partial_ keyword is not compatible with top-level list"):
        instantiate(form([{"_target_": "parity_targets.Point", "x": 1}]), _partial_=True)
