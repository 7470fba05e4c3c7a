"""A compiled plan is a function that a person could have written, with the plan's errors, deferral and policy."""

from __future__ import annotations

import copy
import gc
import inspect
import linecache
import pickle
import traceback
from fractions import Fraction
from typing import Any

import pytest
import torch
from hydra.errors import InstantiationException
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import InterpolationKeyError
from torch.utils.data import DistributedSampler

from safe_instantiate import GIVEN, Instantiator, instantiate, is_deferred, plan

BOX = "behaviour_app.objects.Box"
OBJECTS = "behaviour_app.objects"


def test_the_source_is_the_calls_in_their_order() -> None:
    config = {
        "width": 64,
        "model": {
            "_target_": BOX,
            "width": "${width}",
            "layers": [{"_target_": BOX, "i": 0}, {"_target_": BOX, "i": 1}],
        },
        "optim": {"_target_": BOX, "_partial_": True, "lr": 0.1},
    }
    assert plan(config, _convert_="all").compile().source == (
        "def build():\n"
        "    model_layers_0 = Box(i=0)\n"
        "    model_layers_1 = Box(i=1)\n"
        "    model = Box(width=64, layers=[model_layers_0, model_layers_1])\n"
        "    optim = partial(Box, lr=0.1)\n"
        "    return {'width': 64, 'model': model, 'optim': optim}\n"
    )


def test_a_long_call_has_a_line_for_each_argument() -> None:
    config = {"_target_": BOX, **{f"argument_{i}": "a text of some length" for i in range(4)}}
    lines = plan(config).compile().source.splitlines()
    assert lines[1] == "    result = Box(" and lines[2] == "        argument_0='a text of some length',"


def test_names_of_the_config_never_clash_with_names_of_the_program() -> None:
    keys = ["Box", "build", "partial", "judged", "result", "run", "class", "1st", "a-b", "a_b", "None", "print", "ä"]
    config = {"_target_": BOX, **{key: {"_target_": BOX, "key": key} for key in keys}}
    built = plan(config).compile()()
    assert {key: value.kwargs["key"] for key, value in built.kwargs.items()} == {key: key for key in keys}


def test_live_objects_reach_their_target_as_they_are() -> None:
    module, values = torch.nn.ReLU(), {"a": [torch.zeros(1)]}
    built = plan({"_target_": BOX, "_convert_": "all", "module": module, "values": values}).compile()()
    assert built.kwargs["module"] is module and built.kwargs["values"]["a"][0] is values["a"][0]


@pytest.mark.parametrize("value", [float("inf"), float("nan"), -0.0, 10**50, "x" * 500, "\ud800\n'\"", b"x", 1j])
def test_every_value_comes_out_as_it_went_in(value: Any) -> None:
    config = OmegaConf.create({"_target_": BOX}, flags={"allow_objects": True})
    built = plan(config, value=value).compile()()
    assert built.kwargs["value"] is value or repr(built.kwargs["value"]) == repr(value)


@pytest.mark.parametrize("convert", ["all", "none"])
@pytest.mark.parametrize("length", [3, 1000])
def test_every_build_has_containers_of_its_own(convert: str, length: int) -> None:
    config = {"_target_": BOX, "items": list(range(length)), "table": {f"k{i}": i for i in range(length)}}
    compiled = plan(config, _convert_=convert).compile()
    first, second = compiled().kwargs, compiled().kwargs
    first["items"].append(0)
    first["table"]["new"] = 0
    assert len(second["items"]) == len(second["table"]) == length
    assert type(first["items"]) is (list if convert == "all" else ListConfig)
    assert type(first["table"]) is (dict if convert == "all" else DictConfig)


def test_a_shared_node_is_built_once_in_each_build() -> None:
    config = {"_target_": BOX, "model": {"_target_": BOX}, "again": "${model}"}
    compiled = Instantiator(share=True).plan(config).compile()
    first, second = compiled().kwargs, compiled().kwargs
    assert first["model"] is first["again"] is not second["model"]


def test_more_than_one_hundred_levels_are_no_trouble() -> None:
    config: Any = [0]
    for _ in range(120):
        config = [config]
    assert plan(config, _convert_="all").compile()() == config


def test_a_failure_reads_as_that_of_the_plan() -> None:
    config = {
        "_target_": BOX,
        "first": {"_target_": BOX, "x": 1},
        "parts": [{"_target_": f"{OBJECTS}.fails", "_args_": [1], "text": "secret", "inner": {"_target_": BOX}}],
    }
    planned = plan(config)
    said = []
    for build in (planned.build, planned.compile()):
        with pytest.raises(Exception, match="the file is not where it was") as raised:
            build()
        said.append((type(raised.value), str(raised.value), getattr(raised.value, "__notes__", [])))
    assert said[0] == said[1]
    assert "parts[0]" in str(said[1]) and "text: str, inner: Box" in str(said[1])


