"""Control keys steer the engine, and nobody else ever sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Union

import hydra.utils
import pytest
from behaviour_app import objects
from behaviour_app.objects import LoggingConf, Strict
from hydra.errors import InstantiationException
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import InterpolationKeyError, MissingMandatoryValue

from safe_instantiate import Instantiator, instantiate, plan, strip_control_keys, to_dataclass
from safe_instantiate.hydra_compat import READS_LAZILY

BOX = "behaviour_app.objects.Box"
CONTROLS = {"_convert_": "all", "_recursive_": False, "_partial_": False}
KEYS = {"_target_", "_args_", *CONTROLS}
NODE = {"_target_": BOX, "sizes": [1, 2], "inner": {"_target_": BOX, "sizes": [3]}}


def keys_below(value: Any) -> set[Any]:
    """Every key of every mapping in a value."""
    if isinstance(value, (dict, DictConfig)):
        return set(value).union(*(keys_below(value[key]) for key in value))
    if isinstance(value, (list, tuple, ListConfig)):
        return set().union(*map(keys_below, value))
    return set()


def shape(value: Any) -> Any:
    """What a tree of boxes and containers consists of, classes of containers included."""
    if isinstance(value, objects.Box):
        return "box", shape(value.args), shape(value.kwargs)
    if isinstance(value, (dict, DictConfig)):
        return type(value).__name__, {key: shape(value[key]) for key in value}
    if isinstance(value, (list, tuple, ListConfig)):
        return type(value).__name__, [shape(item) for item in value]
    return value


as_written = pytest.mark.parametrize(
    "made",
    [lambda config: config, OmegaConf.create, lambda config: OmegaConf.create({"whole": config}).whole],
    ids=["dict", "DictConfig", "part of a DictConfig"],
)


@as_written
def test_control_keys_do_not_reach_keyword_arguments(made: Callable[[Any], Any]) -> None:
    found = instantiate(made({"_target_": BOX, "_args_": [1], **CONTROLS, "lr": 0.1}))
    assert found.kwargs == {"lr": 0.1}


@as_written
def test_control_keys_do_not_reach_a_dataclass(made: Callable[[Any], Any]) -> None:
    config = made({"_target_": "behaviour_app.objects.LoggingConf", **CONTROLS, "log_dir": "here"})
    assert instantiate(config) == LoggingConf("here")


@as_written
@pytest.mark.parametrize("recursive", [True, False])
@pytest.mark.parametrize("convert", ["none", "partial", "object", "all"])
def test_a_group_is_handed_on_without_its_control_keys(
    made: Callable[[Any], Any], recursive: bool, convert: str
) -> None:
    group = {"log_dir": "x", "deep": {"er": 1, **CONTROLS}, "list": [{"a": 1, **CONTROLS}, [{"b": 2, **CONTROLS}]]}
    config = {"_target_": BOX, "_recursive_": recursive, "_convert_": convert, "_args_": [{**group, **CONTROLS}]}
    found = instantiate(made({**config, "group": {**group, **CONTROLS}}))
    assert not KEYS & keys_below([found.args, found.kwargs])
    assert found.kwargs["group"]["deep"]["er"] == 1


def test_a_group_can_be_unpacked_into_a_dataclass() -> None:
    for recursive in (True, False):
        logging = {"log_dir": "here", **CONTROLS}
        found = instantiate({"_target_": BOX, "_recursive_": recursive, "logging": logging})
        assert LoggingConf(**found.kwargs["logging"]) == LoggingConf("here")


def test_a_group_given_in_the_call_is_handed_on_clean() -> None:
    for recursive in (True, False):
        found = instantiate({"_target_": BOX, "_recursive_": recursive}, group={"dir": "x", "deep": {**CONTROLS}})
        assert not KEYS & keys_below(found.kwargs)


def test_a_group_at_top_level_comes_out_clean() -> None:
    assert not KEYS & keys_below(instantiate({"a": {"b": 1, **CONTROLS}, "_recursive_": True, "_args_": [1]}))


def test_a_group_reached_by_reference_is_handed_on_clean() -> None:
    config = OmegaConf.create({"logging": {"dir": "x", **CONTROLS}, "node": {"_target_": BOX, "it": "${logging}"}})
    assert not KEYS & keys_below(instantiate(config.node).kwargs)
    config.node._recursive_ = False
    assert not KEYS & keys_below(instantiate(config.node).kwargs)
    assert config.logging._convert_ == "all"


# pushed down

GOVERNED = {
    "converting": {"_convert_": "all", "node": NODE},
    "not recursive": {"_recursive_": False, "node": NODE},
    "both": {"_recursive_": False, "_convert_": "partial", "node": NODE},
    "in a list": {"_convert_": "all", "list": [NODE, [NODE]]},
    "through a group": {"_convert_": "all", "deep": {"_recursive_": False, "node": NODE}},
    "said again": {"_convert_": "all", "deep": {"_convert_": "none", "node": NODE}},
    "own word": {"_recursive_": False, "_convert_": "all", "node": {**NODE, "_recursive_": True}},
    "own mode": {"_convert_": "all", "node": {**NODE, "_convert_": "partial"}},
    "a reference": {"_convert_": "${.mode}", "node": NODE, "mode": "all"},
}


#: A group of Hydra 1.4 that isn't recursive leaves its nodes raw, so that nothing is built at once to compare with.
BUILT_AT_ONCE = [kind for kind in GOVERNED if not READS_LAZILY or "'_recursive_': False" not in str(GOVERNED[kind])]


def nodes_of(config: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where the outermost targets of a config, or the boxes of what was built from it, stand."""
    if isinstance(config, objects.Box) or (isinstance(config, (dict, DictConfig)) and "_target_" in config):
        return [path]
    if isinstance(config, (dict, DictConfig)):
        return [found for key in config for found in nodes_of(config[key], (*path, key))]
    if isinstance(config, (list, ListConfig)):
        return [found for index, item in enumerate(config) for found in nodes_of(item, (*path, index))]
    return []


