"""What only rank 0 has: built there, and nowhere else; and what stands in its place takes anything."""

from __future__ import annotations

import asyncio
import collections
import copy
import functools
import inspect
import logging
import os
import pickle
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import hydra.utils
import pytest
from hydra.errors import InstantiationException
from omegaconf import DictConfig, OmegaConf
from torch.utils.data import DataLoader

from safe_instantiate import Instantiator, instantiate, is_built
from safe_instantiate.distributed import ProcessGroupError, RankZeroStandIn, is_rank_zero, rank_zero_only
from tests.distributed_unit.deferred_samplers import group_of_one, world
from tests.distributed_unit.joining import torchrun

HERE = __name__
made: list[str] = []


class Writer:
    """Tells when it is made."""

    def __init__(self, log_dir: str, layout: Any = None) -> None:
        if log_dir == "full":
            raise OSError("no space left")
        made.append(log_dir)
        self.log_dir = log_dir
        self.layout = layout

    @classmethod
    def for_test(cls) -> Writer:
        return cls("test")


@dataclass
class WriterConfig:
    _target_: str = f"{HERE}.Writer"
    log_dir: str = "structured"


class Trainer:
    def __init__(self, logger: Any) -> None:
        self.logger = logger


CONFIG = {"_target_": f"{HERE}.Writer", "log_dir": "runs"}
GUARDED = {"_target_": "safe_instantiate.distributed.rank_zero_only", "config": CONFIG}


def rank(number: int) -> AbstractContextManager[Any]:
    return mock.patch.dict(os.environ, RANK=str(number))


