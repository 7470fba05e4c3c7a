"""`_convert_`: what containers and structured configs are when they reach the target."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hydra.utils import ConvertMode
from omegaconf import DictConfig, ListConfig, OmegaConf
from parity_targets import AttrsUser, Point, Team, User

Instantiate = Callable[..., Any]
Form = Callable[[Any], Any]

#: mode -> (a mapping, a list, a structured config)
TYPES: dict[str, tuple[type, type, type]] = {
    "none": (DictConfig, ListConfig, DictConfig),
    "partial": (dict, list, DictConfig),
    "object": (dict, list, User),
    "all": (dict, list, dict),
}
MODES = list(TYPES)
PLAIN_MODES = ["partial", "object", "all"]


@pytest.mark.parametrize("mode", MODES)
def test_mappings_arrive_as_the_mode_says(instantiate: Instantiate, form: Form, mode: str) -> None:
    built = instantiate(form({"_target_": "parity_targets.Recorder", "_convert_": mode, "v": {"a": {"b": 1}}}))
    assert type(built.kwargs["v"]) is TYPES[mode][0]
    assert type(built.kwargs["v"]["a"]) is TYPES[mode][0]
    assert built.kwargs["v"] == {"a": {"b": 1}}


@pytest.mark.parametrize("mode", MODES)
def test_lists_arrive_as_the_mode_says(instantiate: Instantiate, form: Form, mode: str) -> None:
    built = instantiate(form({"_target_": "parity_targets.Recorder", "_convert_": mode, "v": [1, [2], {"a": 3}]}))
    value = built.kwargs["v"]
    assert (type(value), type(value[1]), type(value[2])) == (TYPES[mode][1], TYPES[mode][1], TYPES[mode][0])
    assert value == [1, [2], {"a": 3}]


@pytest.mark.parametrize("mode", MODES)
def test_dataclasses_arrive_as_the_mode_says(instantiate: Instantiate, mode: str) -> None:
    config = OmegaConf.create({"_target_": "parity_targets.Recorder", "_convert_": mode, "v": User})
    value = instantiate(config).kwargs["v"]
    assert type(value) is TYPES[mode][2]
    assert (value == User()) if mode == "object" else (value == {"name": "ann", "tags": [1, 2]})


@pytest.mark.parametrize("mode", MODES)
def test_attrs_classes_arrive_as_the_mode_says(instantiate: Instantiate, mode: str) -> None:
    config = OmegaConf.create({"_target_": "parity_targets.Recorder", "_convert_": mode, "v": AttrsUser})
    value = instantiate(config).kwargs["v"]
    assert type(value) is (AttrsUser if mode == "object" else TYPES[mode][2])
    assert (value == AttrsUser()) if mode == "object" else (value == {"name": "ann", "age": 30})


@pytest.mark.parametrize("mode", MODES)
def test_dataclasses_inside_mappings_and_lists_arrive_as_the_mode_says(instantiate: Instantiate, mode: str) -> None:
    config = OmegaConf.create({"_target_": "parity_targets.Recorder", "_convert_": mode, "v": {"a": User}, "w": [User]})
    kwargs = instantiate(config).kwargs
    assert type(kwargs["v"]["a"]) is TYPES[mode][2]
    assert type(kwargs["w"][0]) is TYPES[mode][2]


@pytest.mark.parametrize("mode", MODES)
def test_dataclasses_inside_dataclasses_arrive_as_the_mode_says(instantiate: Instantiate, mode: str) -> None:
    config = OmegaConf.create({"_target_": "parity_targets.Recorder", "_convert_": mode, "v": Team})
    value = instantiate(config).kwargs["v"]
    expected = {"none": DictConfig, "partial": DictConfig, "object": Team, "all": dict}[mode]
    lead = value.lead if mode == "object" else value["lead"]
    members = value.members if mode == "object" else value["members"]
    assert type(value) is expected
    assert type(lead) is TYPES[mode][2]
    assert type(members[0]) is TYPES[mode][2]


@pytest.mark.parametrize("mode", ["none", "partial"])
def test_structured_configs_keep_their_type(instantiate: Instantiate, mode: str) -> None:
    config = OmegaConf.create({"_target_": "parity_targets.Recorder", "_convert_": mode, "v": User})
    assert OmegaConf.get_type(instantiate(config).kwargs["v"]) is User


@pytest.mark.parametrize("mode", ["none", "partial"])
def test_nested_structured_configs_keep_their_type(instantiate: Instantiate, mode: str) -> None:
    config = OmegaConf.create({"_target_": "parity_targets.Recorder", "_convert_": mode, "v": Team})
    value = instantiate(config).kwargs["v"]
    assert OmegaConf.get_type(value) is Team
    assert OmegaConf.get_type(value.lead) is User


def test_mappings_have_no_object_type_but_dict(instantiate: Instantiate, form: Form) -> None:
    value = instantiate(form({"_target_": "parity_targets.Recorder", "v": {"a": 1}})).kwargs["v"]
    assert OmegaConf.get_type(value) is dict


@pytest.mark.parametrize("mode", MODES)
def test_a_structured_config_at_top_level_comes_out_as_the_mode_says(instantiate: Instantiate, mode: str) -> None:
    value = instantiate(OmegaConf.structured(User), _convert_=mode)
    assert type(value) is TYPES[mode][2]
    if isinstance(value, DictConfig):
        assert OmegaConf.get_type(value) is User


@pytest.mark.parametrize("mode", MODES)
def test_a_group_at_top_level_comes_out_as_the_mode_says(instantiate: Instantiate, form: Form, mode: str) -> None:
    value = instantiate(form({"a": {"b": [1]}}), _convert_=mode)
    assert (type(value), type(value["a"]), type(value["a"]["b"])) == (TYPES[mode][0], TYPES[mode][0], TYPES[mode][1])


@pytest.mark.parametrize("mode", MODES)
def test_a_list_at_top_level_comes_out_as_the_mode_says(instantiate: Instantiate, form: Form, mode: str) -> None:
    value = instantiate(form([{"a": 1}, [2]]), _convert_=mode)
    assert (type(value), type(value[0]), type(value[1])) == (TYPES[mode][1], TYPES[mode][0], TYPES[mode][1])


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_is_inherited_by_nested_nodes(instantiate: Instantiate, form: Form, mode: str) -> None:
    inner = {"_target_": "parity_targets.Recorder", "v": {"a": 1}}
    config = {"_target_": "parity_targets.Recorder", "_convert_": mode, "x": {"y": [inner]}}
    built = instantiate(form(config)).kwargs["x"]["y"][0]
    assert type(built.kwargs["v"]) is TYPES[mode][0]


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
def test_a_nested_node_has_its_own_mode(instantiate: Instantiate, form: Form, outer: str, inner: str) -> None:
    config = {
        "_target_": "parity_targets.Recorder",
        "_convert_": outer,
        "v": {"a": 1},
        "node": {"_target_": "parity_targets.Recorder", "_convert_": inner, "v": {"a": 1}},
    }
    built = instantiate(form(config))
    assert type(built.kwargs["v"]) is TYPES[outer][0]
    assert type(built.kwargs["node"].kwargs["v"]) is TYPES[inner][0]


@pytest.mark.parametrize("written", MODES)
@pytest.mark.parametrize("given", MODES)
def test_the_call_has_the_last_word_on_the_mode(instantiate: Instantiate, form: Form, written: str, given: str) -> None:
    config = form({"_target_": "parity_targets.Recorder", "_convert_": written, "v": {"a": 1}})
    assert type(instantiate(config, _convert_=given).kwargs["v"]) is TYPES[given][0]


@pytest.mark.parametrize("mode", list(ConvertMode), ids=str)
def test_a_mode_may_be_an_enum_member(instantiate: Instantiate, form: Form, mode: ConvertMode) -> None:
    config = form({"_target_": "parity_targets.Recorder", "v": {"a": 1}})
    assert type(instantiate(config, _convert_=mode).kwargs["v"]) is TYPES[mode.value][0]


@pytest.mark.parametrize("mode", PLAIN_MODES)
def test_plain_containers_may_hold_built_objects(instantiate: Instantiate, form: Form, mode: str) -> None:
    node = {"_target_": "parity_targets.Point", "x": 1}
    config = form({"_target_": "parity_targets.Recorder", "_convert_": mode, "d": {"k": node}, "l": [node]})
    kwargs = instantiate(config).kwargs
    assert (type(kwargs["d"]), type(kwargs["l"])) == (dict, list)
    assert kwargs == {"d": {"k": Point(1)}, "l": [Point(1)]}


def test_config_containers_may_hold_built_objects(instantiate: Instantiate, form: Form) -> None:
    node = {"_target_": "parity_targets.Point", "x": 1}
    kwargs = instantiate(form({"_target_": "parity_targets.Recorder", "d": {"k": node}, "l": [node]})).kwargs
    assert (type(kwargs["d"]), type(kwargs["l"])) == (DictConfig, ListConfig)
    assert kwargs["d"]["k"] == kwargs["l"][0] == Point(1)
    assert kwargs["d"]["k"] is kwargs["d"]["k"]


@pytest.mark.parametrize("mode", MODES)
def test_dicts_and_lists_that_a_target_returns_are_left_alone(instantiate: Instantiate, form: Form, mode: str) -> None:
    config = form({"_convert_": mode, "_target_": "parity_targets.received", "a": 1})
    assert type(instantiate(config)) is dict


@pytest.mark.parametrize("mode", PLAIN_MODES)
def test_args_follow_the_mode(instantiate: Instantiate, form: Form, mode: str) -> None:
    config = form({"_target_": "parity_targets.Recorder", "_convert_": mode, "_args_": [{"a": 1}, [2]]})
    assert [type(arg) for arg in instantiate(config).args] == [dict, list]


@pytest.mark.parametrize("mode", PLAIN_MODES)
def test_plain_containers_hold_resolved_values(instantiate: Instantiate, mode: str) -> None:
    config = OmegaConf.create(
        {"node": {"_target_": "parity_targets.Recorder", "_convert_": mode, "v": {"a": "${n}", "b": ["${n}"]}}, "n": 5}
    )
    assert instantiate(config.node).kwargs["v"] == {"a": 5, "b": [5]}


@pytest.mark.parametrize("mode", MODES)
def test_none_is_none_in_every_mode(instantiate: Instantiate, form: Form, mode: str) -> None:
    config = form({"_target_": "parity_targets.Recorder", "_convert_": mode, "a": None, "b": {"c": None}, "d": [None]})
    assert instantiate(config).kwargs == {"a": None, "b": {"c": None}, "d": [None]}


@pytest.mark.parametrize("mode", MODES)
def test_empty_containers_stay_empty_containers(instantiate: Instantiate, form: Form, mode: str) -> None:
    kwargs = instantiate(form({"_target_": "parity_targets.Recorder", "_convert_": mode, "d": {}, "l": []})).kwargs
    assert (type(kwargs["d"]), type(kwargs["l"])) == TYPES[mode][:2]
    assert (len(kwargs["d"]), len(kwargs["l"])) == (0, 0)
