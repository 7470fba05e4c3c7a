"""Targets that instantiate their own arguments can be left to do so."""

from __future__ import annotations

from typing import Any

import pytest
from behaviour_app import trainers
from behaviour_app.objects import Box
from omegaconf import DictConfig, OmegaConf

from safe_instantiate import Instantiator, instantiate

MODEL = {"_target_": "behaviour_app.objects.Box", "lr": 0.1}
auto = Instantiator(leave_configs_to="auto")


def given(engine: Instantiator, name: str) -> Any:
    return engine.instantiate({"_target_": f"behaviour_app.trainers.{name}", "model": MODEL}).given


@pytest.mark.parametrize("name", trainers.SELF_BUILDERS)
def test_a_target_that_instantiates_for_itself_is_found(name: str) -> None:
    found = given(auto, name)
    assert isinstance(found, DictConfig) and found == MODEL


@pytest.mark.parametrize("name", trainers.NO_SELF_BUILDERS)
def test_a_target_that_does_not_is_not_taken_for_one(name: str) -> None:
    assert isinstance(given(auto, name), Box)


@pytest.mark.parametrize("name", ["GlobalImport", "ThroughHelper", "ThroughInstance"])
def test_it_is_off_by_default(name: str) -> None:
    assert isinstance(given(Instantiator(), name), Box)


def test_a_trainer_left_alone_builds_what_it_would_have_been_given() -> None:
    trainer = auto.instantiate({"_target_": "behaviour_app.trainers.GlobalImport", "model": MODEL})
    assert trainer.setup().kwargs == {"lr": 0.1}


def test_it_equals_recursive_false_in_the_call() -> None:
    config = OmegaConf.create({"lr": 1, "t": {"_target_": "behaviour_app.trainers.GlobalImport", "model": dict(MODEL)}})
    config.t.model.lr = "${lr}"
    assert auto.instantiate(config.t).given == instantiate(config.t, _recursive_=False).given


def test_it_holds_against_recursive_true_in_the_config() -> None:
    config = {"_target_": "behaviour_app.trainers.GlobalImport", "_recursive_": True, "model": MODEL}
    assert isinstance(auto.instantiate(config).given, DictConfig)


def test_it_holds_for_a_trainer_anywhere_in_a_config() -> None:
    trainer = {"_target_": "behaviour_app.trainers.GlobalImport", "model": MODEL}
    found = auto.instantiate({"_target_": MODEL["_target_"], "trainers": [trainer], "model": MODEL})
    assert isinstance(found.kwargs["trainers"][0].given, DictConfig)
    assert isinstance(found.kwargs["model"], Box)


@pytest.mark.parametrize(
    "patterns",
    [
        "behaviour_app.trainers.Plain",
        "behaviour_app.*",
        "*.Plain",
        ["nothing.*", "behaviour_app.trainers.Pl*"],
        ("behaviour_app.trainers.Plain",),
    ],
)
def test_targets_can_be_named(patterns: Any) -> None:
    assert isinstance(given(Instantiator(leave_configs_to=patterns), "Plain"), DictConfig)


@pytest.mark.parametrize("patterns", ["behaviour_app.trainers", "Plain", "behaviour_app.trainers.plain", ()])
def test_other_targets_are_not_concerned(patterns: Any) -> None:
    assert isinstance(given(Instantiator(leave_configs_to=patterns), "Plain"), Box)


def test_a_name_holds_for_the_place_where_the_target_is_defined_too() -> None:
    engine = Instantiator(leave_configs_to="behaviour_app.trainers.Plain")
    trainers.Alias = trainers.Plain  # type: ignore[attr-defined]
    try:
        assert isinstance(given(engine, "Alias"), DictConfig)
    finally:
        del trainers.Alias  # type: ignore[attr-defined]


def test_a_partial_of_a_trainer_gets_its_configs_raw() -> None:
    config = {"_target_": "behaviour_app.trainers.GlobalImport", "_partial_": True, "model": MODEL}
    assert isinstance(auto.instantiate(config)().given, DictConfig)
