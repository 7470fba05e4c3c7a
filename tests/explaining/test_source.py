"""The program that a plan writes: it runs as it stands, and builds what the plan builds."""

from __future__ import annotations

import dataclasses
import enum
import functools
import os
import re
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import attr
import pytest
import torch
from hydra.errors import InstantiationException
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import DictConfig, OmegaConf

from safe_instantiate import GIVEN, Instantiator, instantiate, plan
from safe_instantiate.explaining.source import program_of
from tests.differential.cases import Case
from tests.differential.generator import Generator
from tests.differential.outcomes import Built
from tests.differential.running import UnmakeableError, observe

ROOT = Path(__file__).parents[2]
LAYER = {"_target_": "torch.nn.Linear", "in_features": 3, "out_features": 2}


def built_by(text: str, **given_objects: object) -> Any:
    names: dict[str, Any] = {}
    exec(text, names)
    return names["build"](**given_objects)


def by_its_program(config: Any, *args: Any, **kwargs: Any) -> Any:
    read = plan(config, *args, **kwargs)
    if read.problems:
        read.build()
    program = program_of(read._root, read._full_key)
    return built_by(program.text, **program.given)


def comparable(outcome: Built) -> str:
    """Without what the program loses: a Structured Config's class where its keys are no longer the class's, and nulls
    that OmegaConf keeps as containers."""
    text = str(outcome).replace("<DictConfig (None, 'None')>", "<value ('NoneType', 'None')>")
    return re.sub(r"<DictConfig \w+ {", "<DictConfig {", text)


cases = st.builds(lambda draw: Generator(draw).case(), st.randoms(use_true_random=False))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(case=cases)
def test_the_program_builds_what_the_plan_builds_in_the_same_order(case: Case) -> None:
    # What a deferred sampler waits for, the program makes; what a function returns, no program knows beforehand.
    if any(name in case.source() for name in ("DistributedSampler", "gives_config", "t.siblings")):
        return
    # Hydra 1.4 lets an interpolation bring in what doesn't fit its field; a class refuses it.
    if "t.Nested" in case.source() and "${" in case.source():
        return
    try:
        planned = observe(instantiate, case)
    except UnmakeableError:
        return
    if isinstance(planned.outcome, Built):
        written = observe(by_its_program, case)
        assert isinstance(written.outcome, Built), written.outcome
        assert comparable(written.outcome) == comparable(planned.outcome)
        assert written.entered == planned.entered


def test_variables_are_named_after_keys_with_as_many_as_tell_them_apart() -> None:
    text = plan({"train": {"head": LAYER}, "test": {"head": LAYER}, "loss": {"_target_": "torch.nn.MSELoss"}}).source()
    assert "    train_head = Linear(in_features=3, out_features=2)\n" in text
    assert "    test_head = Linear(in_features=3, out_features=2)\n" in text
    assert "    loss = MSELoss()\n" in text


def test_the_result_is_named_after_its_key_or_its_class() -> None:
    cfg = OmegaConf.create({"model": LAYER})
    assert "    model = Linear(" in plan(cfg.model).source()
    assert "    linear = Linear(" in plan(LAYER).source()


def test_a_partial_is_a_partial() -> None:
    text = plan({"_target_": "torch.optim.AdamW", "_partial_": True, "lr": 0.1}).source()
    partial = built_by(text)
    assert isinstance(partial, functools.partial)
    assert (partial.func, partial.keywords) == (torch.optim.AdamW, {"lr": 0.1})


def test_a_shared_object_is_one_variable() -> None:
    cfg = {"layer": LAYER, "a": {"_target_": "torch.nn.Sequential", "_args_": ["${layer}"]}, "b": "${a}"}
    text = Instantiator(share=True).plan(cfg).source()
    made = built_by(text)
    assert text.count("Linear(") == 1
    assert made.b is made.a and made.a[0] is made.layer


def test_what_was_built_before_is_a_parameter_of_build() -> None:
    model = torch.nn.Linear(2, 2)
    text = plan({"_target_": "torch.nn.Sequential", "_args_": [model]}).source()
    assert "        item_0: a torch.nn.modules.linear.Linear that was built before.\n" in text
    assert "__main__" not in text
    assert built_by(text, item_0=model)[0] is model


def test_a_variable_never_hides_what_is_imported_or_python_s_own() -> None:
    cfg = {"list": {"_target_": "builtins.list"}, "add": {"_target_": "operator.add", "_args_": [1, 2]}, "class": 3}
    made = built_by(plan(cfg).source())
    assert made == OmegaConf.create({"list": [], "add": 3, "class": 3})


def test_keys_that_are_no_names_are_passed_all_the_same() -> None:
    made = built_by(plan({"_target_": "builtins.dict", "class": 1, "a-b": LAYER}).source())
    assert made["class"] == 1 and isinstance(made["a-b"], torch.nn.Linear)


def test_keyword_arguments_keep_their_order() -> None:
    made = built_by(plan({"_target_": "builtins.dict", "b": 1, "a-b": 2, "class": 3, "a": 4}).source())
    assert list(made) == ["b", "a-b", "class", "a"]


def test_a_key_that_python_would_read_as_another_name_stays_what_it_is() -> None:
    cfg = {"_target_": "builtins.dict", "\ufb01t": LAYER, "fit": LAYER, "x²": LAYER, "\u1369": LAYER}
    assert list(built_by(plan(cfg).source())) == ["\ufb01t", "fit", "x²", "\u1369"]


def test_a_full_key_may_have_quotes_in_it() -> None:
    cfg = OmegaConf.create({'a"""b\\': LAYER})
    assert built_by(plan(cfg['a"""b\\']).source()).in_features == 3