def at(config: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        config = config[key]
    return config


@pytest.mark.parametrize("later", [instantiate, hydra.utils.instantiate], ids=["ours", "hydra's"])
@pytest.mark.parametrize("kind", BUILT_AT_ONCE)
def test_a_target_in_a_raw_group_is_built_later_as_it_would_have_been(kind: str, later: Callable[..., Any]) -> None:
    group = GOVERNED[kind]
    at_once = instantiate({"_target_": BOX, "group": group}).kwargs["group"]
    raw = instantiate({"_target_": BOX, "_recursive_": False, "group": group}).kwargs["group"]
    paths = nodes_of(raw)
    assert paths and paths == nodes_of(at_once)
    for path in paths:
        assert shape(later(at(raw, path))) == shape(at(at_once, path)), path


@pytest.mark.parametrize("made", [dict, OmegaConf.create])
@pytest.mark.parametrize("kind", [kind for kind in BUILT_AT_ONCE if kind != "a reference"])
def test_a_target_in_a_stripped_group_is_built_later_as_it_would_have_been(
    kind: str, made: Callable[[Any], Any]
) -> None:
    at_once = instantiate(GOVERNED[kind])
    stripped = strip_control_keys(made(GOVERNED[kind]))
    for path in nodes_of(stripped):
        assert shape(instantiate(at(stripped, path))) == shape(at(at_once, path)), path


def test_a_structured_config_in_a_raw_group_is_told_what_governed_it() -> None:
    group = {"_convert_": "all", "node": OmegaConf.structured(objects.BoxConf)}
    raw = instantiate(OmegaConf.create({"_target_": BOX, "_recursive_": False, "group": group})).kwargs["group"]
    assert type(instantiate(raw.node, sizes=[1]).kwargs["sizes"]) is list


def test_a_missing_control_key_stays_missing_in_a_raw_config() -> None:
    group = {"_convert_": "???", "node": {"_target_": BOX}}
    raw = instantiate({"_target_": BOX, "_recursive_": False, "group": group}).kwargs["group"]
    container = OmegaConf.to_container(raw)
    assert container["node"].get("_convert_", "???") == "???"


# wrong and misspelt


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"_convert_": "al"}, "Did you mean 'all'?"),
        ({"_convert_": "partail"}, "Did you mean 'partial'?"),
        ({"_convert_": 3}, "none, partial, object, all"),
        ({"_recursive_": "no"}, "without quotes"),
        ({"_partial_": "true"}, "without quotes"),
        ({"_partial_": 1}, "must be a bool"),
        ({"_partail_": True}, "Did you mean '_partial_'?"),
        ({"_recurisve_": False}, "Did you mean '_recursive_'?"),
        ({"_covnert_": "all"}, "Did you mean '_convert_'?"),
        ({"_arg_": [1]}, "Did you mean '_args_'?"),
        ({"_Partial_": True}, "Did you mean '_partial_'?"),
    ],
)
def test_a_wrong_control_key_is_an_error_with_a_suggestion(wrong: dict[str, Any], told: str) -> None:
    for config, place in (
        ({"_target_": BOX, **wrong}, ""),
        ({"node": {"_target_": BOX, **wrong}}, "node"),
        ({"_target_": BOX, "group": {"a": 1, **wrong}}, "group"),
        ({"list": [{"_target_": BOX, "inner": {"_target_": BOX, **wrong}}]}, "list[0].inner"),
    ):
        problems = plan(config).problems
        assert [problem.full_key for problem in problems] == [place]
        assert told in str(problems[0])
        with pytest.raises((InstantiationException, TypeError)):
            instantiate(config)


