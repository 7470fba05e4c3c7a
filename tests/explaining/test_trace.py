"""The trace of a build: which object took how long, and the progress bar that a person at a terminal sees."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import torch
from hydra.errors import InstantiationException

from safe_instantiate import GIVEN, Instantiator, plan
from safe_instantiate.explaining.progress import Progress
from safe_instantiate.explaining.trace import Step, traced

LAYER = {"_target_": "torch.nn.Linear", "in_features": 3, "out_features": 2}
SVG = "{http://www.w3.org/2000/svg}"
NET = {"net": {"_target_": "torch.nn.Sequential", "_args_": [LAYER, {"_target_": "torch.nn.ReLU"}]}}


def step_of(steps: Iterator[Step], key: str) -> Step:
    return next(step for step in steps if step.full_key == key)


def test_the_trace_has_the_object_and_a_step_for_each_call() -> None:
    trace = plan(NET).trace()
    assert isinstance(trace.result.net, torch.nn.Sequential) and trace.error is None
    assert [step.full_key for step in trace.whole.walk()] == ["", "net", "net._args_[0]", "net._args_[1]"]
    assert step_of(trace.whole.walk(), "net").target == "torch.nn.Sequential"


def test_a_step_has_its_own_time_and_that_of_its_parts() -> None:
    read = plan(NET)
    ticks = itertools.count()
    trace = traced(read._root, "", lambda root: read.build() and root, clock=lambda: float(next(ticks)))
    assert trace.whole.seconds == 1  # nothing was observed between the two looks at the clock
    ticks = itertools.count()

    def build(root: Any) -> Any:
        from dataclasses import replace

        return replace(read, _root=root).build()

    trace = traced(read._root, "", build, clock=lambda: float(next(ticks)))
    net = step_of(trace.whole.walk(), "net")
    # Two ticks for each of its parts, and one to its end.
    assert (net.seconds, net.own_seconds) == (5, 3)
    assert [(step.start, step.seconds) for step in net.steps] == [(3, 1), (5, 1)]


def test_a_shared_object_is_measured_once() -> None:
    trace = Instantiator(share=True).plan({"a": LAYER, "b": "${a}"}).trace()
    assert trace.result.a is trace.result.b
    assert [step.full_key for step in trace.whole.steps] == ["a"]


def test_what_is_handed_on_raw_is_no_step() -> None:
    trace = plan({"_target_": "builtins.dict", "_recursive_": False, "model": LAYER}).trace()
    assert len(list(trace.whole.walk())) == 2
    assert trace.result["model"]["_target_"] == "torch.nn.Linear"


def test_what_is_given_to_each_build_is_given_to_a_trace() -> None:
    read = plan({"_target_": "torch.optim.SGD", "lr": 0.1}, params=GIVEN)
    assert read.trace(params=[torch.zeros(1)]).result.defaults["lr"] == 0.1
    with pytest.raises(TypeError, match="leaves 'params' to its builds"):
        read.trace()


def test_the_object_of_the_top_level_is_called_by_its_class() -> None:
    trace = plan(LAYER).trace()
    assert [event["name"] for event in json.loads(trace.to_chrome())["traceEvents"]] == ["(the build)", "Linear"]
    assert str(trace).splitlines()[2].endswith("    Linear (torch.nn.Linear)")


def test_large_objects_show_in_the_memory() -> None:
    trace = plan({"_target_": "torch.ones", "_args_": [50_000_000]}).trace()
    host = trace.whole.memory.host
    assert host is None or host > 150_000_000


def test_a_build_that_fails_has_a_trace_up_to_there() -> None:
    bad = {"good": LAYER, "bad": {"_target_": "torch.nn.Linear", "in_features": -1, "out_features": 2}}
    trace = plan(bad).trace()
    assert trace.result is None and trace.error is not None
    assert [(step.full_key, step.failed) for step in trace.whole.steps] == [("good", False), ("bad", True)]
    assert str(trace).splitlines()[-1].endswith("bad (torch.nn.Linear) ✗ failed")


def test_a_config_that_is_wrong_raises_and_builds_nothing() -> None:
    with pytest.raises(InstantiationException, match="Linaer"):
        plan({"_target_": "torch.nn.Linaer"}).trace()


def test_the_table_is_a_line_for_each_step_with_its_parts_below_it() -> None:
    lines = str(plan(NET).trace()).splitlines()
    assert lines[0].split() == ["total", "own", "memory", "object"]
    assert lines[2].endswith("    net (torch.nn.Sequential)")
    assert lines[3].endswith("      net._args_[0] (torch.nn.Linear)")


def test_chrome_gets_nested_events_in_microseconds() -> None:
    trace = plan(NET).trace()
    events = {event["name"]: event for event in json.loads(trace.to_chrome())["traceEvents"]}
    outer, inner = events["net"], events["net._args_[0]"]
    assert outer["ts"] <= inner["ts"] and inner["ts"] + inner["dur"] <= outer["ts"] + outer["dur"]
    assert outer["args"]["target"] == "torch.nn.Sequential"


def test_a_picture_has_a_row_for_each_object() -> None:
    texts = [element.text for element in ElementTree.fromstring(plan(NET).trace().to_svg()).iter(f"{SVG}text")]
    assert texts[:-2:2] == ["(the build)", "net", "net._args_[0]", "net._args_[1]"]
    assert all(text is not None and text.endswith(" ms") for text in texts[1:-2:2])
    assert texts[-2:] == ["its constructor", "what it is made from"]


@pytest.mark.parametrize(("name", "begins"), [("t.json", '{"traceEvents"'), ("t.svg", "<svg"), ("t.txt", "     total")])
def test_a_trace_is_saved_as_its_name_says(name: str, begins: str, tmp_path: Path) -> None:
    plan(NET).trace().save(tmp_path / name)
    assert (tmp_path / name).read_text().startswith(begins)


def test_another_kind_of_file_is_refused() -> None:
    with pytest.raises(ValueError, match=r"saved as \.json, \.svg or \.txt, not as 'trace\.png'"):
        plan(NET).trace().save("trace.png")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def drawn(stream: io.StringIO) -> str:
    progress = Progress(2, stream)
    for name in ("net", "loss"):
        progress.begin(name)
        progress.end(name)
    progress.close()
    return stream.getvalue()


def test_a_terminal_sees_what_is_being_built_and_in_the_end_nothing() -> None:
    text = drawn(Terminal())
    assert "] 0/2 net" in text and "[##########          ] 1/2 loss" in text
    assert text.endswith("\r\x1b[K")


def test_a_file_sees_no_progress_bar() -> None:
    assert drawn(io.StringIO()) == ""


def test_other_ranks_draw_no_progress_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    assert drawn(Terminal()) == ""
