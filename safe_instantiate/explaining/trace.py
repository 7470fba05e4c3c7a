"""The time and memory that each object of a plan took when it was built."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from safe_instantiate.explaining.observing import observed
from safe_instantiate.explaining.progress import Progress
from safe_instantiate.explaining.resources import Memory, memory_now
from safe_instantiate.explaining.timeline import timeline
from safe_instantiate.planning.nodes import Call, Held, Mapping, PlanNode, Sequence, Shared, full_key

#: How the names of files end that a trace can be saved in.
TRACE_FILES: Final = (".json", ".svg", ".txt")
_MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Step:
    """One object: how long it took to build, and how much memory the process had afterwards that it hadn't before.

    Attributes:
        full_key: its place in the config.
        target: what was called.
        start: when it was begun, in seconds after the build's start.
        seconds: how long it took, with all that it is made from.
        memory: what was added to the process's memory meanwhile.
        failed: the constructor raised.
        steps: the objects that it is made from, in the order in which they were built.
    """

    full_key: str
    target: str
    start: float
    seconds: float
    memory: Memory
    failed: bool = False
    steps: tuple[Step, ...] = ()

    @property
    def name(self) -> str:
        """What it is called where it is shown: its key; of the config's top level its class or function."""
        return self.full_key or self.target.rpartition(".")[2] or "(the build)"

    @property
    def own_seconds(self) -> float:
        """How long its own constructor took."""
        return max(0.0, self.seconds - sum(step.seconds for step in self.steps))

    def walk(self) -> Iterator[Step]:
        """This step and all below it."""
        yield self
        for step in self.steps:
            yield from step.walk()


@dataclass(frozen=True, slots=True)
class Trace:
    """What a build took, and what came of it.

    Attributes:
        result: the object; None where the build failed.
        error: the exception with which it failed.
        whole: the build as a step of its own, with all others in it.
    """

    result: Any = field(repr=False)
    error: Exception | None
    whole: Step

    def __str__(self) -> str:
        return "\n".join(_lines(self.whole))

    def to_chrome(self) -> str:
        """The trace as JSON that chrome://tracing and Perfetto show.

        >>> from safe_instantiate import plan
        >>> chrome = plan({"x": {"_target_": "fractions.Fraction"}}).trace().to_chrome()
        >>> [event["name"] for event in json.loads(chrome)["traceEvents"]]
        ['(the build)', 'x']
        """
        events = [
            {
                "name": step.name,
                "cat": "build",
                "ph": "X",
                "ts": step.start * 1e6,
                "dur": step.seconds * 1e6,
                "pid": 0,
                "tid": 0,
                "args": {"target": step.target, "host_bytes": step.memory.host, "gpu_bytes": step.memory.gpu},
            }
            for step in self.whole.walk()
        ]
        return json.dumps({"traceEvents": events, "displayTimeUnit": "ms"})

    def to_svg(self) -> str:
        """The trace as a picture: a row for each object, with a bar for the time it took."""
        return timeline(self.whole)

    def save(self, path: str | Path) -> None:
        """Write the trace to a file of the kind that its name says: .json for Chrome, .svg, or .txt for the table.

        Raises:
            ValueError: the name ends with something else.
        """
        path = Path(path)
        texts = {".json": self.to_chrome, ".svg": self.to_svg, ".txt": self.__str__}
        if path.suffix not in texts:
            raise ValueError(f"A trace is saved as .json, .svg or .txt, not as {path.name!r}")
        path.write_text(texts[path.suffix]() + "\n", "utf-8")


def traced(root: Any, prefix: str, build: Callable[[Any], Any], *, clock: Callable[[], float] | None = None) -> Trace:
    """Build a plan and measure it.

    Args:
        root: the plan's root.
        prefix: its full key.
        build: builds a root.
        clock: says what time it is, in seconds.
    """
    recorder = _Recorder(prefix, clock or time.perf_counter, Progress(_number_of_calls(root, set()), sys.stderr))
    result, error = None, None
    try:
        with recorder.step("", ""):
            result = build(observed(root, recorder.around))
    except Exception as raised:
        error = raised
    finally:
        recorder.progress.close()
    (whole,) = recorder.finished
    return Trace(result, error, whole)


class _Recorder:
    def __init__(self, prefix: str, clock: Callable[[], float], progress: Progress) -> None:
        self.progress = progress
        self.finished: list[Step] = []
        self._prefix = prefix
        self._clock = clock
        self._begun = clock()

    @contextmanager
    def around(self, call: Call) -> Iterator[None]:
        key = full_key(self._prefix, call.place)
        self.progress.begin(key)
        with self.step(key, f"partial of {call.target.path}" if call.partial else call.target.path):
            yield
        self.progress.end(key)

    @contextmanager
    def step(self, key: str, target: str) -> Iterator[None]:
        before, start = memory_now(), self._clock()
        outer, self.finished = self.finished, []
        failed = True
        try:
            yield
            failed = False
        finally:
            seconds, added = self._clock() - start, memory_now().since(before)
            step = Step(key, target, start - self._begun, seconds, added, failed, tuple(self.finished))
            self.finished = [*outer, step]


def _number_of_calls(node: Any, seen: set[int]) -> int:
    match node:
        case Call():
            children: list[PlanNode] = [child for _, child in (*node.built, *node.built_args)]
            return 1 + sum(_number_of_calls(child, seen) for child in children)
        case Mapping() | Sequence():
            return sum(_number_of_calls(child, seen) for _, child in node.built)
        case Held():
            return _number_of_calls(node.node, seen)
        case Shared() if id(node) not in seen:
            seen.add(id(node))
            return _number_of_calls(node.node, seen)
    return 0


def _lines(whole: Step) -> Iterator[str]:
    with_gpu = any(step.memory.gpu is not None for step in whole.walk())
    columns = ["total", "own", "memory", *(["gpu"] if with_gpu else [])]
    yield "".join(f"{column:>10}" for column in columns) + "  object"

    def rows(step: Step, depth: int) -> Iterator[str]:
        cells = [_seconds(step.seconds), _seconds(step.own_seconds), _bytes(step.memory.host)]
        cells += [_bytes(step.memory.gpu)] if with_gpu else []
        target = f" ({step.target})" if step.target else ""
        failed = " ✗ failed" if step.failed else ""
        yield ("".join(f"{cell:>10}" for cell in cells) + f"  {'  ' * depth}{step.name}{target}{failed}")
        for inner in step.steps:
            yield from rows(inner, depth + 1)

    yield from rows(whole, 0)


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.1f} ms"


def _bytes(number: int | None) -> str:
    if number is None:
        return "?"
    return f"{number / _MEGABYTE:+.1f} MB" if abs(number) >= _MEGABYTE / 10 else "-"
