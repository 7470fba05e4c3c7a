"""Interpolations and resolvers, inside the node and out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from omegaconf import DictConfig, ListConfig, OmegaConf
from parity_targets import Point, Recorder

from safe_instantiate.hydra_compat import READS_LAZILY

Instantiate = Callable[..., Any]


@dataclass
class Sized:
    """A config whose list of a type comes from elsewhere."""

    sizes: list[int] = "${sizes}"  # type: ignore[assignment]


@pytest.fixture
def resolver() -> Iterator[list[Any]]:
    """Registers `parity.times`; gives the list of arguments that it was called with."""
    calls: list[Any] = []

    def times(number: Any, factor: int = 2) -> Any:
        calls.append(number)
        return number * factor

    OmegaConf.register_new_resolver("parity.times", times)
    OmegaConf.register_new_resolver("parity.pair", lambda a, b: [a, b])
    OmegaConf.register_new_resolver("parity.table", lambda: {"a": {"b": 1}})
    yield calls
    for name in ("parity.times", "parity.pair", "parity.table"):
        OmegaConf.clear_resolver(name)


def test_a_node_may_refer_to_what_stands_outside_it(instantiate: Instantiate, tree: DictConfig) -> None:
    built = instantiate(tree.model)
    assert built.kwargs["width"] == 64
    assert built.kwargs["layers"] == [{"in": 64, "out": 64}]
    assert built.kwargs["options"] == {"dropout": 0.1}


def test_what_reaches_the_target_holds_no_interpolations(instantiate: Instantiate, tree: DictConfig) -> None:
    layers = instantiate(tree.model).kwargs["layers"]
    assert OmegaConf.to_container(layers, resolve=False) == [{"in": 64, "out": 64}]


def test_raw_configs_that_reach_the_target_hold_no_interpolations(instantiate: Instantiate, tree: DictConfig) -> None:
    layers = instantiate(tree.model, _recursive_=False).kwargs["layers"]
    assert OmegaConf.to_container(layers, resolve=False) == [{"in": 64, "out": 64}]


def test_relative_interpolations_are_followed(instantiate: Instantiate) -> None:
    config = OmegaConf.create(
        {"a": {"_target_": "parity_targets.Point", "x": "${.y}", "y": "${..b.c}"}, "b": {"c": 3}},
    )
    assert instantiate(config.a) == Point(3, 3)


def test_interpolations_in_a_list_at_top_level_are_followed(instantiate: Instantiate) -> None:
    config = OmegaConf.create({"nodes": [{"_target_": "parity_targets.Point", "x": "${n}"}, "${n}"], "n": 4})
    first, second = instantiate(config.nodes)
    assert (first, second) == (Point(4), 4)


def test_interpolations_to_a_sibling_see_overrides_of_the_call(instantiate: Instantiate) -> None:
    config = OmegaConf.create({"_target_": "parity_targets.Point", "x": 1, "y": "${x}"})
    assert instantiate(config, x=8) == Point(8, 8)


def test_interpolations_inside_strings_are_filled_in(instantiate: Instantiate) -> None:
    config = OmegaConf.create(
        {"_target_": "parity_targets.Recorder", "path": "${root}/run_${n}/x", "root": "/out", "n": 3}
    )
    assert instantiate(config).kwargs["path"] == "/out/run_3/x"


def test_a_reference_to_a_node_builds_that_node(instantiate: Instantiate) -> None:
    config = OmegaConf.create(
        {
            "user": {"_target_": "parity_targets.Recorder", "p": "${point}"},
            "point": {"_target_": "parity_targets.Point", "x": 1},
        }
    )
    assert instantiate(config.user) == Recorder(p=Point(1))


def test_two_references_to_a_node_build_it_twice(instantiate: Instantiate) -> None:
    config = OmegaConf.create(
        {
            "user": {"_target_": "parity_targets.Recorder", "p": "${point}", "q": "${point}"},
            "point": {"_target_": "parity_targets.Point", "x": 1},
        }
    )
    built = instantiate(config.user).kwargs
    assert built["p"] == built["q"]
    assert built["p"] is not built["q"]


def test_a_reference_to_a_part_of_a_node_gives_the_config_value(instantiate: Instantiate) -> None:
    config = OmegaConf.create(
        {"a": {"_target_": "parity_targets.Point", "x": 5}, "b": {"_target_": "parity_targets.Point", "x": "${a.x}"}}
    )
    assert instantiate(config) == {"a": Point(5), "b": Point(5)}


def test_references_to_list_items_are_followed(instantiate: Instantiate) -> None:
    config = OmegaConf.create({"_target_": "parity_targets.Point", "x": "${y[1]}", "y": [10, 20]})
    assert instantiate(config).x == 20


def test_plain_dicts_may_hold_interpolations(instantiate: Instantiate) -> None:
    assert instantiate({"_target_": "parity_targets.Point", "x": "${y}", "y": 2}) == Point(2, 2)


def test_plain_dicts_may_refer_to_their_own_top(instantiate: Instantiate) -> None:
    config = {"n": 3, "a": {"b": [{"_target_": "parity_targets.Point", "x": "${n}"}]}}
    assert instantiate(config)["a"]["b"][0] == Point(3)


def test_resolvers_are_called(instantiate: Instantiate, resolver: list[Any]) -> None:
    node = {"_target_": "parity_targets.Point", "x": "${parity.times:21}", "y": "${parity.times:${n},3}"}
    assert instantiate(OmegaConf.create({"node": node, "n": 2}).node) == Point(42, 6)
    assert set(resolver) == {21, 2}


@pytest.mark.parametrize("mode", ["none", "all"])
def test_containers_from_a_resolver_reach_a_target_as_they_are(
    instantiate: Instantiate, resolver: list[Any], mode: str
) -> None:
    config = OmegaConf.create(
        {
            "_target_": "parity_targets.Recorder",
            "_convert_": mode,
            "pair": "${parity.pair:1,2}",
            "table": "${parity.table:}",
        }
    )
    kwargs = instantiate(config).kwargs
    assert (type(kwargs["pair"]), kwargs["pair"]) == (list, [1, 2])
    assert (type(kwargs["table"]), kwargs["table"]) == (dict, {"a": {"b": 1}})


def test_containers_from_a_resolver_are_config_containers_in_a_group(
    instantiate: Instantiate, resolver: list[Any]
) -> None:
    built = instantiate(OmegaConf.create({"pair": "${parity.pair:1,2}", "table": "${parity.table:}"}))
    assert isinstance(built.pair, ListConfig)
    assert isinstance(built.table, DictConfig)
    assert (built.pair, built.table) == ([1, 2], {"a": {"b": 1}})


def test_oc_env_is_read_when_the_config_is(instantiate: Instantiate, monkeypatch: pytest.MonkeyPatch) -> None:
    config = OmegaConf.create({"_target_": "parity_targets.Recorder", "root": "${oc.env:PARITY_ROOT}"})
    monkeypatch.setenv("PARITY_ROOT", "/first")
    assert instantiate(config).kwargs["root"] == "/first"
    monkeypatch.setenv("PARITY_ROOT", "/second")
    assert instantiate(config).kwargs["root"] == "/second"


def test_oc_select_gives_its_default(instantiate: Instantiate) -> None:
    config = OmegaConf.create({"_target_": "parity_targets.Recorder", "a": "${oc.select:nowhere,7}"})
    assert instantiate(config).kwargs["a"] == 7


def test_recursive_may_be_an_interpolation(instantiate: Instantiate) -> None:
    config = OmegaConf.create(
        {
            "node": {
                "_target_": "parity_targets.Recorder",
                "_recursive_": "${deep}",
                "p": {"_target_": "parity_targets.Point"},
            },
            "deep": False,
        }
    )
    assert instantiate(config.node).kwargs["p"] == {"_target_": "parity_targets.Point"}


def test_convert_may_be_an_interpolation(instantiate: Instantiate) -> None:
    config = OmegaConf.create(
        {"node": {"_target_": "parity_targets.Recorder", "_convert_": "${mode}", "d": {}}, "mode": "all"}
    )
    assert type(instantiate(config.node).kwargs["d"]) is dict


def test_partial_may_be_an_interpolation(instantiate: Instantiate) -> None:
    config = OmegaConf.create(
        {"node": {"_target_": "parity_targets.Point", "_partial_": "${late}", "y": 2}, "late": True}
    )
    assert instantiate(config.node)(1) == Point(1, 2)


def test_args_may_be_an_interpolation(instantiate: Instantiate) -> None:
    config = OmegaConf.create(
        {"node": {"_target_": "parity_targets.Recorder", "_args_": "${numbers}"}, "numbers": [1, 2]}
    )
    assert instantiate(config.node).args == (1, 2)


def test_a_resolver_is_called_once_though_args_refer_to_each_other_and_the_call_gives_a_mode(
    instantiate: Instantiate, resolver: list[Any]
) -> None:
    config = {"a": {"_target_": "parity_targets.Point", "_args_": ["${parity.times:2}", "${a[_args_][0]}"]}}
    built = instantiate(OmegaConf.create(config), _convert_="none")
    assert built.a == Point(4, 4)
    assert len(resolver) == 1


def test_items_of_a_list_lead_to_what_they_lead_to_where_that_stands(instantiate: Instantiate) -> None:
    config = OmegaConf.create({"deep": {"node": Sized}, "sizes": ["${..first}", 7], "first": 5})
    assert instantiate(config.deep).node.sizes == [5, 7]


@pytest.mark.parametrize("mode", ["partial", "object", "all"])
def test_a_text_in_a_raw_config_is_read_no_more_often_than_by_hydra(instantiate: Instantiate, mode: str) -> None:
    raw = {"whole": r"\\\${absent}", "piece": r"n-\\\${absent}"}
    given = instantiate({"_target_": "parity_targets.Recorder", "_recursive_": False, "_convert_": mode, "raw": raw})
    # Hydra 1.3 resolves the whole config, and once more what it converts.
    text = r"\${absent}" if READS_LAZILY else "${absent}"
    assert given.kwargs["raw"] == {"whole": text, "piece": f"n-{text}"}
