"""Values that engines like to trip over: they reach the target untouched."""

from __future__ import annotations

import math
import pathlib
import types
from collections.abc import Callable
from typing import Any
from unittest import mock

import bad_targets
import hydra.utils
import pytest
from bad_targets import Colour, Flag
from config_facts import facts, locked
from omegaconf import OmegaConf

from safe_instantiate import instantiate

TARGET = {"_target_": "bad_targets.Keeper"}

#: Where a value can stand -> how it gets there, and what arrives.
PLACES: dict[str, Callable[[Any], Any]] = {
    "value_of_a_plain_dict": lambda value: instantiate({**TARGET, "v": value}).kwargs["v"],
    "deep_in_a_plain_dict": lambda value: instantiate({**TARGET, "v": {"w": [{"x": value}]}}).kwargs["v"]["w"][0]["x"],
    "plain_group": lambda value: instantiate({"a": {"b": value}})["a"]["b"],
    "plain_list": lambda value: instantiate([[value]])[0][0],
    "args": lambda value: instantiate({**TARGET, "_args_": [value]}).args[0],
    "converted": lambda value: instantiate({**TARGET, "_convert_": "all", "v": {"w": [value]}}).kwargs["v"]["w"][0],
    "not_recursive": lambda value: instantiate({**TARGET, "_recursive_": False, "v": value}).kwargs["v"],
    "partial": lambda value: instantiate({**TARGET, "_partial_": True, "v": value}).keywords["v"],
    "omegaconf": lambda value: instantiate(
        OmegaConf.create({**TARGET, "v": value}, flags={"allow_objects": True})
    ).kwargs["v"],
    "keyword_of_the_call": lambda value: instantiate(TARGET, v=value).kwargs["v"],
    "keyword_over_a_value": lambda value: instantiate({**TARGET, "v": {"w": 1}}, v=value).kwargs["v"],
    "inside_a_keyword_of_the_call": lambda value: instantiate(TARGET, v={"w": [value]}).kwargs["v"]["w"][0],
    "position_of_the_call": lambda value: instantiate(TARGET, value).args[0],
    "keyword_over_a_locked_config": lambda value: instantiate(locked(TARGET), v=value).kwargs["v"],
}

LIVE: dict[str, Callable[[], Any]] = {
    "refuses_equality": bad_targets.RefusesEquality,
    "refuses_truth": bad_targets.RefusesTruth,
    "refuses_length": bad_targets.RefusesLength,
    "refuses_iteration": bad_targets.RefusesIteration,
    "refuses_to_print": bad_targets.RefusesToPrint,
    "refuses_copies": bad_targets.RefusesCopies,
    "refuses_hash": bad_targets.RefusesHash,
    "refuses_attributes": bad_targets.RefusesAttributes,
    "answers_anything": bad_targets.AnswersAnything,
    "magic_mock": mock.MagicMock,
    "callable": bad_targets.IsCallable,
    "looks_like_a_mapping": bad_targets.LooksLikeAMapping,
    "lambda": lambda: lambda: 1 / 0,
    "class": lambda: bad_targets.Keeper,
    "module": lambda: types,
    "generator": lambda: (n for n in [1]),
    "set": lambda: {1, 2},
    "frozenset": lambda: frozenset([1]),
    "memoryview": lambda: memoryview(b"raw"),
    "range": lambda: range(3),
    "slice": lambda: slice(1, 2),
    "exception": lambda: ValueError("a value"),
    "enum_class": lambda: Colour,
    "not_implemented": lambda: NotImplemented,
    "ellipsis": lambda: ...,
}


#: OmegaConf asks a value for attributes before it takes it in, and believes what it hears.
UNFIT_FOR_OMEGACONF = ("refuses_attributes", "answers_anything")


@pytest.mark.parametrize(
    ("kind", "place"),
    [(kind, place) for kind in LIVE for place in PLACES if place != "omegaconf" or kind not in UNFIT_FOR_OMEGACONF],
)
def test_a_live_object_reaches_the_target_itself(kind: str, place: str) -> None:
    value = LIVE[kind]()
    assert PLACES[place](value) is value


@pytest.mark.parametrize("kind", LIVE)
def test_a_live_object_at_top_level_is_returned(kind: str) -> None:
    value = LIVE[kind]()
    assert instantiate(value) is value


SCALARS: dict[str, Any] = {
    "huge_int": 10**400,
    "negative_zero": -0.0,
    "infinity": math.inf,
    "complex": 1 + 2j,
    "bytes": b"\x00raw",
    "path": pathlib.PurePosixPath("/data/../x"),
    "real_path": pathlib.Path("/data"),
    "enum": Colour.RED,
    "int_enum": Flag.ON,
    "long_text": "x" * 100_000,
    "unicode": "\u00e9\U0001f600\x00",
    "lone_dollar": "costs $5 {or} less",
    "question_marks": "??",
    "yaml_looking": "yes",
    "empty_text": "",
}


@pytest.mark.parametrize("kind", SCALARS)
@pytest.mark.parametrize("place", PLACES)
def test_a_plain_value_keeps_its_type_and_value(kind: str, place: str) -> None:
    value = SCALARS[kind]
    received = PLACES[place](value)
    assert type(received) is type(value)
    assert received == value


def test_not_a_number_stays_not_a_number() -> None:
    assert math.isnan(instantiate({**TARGET, "v": math.nan}).kwargs["v"])


@pytest.mark.parametrize("mode", ["none", "partial", "object", "all"])
@pytest.mark.parametrize("value", [(1, 2), ((1, [2]), {"a": (3,)})], ids=["flat", "nested"])
def test_tuples_become_what_hydra_makes_of_them(value: Any, mode: str) -> None:
    config = {**TARGET, "_convert_": mode, "v": value}
    before = facts(config)
    ours, hydra_s = (engine(config).kwargs["v"] for engine in (instantiate, hydra.utils.instantiate))
    assert type(ours) is type(hydra_s)
    assert ours == hydra_s
    assert facts(config) == before


def test_objects_in_a_plain_dict_leave_the_dict_as_it_was() -> None:
    config = {**TARGET, **{kind: {"deep": [make()]} for kind, make in LIVE.items()}}
    before = facts(config)
    instantiate(config)
    assert facts(config) == before


def test_objects_that_cannot_be_printed_do_not_spoil_an_error_message() -> None:
    config = {"a": {"_target_": "bad_targets.leave", "v": bad_targets.RefusesToPrint()}}
    with pytest.raises(Exception, match="leave") as failure:
        instantiate(config)
    assert "a" in str(failure.value)


def test_values_of_arguments_are_not_in_an_error_message() -> None:
    config = {"a": {"_target_": "math.sqrt", "_args_": ["the-password"]}}
    with pytest.raises(Exception, match="sqrt") as failure:
        instantiate(config, b="the-other-password")
    assert "the-password" not in str(failure.value)
    assert "the-other-password" not in str(failure.value)
