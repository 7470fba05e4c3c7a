"""What is measured in other ways than by timing calls side by side: growth, memory, imports."""

from __future__ import annotations

import functools
import gc
import os
import random
import statistics
import subprocess
import sys
import tempfile
import tracemalloc
from typing import Any

import hydra.utils

from benchmarks import cases
from benchmarks.timing import Work, seconds_of
from safe_instantiate import instantiate

_IMPORTS = (
    "import hydra.utils",
    "import safe_instantiate",
    "from safe_instantiate import instantiate",
    "import hydra.utils; from safe_instantiate import instantiate",
)
_CLOCK = "import time; start = time.perf_counter()\n{}\nprint(time.perf_counter() - start)"


def growth(counts: tuple[int, ...], hydra_up_to: int) -> list[dict[str, Any]]:
    """Seconds per node for flat configs of growing size, the best of several runs each."""
    rows = []
    for count in counts:
        config = cases.flat(count)
        row: dict[str, Any] = {"nodes": count}
        for name, convert in (("ours, all", "all"), ("ours, none", "none")):
            work = functools.partial(instantiate, config, _convert_=convert)
            work()
            row[name] = min(seconds_of(work, max(1, 1000 // count)) for _ in range(7)) / count
        if count <= hydra_up_to:
            row["Hydra"] = seconds_of(functools.partial(hydra.utils.instantiate, config, _convert_="all"), 1) / count
        rows.append(row)
    return rows


def peak_bytes(work: Work) -> tuple[int, int]:
    """The most memory that was in use during a call beyond what was there before, and what its result keeps."""
    work()
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    result = work()
    after, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del result
    return peak - before, after - before


def memory(count: int) -> dict[str, Any]:
    """Bytes per node: at the peak, beyond the objects themselves."""
    config = cases.flat(count)
    found = {}
    for name, engine in (("Hydra", hydra.utils.instantiate), ("ours", instantiate)):
        peak, _ = peak_bytes(functools.partial(engine, config, _convert_="all"))
        _, objects = peak_bytes(functools.partial(cases.flat_direct, count))
        found[name] = (peak - objects) / count
    return {"nodes": count, **found}


def imports(rounds: int) -> dict[str, float]:
    """Seconds of each import in a fresh interpreter, the median of shuffled rounds."""
    taken: dict[str, list[float]] = {statement: [] for statement in _IMPORTS}
    order = random.Random(0)
    statements = list(_IMPORTS)
    with tempfile.TemporaryDirectory() as folder:
        # Compiled modules are kept, as in any installation, whatever this environment says.
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder}
        for _ in range(rounds + 1):
            order.shuffle(statements)
            for statement in statements:
                program = [sys.executable, "-W", "ignore", "-c", _CLOCK.format(statement)]
                done = subprocess.run(program, capture_output=True, text=True, check=True, env=environment)
                taken[statement].append(float(done.stdout))
    return {statement: statistics.median(values[1:]) for statement, values in taken.items()}
