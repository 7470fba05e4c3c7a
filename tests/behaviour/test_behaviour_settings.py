"""An instantiator is its settings, which are checked, and never change."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from behaviour_app.objects import Box
from hydra.types import ConvertMode
from omegaconf import DictConfig, ListConfig

from safe_instantiate import Instantiator, instantiate

NODE = {"_target_": "behaviour_app.objects.Box", "sizes": [1], "inner": {"_target_": "behaviour_app.objects.Box"}}


@pytest.mark.parametrize("wrong", ["al", "nonee", "", 3, None, True])
def test_a_wrong_mode_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="convert must be one of none, partial, object, all"):
        Instantiator(convert=wrong)


def test_a_wrong_mode_comes_with_a_suggestion() -> None:
    with pytest.raises(ValueError, match="did you mean 'all'"):
        Instantiator(convert="al")  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["all", "ALL", ConvertMode.ALL])
def test_a_mode_may_be_written_as_in_a_config(mode: Any) -> None:
    assert Instantiator(convert=mode).convert == "all"


@pytest.mark.parametrize("name", ["recursive", "force_datasets", "defer_samplers", "share"])
@pytest.mark.parametrize("wrong", ["no", 0, 1, None])
def test_a_switch_is_true_or_false(name: str, wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"{name} must be a bool"):
        Instantiator(**{name: wrong})


@pytest.mark.parametrize("name", ["allow", "leave_configs_to"])
@pytest.mark.parametrize("wrong", [3, True, [3], [""], ""])
def test_names_of_targets_are_texts(name: str, wrong: Any) -> None:
    with pytest.raises(TypeError, match=name):
        Instantiator(**{name: wrong})


def test_none_is_no_list_of_targets_to_leave_configs_to() -> None:
    with pytest.raises(TypeError, match="leave_configs_to"):
        Instantiator(leave_configs_to=None)  # type: ignore[arg-type]


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(TypeError, match="conver"):
        Instantiator(conver="all")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="conver"):
        Instantiator().replace(conver="all")


def test_settings_are_given_by_name() -> None:
    with pytest.raises(TypeError):
        Instantiator("all")  # type: ignore[misc]


@pytest.mark.parametrize("name", ["convert", "share", "policy"])
def test_settings_do_not_change(name: str) -> None:
    engine = Instantiator()
    with pytest.raises(AttributeError):
        setattr(engine, name, None)


def test_replacing_makes_another_one() -> None:
    engine = Instantiator(share=True, allow=["torch.*"])  # type: ignore[arg-type]
    other = engine.replace(convert="all", allow=None)
    assert (other.convert, other.share, other.allow) == ("all", True, None)
    assert (engine.convert, engine.share, engine.allow) == ("none", True, ("torch.*",))
    with pytest.raises(ValueError, match="did you mean"):
        engine.replace(convert="al")


def test_equal_settings_are_equal() -> None:
    assert Instantiator(allow=["a.*"]) == Instantiator(allow=("a.*",)) != Instantiator()  # type: ignore[arg-type]
    assert hash(Instantiator(share=True)) == hash(Instantiator(share=True))


def test_an_instantiator_can_be_pickled_and_copied() -> None:
    engine = Instantiator(share=True, allow=("behaviour_app.*",), leave_configs_to="auto")
    for again in (pickle.loads(pickle.dumps(engine)), copy.copy(engine), copy.deepcopy(engine)):
        assert again == engine
        assert again.instantiate(NODE).kwargs["sizes"] == [1]


def test_settings_hold_where_the_config_says_nothing() -> None:
    assert type(Instantiator(convert="all").instantiate(NODE).kwargs["sizes"]) is list
    assert isinstance(Instantiator(recursive=False).instantiate(NODE).kwargs["inner"], DictConfig)
    assert type(Instantiator(convert="all").instantiate([[1]])) is list


def test_the_config_and_the_call_have_the_last_word() -> None:
    engine = Instantiator(convert="all", recursive=False)
    found = engine.instantiate({**NODE, "_convert_": "none", "_recursive_": True})
    assert isinstance(found.kwargs["sizes"], ListConfig) and isinstance(found.kwargs["inner"], Box)
    found = engine.instantiate(NODE, _convert_="none", _recursive_=True)
    assert isinstance(found.kwargs["sizes"], ListConfig) and isinstance(found.kwargs["inner"], Box)


@pytest.mark.parametrize("name", ["self", "cls", "args", "kwargs", "settings", "config_", "node"])
def test_any_name_but_config_may_be_an_argument(name: str) -> None:
    config = {"_target_": "builtins.dict"}
    for build in (instantiate, Instantiator().instantiate, lambda *a, **k: Instantiator().plan(*a, **k).build()):
        assert build(config, **{name: 1}) == {name: 1}