def test_what_a_plan_leaves_to_its_builds_is_a_parameter_of_that_name() -> None:
    text = plan({"_target_": "builtins.dict", "n": {"_target_": "builtins.int"}}, format=GIVEN).source()
    assert "def build(format):" in text and "        format: what this build is given.\n" in text
    text = plan({"_target_": "torch.optim.SGD", "_args_": [], "lr": 0.1}, GIVEN, momentum=GIVEN).source()
    made = built_by(text, argument_0=[torch.zeros(1)], momentum=0.5)
    assert made.defaults["momentum"] == 0.5


def test_a_partial_that_is_completed_takes_keys_that_are_no_names() -> None:
    text = plan(functools.partial(dict), **{"class": 1, "x": LAYER}).source()
    assert list(built_by(text, partial=dict)) == ["class", "x"]


class Access(enum.Flag):
    READ = 1
    WRITE = 2


Odd = enum.Enum("Odd", {"a b": 1, "class": 2})


@pytest.mark.parametrize(
    "value",
    [
        *(float("inf"), 1e-5, 1e300, 1 - 2j, complex("nan+infj"), -1, 10**30),
        *('it\'s "so"', '"', "\\", "\\'", "\t\x00\u2028 é", b"\x00'\"", b"\\"),
        *([1, [2]], {"a": None}, Path("a/b"), PurePosixPath("a"), PureWindowsPath("c:\\x")),
        *(torch.float32, torch.nn.ReLU, Access.READ, Access.READ | Access.WRITE, *Odd),
    ],
)
def test_a_value_comes_back_as_it_was(value: object) -> None:
    read = Instantiator(convert="all").plan({"_target_": "builtins.dict"}, value=value)
    program = program_of(read._root, read._full_key)
    assert not program.given
    made = built_by(program.text)
    assert repr(made) == repr({"value": value})  # nan is not equal to itself


def test_a_line_is_no_longer_than_formatters_make_it() -> None:
    cfg = {
        "_target_": "builtins.dict",
        "names": [f"a name with the number {n}" for n in range(9)],
        "layers": [LAYER] * 4,
    }
    text = plan(cfg, **{f"object_{n}": object() for n in range(9)}).source()
    assert max(map(len, text.splitlines())) <= 88
    compile(text, "program", "exec")


def test_imports_stand_as_isort_puts_them() -> None:
    cfg = {"a": {"_target_": "torch.optim.SGD", "_partial_": True}, "b": {"_target_": "fractions.Fraction"}}
    assert (
        plan(cfg)
        .source()
        .startswith(
            '"""What the config means, as Python."""\n\n'
            "from fractions import Fraction\nfrom functools import partial\n\n"
            "from omegaconf import OmegaConf\nfrom torch.optim import SGD\n\n\ndef build():\n"
        )
    )


def test_a_raw_config_is_a_config_in_the_program() -> None:
    cfg = {"_target_": "builtins.dict", "_recursive_": False, "model": {**LAYER, "bias": "${..flag}"}, "flag": False}
    made = built_by(plan(cfg).source())
    assert isinstance(made["model"], DictConfig) and made["model"] == {**LAYER, "bias": False}


def test_a_sampler_that_waits_for_the_group_gets_one_in_the_program(tmp_path: Path) -> None:
    text = plan({"_target_": "torch.utils.data.DistributedSampler", "dataset": [1, 2, 3]}).source()
    program = tmp_path / "program.py"
    program.write_text(text + "    print(len(build()))\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    finished = subprocess.run([sys.executable, program], env=environment, capture_output=True, text=True, check=False)
    assert finished.stdout == "3\n", finished.stderr


def test_what_only_rank_zero_builds_is_built_there_only(monkeypatch: pytest.MonkeyPatch) -> None:
    config = {"_target_": "safe_instantiate.rank_zero_only", "config": {"_target_": "torch.nn.Identity"}}
    text = plan({"logger": config}).source()
    assert isinstance(built_by(text).logger, torch.nn.Identity)
    monkeypatch.setenv("RANK", "1")
    assert not built_by(text).logger


def test_a_config_that_is_wrong_means_no_program() -> None:
    with pytest.raises(InstantiationException, match=r"did you mean 'torch\.nn\.Linear'"):
        plan({"_target_": "torch.nn.Linaer"}).source()


def test_container_subclasses_stay_what_they_are() -> None:
    cfg = {"made": {"_target_": "collections.OrderedDict", "x": 1}}
    assert type(built_by(plan(cfg).source()).made) is OrderedDict


@dataclasses.dataclass
class Fields:
    size: int = 3
    name: str = "a"


@dataclasses.dataclass
class Computed:
    size: int = 3
    area: int = dataclasses.field(default=9, init=False)


@attr.s(auto_attribs=True)
class Attributes:
    size: int = 3


@attr.s(auto_attribs=True)
class PrivateAttributes:
    _size: int = 3


@pytest.mark.parametrize(
    ("cls", "written"), [(Fields, True), (Attributes, True), (Computed, False), (PrivateAttributes, False)]
)
def test_a_structured_config_is_written_as_an_instance_if_its_constructor_takes_all_fields(
    cls: type, written: bool
) -> None:
    text = plan({"_target_": "builtins.dict", "_recursive_": False, "config": cls}).source()
    assert (f"{cls.__name__}(" in text) is written
    found = built_by(text)["config"]
    assert found == OmegaConf.structured(cls) and OmegaConf.get_type(found) is (cls if written else dict)
