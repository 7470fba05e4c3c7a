"""What goes wrong is told at once, in one exception, with the place."""

from __future__ import annotations

import copy
import enum
import pickle
import re
import traceback
from dataclasses import dataclass
from typing import Any

import pytest
from behaviour_app import objects
from hydra.errors import InstantiationException
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import InterpolationKeyError, InterpolationResolutionError, MissingMandatoryValue

from safe_instantiate import call, instantiate, plan
from safe_instantiate.hydra_compat import WRAPS_CONSTRUCTOR_ERRORS

BOX = "behaviour_app.objects.Box"
UNREADABLE = "behaviour_app.objects.unreadable"
SECRET = "hunter2"
MISTAKES: dict[str, tuple[Any, type[Exception]]] = {
    "not_found": ({"_target_": "behaviour_app.objects.Bax"}, InstantiationException),
    "no_module": ({"_target_": "behavior_app.objects.Box"}, InstantiationException),
    "no_callable": ({"_target_": "behaviour_app.objects"}, InstantiationException),
    "unnamed": ({"_target_": "???"}, MissingMandatoryValue),
    "named_nowhere": ({"_target_": "${nowhere}"}, InterpolationKeyError),
    "refused": ({"_target_": "os.system"}, InstantiationException),
    "refused_argument": ({"_target_": "builtins.open", "file": "x", "mode": "w"}, InstantiationException),
    "unknown": ({"_target_": "behaviour_app.objects.pair", "a": 1, "c": 2}, Exception),
    "too_many": ({"_target_": "behaviour_app.objects.pair", "_args_": [1, 2, 3]}, Exception),
    "missing_list": ({"_target_": BOX, "_args_": "???"}, MissingMandatoryValue),
    "no_list": ({"_target_": "behaviour_app.objects.pair", "_args_": 3}, InstantiationException),
    "absent": ({"_target_": "behaviour_app.objects.pair", "b": 1}, Exception),
    "missing": ({"_target_": BOX, "x": "???"}, MissingMandatoryValue),
    "nowhere": ({"_target_": BOX, "x": "${nowhere}"}, InterpolationKeyError),
    "handed_on": (
        {"_target_": BOX, "_recursive_": False, "_convert_": "partial", "x": ["${no}"]},
        InterpolationKeyError,
    ),
    "control": ({"_target_": BOX, "_convert_": "al"}, InstantiationException),
    "misspelt": ({"_target_": BOX, "_partail_": True}, InstantiationException),
}


@pytest.mark.parametrize("kind", MISTAKES)
def test_one_mistake_is_of_hydra_s_class_and_of_the_library_s(kind: str, calls: list[str]) -> None:
    config, kind_of_error = MISTAKES[kind]
    with pytest.raises(kind_of_error) as failure:
        instantiate({"first": {"_target_": "behaviour_app.objects.record", "name": "x"}, "node": config})
    assert isinstance(failure.value, InstantiationException)
    assert "node" in str(failure.value)
    assert calls == []


@pytest.mark.parametrize("kind", MISTAKES)
def test_one_mistake_is_one_problem(kind: str) -> None:
    (problem,) = plan({"node": MISTAKES[kind][0]}).problems
    assert problem.full_key.partition(".")[0] == "node"


@pytest.mark.parametrize(
    ("config", "hydra_calls"),
    [
        ({"_target_": "behaviour_app.objects.pair", "a": 1, "_partail_": True}, True),
        ({"_target_": "behaviour_app.objects.pair", "a": 1, "_partial_": True, "_covnert_": "all"}, False),
        ({"_target_": BOX, "_partail_": True}, False),
    ],
)
def test_a_misspelt_key_is_what_hydra_says_of_the_call_if_it_calls(config: Any, hydra_calls: bool) -> None:
    with pytest.raises(InstantiationException, match="Did you mean") as failure:
        instantiate(config)
    assert isinstance(failure.value, TypeError) is (hydra_calls and not WRAPS_CONSTRUCTOR_ERRORS)


def test_every_misspelt_key_is_told_and_no_parameter_is_one() -> None:
    config = {"_target_": "behaviour_app.objects.takes_arg", "_arg_": 1, "lr": 2, "_partail_": True, "_recursiv_": 1}
    assert [problem.names for problem in plan(config).problems] == [("_partail_",), ("_recursiv_",)]
    group = {"_execution_whitelist_": ["*"], "_partail_": True}
    assert [problem.names for problem in plan(group).problems] == [("_execution_whitelist_",), ("_partail_",)]


