"""Where the time of a node goes: each step of planning and building it, done alone for all nodes of a flat config."""

from __future__ import annotations

import functools
from typing import Any

from benchmarks import cases
from benchmarks.facts import looked_at
from benchmarks.timing import Work, side_by_side
from safe_instantiate import instantiate, plan
from safe_instantiate.config.glance import Glances
from safe_instantiate.planning.nodes import Call
from safe_instantiate.planning.settings import Settings
from safe_instantiate.planning.short_way import shape_of
from safe_instantiate.targets.target import find_target

#: What each step is, and the step that it is a part of.
STEPS = {
    "instantiate": "",
    "plan": "instantiate",
    "read the keys and values": "plan",
    "a bare look at each value": "read the keys and values",
    "know the shape by its keys": "plan",
    "make the plan's node": "plan",
    "build": "instantiate",
    "direct calls": "build",
}


def seconds_by_step(count: int, seconds: float) -> dict[str, list[float]]:
    """Samples of the seconds per node of each step; what is missing in the sum are the steps between them."""
    config = cases.flat(count)
    nodes = list(config.whole.parts)
    glances = Glances()
    keys = tuple(nodes[0])
    target = find_target(cases.PART, Settings().policy)

    def read() -> None:
        for node in nodes:
            glances.at_mapping(node)

    def know() -> None:
        for _ in nodes:
            shape_of(keys)

    def make() -> list[Call]:
        values: dict[str, Any] = {}
        return [Call(target, (), values, (), (), False, False, "all", True, (None, index)) for index in range(count)]

    works: dict[str, Work] = {
        "instantiate": functools.partial(instantiate, config, _convert_="all"),
        "plan": functools.partial(plan, config, _convert_="all"),
        "read the keys and values": read,
        "a bare look at each value": functools.partial(looked_at, config),
        "know the shape by its keys": know,
        "make the plan's node": make,
        "build": plan(config, _convert_="all").build,
        "direct calls": functools.partial(cases.flat_direct, count),
    }
    return {step: [each / count for each in samples] for step, samples in side_by_side(works, seconds).items()}