def test_a_traceback_shows_the_line_of_the_program() -> None:
    config = {"model": {"head": {"_target_": f"{OBJECTS}.fails", "lr": 3}}}
    with pytest.raises(Exception, match="the file is not where it was") as raised:
        plan(config).compile()()
    shown = "".join(traceback.format_exception(raised.type, raised.value, raised.value.__traceback__))
    assert "model_head = judged(fails(lr=3))" in shown


def test_the_source_is_let_go_with_the_compiled_plan() -> None:
    def sources() -> int:
        gc.collect()
        return sum(name.startswith("<plan ") for name in linecache.cache)

    before = sources()
    compiled = plan({"_target_": BOX}).compile()
    assert sources() == before + 1
    assert inspect.getsource(compiled._function) == compiled.source
    del compiled
    assert sources() == before


def test_samplers_wait_for_the_process_group() -> None:
    config = {
        "data": {"sampler": {"_target_": "torch.utils.data.DistributedSampler", "dataset": [1, 2]}},
        "inside": {"_target_": f"{OBJECTS}.samples"},
    }
    compiled = plan(config, _convert_="all").compile()
    built = compiled()
    assert isinstance(built["data"]["sampler"], DistributedSampler) and is_deferred(built["data"]["sampler"])
    assert "made for data.sampler" in repr(built["data"]["sampler"])
    assert "made for inside" in repr(built["inside"])


def test_what_a_target_returns_and_is_wrong_names_its_whole_key() -> None:
    config = {"model": {"_target_": BOX, "_convert_": "all", "width": {"_target_": f"{OBJECTS}.unreadable"}}}
    planned = plan(config)
    for build in (planned.build, planned.compile()):
        with pytest.raises(InterpolationKeyError, match=r"full_key: model\.width\.c"):
            build()


def test_a_forbidden_result_is_refused() -> None:
    planned = plan({"a": {"_target_": f"{OBJECTS}.gives_system"}})
    said = []
    for build in (planned.build, planned.compile()):
        with pytest.raises(InstantiationException, match=r"A target returned '(posix|os)\.system'") as raised:
            build()
        said.append(str(raised.value))
    assert said[0] == said[1] and "full_key: a" in said[0]


def test_forbidden_arguments_are_refused() -> None:
    config = {"a": {"_target_": "builtins.open", "_args_": [{"_target_": f"{OBJECTS}.returns", "value": "x"}, "w"]}}
    planned = plan(config)
    for build in (planned.build, planned.compile()):
        with pytest.raises(InstantiationException, match="opens a file for writing"):
            build()


def test_a_plan_with_problems_is_not_compiled() -> None:
    with pytest.raises(InstantiationException, match="full_key: lr"):
        plan({"lr": "???"}).compile()


@pytest.mark.parametrize("config", [None, torch.nn.ReLU(), {}, []])
def test_a_plan_without_calls_is_compiled_too(config: Any) -> None:
    planned = plan(config)
    assert planned.compile()() == planned.build()


# ---- arguments that are given to each build


def builders(planned: Any) -> list[Any]:
    return [planned.build, planned.compile()]


def test_an_argument_is_given_to_each_build() -> None:
    model = torch.nn.Linear(2, 2)
    planned = plan({"_target_": "torch.optim.SGD", "lr": 0.1}, params=GIVEN)
    for build in builders(planned):
        first, second = build(params=model.parameters()), build(params=list(model.parameters()))
        assert first is not second and first.param_groups[0]["params"][0] is model.weight
        assert first.param_groups[0]["lr"] == 0.1


def test_positional_arguments_are_given_in_their_order() -> None:
    planned = plan({"_target_": BOX, "_args_": [0]}, GIVEN, "between", GIVEN, named=GIVEN)
    for build in builders(planned):
        box = build(1, 2, named=3)
        assert box.args == (1, "between", 2) and box.kwargs == {"named": 3}


def test_what_is_given_is_never_read_as_a_config() -> None:
    value = {"_target_": BOX}
    for build in builders(plan({"_target_": BOX}, value=GIVEN)):
        assert build(value=value).kwargs["value"] is value