@pytest.mark.parametrize("partial", [False, True])
def test_an_unknown_argument_is_what_hydra_says_of_the_call_if_it_calls(partial: bool) -> None:
    with pytest.raises(InstantiationException, match="unexpected keyword argument 'c'") as failure:
        instantiate({"_target_": "behaviour_app.objects.pair", "a": 1, "c": 2, "_partial_": partial})
    assert isinstance(failure.value, TypeError) is (not partial and not WRAPS_CONSTRUCTOR_ERRORS)


def test_a_refused_argument_says_what_to_do() -> None:
    with pytest.raises(InstantiationException, match="no setting allows it: call it from code"):
        instantiate(MISTAKES["refused_argument"][0])


def test_an_unknown_argument_is_told_before_a_target_makes_the_positional_ones(calls: list[str]) -> None:
    made = {"_target_": "behaviour_app.objects.record", "name": "ab"}
    with pytest.raises(InstantiationException, match="unexpected keyword argument 'c'"):
        instantiate({"_target_": "behaviour_app.objects.pair", "_args_": made, "c": 1})
    assert calls == []


def test_args_that_are_no_list_are_a_problem_of_the_call_that_they_are_for() -> None:
    assert [problem.full_key for problem in plan({"node": MISTAKES["no_list"][0]}).problems] == ["node"]


@pytest.mark.parametrize("container", [DictConfig, ListConfig])
def test_a_config_without_content_is_null_or_a_mistake(container: Any) -> None:
    assert instantiate(container(None)) is None
    with pytest.raises(MissingMandatoryValue, match="the config itself"):
        instantiate(container("???"))
    with pytest.raises(InterpolationResolutionError):
        instantiate(container("${nowhere}"))


def test_many_mistakes_are_one_exception(calls: list[str]) -> None:
    record = {"_target_": "behaviour_app.objects.record", "name": "x"}
    config = {"first": record, **{kind: config for kind, (config, _) in MISTAKES.items()}, "last": record}
    with pytest.raises(InstantiationException) as failure:
        instantiate(config)
    told = str(failure.value)
    assert f"{len(MISTAKES)} errors" in told
    assert all(kind in told for kind in MISTAKES)
    assert {problem.full_key.partition(".")[0] for problem in failure.value.problems} == set(MISTAKES)  # type: ignore[attr-defined]
    assert calls == []


def test_a_partial_that_lacks_an_argument_is_no_excuse_for_the_same_call_beside_it(calls: list[str]) -> None:
    record = {"_target_": "behaviour_app.objects.record"}
    with pytest.raises(Exception, match="missing 1 required positional argument: 'name'") as failure:
        instantiate({"ok": {**record, "_partial_": True}, "wrong": {**record, "_partial_": False}})
    assert [problem.full_key for problem in failure.value.problems] == ["wrong"]  # type: ignore[attr-defined]
    assert calls == []


def test_a_partial_keeps_what_stands_behind_a_missing_value() -> None:
    assert instantiate({"_target_": BOX, "_partial_": True, "a": "???", "b": 1}).keywords == {"b": 1}


def test_what_a_constructor_raises_is_the_cause_or_passes() -> None:
    with pytest.raises((InstantiationException, LookupError)) as failure:
        instantiate({"data": [{"_target_": "behaviour_app.objects.fails", "_args_": [SECRET], "token": SECRET}]})
    error = failure.value
    raised = error if isinstance(error, LookupError) else error.__cause__
    assert isinstance(raised, LookupError)
    assert any(frame.name == "fails" for frame in traceback.extract_tb(raised.__traceback__))
    told = "\n".join([str(error), *getattr(error, "__notes__", ())])
    assert "behaviour_app.objects.fails" in told and "data[0]" in told
    assert "(str, token: str)" in told and SECRET not in told
    assert SECRET not in "".join(traceback.format_exception(error))


def test_a_failing_method_written_in_c_is_told_with_its_place_and_is_of_hydra_s_class() -> None:
    with pytest.raises(AttributeError if WRAPS_CONSTRUCTOR_ERRORS else TypeError) as failure:
        instantiate({"text": {"_target_": "builtins.str.join", "_args_": [1]}})
    told = "\n".join([str(failure.value), *getattr(failure.value, "__notes__", ())])
    assert "Error in call to target 'builtins.str.join'" in told and "full_key: text" in told
    assert isinstance(failure.value, InstantiationException) == WRAPS_CONSTRUCTOR_ERRORS


