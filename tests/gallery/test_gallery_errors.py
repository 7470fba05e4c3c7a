"""Errors that cost somebody a day: what Hydra says or does, and what is said instead, before anything is built."""

from __future__ import annotations

from typing import Any

import counted_targets
import pytest
from hydra.errors import InstantiationException
from omegaconf import OmegaConf

MODEL = {"_target_": "counted_targets.Model"}


@pytest.fixture(autouse=True)
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    counted: list[str] = []
    monkeypatch.setattr(counted_targets, "CALLS", counted)
    return counted


def message(engine: Any, config: dict[str, Any]) -> str:
    """What the exception that stops the build says, without its causes."""
    with pytest.raises(Exception) as failure:  # noqa: PT011 - the classes of Hydra and OmegaConf have no common one
        engine.instantiate(OmegaConf.create(config))
    assert engine.is_hydra or isinstance(failure.value, InstantiationException)
    return str(failure.value)


def test_a_missing_dependency_of_a_target_is_named(engine: Any) -> None:
    said = message(engine, {"detector": {"_target_": "needs_another_package.DETECTOR"}})
    assert "needs_another_package.DETECTOR" in said
    assert "detector" in said
    assert ("a_package_that_nobody_installed" in said) is not engine.is_hydra


def test_a_misspelt_target_is_met_with_the_name_that_exists(engine: Any) -> None:
    said = message(engine, {"head": {"_target_": "torch.nn.Linaer", "in_features": 4, "out_features": 2}})
    assert "torch.nn.Linaer" in said
    assert ("Linear" in said) is not engine.is_hydra


def test_the_part_of_a_path_that_does_not_exist_is_named(engine: Any) -> None:
    said = message(engine, {"data": {"_target_": "segmentation_trainer.datas.TorchDataset"}})
    assert "segmentation_trainer.datas.TorchDataset" in said
    part = said.replace("segmentation_trainer.datas.TorchDataset", "")
    assert ("datas" in part and "data" in part.replace("datas", "")) is not engine.is_hydra


def test_a_misspelt_argument_is_met_with_the_name_that_exists(engine: Any, calls: list[str]) -> None:
    said = message(engine, {"data": {"_target_": "counted_targets.Images", "root": "/images", "spilt": "val"}})
    assert "spilt" in said
    # Later Pythons make the same suggestion; only the full key and the place are then this library's own.
    assert engine.is_hydra or "split" in said.replace("spilt", "")
    assert calls == []


def test_required_arguments_and_a_misplaced_one_are_reported_at_once(engine: Any, calls: list[str]) -> None:
    said = message(engine, {"training": {"_target_": "counted_targets.train", "max_epochs": 3, "lr_warmup_epochs": 1}})
    named = [name in said for name in ("lr_warmup_epochs", "lr_mode", "initial_lr", "loss")]
    assert all(named) is not engine.is_hydra
    assert calls == []


@pytest.mark.parametrize(
    "late_error",
    [
        {"_target_": "counted_targets.Images"},
        {"_target_": "counted_targets.Images", "root": "???"},
        {"_target_": "counted_targets.Imagse", "root": "/images"},
        {"_target_": "counted_targets.Images", "root": "/images", "splits": "all"},
    ],
    ids=["missing_argument", "missing_value", "target", "unknown_argument"],
)
def test_a_mistake_at_the_end_of_a_config_does_not_cost_what_comes_before_it(
    engine: Any, calls: list[str], late_error: dict[str, Any]
) -> None:
    message(engine, {"model": MODEL, "zoo": [MODEL, MODEL], "data": late_error})
    assert calls == (["Model"] * 3 if engine.is_hydra else [])


TEN_ERRORS: dict[str, Any] = {
    "places": {
        "target": {"_target_": "counted_targets.Modle"},
        "module": {"_target_": "a_module_that_is_not_there.Model"},
        "dependency": {"_target_": "needs_another_package.DETECTOR"},
        "unknown": {"_target_": "counted_targets.Model", "widht": 8},
        "required": {"_target_": "counted_targets.Images", "split": "val"},
        "convert": {"_target_": "counted_targets.Model", "_convert_": "al"},
        "recursive": {"_target_": "counted_targets.Model", "_recursive_": "no"},
        "misspelt": {"_target_": "counted_targets.Anything", "_partail_": True},
        "missing": {"_target_": "counted_targets.Images", "root": "???"},
        "interpolation": {"_target_": "counted_targets.Images", "root": "${paths.images}"},
    }
}


def test_ten_errors_in_ten_places_are_one_exception_and_no_call(engine: Any, calls: list[str]) -> None:
    good = {"before": MODEL, "parent": {"_target_": "counted_targets.Anything", "child": MODEL}}
    said = message(engine, {**good, **TEN_ERRORS, "after": [MODEL]})
    named = [place for place in TEN_ERRORS["places"] if f"places.{place}" in said]
    assert (named == list(TEN_ERRORS["places"])) is not engine.is_hydra
    assert engine.is_hydra or calls == []


def test_ten_errors_below_a_parent_are_one_exception_and_no_call(engine: Any, calls: list[str]) -> None:
    tree = {"_target_": "counted_targets.Anything", "model": MODEL, "deep": [TEN_ERRORS, MODEL]}
    said = message(engine, {"experiment": tree})
    named = [place for place in TEN_ERRORS["places"] if f"experiment.deep[0].places.{place}" in said]
    assert (named == list(TEN_ERRORS["places"])) is not engine.is_hydra
    assert engine.is_hydra or calls == []


@pytest.mark.parametrize("place", TEN_ERRORS["places"])
def test_each_of_the_ten_is_an_error_by_itself(place: str, calls: list[str]) -> None:
    from safe_instantiate import instantiate

    with pytest.raises(InstantiationException, match=rf"places\.{place}"):
        instantiate(OmegaConf.create({"model": MODEL, "places": {place: TEN_ERRORS["places"][place]}}))
    assert calls == []


def test_a_config_with_no_error_is_built(engine: Any, calls: list[str]) -> None:
    built = engine.instantiate({"a": MODEL, "b": {"_target_": "counted_targets.Anything", "child": MODEL}})
    assert built.b.kwargs["child"].depth == 2
    assert calls == ["Model", "Model", "Anything"]