@pytest.fixture(autouse=True)
def nothing_made(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("RANK", raising=False)
    made.clear()
    yield
    made.clear()


@pytest.fixture
def stand_in() -> Any:
    with rank(1):
        return rank_zero_only(Writer, "runs")


# --- from code


@pytest.mark.parametrize(
    ("what", "args"),
    [
        (CONFIG, ()),
        (OmegaConf.create(CONFIG), ()),
        (WriterConfig, ()),
        (WriterConfig(), ()),
        (Writer, ("runs",)),
        (functools.partial(Writer, "runs"), ()),
        (Writer.for_test, ()),
        (lambda: Writer("runs"), ()),
    ],
    ids=["dict", "DictConfig", "Structured Config", "its instance", "class", "partial", "method", "lambda"],
)
def test_it_is_made_on_rank_0_and_on_no_other(what: Any, args: tuple[Any, ...]) -> None:
    with rank(1):
        stand_in = rank_zero_only(what, *args)
    assert made == [] and isinstance(stand_in, RankZeroStandIn)
    with rank(0):
        assert isinstance(rank_zero_only(what, *args), Writer)
    assert len(made) == 1


def test_arguments_reach_a_callable_and_a_config() -> None:
    assert rank_zero_only(Writer, "a", layout="wide").layout == "wide"
    assert rank_zero_only(CONFIG, layout="wide").layout == "wide"


def test_what_is_built_already_stays_the_same_object_on_rank_0() -> None:
    writer = Writer("runs")
    assert rank_zero_only(writer) is writer
    with rank(1):
        assert isinstance(rank_zero_only(writer), RankZeroStandIn)


def test_nothing_is_nothing_on_every_rank() -> None:
    for number in (0, 1):
        with rank(number):
            assert rank_zero_only(None) is None


def test_a_stand_in_is_its_own(stand_in: Any) -> None:
    assert rank_zero_only(stand_in) is stand_in


def test_a_partial_that_a_config_makes_waits_for_its_arguments_on_rank_0() -> None:
    config = {**CONFIG, "_partial_": True}
    assert rank_zero_only(config)(layout="wide").layout == "wide"
    with rank(1):
        assert not rank_zero_only(config)(layout="wide")


# --- mistakes


@pytest.mark.parametrize("number", [0, 1])
def test_a_mistake_in_a_config_ends_every_rank(number: int) -> None:
    with rank(number), pytest.raises(InstantiationException, match="unexpected keyword argument 'log_dirr'"):
        rank_zero_only({"_target_": f"{HERE}.Writer", "log_dirr": "runs"})


@pytest.mark.parametrize("number", [0, 1])
def test_what_is_no_config_ends_every_rank(number: int) -> None:
    with rank(number), pytest.raises(InstantiationException, match="Cannot instantiate config of type str"):
        rank_zero_only(f"{HERE}.Writer")


def test_what_a_callable_raises_comes_out_on_rank_0() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'log_dirr'"):
        rank_zero_only(Writer, log_dirr="runs")
    with pytest.raises(OSError, match="no space left"):
        rank_zero_only(Writer, "full")


def test_a_misspelt_method_is_an_error_on_rank_0() -> None:
    with pytest.raises(AttributeError, match="add_scaler"):
        rank_zero_only(Writer, "runs").add_scaler("loss", 0.1)  # type: ignore[attr-defined]


# --- from a config


@pytest.mark.parametrize("modes", [{}, {"_recursive_": False}, {"_convert_": "all"}], ids=str)
@pytest.mark.parametrize(
    "engine",
    [Instantiator(), Instantiator(share=True), Instantiator(recursive=False), Instantiator(leave_configs_to="auto")],
    ids=["default", "share", "not recursive", "auto"],
)
def test_a_config_guards_what_is_in_it(engine: Instantiator, modes: dict[str, Any]) -> None:
    with rank(1):
        assert isinstance(engine.instantiate({**GUARDED, **modes}), RankZeroStandIn)
    assert made == []
    assert engine.instantiate({**GUARDED, **modes}).log_dir == "runs"
    assert made == ["runs"]


@pytest.mark.filterwarnings("ignore:hydra.utils.instantiate.. resolved:UserWarning")  # Hydra 1.4 wants a whitelist
@pytest.mark.parametrize("engine", [instantiate, hydra.utils.instantiate], ids=["ours", "Hydra's"])
def test_a_guarded_logger_reaches_its_trainer(engine: Callable[..., Any]) -> None:
    config = {"_target_": f"{HERE}.Trainer", "logger": {**GUARDED, "_recursive_": False}}
    assert engine(config).logger.log_dir == "runs"
    with rank(1):
        assert isinstance(engine(config).logger, RankZeroStandIn)


def test_what_stands_within_a_guarded_config_is_built_with_it() -> None:
    layout = {"_target_": f"{HERE}.Writer", "log_dir": "inner"}
    config = {**GUARDED, "config": {**CONFIG, "layout": layout}}
    with rank(1):
        instantiate(config)
    assert made == []
    assert instantiate(config).layout.log_dir == "inner"


def test_a_guarded_config_can_be_an_interpolation_and_a_positional_argument() -> None:
    config = {
        "writer": CONFIG,
        "guarded": {"_target_": "safe_instantiate.distributed.rank_zero_only", "_args_": ["${writer}"]},
    }
    with rank(1):
        assert isinstance(instantiate(config).guarded, RankZeroStandIn)
    assert made == ["runs"]  # the group's own writer, which nothing guards


def test_a_partial_of_a_guarded_config_decides_when_it_is_called() -> None:
    later = instantiate({**GUARDED, "_partial_": True})
    assert made == []
    with rank(1):
        assert isinstance(later(), RankZeroStandIn)
    assert later().log_dir == "runs"


@pytest.mark.parametrize("number", [0, 1])
def test_a_mistake_in_a_guarded_config_is_found_on_every_rank_before_anything_is_built(number: int) -> None:
    config = {"first": CONFIG, "logger": {**GUARDED, "config": {"_target_": f"{HERE}.Writr"}}}
    with rank(number), pytest.raises(InstantiationException, match=r"full_key: logger\.config"):
        instantiate(config)
    assert made == []


def test_an_allow_list_holds_for_what_is_guarded() -> None:
    engine = Instantiator(allow=["safe_instantiate.distributed.*"])
    with pytest.raises(InstantiationException, match="Writer"):
        engine.instantiate(GUARDED)
    assert made == []


def test_what_a_guarded_constructor_raises_names_its_place() -> None:
    config = {"logger": {**GUARDED, "config": {**CONFIG, "log_dir": "full"}}}
    with pytest.raises(Exception, match="no space left") as caught:
        instantiate(config)
    notes = "".join(getattr(caught.value, "__notes__", []))
    assert "logger.config" in str(caught.value) + notes


@pytest.mark.parametrize("number", [0, 1])
def test_arguments_beside_the_guarded_config_are_an_error_on_every_rank(number: int) -> None:
    with (
        rank(number),
        pytest.raises(
            Exception,
            match="In a config, rank_zero_only takes `config` alone; arguments for its target stand in there",
        ),
    ):
        instantiate({**GUARDED, "log_dir": "elsewhere"})
    assert made == []


@pytest.mark.launches_torchrun
def test_under_torchrun_one_rank_builds_the_logger(tmp_path: Path) -> None:
    said = torchrun("builds_a_logger", tmp_path, nproc=2)
    assert said == {0: {"built": "FileHandler"}, 1: {"built": "RankZeroStandIn"}}
    assert (tmp_path / "log.txt").exists()


# --- which rank this is


def test_a_process_alone_has_rank_0() -> None:
    assert is_rank_zero()


def test_the_launchers_rank_counts_until_there_is_a_group() -> None:
    with rank(1):
        assert not is_rank_zero()
        with group_of_one():
            assert is_rank_zero()
        with mock.patch("torch.distributed.is_available", return_value=False):
            assert not is_rank_zero()


def test_a_group_that_a_test_pretends_counts() -> None:
    with world(rank=3, size=4):
        assert not is_rank_zero()


def test_a_rank_that_is_no_number_is_named() -> None:
    with (
        mock.patch.dict(os.environ, RANK="first"),
        pytest.raises(ProcessGroupError, match="RANK is 'first', which is no whole number from 0 on"),
    ):
        is_rank_zero()


# --- the stand-in


def test_a_stand_in_is_false_and_empty(stand_in: Any) -> None:
    assert not stand_in
    assert len(stand_in) == 0
    assert list(stand_in) == list(stand_in.items()) == []
    assert dict(stand_in) == {**stand_in} == {}
    assert next(stand_in, "nothing") == "nothing"
    assert "loss" not in stand_in


def test_a_stand_in_takes_every_call_and_attribute(stand_in: Any) -> None:
    stand_in.add_scalar("loss", 0.1, global_step=3)
    stand_in.experiment.config.update({"lr": 0.1}, allow_val_change=True)
    stand_in.step = 7
    stand_in.step += 1
    stand_in.summary["best"] = 0.9
    stand_in.summary["count"] += 1
    stand_in.config |= {"lr": 0.1}
    del stand_in.step, stand_in["key"]
    assert not stand_in.summary["best"].value


def test_a_stand_in_keeps_nothing(stand_in: Any) -> None:
    payload = Writer("held")
    held = weakref.ref(payload)
    stand_in.model = payload
    stand_in["model"] = payload
    stand_in.log(payload)
    del payload
    assert held() is None


def test_a_stand_in_works_in_a_with_and_swallows_no_exception(stand_in: Any) -> None:
    with stand_in as entered:
        entered.write("text")
    with pytest.raises(ZeroDivisionError), stand_in.start_run():
        _ = 1 / 0


def test_a_stand_in_works_in_async_code(stand_in: Any) -> None:
    async def use() -> list[Any]:
        async with stand_in as entered:
            await entered.flush()
        return [event async for event in stand_in]

    assert asyncio.run(use()) == []


def test_a_comparison_with_a_stand_in_is_false(stand_in: Any) -> None:
    assert not any([stand_in < 1, stand_in <= 1, stand_in > 1, stand_in >= 1, stand_in < 1, stand_in == 1])
    assert stand_in == stand_in and stand_in in {stand_in}


@pytest.mark.parametrize(
    "use",
    [float, int, os.fspath, lambda s: s + 1, lambda s: 1 + s, lambda s: 2 * s, lambda s: [0, 1][s], lambda s: -s],
    ids=["float", "int", "path", "+", "reflected +", "*", "index", "-"],
)
def test_a_stand_in_is_no_number_and_no_path(use: Callable[[Any], Any], stand_in: Any) -> None:
    with pytest.raises(TypeError):
        use(stand_in.value)


def test_a_function_that_a_stand_in_decorates_stays(stand_in: Any) -> None:
    @stand_in.watch
    def train() -> int:
        return 3

    @stand_in.catch(reraise=True)
    def test() -> int:
        return 4

    assert (train(), test()) == (3, 4)


@pytest.mark.parametrize(
    "copied",
    [
        copy.copy,
        copy.deepcopy,
        *(
            functools.partial(lambda obj, n: pickle.loads(pickle.dumps(obj, n)), n=n)
            for n in range(pickle.HIGHEST_PROTOCOL + 1)
        ),
    ],
)
def test_a_stand_in_can_be_copied_and_pickled(copied: Callable[[Any], Any], stand_in: Any) -> None:
    twin = copied({"logger": stand_in})["logger"]
    assert isinstance(twin, RankZeroStandIn) and repr(twin) == repr(stand_in)


@pytest.mark.parametrize(
    ("what", "name"),
    [
        (CONFIG, f"{HERE}.Writer"),
        (OmegaConf.create(CONFIG), f"{HERE}.Writer"),
        (WriterConfig, f"{HERE}.Writer"),
        (Writer.for_test, f"{HERE}.Writer.for_test"),
        (functools.partial(functools.partial(Writer), "runs"), f"{HERE}.Writer"),
        ({"_target_": Writer, "log_dir": "runs"}, f"{HERE}.Writer"),
        ({"a": CONFIG}, "builtins.dict"),
    ],
    ids=["dict", "DictConfig", "Structured Config", "method", "partial", "callable target", "group"],
)
def test_a_stand_in_says_what_it_stands_for(what: Any, name: str) -> None:
    with rank(1):
        stand_in = rank_zero_only(what)
    said = f"<stand-in for {name}, which only rank 0 has>"
    assert repr(stand_in) == str(stand_in) == f"{stand_in}" == f"{stand_in:>8.3f}" == said


def test_a_stand_in_from_a_config_says_what_it_stands_for() -> None:
    with rank(1):
        assert repr(instantiate(GUARDED)) == f"<stand-in for {HERE}.Writer, which only rank 0 has>"


@pytest.mark.parametrize(
    "name",
    ["__array__", "__wrapped__", "__torch_function__", "__fspath__", "__deepcopy__", "_target_", "_repr_html_"],
)
def test_a_stand_in_offers_no_protocol_that_it_cannot_keep(name: str, stand_in: Any) -> None:
    assert not hasattr(stand_in, name)
    with pytest.raises(AttributeError, match=f"'RankZeroStandIn' object has no attribute '{name}'"):
        getattr(stand_in, name)


def test_who_inspects_a_stand_in_gets_sensible_answers(stand_in: Any) -> None:
    assert not isinstance(stand_in, (Writer, str, int, dict, os.PathLike, collections.abc.Mapping))
    assert callable(stand_in) and inspect.unwrap(stand_in) is stand_in
    assert "args" in inspect.signature(stand_in).parameters
    assert not inspect.isclass(stand_in) and not inspect.isfunction(stand_in) and not inspect.ismodule(stand_in)
    assert list(inspect.getmembers(stand_in))
    assert weakref.ref(stand_in)() is stand_in


def test_a_stand_in_is_a_handler_of_no_log_record(stand_in: Any) -> None:
    logger = logging.Logger("training")
    logger.addHandler(stand_in)
    logger.error("%s", stand_in)


def test_a_stand_in_passes_through_configs_and_instantiate_as_it_is(stand_in: Any) -> None:
    assert is_built(stand_in)
    assert instantiate(stand_in) is stand_in
    assert instantiate({"_target_": f"{HERE}.Trainer", "logger": stand_in}).logger is stand_in
    config = DictConfig({"logger": stand_in}, flags={"allow_objects": True})
    assert instantiate({"_target_": f"{HERE}.Trainer"}, logger=config.logger).logger is stand_in


def test_a_stand_in_goes_to_the_workers_of_a_loader(stand_in: Any) -> None:
    class Items(list):  # type: ignore[type-arg]
        logger = stand_in

    loader = DataLoader(Items([1, 2]), num_workers=1, multiprocessing_context="fork")  # type: ignore[arg-type]
    assert [int(batch) for batch in loader] == [1, 2]
