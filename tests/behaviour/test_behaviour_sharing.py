"""With `share=True` a node is built once in a call, whoever refers to it."""

from __future__ import annotations

from typing import Any

import pytest
from behaviour_app.objects import Box
from omegaconf import DictConfig, OmegaConf

from safe_instantiate import Instantiator, instantiate
from safe_instantiate.hydra_compat import READS_LAZILY

BOX = {"_target_": "behaviour_app.objects.Box"}
sharing = Instantiator(share=True)


def build(config: Any, **kwargs: Any) -> Any:
    return sharing.instantiate(config, **kwargs)


def test_a_referenced_node_is_one_object() -> None:
    found = build({"model": BOX, "trainer": {**BOX, "model": "${model}", "again": "${model}"}})
    assert found.trainer.kwargs["model"] is found.trainer.kwargs["again"] is found.model


def test_it_is_off_by_default() -> None:
    found = instantiate({"model": BOX, "again": "${model}"})
    assert found.model is not found.again


def test_it_does_not_matter_whether_the_reference_comes_first() -> None:
    found = build({"trainer": {**BOX, "model": "${model}"}, "model": BOX})
    assert found.trainer.kwargs["model"] is found.model


def test_two_builds_share_nothing() -> None:
    planned = sharing.plan({"model": BOX, "again": "${model}"})
    first, second = planned.build(), planned.build()
    assert first.model is first.again and second.model is second.again
    assert first.model is not second.model


def test_two_nodes_that_are_written_alike_are_two_objects() -> None:
    found = build({"a": BOX, "b": BOX})
    assert found.a is not found.b


@pytest.mark.parametrize("convert", ["none", "partial", "object", "all"])
def test_references_in_lists_and_groups_are_shared(convert: str) -> None:
    found = build({"_convert_": convert, "items": [BOX, "${items.0}", ["${items.1}"]], "group": {"deep": "${items.0}"}})
    first = found["items"][0]
    assert isinstance(first, Box)
    assert found["items"][1] is found["items"][2][0] is found["group"]["deep"] is first


def test_references_in_positional_arguments_are_shared() -> None:
    found = build({**BOX, "_args_": ["${model}", "${model}"], "model": BOX})
    assert found.args[0] is found.args[1] is found.kwargs["model"]


def test_a_partial_is_shared() -> None:
    found = build({"make": {**BOX, "_partial_": True, "model": "${model}"}, "again": "${make}", "model": BOX})
    assert found.make is found.again and found.make.keywords["model"] is found.model


def test_what_a_shared_node_refers_to_is_shared() -> None:
    found = build({"core": BOX, "a": {**BOX, "core": "${core}"}, "b": "${a}", "c": {**BOX, "core": "${b.core}"}})
    assert found.b is found.a and found.a.kwargs["core"] is found.c.kwargs["core"] is found.core


def test_a_reference_to_a_reference_is_shared() -> None:
    found = build({"a": "${b}", "b": "${c}", "c": BOX})
    assert found.a is found.b is found.c


def test_a_reference_to_a_group_shares_the_nodes_in_it() -> None:
    found = build({"models": {"teacher": BOX}, "again": "${models}"})
    assert found.models.teacher is found.again.teacher


def test_a_node_outside_of_what_is_built_is_shared() -> None:
    whole = OmegaConf.create({"model": BOX, "trainer": {"a": {**BOX, "m": "${model}"}, "b": {**BOX, "m": "${model}"}}})
    found = build(whole.trainer)
    assert found.a.kwargs["m"] is found.b.kwargs["m"]


def test_a_node_that_the_call_completes_is_shared() -> None:
    found = build({"model": {**BOX, "lr": 1}, "again": "${model}"}, model={"lr": 2})
    assert found.again is found.model and found.model.kwargs == {"lr": 2}


def test_a_reference_to_a_value_of_a_node_is_a_value() -> None:
    assert build({"model": {**BOX, "lr": 1}, "lr": "${model.lr}"}).lr == 1


def test_a_reference_that_stays_raw_stays_raw() -> None:
    found = build({"model": BOX, "trainer": {**BOX, "_recursive_": False, "model": "${model}"}})
    assert isinstance(found.trainer.kwargs["model"], DictConfig) and isinstance(found.model, Box)


def test_a_shared_node_is_built_as_its_own_place_says() -> None:
    node = {**BOX, "sizes": [1], "inner": BOX}
    reference = {**BOX, "_convert_": "all", "model": "${model}"}
    # A group of Hydra 1.4 that isn't recursive has raw configs in it, not what other places share.
    group = {"_recursive_": READS_LAZILY, "model": "${model}"}
    for config in (
        {"model": node, "reference": reference, "group": group},
        {"reference": reference, "group": group, "model": node},
        {"group": group, "reference": reference, "model": node},
    ):
        found = build(config)
        assert found.model is found.reference.kwargs["model"] is found.group.model
        assert isinstance(found.model.kwargs["inner"], Box), list(config)
        assert type(found.model.kwargs["sizes"]) is type(instantiate(node).kwargs["sizes"]), list(config)


def test_a_node_that_contains_itself_is_an_error() -> None:
    with pytest.raises(Exception, match=r"a\.again"):
        build({"a": {**BOX, "again": "${a}"}})


def test_what_the_call_says_holds_for_a_shared_node_wherever_it_is_met_first() -> None:
    user = {**BOX, "_convert_": "none", "model": "${model}"}
    found = build({"user": user, "model": {**BOX, "sizes": [1]}}, _convert_="all")
    assert found["user"].kwargs["model"] is found["model"]
    assert type(found["model"].kwargs["sizes"]) is list


@pytest.mark.parametrize("said", ["none", "all"])
def test_what_a_group_says_holds_for_a_shared_node_in_it_wherever_it_is_met_first(said: str) -> None:
    group = {"_convert_": said, "model": {**BOX, "sizes": [1]}}
    found = build({"user": {**BOX, "_convert_": "partial", "model": "${group.model}"}, "group": group})
    assert found.user.kwargs["model"] is found.group["model"]
    assert (type(found.group["model"].kwargs["sizes"]) is list) is (said == "all")


@pytest.mark.parametrize("first", ["user", "group"])
def test_a_group_is_what_each_place_that_refers_to_it_says(first: str) -> None:
    nodes = {"user": {**BOX, "_convert_": "all", "given": "${group}"}, "group": {"model": BOX, "sizes": [1]}}
    found = build({first: nodes[first], **nodes})
    given = found.user.kwargs["given"]
    assert (type(given), type(found.group)) == (dict, DictConfig)
    assert given["model"] is found.group.model
