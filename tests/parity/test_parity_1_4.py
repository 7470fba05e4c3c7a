"""What holds with Hydra 1.4 and not with 1.3 (see `parity_features`): both engines, the same assertions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from hydra.errors import InstantiationException
from omegaconf import DictConfig, OmegaConf, TupleConfig  # type: ignore[attr-defined, unused-ignore]
from omegaconf.errors import InterpolationKeyError, MissingMandatoryValue, OmegaConfBaseException, ValidationError
from parity_targets import Point

Instantiate = Callable[..., Any]
Form = Callable[[Any], Any]

RECORDER = "parity_targets.Recorder"
POINT = {"_target_": "parity_targets.Point", "x": 1}


@dataclass
class Size:
    width: int = 1


@dataclass
class Sized:
    _target_: str = RECORDER
    size: Size = field(default_factory=Size)
    count: int = 0


class Pair(NamedTuple):
    first: int
    second: list[int]


# what is read


def test_what_is_not_built_is_not_resolved(instantiate: Instantiate, form: Form) -> None:
    built = instantiate(form({"_target_": RECORDER, "_recursive_": False, "options": {"good": 1, "bad": "${absent}"}}))
    options = built.kwargs["options"]
    assert options.good == 1
    with pytest.raises(InterpolationKeyError):
        options["bad"]


def test_a_structured_config_in_what_is_not_built_is_not_resolved(instantiate: Instantiate) -> None:
    options = {"sized": Sized(count="${absent}"), "plain": 1}  # type: ignore[arg-type]
    built = instantiate({"_target_": RECORDER, "_recursive_": False, "_convert_": "partial", "options": options})
    given = built.kwargs["options"]
    assert type(given) is dict
    assert given["sized"].size.width == 1
    with pytest.raises(InterpolationKeyError):
        given["sized"]["count"]


def test_what_is_built_is_resolved(instantiate: Instantiate, form: Form) -> None:
    with pytest.raises(InterpolationKeyError):
        instantiate(form({"_target_": RECORDER, "options": {"bad": "${absent}"}}))


def test_the_first_mistake_on_the_way_is_the_one_that_is_raised(instantiate: Instantiate, form: Form) -> None:
    with pytest.raises(MissingMandatoryValue):
        instantiate(form({"_target_": RECORDER, "a": "???", "b": "${absent}"}))
    with pytest.raises(InterpolationKeyError):
        instantiate(form({"_target_": RECORDER, "a": "${absent}", "b": "???"}))


def test_an_escaped_interpolation_stays_text(instantiate: Instantiate) -> None:
    assert instantiate({"_target_": RECORDER, "price": r"\${cost}", "cost": 3}).kwargs["price"] == "${cost}"


def test_a_group_that_is_not_recursive_leaves_its_nodes_raw(instantiate: Instantiate, form: Form) -> None:
    group = instantiate(form({"_recursive_": False, "point": POINT, "size": 3}))
    assert group.point == POINT
    assert group.size == 3


def test_two_references_to_a_raw_config_are_one_config(instantiate: Instantiate) -> None:
    built = instantiate({"_target_": RECORDER, "_recursive_": False, "a": {"b": 1}, "again": "${a}"})
    assert built.kwargs["a"] is built.kwargs["again"]


def test_the_args_that_the_call_replaces_are_not_built(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": RECORDER, "_args_": [{"_target_": "parity_targets.Fails"}]})
    assert instantiate(config, 1).args == (1,)


def test_an_escaped_text_stays_text_in_what_refers_to_it_from_a_raw_config(instantiate: Instantiate) -> None:
    whole = {"node": {"raw": {"note": "n-${node.price}"}, "price": r"\${cost}", "_recursive_": False}}
    note = instantiate(OmegaConf.create(whole).node).raw.note
    assert note == "n-${cost}"


def test_the_args_of_a_group_that_the_call_replaces_are_not_read(instantiate: Instantiate, form: Form) -> None:
    assert instantiate(form({"_args_": ["???"], "x": 1}), 2)["x"] == 1


# arguments of the call


def test_a_mapping_replaces_a_plain_mapping(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": RECORDER, "options": {"a": 1, "deep": {"b": 2}}})
    assert instantiate(config, options={"deep": {"c": 3}}).kwargs["options"] == {"deep": {"c": 3}}


def test_a_mapping_is_merged_into_a_target(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": RECORDER, "point": {**POINT, "y": 2}})
    assert instantiate(config, point={"x": 5}).kwargs["point"] == Point(5, 2)


def test_a_mapping_is_merged_into_a_structured_config(instantiate: Instantiate) -> None:
    size = instantiate(Sized, size={"width": 7}).kwargs["size"]
    assert (size.width, OmegaConf.get_type(size)) == (7, Size)


def test_a_mapping_is_merged_into_a_target_that_a_resolver_gives(instantiate: Instantiate, form: Form) -> None:
    OmegaConf.register_new_resolver("parity.point", lambda x: {**POINT, "x": x}, replace=True)
    config = form({"_target_": RECORDER, "point": "${parity.point:4}"})
    assert instantiate(config, point={"y": 5}).kwargs["point"] == Point(4, 5)


def test_a_mapping_replaces_an_interpolation_that_leads_through_itself(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": RECORDER, "point": "${point.${which}}", "which": "first"})
    given = instantiate(config, point={"first": POINT}).kwargs["point"]
    assert given == {"first": Point(1)}


def test_a_tuple_in_a_mapping_that_is_merged_stays_a_tuple(instantiate: Instantiate, form: Form) -> None:
    config = form({"sizes": {"wide": None}})
    assert type(instantiate(config, sizes={"wide": (1, 2)}).sizes["wide"]) is TupleConfig


def test_a_namedtuple_in_a_mapping_that_is_merged_passes(instantiate: Instantiate, form: Form) -> None:
    given = Pair(1, [2])
    assert instantiate(form({"sizes": {"wide": None}}), sizes={"wide": given}).sizes["wide"] is given


def test_an_argument_is_seen_by_what_refers_to_it(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": RECORDER, "options": {"a": 1}, "copy": "${.options.b}"})
    assert instantiate(config, options={"b": 2}).kwargs["copy"] == 2


def test_an_argument_of_a_part_is_seen_from_the_whole(instantiate: Instantiate) -> None:
    whole = OmegaConf.create({"node": {"_target_": RECORDER, "a": 1, "b": "${summary}"}, "summary": "a=${node.a}"})
    assert instantiate(whole.node, a=5).kwargs["b"] == "a=5"
    assert whole.summary == "a=1"


def test_a_config_given_in_the_call_refers_to_itself(instantiate: Instantiate) -> None:
    given = OmegaConf.create({"x": 1, "y": "${x}"})
    for others in ({}, {"copy": "${x}"}):
        assert instantiate({"_target_": RECORDER, "x": 2, **others}, given=given).kwargs["given"].y == 1


@pytest.mark.parametrize("value", ["${x}", "???", ["${x}"], {"a": {"b": "???"}}], ids=str)
def test_an_argument_may_not_read_as_no_value(instantiate: Instantiate, value: Any) -> None:
    for call in (
        lambda: instantiate({"_target_": RECORDER}, value),
        lambda: instantiate({"_target_": RECORDER}, a=value),
    ):
        with pytest.raises(InstantiationException, match="Call-site override"):
            call()


def test_an_argument_is_checked_against_the_declared_type(instantiate: Instantiate) -> None:
    with pytest.raises(ValidationError, match="count"):
        instantiate(Sized, count="many")
    with pytest.raises(OmegaConfBaseException):
        instantiate(Sized, size=3)
    with pytest.raises(ValidationError, match="width"):
        instantiate({"size": Size()}, size={"unknown": Size(width="wide")})  # type: ignore[arg-type]


def test_a_list_is_no_tuple_in_a_mapping_that_is_merged(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": RECORDER, "point": {**POINT, "y": (1, 2)}})
    assert instantiate(config, point={"y": (3,)}).kwargs["point"].y == (3,)
    for given in ([3], {"a": 3}):
        with pytest.raises(ValidationError):
            instantiate(config, point={"y": given})


@pytest.mark.parametrize("value", [Size(3), Size, Sized()], ids=["instance", "class", "with a target"])
def test_dataclasses_pass_as_arguments(instantiate: Instantiate, form: Form, value: Any) -> None:
    assert instantiate(form({"_target_": RECORDER}), given=value).kwargs["given"] is value


def test_plain_containers_stay_plain_where_nothing_is_built(instantiate: Instantiate, form: Form) -> None:
    kwargs = instantiate(form({"_target_": RECORDER, "_recursive_": False}), a={"b": [1]}, c=[{"d": 2}]).kwargs
    assert (type(kwargs["a"]), type(kwargs["a"]["b"]), type(kwargs["c"])) == (dict, list, list)


def test_a_callable_target_is_written_as_its_path_in_what_is_not_built(instantiate: Instantiate, form: Form) -> None:
    given = [{"_target_": Size, "width": 1}, ({"_target_": Size},)]
    kwargs = instantiate(form({"_target_": RECORDER, "_recursive_": False}), given=given).kwargs
    path = f"{Size.__module__}.Size"
    assert kwargs["given"] == [{"_target_": path, "width": 1}, ({"_target_": path},)]
    assert given[0]["_target_"] is Size  # type: ignore[index]


# tuples


@pytest.mark.parametrize(("convert", "kind"), [("none", TupleConfig), ("all", tuple)])
def test_tuples_stay_tuples(instantiate: Instantiate, form: Form, convert: str, kind: type) -> None:
    kwargs = instantiate(form({"_target_": RECORDER, "_convert_": convert, "sizes": (1, POINT)}), more=(2,)).kwargs
    assert type(kwargs["sizes"]) is kind and kwargs["sizes"][1] == Point(1)
    assert type(kwargs["more"]) is kind and kwargs["more"][0] == 2


def test_a_tuple_at_top_level_is_a_config(instantiate: Instantiate) -> None:
    built = instantiate((POINT, 2))
    assert type(built) is TupleConfig and built[0] == Point(1)


def test_a_missing_value_in_a_tuple_is_refused_by_the_key_of_the_tuple(instantiate: Instantiate) -> None:
    with pytest.raises(ValidationError, match="full_key: sizes"):
        instantiate({"_target_": RECORDER, "sizes": ("???",)})


# isolation


@pytest.mark.parametrize("how", ["config", "call", "argument"])
def test_an_isolated_config_is_resolved_before_it_is_built(instantiate: Instantiate, how: str) -> None:
    config: dict[str, Any] = {"_target_": RECORDER, "_recursive_": False, "options": {"bad": "${absent}"}}
    told: dict[str, Any] = {"config": {}, "call": {"_isolate_": True}, "argument": {"isolate": True}}[how]
    if how == "config":
        config["_isolate_"] = True
    with pytest.raises(InterpolationKeyError):
        instantiate(config, **told)


@pytest.mark.parametrize("where", ["top", "nested"])
def test_isolate_never_reaches_a_constructor(instantiate: Instantiate, where: str) -> None:
    node = {"_target_": RECORDER, "_isolate_": False, "x": 1}
    built = instantiate(node if where == "top" else {"_target_": RECORDER, "a": node})
    assert (built if where == "top" else built.kwargs["a"]).kwargs == {"x": 1}


@pytest.mark.parametrize("told", [{"isolate": 1}, {"_isolate_": "yes"}], ids=str)
def test_isolate_takes_a_bool(instantiate: Instantiate, told: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="must be a bool"):
        instantiate({"_target_": RECORDER}, **told)


def test_isolate_given_as_an_argument_wins_over_the_config(instantiate: Instantiate) -> None:
    config = {"_target_": RECORDER, "_isolate_": True, "_recursive_": False, "options": {"bad": "${absent}"}}
    assert isinstance(instantiate(config, isolate=False).kwargs["options"], DictConfig)


# the whitelist


def test_a_config_may_not_say_what_it_may_name(instantiate: Instantiate, form: Form) -> None:
    for config in ({"_target_": RECORDER, "_execution_whitelist_": ["*"]}, {"_execution_whitelist_": [RECORDER]}):
        with pytest.raises(InstantiationException, match="_execution_whitelist_"):
            instantiate(form(config))


def test_the_whitelist_of_a_call_never_reaches_a_constructor(instantiate: Instantiate, form: Form) -> None:
    assert instantiate(form({"_target_": RECORDER, "x": 1}), _execution_whitelist_=[RECORDER]).kwargs == {"x": 1}
    with pytest.raises(InstantiationException):
        instantiate(form({"_target_": RECORDER}), _execution_whitelist_=["elsewhere.*"])
