"""A compiled plan gives what the plan gives: the same objects, in the same order, with the same words on failure."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

import safe_instantiate
from tests.differential.generator import Generator
from tests.differential.outcomes import _ADDRESS, Observation, Raised
from tests.differential.running import UnmakeableError, observe


def shared(engine: safe_instantiate.Instantiator, *, compiling: bool) -> Any:
    def instantiate(config: Any, *args: Any, **kwargs: Any) -> Any:
        plan = engine.plan(config, *args, **kwargs)
        return plan.compile()() if compiling else plan.build()

    return instantiate


def comparable(observation: Observation) -> tuple[Any, ...]:
    outcome = observation.outcome
    said = (outcome.classes, _ADDRESS.sub("", outcome.message)) if isinstance(outcome, Raised) else outcome
    return said, observation.entered, observation.raised, observation.changed


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("share", [False, True])
def test_a_compiled_plan_gives_what_the_plan_gives(seed: int, share: bool) -> None:
    engine = safe_instantiate.Instantiator(share=share)
    slow, fast = shared(engine, compiling=False), shared(engine, compiling=True)
    outcomes = set()
    for number in range(700):
        case = Generator(Random(f"compiled {seed}:{number}")).case()
        try:
            expected = comparable(observe(slow, case))
        except UnmakeableError:
            continue
        assert comparable(observe(fast, case)) == expected, case.snippet()
        outcomes.add(type(expected[0]))
    assert len(outcomes) == 2
