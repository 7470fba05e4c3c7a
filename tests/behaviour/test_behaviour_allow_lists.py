"""What code allows a config to name: for an instantiator, for a block, for a call; and what a config would call."""

from __future__ import annotations

import contextvars
import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import hydra.utils
import pytest
import torch
from hydra.errors import InstantiationException

import safe_instantiate
from safe_instantiate import (
    UNSAFE_DISABLE_EXECUTION_CHECKS,
    Instantiator,
    execution_whitelist,
    instantiate,
    plan,
)
from safe_instantiate.targets import whitelist

BOX = "behaviour_app.objects.Box"
FRACTION = {"_target_": "fractions.Fraction", "_args_": [1, 2]}
EVAL = {"_target_": "builtins.eval", "_args_": ["1 + 1"]}


def is_refused(config: Any, engine: Any = safe_instantiate, **arguments: Any) -> bool:
    problems = engine.plan(config, **arguments).problems
    return any("allowed" in str(problem) or "allow-list" in str(problem) for problem in problems)


class BuildsItself:
    def __call__(self, config: Any) -> Any:
        return instantiate(config)


# blocks


def test_a_block_allows_what_it_names_and_nothing_else() -> None:
    with execution_whitelist(["fractions.Fraction"]):
        assert instantiate(FRACTION) * 2 == 1
        assert is_refused({"_target_": BOX})
    assert isinstance(instantiate({"_target_": BOX}), object)


def test_an_inner_block_adds_to_the_outer_one() -> None:
    with execution_whitelist("fractions.*"), execution_whitelist("behaviour_app.*"):
        assert not is_refused(FRACTION) and not is_refused({"_target_": BOX})
        assert is_refused({"_target_": "torch.nn.ReLU"})


def test_a_block_that_resets_forgets_the_outer_ones() -> None:
    with execution_whitelist("fractions.*"):
        with execution_whitelist("behaviour_app.*", reset=True):
            assert is_refused(FRACTION) and not is_refused({"_target_": BOX})
        assert not is_refused(FRACTION) and is_refused({"_target_": BOX})


def test_a_call_adds_to_the_blocks_around_it() -> None:
    with execution_whitelist("fractions.*"):
        assert not is_refused({"_target_": BOX}, _execution_whitelist_=["behaviour_app.*"])
        assert not is_refused(FRACTION, _execution_whitelist_=["behaviour_app.*"])
        assert not is_refused(FRACTION, _execution_whitelist_=None)
        assert is_refused({"_target_": BOX}, _execution_whitelist_=None)


def test_a_block_may_be_given_to_a_call() -> None:
    listed = execution_whitelist("behaviour_app.*")
    with execution_whitelist("fractions.*"):
        assert not is_refused(FRACTION, _execution_whitelist_=listed)
        assert is_refused(FRACTION, _execution_whitelist_=execution_whitelist("behaviour_app.*", reset=True))


def test_one_block_may_be_entered_twice_and_ends_when_an_exception_passes() -> None:
    listed = execution_whitelist("fractions.*")
    with pytest.raises(ZeroDivisionError), listed, listed:
        raise ZeroDivisionError
    assert not is_refused({"_target_": BOX})


def test_one_block_may_be_entered_by_several_threads_at_once() -> None:
    listed = execution_whitelist("fractions.*")

    def enter(_: int) -> bool:
        with listed:
            allowed = not is_refused(FRACTION) and is_refused({"_target_": BOX})
        return allowed and not is_refused({"_target_": BOX})

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(enter, range(200)))


def test_a_target_that_instantiates_does_so_within_the_block() -> None:
    config = {"_target_": BuildsItself(), "config": {"_target_": "fractions.Fraction"}, "_recursive_": False}
    assert instantiate(config) == 0
    with execution_whitelist(f"{__name__}.*"), pytest.raises(InstantiationException, match="allow-list"):
        instantiate(config)


@pytest.mark.parametrize("entries", ["*", ["fractions.*", "a.*.b"], [""], [3], 3])
def test_a_list_of_another_form_is_an_error(entries: Any) -> None:
    with pytest.raises(InstantiationException, match=r"^Invalid _?(allow-list|execution)|^An execution whitelist is"):
        execution_whitelist(entries)
    with pytest.raises(InstantiationException):
        instantiate(FRACTION, _execution_whitelist_=entries)


