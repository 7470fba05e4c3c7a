"""Timing several ways of doing one thing, side by side, in shuffled rounds: what disturbs one disturbs all.

pyperf measures each thing in processes of its own, one after the other, and a machine that has other work to do changes
in between. So the samples are taken here; what is made of them is pyperf's.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Mapping

import pyperf

Work = Callable[[], object]

#: A sample takes at least this long, so that the clock's own cost and grain don't show.
_SHORTEST_SAMPLE = 0.001
_FEWEST_ROUNDS = 5


def seconds_of(work: Work, times: int) -> float:
    """Seconds of one call, measured over several: the processor's time, in which no other process has a part."""
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times


def side_by_side(contenders: Mapping[str, Work], seconds: float) -> dict[str, list[float]]:
    """The samples of each contender, all warm. One that takes longer than `seconds` is only run once."""
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
            # Nobody pays for what another has left: neither its garbage nor a cache that is full of its objects.
            gc.collect()
            contenders[name]()
            samples[name].append(seconds_of(contenders[name], max(1, round(_SHORTEST_SAMPLE / warm[name]))))
        rounds += 1
    return samples


def benchmark(name: str, values: list[float], unit: str = "second") -> pyperf.Benchmark:
    """Samples as pyperf keeps them, which has the statistics, and tools that compare."""
    # Nothing is collected about the machine, whose name would be in it.
    return pyperf.Benchmark([pyperf.Run(values, metadata={"name": name, "unit": unit}, collect_metadata=False)])