@pytest.mark.parametrize(
    "config",
    [
        {"_target_": "behaviour_app.objects.pair", "a": SECRET, "c": SECRET},
        {"_target_": "behaviour_app.objects.pair", "_args_": [SECRET, SECRET, SECRET]},
        {"_target_": BOX, "token": SECRET, "x": "???"},
        {"_target_": BOX, "token": SECRET, "group": {"token": SECRET, "x": "${nowhere}"}},
        {"_target_": "os.system", "command": SECRET},
        {"_target_": "builtins.open", "file": SECRET, "mode": "w"},
    ],
)
def test_no_argument_s_value_is_told(config: Any) -> None:
    with pytest.raises(Exception) as failure:  # noqa: PT011 - what it says is what counts
        instantiate({"node": config})
    assert SECRET not in "".join(traceback.format_exception(failure.value))


def test_arguments_for_what_is_built_and_for_a_list_are_told_by_type() -> None:
    for config in (objects.Box(), [1]):
        with pytest.raises(InstantiationException) as failure:
            instantiate(config, SECRET, token=SECRET)
        assert "token: str" in str(failure.value) and SECRET not in str(failure.value)


def test_what_ends_the_program_passes() -> None:
    with pytest.raises(SystemExit) as end:
        instantiate({"a": [{"_target_": "behaviour_app.objects.leaves"}]})
    assert end.value.code == 7


@pytest.mark.parametrize("kind", MISTAKES)
def test_an_exception_survives_pickling_and_copying(kind: str) -> None:
    config, kind_of_error = MISTAKES[kind]
    with pytest.raises(kind_of_error) as failure:
        instantiate({"node": config, "other": "???"})
    for again in (pickle.loads(pickle.dumps(failure.value)), copy.copy(failure.value)):
        assert str(again) == str(failure.value)
        assert isinstance(again, InstantiationException) and isinstance(again, kind_of_error)
        assert [problem.full_key for problem in again.problems] == [p.full_key for p in failure.value.problems]  # type: ignore[attr-defined]


def test_what_a_constructor_raised_survives_pickling() -> None:
    with pytest.raises((InstantiationException, LookupError)) as failure:
        instantiate({"_target_": "behaviour_app.objects.fails"})
    again = pickle.loads(pickle.dumps(failure.value))
    assert type(again) is type(failure.value) and str(again) == str(failure.value)


def test_full_keys_are_counted_from_the_top_of_the_whole_config() -> None:
    whole = OmegaConf.create({"a": {"list": [{"_target_": BOX, "x": "???"}]}})
    assert [problem.full_key for problem in plan(whole.a.list[0]).problems] == ["a.list[0].x"]


class Level(enum.Enum):
    LOW = 1


@dataclass
class Refusing:
    x: int = 1

    def __post_init__(self) -> None:
        raise TypeError("no instance")


RAW = {"_target_": BOX, "_recursive_": False, "_convert_": "object"}


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({"a": ["${unclosed"]}, "a[0]"),
        ({"a": {Level.LOW: "???"}}, "a.LOW"),
        ({"a": {"_target_": BOX, "b": {"_target_": UNREADABLE}, "_convert_": "all"}}, "a.b.c"),
        ({"a": {**RAW, "b": OmegaConf.structured(Refusing)}}, "a.b"),
        ({"a": {**RAW, "b": [1, OmegaConf.structured(Refusing)]}}, "a.b[1]"),
    ],
    ids=["malformed", "enum", "in_what_a_target_gave", "a_raw_config_as_a_whole", "an_item_of_a_raw_list"],
)
def test_an_error_s_full_key_is_the_one_from_the_top(config: Any, key: str) -> None:
    with pytest.raises(Exception, match=rf"full_key: {re.escape(key)}(\n|$)"):
        instantiate(config)


def test_call_is_the_same_function() -> None:
    assert call is instantiate


def test_a_target_that_needs_the_process_group_says_what_to_do() -> None:
    wrapped = {"_target_": "torch.nn.parallel.DistributedDataParallel", "module": {"_target_": "torch.nn.ReLU"}}
    linear = {"_target_": "torch.nn.Linear", "in_features": 1, "out_features": 1}
    with pytest.raises((InstantiationException, ValueError)) as failure:
        instantiate({"model": {**wrapped, "module": linear}})
    told = "\n".join([str(failure.value), *getattr(failure.value, "__notes__", ())])
    assert "full_key: model" in told and "ensure_process_group()" in told