@pytest.mark.parametrize("name", ["execution_whitelist", "UNSAFE_DISABLE_EXECUTION_CHECKS"])
def test_the_names_are_hydras_own_where_it_has_them(name: str) -> None:
    own = getattr(safe_instantiate, name)
    assert getattr(hydra.utils, name, own) is own


# everything


def test_code_that_trusts_its_configs_switches_the_checks_off() -> None:
    assert is_refused(EVAL)
    assert instantiate(EVAL, _execution_whitelist_=UNSAFE_DISABLE_EXECUTION_CHECKS) == 2
    with execution_whitelist(UNSAFE_DISABLE_EXECUTION_CHECKS):
        assert instantiate(EVAL) == 2
        assert instantiate({**EVAL, "_partial_": True})() == 2
        assert instantiate({"_target_": "builtins.getattr", "_args_": [hydra.utils, "get_method"]})
        partial = instantiate({"_target_": "builtins.open", "_partial_": True})
        assert partial.func is open
        with execution_whitelist("fractions.*"):
            assert instantiate(EVAL) == 2
        with execution_whitelist("fractions.*", reset=True):
            assert is_refused(EVAL)
    assert is_refused(EVAL)


def test_the_constant_is_one_object_wherever_it_is_copied_or_sent() -> None:
    assert copy.deepcopy(UNSAFE_DISABLE_EXECUTION_CHECKS) is UNSAFE_DISABLE_EXECUTION_CHECKS
    assert pickle.loads(pickle.dumps(UNSAFE_DISABLE_EXECUTION_CHECKS)) is UNSAFE_DISABLE_EXECUTION_CHECKS
    assert repr(UNSAFE_DISABLE_EXECUTION_CHECKS) == "UNSAFE_DISABLE_EXECUTION_CHECKS"


def test_our_own_blocks_leave_nothing_behind_in_the_context() -> None:
    block = whitelist._execution_whitelist  # with Hydra 1.4 the public one is Hydra's
    with block("fractions.*"):
        pass
    before = len(contextvars.copy_context())
    for _ in range(10):
        with block("fractions.*"), block("math.*"):
            pass
    assert len(contextvars.copy_context()) == before


def test_a_block_that_is_entered_again_within_itself_ends_as_often() -> None:
    block = execution_whitelist("fractions.*")
    with block:
        with execution_whitelist("math.*"), block:
            assert not is_refused(FRACTION) and not is_refused({"_target_": "math.sqrt", "_args_": [1]})
        assert not is_refused(FRACTION) and is_refused({"_target_": "math.sqrt", "_args_": [1]})
    assert not is_refused({"_target_": "math.sqrt", "_args_": [1]})


# the list of an instantiator


def test_nothing_around_an_instantiator_lifts_its_own_list() -> None:
    engine = Instantiator(allow=["behaviour_app.*"])
    with execution_whitelist(UNSAFE_DISABLE_EXECUTION_CHECKS):
        assert is_refused(EVAL, engine) and is_refused(FRACTION, engine)
    assert is_refused(FRACTION, engine, _execution_whitelist_=None)
    assert is_refused(FRACTION, engine, _execution_whitelist_=UNSAFE_DISABLE_EXECUTION_CHECKS)


def test_blocks_and_calls_add_to_the_list_of_an_instantiator() -> None:
    engine = Instantiator(allow=["behaviour_app.*"])
    with execution_whitelist("fractions.*"):
        assert not is_refused(FRACTION, engine) and not is_refused({"_target_": BOX}, engine)
    assert is_refused(FRACTION, engine)
    assert not is_refused(FRACTION, engine, _execution_whitelist_="fractions.Fraction")


def test_a_plan_is_built_under_the_list_that_held_when_it_was_made() -> None:
    config = {"_target_": "behaviour_app.objects.returns", "value": torch.nn.ReLU}
    with execution_whitelist("behaviour_app.*"):
        planned = plan(config)
    with pytest.raises(InstantiationException, match=r"'torch\.nn\.modules\.activation\.ReLU', which is not in the"):
        planned.build()


# what is opened


