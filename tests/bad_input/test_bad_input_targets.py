"""Targets that return nothing, end the program, or reach for the config that called them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bad_targets
import pytest
from config_facts import facts, locked
from omegaconf import OmegaConf

from safe_instantiate import instantiate

forms = pytest.mark.parametrize("make", [dict, OmegaConf.create, locked], ids=["plain", "omegaconf", "locked"])
Make = Callable[[Any], Any]


@forms
def test_none_from_a_target_is_none_wherever_it_stands(make: Make) -> None:
    nothing = {"_target_": "bad_targets.nothing"}
    config = make({"a": nothing, "b": [nothing], "c": {"_target_": "bad_targets.Keeper", "d": nothing}})
    before = facts(config)
    built = instantiate(config)
    assert (built["a"], built["b"][0], built["c"].kwargs) == (None, None, {"d": None})
    assert instantiate(nothing) is None
    assert facts(config) == before


@forms
@pytest.mark.parametrize(
    ("name", "kind"), [("leave", SystemExit), ("interrupt", KeyboardInterrupt)], ids=["exit", "interrupt"]
)
def test_what_ends_the_program_is_not_wrapped(make: Make, name: str, kind: type[BaseException]) -> None:
    config = make({"a": {"_target_": "bad_targets.Keeper", "b": [{"_target_": f"bad_targets.{name}"}]}})
    before = facts(config)
    with pytest.raises(kind) as failure:
        instantiate(config)
    assert type(failure.value) is kind
    assert failure.value.__cause__ is None
    assert facts(config) == before


@forms
@pytest.mark.parametrize("recursive", [True, False], ids=["recursive", "not_recursive"])
@pytest.mark.parametrize("mode", ["none", "partial", "object", "all"])
def test_a_target_may_empty_what_it_was_given(make: Make, recursive: bool, mode: str) -> None:
    node = {
        "_target_": "bad_targets.empty_out",
        "_recursive_": recursive,
        "_convert_": mode,
        "given": {"a": {"b": [1, {"c": "${n}"}]}, "d": [[2]]},
    }
    config = make({"node": node, "n": 3})
    before = facts(config)
    for _ in range(2):
        assert instantiate(config)["node"] == {"left": "behind"}
    assert facts(config) == before


@pytest.mark.parametrize("recursive", [True, False], ids=["recursive", "not_recursive"])
def test_a_target_finds_no_way_up_to_the_caller_s_config(recursive: bool) -> None:
    config = locked({"node": {"_target_": "bad_targets.climb_and_overwrite", "given": {"a": ["${n}"]}}, "n": 3})
    before = facts(config)
    built = instantiate(config.node, _recursive_=recursive)
    assert built.a == [3]
    assert facts(config) == before


def test_a_referenced_node_is_not_given_away_itself() -> None:
    config = OmegaConf.create(
        {
            "node": {"_target_": "bad_targets.empty_out", "given": "${shared}"},
            "shared": {"a": [1]},
            "again": "${shared}",
        }
    )
    before = facts(config)
    built = instantiate(config)
    assert built.node == {"left": "behind"}
    assert built.again == built.shared == {"a": [1]}
    assert facts(config) == before


def test_arguments_of_the_call_are_not_given_away_themselves() -> None:
    plain: dict[str, Any] = {"a": {"b": [1]}}
    node = OmegaConf.create({"top": {"a": {"b": [1]}}})
    before = facts(plain), facts(node)
    for argument in (plain, node.top):
        assert instantiate({"_target_": "bad_targets.empty_out"}, given=argument) == {"left": "behind"}
    assert (facts(plain), facts(node)) == before


@pytest.mark.parametrize("make", [dict, OmegaConf.create], ids=["plain", "omegaconf"])
def test_a_config_that_changes_while_it_is_built_is_built_as_it_was(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make(
        {
            "first": {"_target_": "bad_targets.run_sabotage"},
            "second": {"_target_": "bad_targets.Keeper", "options": {"a": 1}, "items": [1, 2]},
        }
    )

    def change() -> None:
        config["second"]["options"]["a"] = 99
        config["second"]["items"].append(99)
        config["second"]["_target_"] = "nowhere.to.be.found"

    monkeypatch.setattr(bad_targets, "SABOTAGE", [change])
    built = instantiate(config)
    assert built["second"].kwargs == {"options": {"a": 1}, "items": [1, 2]}
