"""What is measured in other ways than by timing calls side by side: growth, memory, imports."""

from __future__ import annotations

import functools
import gc
import os
import random
import subprocess
import sys
import tempfile
import tracemalloc
from typing import Any

import hydra.utils
from omegaconf import DictConfig

from benchmarks import cases
from benchmarks.timing import Work, side_by_side
from safe_instantiate import instantiate

_IMPORTS = (
    "import hydra.utils",
    "import safe_instantiate",
    "from safe_instantiate import instantiate",
    "import hydra.utils; from safe_instantiate import instantiate",
)
_CLOCK = "import time; start = time.process_time()\n{}\nprint(time.process_time() - start)"


def growth(counts: tuple[int, ...], hydra_up_to: int) -> list[dict[str, Any]]:
    """Samples of the seconds per node for flat configs of growing size, and those of what bounds them from below."""
    rows = []
    for count in counts:
        config = cases.flat(count)
        works: dict[str, Work] = {
            "ours, all": functools.partial(instantiate, config, _convert_="all"),
            "ours, none": functools.partial(instantiate, config),
            "direct calls": functools.partial(cases.flat_direct, count),
            "a look at every value": functools.partial(looked_at, config),
        }
        if count <= hydra_up_to:
            works["Hydra"] = functools.partial(hydra.utils.instantiate, config, _convert_="all")
        samples = side_by_side(works, seconds=1.0)
        rows.append({"nodes": count, "samples": {who: [each / count for each in samples[who]] for who in samples}})
    return rows


def looked_at(config: DictConfig) -> None:
    """What any reader of a config has to do: to fetch each node from memory, and the value in it."""
    for part in config._get_node("whole")._get_node("parts")._content:  # type: ignore[union-attr]
        for node in part._content.values():
            _ = node._val.__class__


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
    return {"nodes": count, "bytes": found}


def imports(rounds: int) -> dict[str, list[float]]:
    """Seconds of each import in a fresh interpreter, in shuffled rounds."""
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
    return {statement: values[1:] for statement, values in taken.items()}