@pytest.mark.parametrize(
    ("entry", "opened", "closed"),
    [
        ("torch.*", "torch.nn.Linear", "torch.os.getcwd"),
        ("torch.*", "torch.optim.AdamW", "torch.serialization.pickle.PickleError"),
        ("torch.optim.AdamW", "torch.optim.AdamW", "torch.optim.SGD"),
        ("torch.nn.*", "torch.nn.functional.relu", "torch.nn.modules.linear.math.sqrt"),
        ("behaviour_app.objects.*", "behaviour_app.objects.Box", "behaviour_app.objects.OrderedDict"),
    ],
)
def test_an_entry_opens_what_is_defined_under_it(entry: str, opened: str, closed: str) -> None:
    engine = Instantiator(allow=[entry])
    assert not is_refused({"_target_": opened}, engine)
    assert is_refused({"_target_": closed}, engine)


# what a config would call


CONFIG = {
    "net": {"_target_": "torch.nn.Sequential", "_args_": [{"_target_": "torch.nn.ReLU"}]},
    "trainer": {"_target_": BOX, "_recursive_": False, "parts": {"optim": [{"_target_": "torch.optim.AdamW"}]}},
    "again": "${net}",
    "kind": {"_target_": "hydra.utils.get_class", "path": "json.JSONDecoder"},
    "plain": 3,
}


def test_every_target_of_a_config_is_listed_with_its_place() -> None:
    found = [(use.full_key, use.path, use.defined_as) for use in plan(CONFIG).targets()]
    assert found == [
        ("net", "torch.nn.Sequential", "torch.nn.modules.container.Sequential"),
        ("net._args_[0]", "torch.nn.ReLU", "torch.nn.modules.activation.ReLU"),
        ("trainer", BOX, BOX),
        ("trainer.parts.optim[0]", "torch.optim.AdamW", None),
        ("again", "torch.nn.Sequential", "torch.nn.modules.container.Sequential"),
        ("again._args_[0]", "torch.nn.ReLU", "torch.nn.modules.activation.ReLU"),
        ("kind", "hydra.utils.get_class", "hydra.utils.get_class"),
        ("kind", "json.JSONDecoder", None),
    ]


def test_a_target_in_a_raw_positional_argument_has_the_place_of_that_argument() -> None:
    config = {"_target_": BOX, "_recursive_": False, "_args_": [{"x": FRACTION}, [FRACTION]]}
    assert [use.full_key for use in plan({"a": config}).targets()] == ["a", "a._args_[0].x", "a._args_[1][0]"]


def test_a_target_that_makes_all_positional_arguments_is_listed() -> None:
    config = {"_target_": BOX, "_args_": {"_target_": "builtins.list"}}
    assert [(use.full_key, use.path) for use in plan(config).targets()] == [("", BOX), ("_args_", "builtins.list")]


def test_a_target_given_as_a_callable_is_listed_by_its_name() -> None:
    (use,) = plan({"_target_": torch.nn.ReLU}).targets()
    assert use.path == "torch.nn.modules.activation.ReLU"


@pytest.mark.parametrize("engine", [Instantiator(share=True), Instantiator(leave_configs_to="*.Box")])
def test_what_is_shared_or_left_to_others_is_listed_too(engine: Instantiator) -> None:
    config = {"a": {"_target_": BOX, "x": {"_target_": "torch.nn.ReLU"}}, "b": "${a}"}
    assert {use.path for use in engine.plan(config).targets()} == {BOX, "torch.nn.ReLU"}


def test_a_config_builds_under_the_list_made_from_it_and_no_other_does() -> None:
    config = {key: CONFIG[key] for key in ("net", "trainer", "again", "kind")}
    listed = plan(config).allow_list()
    assert listed == (BOX, "hydra.utils.get_class", "json.JSONDecoder", "torch.nn.ReLU", "torch.nn.Sequential",
                      "torch.optim.AdamW")  # fmt: skip
    engine = Instantiator(allow=listed)
    assert engine.instantiate(config).again[0].__class__ is torch.nn.ReLU
    assert is_refused({"_target_": "torch.nn.Linear"}, engine)


def test_what_a_wrong_config_would_call_is_not_known() -> None:
    with pytest.raises(InstantiationException, match="Linaer"):
        plan({"a": {"_target_": "torch.nn.Linaer"}, "b": FRACTION}).targets()
