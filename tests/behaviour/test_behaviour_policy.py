"""What a config may call, as the engine enforces it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hydra.errors import InstantiationException

from safe_instantiate import Instantiator, instantiate, plan

BOX = {"_target_": "behaviour_app.objects.Box"}
RECORD = {"_target_": "behaviour_app.objects.record", "name": "built"}


@pytest.mark.parametrize(
    "target",
    [
        "os.system",
        "posix.system",
        "torch.os.system",
        "behaviour_app.objects.os.system",
        "subprocess.Popen",
        "builtins.eval",
        "builtins.exec",
        "builtins.__import__",
        os.system,
        subprocess.run,
    ],
)
def test_a_dangerous_target_is_refused_before_anything_is_built(target: Any, calls: list[str]) -> None:
    config = {"first": RECORD, "list": [{"_target_": target, "_args_": ["true"]}]}
    problems = plan(config).problems
    assert [problem.full_key for problem in problems] == ["list[0]"]
    with pytest.raises(InstantiationException):
        instantiate(config)
    with pytest.raises(InstantiationException):
        instantiate({"first": RECORD, "list": [{"_target_": target, "_partial_": True}]})
    assert calls == []


def test_a_target_that_is_refused_by_its_path_is_not_imported() -> None:
    assert "antigravity" not in sys.modules
    with pytest.raises(InstantiationException, match="allow-list"):
        Instantiator(allow=("behaviour_app.*",)).instantiate({"_target_": "antigravity.geohash"})
    assert "antigravity" not in sys.modules


def test_an_allow_list_allows_what_it_names() -> None:
    engine = Instantiator(allow=("behaviour_app.*", "torch.nn.ReLU"))
    assert isinstance(engine.instantiate({**BOX, "activation": {"_target_": "torch.nn.ReLU"}}).kwargs["activation"],
                      torch.nn.ReLU)  # fmt: skip


@pytest.mark.parametrize("target", ["torch.nn.Linear", "fractions.Fraction", "behaviour_app.objects.OrderedDict"])
def test_an_allow_list_refuses_everything_else(target: str, calls: list[str]) -> None:
    engine = Instantiator(allow=("behaviour_app.*",))
    with pytest.raises(InstantiationException, match="allow-list"):
        engine.instantiate({"first": RECORD, "second": {"_target_": target}})
    assert calls == []


def test_an_allow_list_of_one_instantiator_does_not_concern_another() -> None:
    config = {"_target_": "fractions.Fraction", "_args_": [1, 2]}
    with pytest.raises(InstantiationException):
        Instantiator(allow=()).instantiate(config)
    assert instantiate(config) * 2 == 1


def test_a_call_may_bring_its_own_allow_list_under_hydra_s_name() -> None:
    config = {"_target_": "builtins.dict", "a": 1}
    assert instantiate(config, _execution_whitelist_=["builtins.*"]) == {"a": 1}
    with pytest.raises(InstantiationException):
        instantiate(config, _execution_whitelist_=["behaviour_app.*"])


def test_an_allow_list_in_a_config_counts_for_nothing() -> None:
    config = {"_target_": "fractions.Fraction", "_execution_whitelist_": ["fractions.*"]}
    with pytest.raises(InstantiationException):
        Instantiator(allow=("behaviour_app.*",)).instantiate(config)


def test_a_config_can_not_change_the_policy() -> None:
    engine = Instantiator(allow=("behaviour_app.*",))
    for config in (
        {"_target_": "safe_instantiate.instantiate", "config": {"_target_": "fractions.Fraction"}},
        {"_target_": "safe_instantiate.Instantiator", "allow": None},
        {"_target_": "hydra.utils.instantiate", "config": {"_target_": "fractions.Fraction"}},
    ):
        with pytest.raises(InstantiationException):
            engine.instantiate(config)


@pytest.mark.parametrize("value", [{"_target_": "builtins.getattr", "_args_": [os, "system"]},
                                   {"_target_": "behaviour_app.objects.gives_system"},
                                   {"_target_": "behaviour_app.objects.returns", "value": os.system}])  # fmt: skip
def test_a_dangerous_callable_that_comes_out_is_not_handed_on(value: Any, calls: list[str]) -> None:
    with pytest.raises(InstantiationException, match="system"):
        instantiate({**RECORD, "given": value})
    assert calls == []


@pytest.mark.parametrize("partial", [True, False])
def test_files_are_not_written(partial: bool, tmp_path: Path) -> None:
    file = tmp_path / "file"
    with pytest.raises(InstantiationException, match="writing"):
        instantiate({"_target_": "builtins.open", "file": str(file), "mode": "w", "_partial_": partial})
    with pytest.raises(InstantiationException, match="writing"):
        instantiate({"_target_": "builtins.open", "_args_": [str(file), "w"]})
    assert not file.exists()


def test_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    with instantiate({"_target_": "builtins.open", "file": str(tmp_path / "file")}) as opened:
        assert opened.read() == "text"


def test_arguments_that_are_known_beforehand_are_judged_before_anything_is_built(calls: list[str]) -> None:
    config = {"first": RECORD, "second": {"_target_": "builtins.open", "file": "nowhere", "mode": "w"}}
    assert [problem.full_key for problem in plan(config).problems] == ["second"]
    with pytest.raises(InstantiationException, match="writing"):
        instantiate(config)
    assert calls == []


def test_arguments_that_are_built_are_judged_by_what_they_come_out_as(tmp_path: Path) -> None:
    def opening(mode: str) -> list[dict[str, Any]]:
        made = {"_target_": "builtins.str", "_args_": [mode]}
        file = str(tmp_path / "file")
        return [
            {"_target_": "builtins.open", "file": file, "mode": made},
            {"_target_": "builtins.open", "_args_": [file, made]},
        ]

    (tmp_path / "file").write_text("text")
    for config in opening("r"):
        with instantiate(config) as opened:
            assert opened.read() == "text"
    for config in opening("w"):
        with pytest.raises(InstantiationException, match="writing"):
            instantiate(config)
    assert (tmp_path / "file").read_text() == "text"


def test_a_refusal_says_where_and_what_to_do() -> None:
    with pytest.raises(InstantiationException) as refusal:
        Instantiator(allow=("behaviour_app.*",)).instantiate({"a": [{"_target_": "torch.nn.ReLU"}]})
    told = str(refusal.value)
    assert "a[0]" in told and "in code, never in a config: Instantiator(allow=[..., 'torch.nn.ReLU'])" in told