def test_a_wrong_control_key_in_the_call_is_an_error_too() -> None:
    for wrong in ({"_convert_": "al"}, {"_recursive_": "no"}, {"_partail_": True}):
        assert plan({"_target_": BOX}, **wrong).problems


def test_a_misspelt_target_leaves_no_group_behind() -> None:
    with pytest.raises(InstantiationException, match="Did you mean '_target_'"):
        instantiate({"model": {"_targt_": BOX}})


@pytest.mark.parametrize("name", ["_private_", "_x_", "partial", "_modules_", "__init__", "_device_", "_name_"])
def test_a_key_that_looks_like_none_of_them_is_an_argument(name: str) -> None:
    assert instantiate({"_target_": BOX, name: 1}).kwargs == {name: 1}


def test_control_keys_are_read_in_any_case_where_hydra_does() -> None:
    assert type(instantiate({"_target_": BOX, "_convert_": "ALL", "sizes": [1]}).kwargs["sizes"]) is list


# strip_control_keys and to_dataclass


def test_stripping_leaves_the_caller_s_group_alone() -> None:
    plain = {"a": 1, **CONTROLS, "deep": {**CONTROLS}}
    config = OmegaConf.create(plain)
    strip_control_keys(plain)
    strip_control_keys(config)
    assert plain == {"a": 1, **CONTROLS, "deep": {**CONTROLS}} and config == plain


@pytest.mark.parametrize("made", [dict, OmegaConf.create])
def test_stripping_cleans_groups_however_deep(made: Callable[[Any], Any]) -> None:
    group = made({"a": 1, **CONTROLS, "deep": {"er": {"b": 1, **CONTROLS}}, "list": [{"c": 1, **CONTROLS}]})
    assert strip_control_keys(group) == {"a": 1, "deep": {"er": {"b": 1}}, "list": [{"c": 1}]}


def test_a_stripped_config_is_one_of_its_own() -> None:
    whole = OmegaConf.create({"lr": 1, "group": {"lr": "${lr}", "list": [1], **CONTROLS}})
    OmegaConf.set_struct(whole, True)
    OmegaConf.set_readonly(whole, True)
    stripped = strip_control_keys(whole.group)
    stripped.new = 2
    stripped.list.append(2)
    assert stripped == {"lr": 1, "list": [1, 2], "new": 2}
    assert whole.group.list == [1]


def test_a_structured_config_can_be_stripped_of_its_target() -> None:
    assert strip_control_keys(OmegaConf.structured(objects.BoxConf)) == {"lr": 0.1}
    assert strip_control_keys(OmegaConf.create({"node": objects.BoxConf, "a": 1, **CONTROLS})).a == 1


def test_stripping_says_what_it_can_not_resolve() -> None:
    with pytest.raises(InterpolationKeyError):
        strip_control_keys(OmegaConf.create({"a": "${nowhere}", **CONTROLS}))


@pytest.mark.parametrize("value", [[1], "text", 3, LoggingConf()])
def test_only_a_mapping_can_be_stripped(value: Any) -> None:
    with pytest.raises(TypeError, match="mapping"):
        strip_control_keys(value)


@pytest.mark.parametrize("made", [dict, OmegaConf.create])
def test_a_dataclass_is_filled_from_a_group(made: Callable[[Any], Any]) -> None:
    assert to_dataclass(LoggingConf, made({"log_dir": "here", **CONTROLS})) == LoggingConf("here")


def test_a_dataclass_is_filled_from_a_structured_config() -> None:
    assert to_dataclass(Strict, OmegaConf.structured(objects.BoxConf)) == Strict(0.1)


def test_a_dataclass_gets_what_is_built_itself() -> None:
    module = objects.DataModule()
    assert to_dataclass(Strict, {"lr": 0.1, "layers": module}).layers is module


def test_fields_that_do_not_fit_are_told_together() -> None:
    with pytest.raises(InstantiationException) as failure:
        to_dataclass(Strict, {"layerz": 1, "x": 2})
    told = str(failure.value)
    assert "did you mean 'layers'" in told and "'x'" in told and "'lr'" in told


def test_a_missing_value_is_not_filled_in() -> None:
    with pytest.raises(MissingMandatoryValue):
        to_dataclass(Strict, OmegaConf.create({"lr": "???"}))


# raw configs


@dataclass
class Typed:
    either: Union[int, str] = "${...lr}"
    table: Union[dict[str, int], None] = None


def raw(config: Any, **settings: Any) -> Any:
    """What a target that builds its own parts receives as `part`."""
    return Instantiator(**settings).instantiate(config).kwargs["part"]