def test_a_partial_and_a_group_take_given_arguments_too() -> None:
    for build in builders(plan({"_target_": BOX, "_partial_": True}, lr=GIVEN)):
        assert build(lr=3)().kwargs == {"lr": 3}
    for build in builders(plan({"a": {"_target_": BOX}}, lr=GIVEN)):
        assert build(lr=3)["lr"] == 3


def test_a_built_partial_is_completed_with_what_is_given() -> None:
    partial = instantiate({"_target_": BOX, "_partial_": True})
    for build in builders(plan(partial, GIVEN, lr=GIVEN)):
        assert build(1, lr=3).args == (1,) and build(1, lr=3).kwargs == {"lr": 3}


@pytest.mark.parametrize(("args", "kwargs"), [((), {}), ((1,), {}), ((), {"lr": 1, "x": 1}), ((1,), {"lr": 1})])
def test_builds_are_given_what_the_plan_leaves_to_them_and_nothing_else(args: Any, kwargs: Any) -> None:
    for build in builders(plan({"_target_": BOX}, lr=GIVEN)):
        with pytest.raises(TypeError):
            build(*args, **kwargs)


def test_what_is_missing_or_unknown_is_named() -> None:
    planned = plan({"_target_": BOX}, GIVEN, lr=GIVEN)
    with pytest.raises(TypeError, match=r"this plan leaves argument 1, 'lr' to its builds"):
        planned.build()
    with pytest.raises(TypeError, match=r"this build was given 'x', which the plan does not leave to it"):
        planned.build(1, lr=1, x=1)


def test_a_plan_that_leaves_nothing_to_its_builds_takes_nothing() -> None:
    with pytest.raises(TypeError, match="'lr', which the plan does not leave to it"):
        plan({"_target_": BOX}).build(lr=1)


def test_an_argument_that_the_target_does_not_take_is_found_before() -> None:
    assert "lr" in plan({"_target_": f"{OBJECTS}.returns", "value": 1}, lr=GIVEN).problems[0].message


@pytest.mark.parametrize("text", ["${lr}", "${lr}-x", "${oc.decode:${lr}}"])
def test_no_interpolation_can_refer_to_what_is_not_there_yet(text: str) -> None:
    (problem,) = plan({"_target_": BOX, "other": {"x": text}}, lr=GIVEN).problems
    assert problem.full_key == "other.x" and "'lr' is given when the plan is built" in problem.message


def test_a_value_of_the_config_can_not_be_given() -> None:
    (problem,) = plan({"_target_": BOX, "inner": {"lr": GIVEN}}).problems
    assert problem.full_key == "inner.lr" and "GIVEN stands for an argument of the call" in problem.message


def test_a_given_argument_has_a_name_of_python() -> None:
    (problem,) = plan({"_target_": BOX}, **{"weight-decay": GIVEN}).problems
    assert "'weight-decay' can't be left to the builds of a plan" in problem.message


def test_instantiate_has_no_builds_to_leave_arguments_to() -> None:
    with pytest.raises(TypeError, match="'lr'"):
        instantiate({"_target_": BOX}, lr=GIVEN)


def test_given_is_one_object() -> None:
    assert pickle.loads(pickle.dumps(GIVEN)) is copy.deepcopy(GIVEN) is GIVEN and repr(GIVEN) == "GIVEN"


@pytest.mark.parametrize("of", [lambda node: {"k": node}, lambda node: [node]], ids=["mappings", "lists"])
def test_a_plan_nested_too_deep_to_be_written_out_is_an_error_that_says_so(of: Any) -> None:
    node: Any = {"_target_": BOX}
    for _ in range(250):
        node = of(node)
    planned = plan(node)
    assert planned.problems == ()
    with pytest.raises(InstantiationException, match="nested deeper than Python's recursion limit"):
        planned.compile()


def test_a_compiled_plan_is_pickled_and_copied() -> None:
    config = {"_target_": BOX, "x": {"_target_": "fractions.Fraction", "_args_": [1, 2]}}
    compiled = plan(config, given=GIVEN).compile()
    for again in (pickle.loads(pickle.dumps(compiled)), copy.deepcopy(compiled), copy.copy(compiled)):
        assert again.source == compiled.source
        assert again(given=3).kwargs == {"x": Fraction(1, 2), "given": 3}


def test_a_compiled_plan_that_was_pickled_says_where_it_failed() -> None:
    compiled = plan({"inner": {"_target_": "behaviour_app.objects.fails"}}).compile()
    with pytest.raises(Exception) as failure:  # noqa: PT011 - which class it is depends on Hydra
        pickle.loads(pickle.dumps(compiled))()
    assert "full_key: inner" in "".join([str(failure.value), *getattr(failure.value, "__notes__", ())])
