"""Two promises that need no Hydra to compare with: what is built passes, and passes as the very same object."""

from __future__ import annotations

import dataclasses
from typing import Any

import attr
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from safe_instantiate import instantiate
from tests.differential import targets
from tests.differential.cases import Case
from tests.differential.generator import Generator
from tests.differential.running import UnmakeableError, make

cases = st.builds(lambda draw: Generator(draw).case(), st.randoms(use_true_random=False))
lives = st.sampled_from(sorted(targets.LIVE))
modes = st.sampled_from(["none", "partial", "object", "all"])
flags = st.booleans()
lawfully = settings(max_examples=150, deadline=None, derandomize=True)


def reads_as_a_config(value: Any) -> bool:
    """Whether to instantiate this value is another question than to pass it."""
    scalar_or_container = isinstance(value, (str, bytes, int, float, dict, list, tuple)) or OmegaConf.is_config(value)
    return scalar_or_container or dataclasses.is_dataclass(value) or attr.has(type(value))


@lawfully
@given(case=cases)
def test_what_instantiate_returned_it_returns_again(case: Case) -> None:
    try:
        made = make(case)
        result = instantiate(made.config, *made.args, **made.kwargs)
    except (Exception, SystemExit, UnmakeableError):
        return  # what raises returns nothing
    if not reads_as_a_config(result):
        assert instantiate(result) is result


@lawfully
@given(name=lives)
def test_a_live_object_at_top_level_is_returned(name: str) -> None:
    targets.reset()
    value = targets.live(name)
    if not reads_as_a_config(value):
        assert instantiate(value) is value


@lawfully
@given(name=lives, mode=modes, recursive=flags, convert=modes)
def test_a_live_object_given_at_the_call_reaches_its_target(
    name: str, mode: str, recursive: bool, convert: str
) -> None:
    targets.reset()
    value = targets.live(name)
    config = {"_target_": f"{targets.HERE}.Box", "_convert_": mode, "_recursive_": recursive}
    result = instantiate(config, given=value, _convert_=convert)
    assert result.kwargs["given"] is value


@lawfully
@given(name=lives.filter(lambda name: name not in targets.CONTAINERS), mode=modes, as_config=flags, nested=flags)
def test_a_live_object_in_a_config_reaches_its_target(name: str, mode: str, as_config: bool, nested: bool) -> None:
    targets.reset()
    value = targets.live(name)
    config: Any = {
        "_target_": f"{targets.HERE}.Box",
        "_convert_": mode,
        "a": {"_target_": f"{targets.HERE}.keep", "it": value} if nested else value,
        "items": [value],
        "again": "${items.0}",
    }
    if as_config:
        config = OmegaConf.create(config, flags={"allow_objects": True})
    result = instantiate(config)
    assert (result.kwargs["a"].kwargs["it"] if nested else result.kwargs["a"]) is value
    assert result.kwargs["items"][0] is value
    assert result.kwargs["again"] is value
