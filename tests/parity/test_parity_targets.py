"""What a target may be."""

from __future__ import annotations

import collections
import datetime
import fractions
import functools
import math
import pathlib
from collections.abc import Callable
from typing import Any

import pytest
from omegaconf import OmegaConf
from parity_targets import ADD_TEN, Point, Recorder, SubRecorder, add

Instantiate = Callable[..., Any]
Form = Callable[[Any], Any]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"_target_": "parity_targets.Point", "x": 1}, Point(1)),
        ({"_target_": "parity_targets.add", "left": 1, "right": 2}, 3),
        ({"_target_": "parity_targets.Recorder.from_parts", "a": 1}, Recorder("from_parts", a=1)),
        ({"_target_": "parity_targets.SubRecorder.from_parts", "a": 1}, SubRecorder("from_parts", a=1)),
        ({"_target_": "parity_targets.Recorder.double", "number": 4}, 8),
        ({"_target_": "parity_targets.ADD_TEN", "number": 4}, 14),
        ({"_target_": "parity_targets.ADD_TWENTY", "number": 4}, 24),
        ({"_target_": "parity_targets.nothing", "a": 4}, None),
        ({"_target_": "builtins.dict", "a": 1}, {"a": 1}),
        ({"_target_": "builtins.int", "_args_": ["7"]}, 7),
        ({"_target_": "builtins.len", "_args_": [[1, 2, 3]]}, 3),
        ({"_target_": "builtins.str.upper", "_args_": ["abc"]}, "ABC"),
        ({"_target_": "builtins.str.join", "_args_": ["-", ["a", "b"]]}, "a-b"),
        ({"_target_": "builtins.dict.fromkeys", "_args_": ["ab"]}, {"a": None, "b": None}),
        ({"_target_": "math.sqrt", "_args_": [16]}, 4.0),
        ({"_target_": "operator.add", "_args_": [1, 2]}, 3),
        ({"_target_": "collections.Counter", "_args_": ["aab"]}, collections.Counter("aab")),
        ({"_target_": "datetime.timedelta", "hours": 1}, datetime.timedelta(hours=1)),
        ({"_target_": "fractions.Fraction", "numerator": 1, "denominator": 3}, fractions.Fraction(1, 3)),
        ({"_target_": "pathlib.PurePosixPath", "_args_": ["/data", "coco"]}, pathlib.PurePosixPath("/data/coco")),
    ],
    ids=lambda value: value["_target_"] if isinstance(value, dict) and "_target_" in value else "",
)
def test_a_target_may_be_any_importable_callable(
    instantiate: Instantiate, form: Form, config: dict[str, Any], expected: object
) -> None:
    assert instantiate(form(config)) == expected


def test_a_class_inside_a_class_can_be_a_target(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form({"_target_": "parity_targets.Recorder.Inner", "value": 3}))
    assert isinstance(built, Recorder.Inner)
    assert built.value == 3


def test_a_method_with_its_object_as_first_argument_can_be_a_target(instantiate: Instantiate, form: Form) -> None:
    config = {
        "_target_": "parity_targets.Recorder.keywords",
        "_args_": [{"_target_": "parity_targets.Recorder", "b": 1}],
    }
    assert instantiate(form(config)) == ["b"]


@pytest.mark.parametrize(
    "target", [Point, add, Recorder.from_parts, math.sqrt], ids=["class", "function", "classmethod", "c_function"]
)
def test_a_target_may_be_the_callable_itself(instantiate: Instantiate, target: Callable[..., Any]) -> None:
    assert instantiate({"_target_": target, "_args_": [4]}) == target(4)


@pytest.mark.parametrize("target", [ADD_TEN, functools.partial(Point, y=2)], ids=["instance", "partial"])
def test_a_target_may_be_a_callable_object(instantiate: Instantiate, target: Callable[..., Any]) -> None:
    config = OmegaConf.create({"_target_": target}, flags={"allow_objects": True})
    assert instantiate(config, 5) == target(5)


def test_a_callable_target_inside_a_nested_node_is_called(instantiate: Instantiate) -> None:
    assert instantiate(
        {"_target_": Recorder, "p": {"_target_": Point, "x": 1}, "l": [{"_target_": Point, "x": 2}]}
    ) == (Recorder(p=Point(1), l=OmegaConf.create([Point(2)], flags={"allow_objects": True})))


def test_a_target_may_be_written_as_interpolation(instantiate: Instantiate) -> None:
    config = OmegaConf.create(
        {"node": {"_target_": "${kinds.point}", "x": 1}, "kinds": {"point": "parity_targets.Point"}}
    )
    assert instantiate(config.node) == Point(1)


def test_what_a_target_returns_is_returned_as_it_is(instantiate: Instantiate, form: Form) -> None:
    value = object()
    assert instantiate(form({"_target_": "parity_targets.same", "value": 0}), value=value) is value


@pytest.mark.parametrize("value", [0, "", False, (), 1.5], ids=repr)
def test_a_target_may_return_a_plain_value(instantiate: Instantiate, value: object) -> None:
    assert instantiate({"_target_": "parity_targets.same"}, value) == value


def test_none_from_a_nested_target_is_passed_on(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": "parity_targets.Recorder", "a": {"_target_": "parity_targets.nothing"}})
    assert instantiate(config).kwargs == {"a": None}


def test_a_config_that_a_target_returns_is_not_built_again(instantiate: Instantiate, form: Form) -> None:
    config = form(
        {"_target_": "parity_targets.received", "_recursive_": False, "p": {"_target_": "parity_targets.Point"}}
    )
    assert instantiate(config)["p"] == {"_target_": "parity_targets.Point"}


def test_a_callable_in_what_a_target_returns_is_left_alone(instantiate: Instantiate, form: Form) -> None:
    config = form([{"_target_": "parity_targets.described"}])
    assert instantiate(config)[0]["_target_"] is Point