def test_a_raw_config_is_resolved() -> None:
    whole = OmegaConf.create({"lr": 1, "node": {"_target_": BOX, "_recursive_": False, "part": {"x": ["${lr}"]}}})
    assert OmegaConf.to_container(raw(whole.node), resolve=False) == {"x": [1]}


def test_a_raw_config_with_a_field_of_several_types_is_resolved() -> None:
    node = {"_target_": BOX, "_recursive_": False, "part": OmegaConf.structured(Typed)}
    whole = OmegaConf.create({"lr": 3, "node": node})
    assert OmegaConf.to_container(raw(whole.node), resolve=False)["either"] == 3


def test_a_raw_config_with_a_reference_to_null_in_place_of_a_mapping_is_resolved() -> None:
    part = OmegaConf.structured(Typed(either=1))
    whole = OmegaConf.create({"nothing": None, "node": {"_target_": BOX, "_recursive_": False, "part": part}})
    whole.node.part.table = "${nothing}"
    assert OmegaConf.to_container(raw(whole.node), resolve=False)["table"] is None


def test_a_raw_config_is_detached() -> None:
    whole = OmegaConf.create({"node": {"_target_": BOX, "_recursive_": False, "part": {"x": {"y": 1}}}})
    part = raw(whole.node)
    assert part._get_parent() is None and part._get_root() is part and part.x._get_full_key("") == "x"


def test_a_raw_config_is_open() -> None:
    whole = OmegaConf.create({"node": {"_target_": BOX, "_recursive_": False, "part": {"x": {"y": [1]}}}})
    OmegaConf.set_struct(whole, True)
    OmegaConf.set_readonly(whole, True)
    OmegaConf.set_struct(whole.node.part.x, True)
    OmegaConf.set_readonly(whole.node.part.x.y, True)
    part = raw(whole.node)
    part.new = 1
    part.x.new = 2
    part.x.y.append(3)
    assert part.pop("new") == 1
    assert whole.node.part == {"x": {"y": [1]}}


def test_a_structured_config_that_its_owner_opened_stays_open() -> None:
    whole = OmegaConf.create({"node": {"_target_": BOX, "_recursive_": False, "part": objects.BoxConf}})
    OmegaConf.set_struct(whole.node.part, False)
    part = raw(whole.node)
    part.new = 1
    assert part.new == 1


def test_raw_configs_of_two_builds_are_independent() -> None:
    planned = plan({"_target_": BOX, "_recursive_": False, "part": {"x": [1]}, "_args_": [{"y": [1]}]})
    first, second = planned.build(), planned.build()
    first.kwargs["part"].x.append(2)
    first.args[0].y.append(2)
    assert second.kwargs["part"] == {"x": [1]} and second.args[0] == {"y": [1]}
    assert planned.build().kwargs["part"] == {"x": [1]}


def test_a_raw_config_keeps_the_live_objects_in_it() -> None:
    module = objects.DataModule()
    part = raw({"_target_": BOX, "_recursive_": False, "part": {"model": module, "node": {"_target_": BOX}}})
    assert part.model is module
    assert instantiate(part.node, model=module).kwargs["model"] is module


@pytest.mark.parametrize(
    "written", [{"_partail_": True}, {"_arg_": [2, 3]}, {"_partail_": True, "bias": False}], ids=str
)
def test_what_a_misspelt_key_was_meant_to_do_is_no_second_problem(written: dict[str, object]) -> None:
    (problem,) = plan({"_target_": "torch.nn.Linear", **written}).problems
    assert "Did you mean '_" in problem.hint


# what a call says, where it can't be read beside the config


@dataclass
class SaysHow:
    _target_: str = BOX
    _recursive_: bool = True
    inner: Any = None


def test_what_a_call_says_may_refer_to_the_config_but_with_hydra_1_4() -> None:
    config = {"_target_": BOX, "mode": "all", "sizes": [1]}
    if READS_LAZILY:
        with pytest.raises(InstantiationException, match="cannot be an OmegaConf interpolation"):
            instantiate(config, _convert_="${mode}")
    else:
        assert type(instantiate(config, _convert_="${mode}").kwargs["sizes"]) is list


def test_what_a_call_says_is_of_the_type_that_the_config_declares() -> None:
    inner = {"_target_": BOX}
    assert instantiate(SaysHow(inner=inner), _recursive_=False).kwargs["inner"] == inner
    if READS_LAZILY:
        with pytest.raises(TypeError, match="_recursive_"):
            instantiate(SaysHow(inner=inner), _recursive_="no")
    else:
        assert instantiate(SaysHow(inner=inner), _recursive_="no").kwargs["inner"] == inner
