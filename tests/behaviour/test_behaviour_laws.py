"""Laws that hold for every config: what is built is left alone, and so is what the caller passed in."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

from behaviour_app.objects import Box
from hydra.errors import InstantiationException
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import DictConfig, ListConfig, OmegaConf

from safe_instantiate import Instantiator, instantiate, plan, strip_control_keys
from safe_instantiate.hydra_compat import READS_LAZILY

BOX = "behaviour_app.objects.Box"
LIVE = [Box(), object(), {1, 2}, lambda: None, Box]
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.text("ab", max_size=2), st.just("${top}"))
MODES = st.fixed_dictionaries(
    {},
    optional={"_convert_": st.sampled_from(["none", "partial", "object", "all"]), "_recursive_": st.booleans()},
)


def containers(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    groups = st.dictionaries(st.sampled_from("abc"), children, max_size=3)
    nodes = st.builds(lambda group, modes: {"_target_": BOX, **modes, **group}, groups, MODES)
    marked = st.builds(lambda group, modes: {**modes, **group}, groups, MODES)
    return st.one_of(nodes, marked, st.lists(children, max_size=3))


TREES = st.recursive(LEAVES, containers, max_leaves=12)
LIVE_TREES = st.recursive(st.one_of(LEAVES, st.sampled_from(LIVE)), containers, max_leaves=12)
ENGINES = st.builds(
    Instantiator,
    convert=st.sampled_from(["none", "partial", "object", "all"]),
    recursive=st.booleans(),
    share=st.booleans(),
    leave_configs_to=st.sampled_from([(), "auto", "behaviour_app.*"]),
)


def whole(tree: Any) -> dict[str, Any]:
    return {"top": 1, "tree": tree}


def snapshot(config: Any) -> Any:
    """All there is to a config: its nodes by identity, their values, flags and parents."""
    if isinstance(config, dict):
        return id(config), [(key, snapshot(value)) for key, value in config.items()]
    if isinstance(config, list):
        return id(config), [snapshot(value) for value in config]
    if isinstance(config, (DictConfig, ListConfig)):
        keys: Any = list(config) if isinstance(config, DictConfig) else range(len(config))
        children = [(key, snapshot(config._get_node(key))) for key in keys]
        return id(config), id(config._get_parent()), dict(config._metadata.flags or {}), config._metadata.key, children
    return (id(config), id(config._value()), config._key()) if hasattr(config, "_value") else id(config)


def live_objects(value: Any) -> list[int]:
    """The ids of the live objects in a value, whatever it is made of, in order."""
    if any(value is each for each in LIVE):
        return [id(value)]
    if isinstance(value, Box):
        return live_objects([value.args, value.kwargs])
    if isinstance(value, (dict, DictConfig)):
        return [found for key in value if key != "_target_" for found in live_objects(value[key])]
    if isinstance(value, (list, tuple, ListConfig)):
        return [found for item in value for found in live_objects(item)]
    return []


@given(tree=TREES, engine=ENGINES)
def test_what_the_caller_passed_in_is_only_read(tree: Any, engine: Instantiator) -> None:
    for config in (whole(tree), OmegaConf.create(whole(tree))):
        overrides = {"tree": copy.deepcopy(tree), "more": OmegaConf.create({"x": "${top}"})}
        before = snapshot(config), snapshot(overrides)
        engine.instantiate(config)
        with contextlib.suppress(InstantiationException if READS_LAZILY else ()):  # Hydra 1.4 takes no "${top}" there
            engine.instantiate(config, **overrides)
        strip_control_keys(config)
        assert (snapshot(config), snapshot(overrides)) == before


@given(tree=LIVE_TREES, engine=ENGINES)
def test_a_live_object_arrives_itself_wherever_it_stands(tree: Any, engine: Instantiator) -> None:
    config = whole(tree)
    built = engine.instantiate(config)
    assert live_objects(built) == live_objects(config)
    if READS_LAZILY and "${" in str(tree):
        return  # Hydra 1.4 takes no interpolation as an argument
    called = engine.instantiate({"_target_": BOX, "top": 1}, tree=tree)
    assert live_objects(called) == live_objects(tree)


@given(tree=TREES, engine=ENGINES)
def test_what_a_target_returned_is_returned_again(tree: Any, engine: Instantiator) -> None:
    built = engine.instantiate({"_target_": BOX, "top": 1, "tree": tree})
    assert isinstance(built, Box)
    assert engine.instantiate(built) is built
    assert engine.instantiate({"_target_": BOX, "of": built}).kwargs["of"] is built


@given(tree=TREES)
def test_a_built_tree_is_not_changed_by_building_again(tree: Any) -> None:
    planned = plan(whole(tree))
    first = planned.build()
    before = snapshot(first)
    planned.build()
    instantiate(first)
    assert snapshot(first) == before
