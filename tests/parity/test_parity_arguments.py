"""How a target gets its arguments: from the config, from `_args_`, and from the call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hydra.errors import InstantiationException
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import ConfigTypeError
from parity_failures import everything_said
from parity_targets import Colour, Point, Recorder

Instantiate = Callable[..., Any]
Form = Callable[[Any], Any]


def test_a_node_is_called_with_its_keys_as_keyword_arguments(instantiate: Instantiate, form: Form) -> None:
    assert instantiate(form({"_target_": "parity_targets.Point", "x": 1, "y": 2})) == Point(1, 2)


def test_a_node_without_arguments_is_called_without_arguments(instantiate: Instantiate, form: Form) -> None:
    assert instantiate(form({"_target_": "parity_targets.Recorder"})) == Recorder()


def test_defaults_of_the_target_hold(instantiate: Instantiate, form: Form) -> None:
    assert instantiate(form({"_target_": "parity_targets.Point", "x": 1})) == Point(1, 0)


def test_none_is_an_ordinary_argument(instantiate: Instantiate, form: Form) -> None:
    assert instantiate(form({"_target_": "parity_targets.Recorder", "a": None})).kwargs == {"a": None}


def test_args_of_the_config_are_positional(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form({"_target_": "parity_targets.Recorder", "_args_": [1, "two", None], "c": 3}))
    assert (built.args, built.kwargs) == ((1, "two", None), {"c": 3})


def test_empty_args_are_no_arguments(instantiate: Instantiate, form: Form) -> None:
    assert instantiate(form({"_target_": "parity_targets.Recorder", "_args_": []})).args == ()


def test_args_of_the_config_may_hold_nodes_and_containers(instantiate: Instantiate, form: Form) -> None:
    node = {"_target_": "parity_targets.Point", "x": 1}
    first, second, third = instantiate(
        form({"_target_": "parity_targets.Recorder", "_args_": [node, [node], {"key": node}]})
    ).args
    assert (first, second[0], third["key"]) == (Point(1), Point(1), Point(1))


def test_positional_arguments_of_the_call_are_passed(instantiate: Instantiate, form: Form) -> None:
    assert instantiate(form({"_target_": "parity_targets.Recorder"}), 1, "two").args == (1, "two")


def test_positional_arguments_of_the_call_replace_args_of_the_config(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form({"_target_": "parity_targets.Recorder", "_args_": [1, 2, 3]}), 9)
    assert built.args == (9,)


def test_args_can_be_given_by_keyword_in_the_call(instantiate: Instantiate, form: Form) -> None:
    assert instantiate(form({"_target_": "parity_targets.Recorder", "_args_": [1]}), _args_=[7, 8]).args == (7, 8)


def test_positional_arguments_of_the_call_do_not_reach_nested_nodes(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": "parity_targets.Recorder", "inner": {"_target_": "parity_targets.Recorder"}})
    built = instantiate(config, 5)
    assert (built.args, built.kwargs["inner"].args) == ((5,), ())


def test_a_string_of_args_is_taken_letter_by_letter(instantiate: Instantiate, form: Form) -> None:
    assert instantiate(form({"_target_": "parity_targets.Recorder", "_args_": "ab"})).args == ("a", "b")


@pytest.mark.parametrize(
    ("args", "type_name"), [(3, "int"), ({"a": 1}, "DictConfig"), (None, "NoneType")], ids=["int", "mapping", "none"]
)
def test_args_that_are_no_sequence_are_refused(
    instantiate: Instantiate, form: Form, args: object, type_name: str
) -> None:
    with pytest.raises(InstantiationException) as failure:
        instantiate(form({"_target_": "parity_targets.Recorder", "_args_": args}))
    assert f"Unsupported _args_ type: '{type_name}'" in everything_said(failure.value)


def test_keywords_of_the_call_override_the_config(instantiate: Instantiate, form: Form) -> None:
    assert instantiate(form({"_target_": "parity_targets.Point", "x": 1, "y": 2}), y=20) == Point(1, 20)


def test_keywords_of_the_call_are_added_to_the_config(instantiate: Instantiate, form: Form) -> None:
    assert instantiate(form({"_target_": "parity_targets.Point", "x": 1}), y=20) == Point(1, 20)


def test_keywords_of_the_call_merge_into_nested_mappings(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": "parity_targets.Recorder", "options": {"lr": 0.1, "betas": {"one": 0.9, "two": 0.99}}})
    options = instantiate(config, options={"betas": {"two": 0.5}, "eps": 1e-8}).kwargs["options"]
    assert options == {"lr": 0.1, "betas": {"one": 0.9, "two": 0.5}, "eps": 1e-8}


def test_keywords_of_the_call_replace_lists(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": "parity_targets.Recorder", "sizes": [1, 2, 3]})
    assert instantiate(config, sizes=[9]).kwargs["sizes"] == [9]


def test_keywords_of_the_call_complete_a_nested_node(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": "parity_targets.Recorder", "point": {"_target_": "parity_targets.Point", "x": 1}})
    assert instantiate(config, point={"x": 5, "y": 6}).kwargs["point"] == Point(5, 6)


def test_keywords_of_the_call_may_be_nodes(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": "parity_targets.Recorder"})
    built = instantiate(
        config,
        point={"_target_": "parity_targets.Point", "x": 1},
        points=[{"_target_": "parity_targets.Point", "x": 2}],
    )
    assert built.kwargs["point"] == Point(1)
    assert built.kwargs["points"][0] == Point(2)


def test_keywords_of_the_call_may_be_omegaconf_nodes(instantiate: Instantiate, form: Form) -> None:
    argument = OmegaConf.create({"_target_": "parity_targets.Point", "x": 1})
    assert instantiate(form({"_target_": "parity_targets.Recorder"}), point=argument).kwargs["point"] == Point(1)


def test_the_target_can_be_overridden_in_the_call(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": "parity_targets.Recorder", "x": 1})
    assert instantiate(config, _target_="parity_targets.Point") == Point(1)


def test_the_target_can_be_given_in_the_call_alone(instantiate: Instantiate, form: Form) -> None:
    assert instantiate(form({"x": 1}), _target_="parity_targets.Point") == Point(1)


def test_the_target_can_be_overridden_by_a_class_in_the_call(instantiate: Instantiate, form: Form) -> None:
    assert instantiate(form({"_target_": "not.there", "x": 1}), _target_=Point) == Point(1)


def test_a_group_without_target_gets_the_keywords_of_the_call(instantiate: Instantiate, form: Form) -> None:
    assert instantiate(form({"a": 1, "b": {"c": 2}}), b={"d": 3}, e=4) == {"a": 1, "b": {"c": 2, "d": 3}, "e": 4}


class Unrelated:
    """An object that OmegaConf knows nothing of."""


@pytest.mark.parametrize(
    "value",
    [Unrelated(), lambda: 1, Unrelated, len, Point(1), {1, 2}, frozenset([3]), b"bytes", Colour.RED, 1 + 2j, range(3)],
    ids=["object", "lambda", "class", "builtin", "eq", "set", "frozenset", "bytes", "enum", "complex", "range"],
)
def test_objects_in_the_call_reach_the_target_themselves(instantiate: Instantiate, form: Form, value: object) -> None:
    assert instantiate(form({"_target_": "parity_targets.Recorder", "v": 0}), v=value).kwargs["v"] is value


def test_objects_inside_a_mapping_in_the_call_reach_the_target_themselves(instantiate: Instantiate, form: Form) -> None:
    value = Unrelated()
    built = instantiate(form({"_target_": "parity_targets.Recorder"}), options={"deep": [value]})
    assert built.kwargs["options"]["deep"][0] is value


def test_positional_objects_of_the_call_reach_the_target_themselves(instantiate: Instantiate, form: Form) -> None:
    value, numbers = Unrelated(), [1, 2]
    first, second = instantiate(form({"_target_": "parity_targets.Recorder"}), value, numbers).args
    assert first is value
    assert second is numbers


def test_generators_in_the_call_are_not_consumed(instantiate: Instantiate, form: Form) -> None:
    numbers = (n for n in [1, 2])
    built = instantiate(form({"_target_": "parity_targets.Recorder"}), numbers=numbers)
    assert built.kwargs["numbers"] is numbers
    assert list(numbers) == [1, 2]


def test_mappings_and_lists_in_the_call_become_config_containers(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form({"_target_": "parity_targets.Recorder"}), mapping={"a": 1}, items=[1])
    assert isinstance(built.kwargs["mapping"], DictConfig)
    assert isinstance(built.kwargs["items"], ListConfig)


def test_mappings_and_lists_in_the_call_follow_the_convert_mode(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(
        form({"_target_": "parity_targets.Recorder", "_convert_": "all"}), mapping={"a": [1]}, items=[{"b": 2}]
    )
    assert type(built.kwargs["mapping"]) is dict and type(built.kwargs["mapping"]["a"]) is list
    assert type(built.kwargs["items"]) is list and type(built.kwargs["items"][0]) is dict


def test_arguments_named_like_python_things_pass(instantiate: Instantiate, form: Form) -> None:
    names = ["self_", "config", "cfg", "target", "args", "kwargs", "items", "keys", "key", "node", "recursive"]
    config = {"_target_": "parity_targets.received", **dict.fromkeys(names, 1)}
    assert instantiate(form(config)) == dict.fromkeys(names, 1)


def test_control_keys_never_reach_the_target(instantiate: Instantiate, form: Form) -> None:
    config = {
        "_target_": "parity_targets.received",
        "_recursive_": True,
        "_convert_": "none",
        "_partial_": False,
        "a": 1,
    }
    assert instantiate(form(config)) == {"a": 1}


def test_control_keys_in_the_call_never_reach_the_target(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": "parity_targets.received", "a": 1})
    assert instantiate(config, _recursive_=False, _convert_="all", _partial_=False) == {"a": 1}


@pytest.mark.parametrize(
    ("written", "given"),
    [(None, {"x": 1}), ({"x": 1}, None), (1, {"x": 1}), ({"x": 1}, 3), ("${y}", 5)],
    ids=["none_dict", "dict_none", "int_dict", "dict_int", "interpolation_int"],
)
def test_keywords_of_the_call_may_be_of_another_kind(
    instantiate: Instantiate, form: Form, written: object, given: object
) -> None:
    assert instantiate(form({"_target_": "parity_targets.Recorder", "a": written}), a=given).kwargs["a"] == given


@pytest.mark.parametrize(("written", "given"), [({"x": 1}, [1]), ([1], {"x": 1})], ids=["dict_list", "list_dict"])
def test_a_list_and_a_mapping_cannot_be_merged(
    instantiate: Instantiate, form: Form, written: object, given: object
) -> None:
    with pytest.raises(ConfigTypeError, match="Cannot merge DictConfig with ListConfig"):
        instantiate(form({"_target_": "parity_targets.Recorder", "a": written}), a=given)


def test_an_object_of_the_call_takes_the_place_of_a_node(instantiate: Instantiate, form: Form) -> None:
    point = Point(3)
    config = form({"_target_": "parity_targets.Recorder", "a": {"_target_": "parity_targets.Fails"}})
    assert instantiate(config, a=point).kwargs["a"] is point


def test_the_target_of_a_nested_node_can_be_overridden_in_the_call(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": "parity_targets.Recorder", "a": {"_target_": "not.there", "x": 1}})
    assert instantiate(config, a={"_target_": "parity_targets.Point", "y": 2}).kwargs["a"] == Point(1, 2)


def test_keywords_of_the_call_may_refer_to_the_config(instantiate: Instantiate) -> None:
    config = OmegaConf.create({"node": {"_target_": "parity_targets.Recorder"}, "n": 7})
    assert instantiate(config.node, a="${n}", b={"c": ["${n}"]}).kwargs == {"a": 7, "b": {"c": [7]}}


def test_keywords_arrive_in_the_order_of_the_config_then_of_the_call(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form({"_target_": "parity_targets.Recorder", "b": 1, "a": 2}), c=3, a=4, _convert_="none")
    assert list(built.kwargs.items()) == [("b", 1), ("a", 4), ("c", 3)]
