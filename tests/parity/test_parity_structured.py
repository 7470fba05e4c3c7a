"""Structured configs: dataclasses and attrs classes as the config, whole or in part."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Dict, Optional, Union

import pytest
from omegaconf import MissingMandatoryValue, OmegaConf, ValidationError
from omegaconf.errors import ConfigKeyError
from parity_targets import (
    AttrsPointConf,
    NestedPointConf,
    Point,
    PointConf,
    Recorder,
    RecorderConf,
    TargetMissingConf,
    TargetWithoutAnnotationConf,
    User,
)

Instantiate = Callable[..., Any]


class Level(Enum):
    DEBUG = 1
    INFO = 2


@dataclass
class RichConf:
    _target_: str = "parity_targets.Recorder"
    level: Level = Level.DEBUG
    root: pathlib.Path = pathlib.Path("/")
    size: Union[int, str] = "large"
    user: Optional[User] = None
    users: Dict[str, User] = field(default_factory=lambda: {"first": User()})


@pytest.mark.parametrize(
    "config",
    [AttrsPointConf, AttrsPointConf(), OmegaConf.structured(AttrsPointConf)],
    ids=["class", "instance", "omegaconf"],
)
def test_attrs_configs_are_built(instantiate: Instantiate, config: object) -> None:
    assert instantiate(config) == Point(4, 5)


@pytest.mark.parametrize(
    "config",
    [PointConf(x=1), OmegaConf.structured(PointConf(x=1))],
    ids=["instance", "omegaconf"],
)
def test_dataclass_configs_are_built(instantiate: Instantiate, config: object) -> None:
    assert instantiate(config) == Point(1, 0)


@pytest.mark.parametrize("config", [PointConf, OmegaConf.structured(PointConf)], ids=["class", "omegaconf"])
def test_a_missing_field_can_be_given_in_the_call(instantiate: Instantiate, config: object) -> None:
    assert instantiate(config, x=1) == Point(1, 0)


def test_a_dataclass_itself_is_built_with_its_defaults(instantiate: Instantiate) -> None:
    built = instantiate(RecorderConf)
    assert built.kwargs["size"] == 3
    assert built.kwargs["user"] == {"name": "ann", "tags": [1, 2]}


def test_a_dataclass_inside_a_plain_dict_is_built(instantiate: Instantiate) -> None:
    built = instantiate({"_target_": "parity_targets.Recorder", "p": PointConf(x=1), "l": [PointConf(x=2)]})
    assert built.kwargs["p"] == Point(1)
    assert built.kwargs["l"][0] == Point(2)


def test_a_dataclass_class_inside_a_plain_dict_is_built(instantiate: Instantiate) -> None:
    assert instantiate({"p": AttrsPointConf, "q": NestedPointConf})["p"] == Point(4, 5)


def test_nested_dataclass_configs_are_built(instantiate: Instantiate) -> None:
    assert instantiate(NestedPointConf) == Point(Point(1), None)


def test_nested_dataclass_configs_can_be_completed_in_the_call(instantiate: Instantiate) -> None:
    assert instantiate(NestedPointConf, x={"y": 9}) == Point(Point(1, 9), None)


def test_a_call_can_add_keys_to_a_dataclass_config(instantiate: Instantiate) -> None:
    assert instantiate(RecorderConf, extra="more").kwargs["extra"] == "more"


def test_a_call_is_checked_against_the_types_of_the_dataclass(instantiate: Instantiate) -> None:
    with pytest.raises(ValidationError, match="could not be converted to Integer"):
        instantiate(RecorderConf, size="many")


def test_a_call_is_converted_to_the_types_of_the_dataclass(instantiate: Instantiate) -> None:
    assert instantiate(RecorderConf, size="12").kwargs["size"] == 12


def test_a_call_is_merged_into_a_dataclass_inside_a_plain_dict(instantiate: Instantiate) -> None:
    built = instantiate({"people": {"first": User()}, "other": []}, people={"first": {"name": "Ada"}}, other=[User()])
    assert OmegaConf.get_type(built.people, "first") is User
    assert dict(built.people.first) == {**vars(User()), "name": "Ada"}
    with pytest.raises(ConfigKeyError, match="nickname"):
        instantiate({"people": {"first": User()}}, people={"first": {"nickname": "Ada"}})


def test_a_call_may_name_the_target_of_a_dataclass_config_by_a_callable(instantiate: Instantiate) -> None:
    assert instantiate({"p": PointConf(x=1)}, p={"_target_": Recorder}).p == Recorder(x=1, y=0)


def test_a_dataclass_with_target_is_a_node_as_argument_of_the_call(instantiate: Instantiate) -> None:
    built = instantiate({"_target_": "parity_targets.Recorder"}, p=PointConf(x=1))
    assert built == Recorder(p=Point(1))


def test_a_missing_field_is_named(instantiate: Instantiate) -> None:
    with pytest.raises(MissingMandatoryValue, match="x"):
        instantiate(PointConf)


@pytest.mark.parametrize(
    "config",
    [TargetMissingConf, TargetMissingConf(), OmegaConf.structured(TargetMissingConf)],
    ids=["class", "instance", "omegaconf"],
)
def test_a_target_that_was_never_given_is_named(instantiate: Instantiate, config: object) -> None:
    with pytest.raises(MissingMandatoryValue, match="_target_"):
        instantiate(config)


def test_a_target_that_was_never_given_can_be_given_in_the_call(instantiate: Instantiate) -> None:
    assert instantiate(TargetMissingConf, _target_="parity_targets.Recorder") == Recorder(size=3)


def test_a_target_without_annotation_is_no_field(instantiate: Instantiate) -> None:
    assert instantiate(TargetWithoutAnnotationConf) == {"size": 3}


def test_a_dataclass_instance_is_left_as_it_was(instantiate: Instantiate) -> None:
    config = RecorderConf(user=User("eve", [3]))
    built = instantiate(config, size=9)
    built.kwargs["user"]["tags"].append(4)
    assert config == RecorderConf(user=User("eve", [3]))


def test_a_structured_group_without_target_keeps_its_type(instantiate: Instantiate) -> None:
    built = instantiate({"team": {"lead": User}})
    assert OmegaConf.get_type(built["team"]["lead"]) is User


def test_a_structured_config_that_reaches_a_target_still_checks_its_types(instantiate: Instantiate) -> None:
    user = instantiate({"_target_": "parity_targets.Recorder", "_recursive_": False, "user": User}).kwargs["user"]
    with pytest.raises(ValidationError):
        user.tags = "not a list"


def test_a_dataclass_instance_of_the_call_may_fill_a_field(instantiate: Instantiate) -> None:
    assert instantiate(RecorderConf, user=User("eve")).kwargs["user"].name == "eve"


def test_values_of_rich_types_keep_them(instantiate: Instantiate) -> None:
    kwargs = instantiate(RichConf, level="INFO", root="/data").kwargs
    assert (kwargs["level"], kwargs["root"]) == (Level.INFO, pathlib.Path("/data"))
    assert (kwargs["size"], kwargs["user"]) == ("large", None)
    assert OmegaConf.get_type(kwargs["users"]["first"]) is User
