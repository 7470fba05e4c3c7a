"""Timing several ways of doing one thing, side by side, in shuffled rounds: what disturbs one disturbs all."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

Work = Callable[[], object]

#: A sample takes at least this long, so that the clock's own cost and grain don't show.
_SHORTEST_SAMPLE = 0.001
_FEWEST_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of one call: the median of the rounds, the fastest, and the quartiles' distance from one another."""

    median: float
    best: float
    spread: float
    rounds: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def seconds_of(work: Work, times: int) -> float:
    """Seconds of one call, measured over several."""
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times


def side_by_side(contenders: Mapping[str, Work], seconds: float) -> dict[str, Timing]:
    """The timing of each contender, all warm. One that takes longer than `seconds` is only run once."""
    first = {name: seconds_of(work, 1) for name, work in contenders.items()}
    warm = {name: first[name] if first[name] > seconds else seconds_of(work, 1) for name, work in contenders.items()}
    samples = {name: [warm[name]] if warm[name] > seconds else [] for name in contenders}
    taking_turns = [name for name in contenders if not samples[name]]
    end = time.perf_counter() + seconds * len(taking_turns)
    order = random.Random(0)
    rounds = 0
    while taking_turns and (rounds < _FEWEST_ROUNDS or time.perf_counter() < end):
        order.shuffle(taking_turns)
        for name in taking_turns:
            gc.collect(0)
            samples[name].append(seconds_of(contenders[name], max(1, round(_SHORTEST_SAMPLE / warm[name]))))
        rounds += 1
    return {name: _timing(values) for name, values in samples.items()}


def _timing(values: list[float]) -> Timing:
    if len(values) < 2:
        return Timing(values[0], values[0], 0.0, len(values))
    lower, middle, upper = statistics.quantiles(values, n=4)
    return Timing(middle, min(values), (upper - lower) / middle, len(values))
