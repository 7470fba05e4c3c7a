"""One rule after the other: what it finds, in which words, and what it lets pass."""

from __future__ import annotations

import enum
import fractions
from collections.abc import Callable, Collection, Hashable, Sequence, Sized
from dataclasses import dataclass, field
from pathlib import Path
from typing import (
    Annotated,
    Any,
    AnyStr,
    Final,
    ForwardRef,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    Optional,
    Protocol,
    TypeVar,
    Union,
)

import pytest
import torch
from omegaconf import DictConfig, OmegaConf
from torch.utils.data import DistributedSampler
from typing_extensions import Concatenate, ParamSpec, TypedDict, TypeVarTuple, Unpack

from safe_instantiate import Diagnostic, Instantiator, check, plan

HERE = __name__
T = TypeVar("T")
Bound = TypeVar("Bound", bound=int)
P = ParamSpec("P")
Ts = TypeVarTuple("Ts")
UserId = NewType("UserId", int)


class Colour(enum.Enum):
    RED = "r"
    BLUE = "b"


@dataclass
class Rates:
    low: float
    high: float = 1.0


@dataclass
class Outer:
    rates: Rates = field(default_factory=lambda: Rates(1))
    names: Sequence[str] = ()


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Flags(enum.Flag):
    ON = 1


class Count(TypedDict, total=False):
    a: int


class Pair(NamedTuple):
    first: int
    second: int


class Box(Generic[T]):
    def __init__(self, value: T) -> None: ...


class IntBox(Box[int]): ...


class AnythingIsOne(type):
    def __instancecheck__(cls, value: object) -> bool:
        return True


class Any1(metaclass=AnythingIsOne): ...


class Shape(Protocol):
    def area(self) -> float: ...


class Square:
    def area(self) -> float: ...


class Trainer:
    def __init__(self, training_params: dict[str, Any], model: Any = None) -> None: ...


class Model:
    def __init__(self, width: int = 1) -> None: ...


class Keeps:
    def __init__(self, config: DictConfig, part: Any = None) -> None: ...


def takes(value: Any) -> None: ...


def taking(annotation: Any, default: Any = ...) -> type:
    """A class whose one parameter bears this annotation."""

    class Taker:
        def __init__(self, value: Any) -> None: ...

    Taker.__init__.__annotations__["value"] = annotation
    if default is not ...:
        Taker.__init__.__defaults__ = (default,)
    return Taker


def node(name: str, **arguments: Any) -> dict[str, Any]:
    return {"_target_": f"{HERE}.{name}", **arguments}


def found_for(annotation: Any, value: Any, default: Any = ...) -> list[Diagnostic]:
    globals()["Taker"] = taking(annotation, default)
    return list(check(node("Taker", value=value)))


SQUARE = node("Square")
MODULE = {"_target_": "torch.nn.Identity"}
PARTIAL = {"_target_": "torch.optim.SGD", "_partial_": True, "lr": 0.1}
FITS: list[tuple[Any, Any]] = [
    (int, 3), (int, True), (int, 2.0), (float, 1), (float, 1.5), (bool, 0), (str, "a"), (Any, [1]), (object, None),
    (Optional[int], None), (Union[int, str], "a"), (int | None, None), ("Optional[int]", None), ("Unknown", "a"),
    (Literal["a", 1], 1), (Colour, "RED"), (Colour, "b"), (Path, "."), (list[int], [1, 2]), (Sequence[float], [1, 2]),
    (Sequence[str], "abc"), (dict[str, int], {"a": 1}), (DictConfig, {"a": 1}), (Rates, {"low": 1}),
    (torch.device, "cuda"), (Shape, SQUARE), (Square, SQUARE), (torch.nn.Module, MODULE), (Callable[..., Any], MODULE),
    (Callable[..., Any], PARTIAL), (torch.optim.Optimizer, PARTIAL), (Callable[[int], float], "${sum:1}"),
    (type[torch.nn.Module], {"_target_": "hydra.utils.get_class", "path": "torch.nn.ReLU"}),
    (fractions.Fraction, 0.5), (complex, 1), (Sized, [1]), (Sized, {"a": 1}), (Hashable, "a"), (Collection[int], [1]),
    (UserId, 3), (Annotated[int, "positive"], 3), (Final[int], 3), (Count, {"a": 1}), (Pair, [1, 2]), (str, "a"),
    (Level, 2), (Flags, "ON"), (Callable[P, int], PARTIAL), (Callable[Concatenate[int, P], int], PARTIAL),
    (tuple[Unpack[Ts]], [1, 2]), (Box[int], node("IntBox", value=1)), (list[Optional[float]], [1, None]),
    (Optional[ForwardRef("Ghost")], 3), (type[ForwardRef("Ghost")], PARTIAL), ("Union[Ghost, int]", "a"), (AnyStr, "a"),
    ("dict[str, Sequence[float]]", {"a": [1]}), (int | tuple[int, int], 1), (Literal["a"] | None, None), ("a b", 3),
    (torch.Size, [1, 2]), (torch.dtype, "bfloat16"), (Outer, {"rates": {"low": 1}, "names": ["a"]}), (Any1, 3),
    (Bound, 3), (T, 3), (torch.optim, "anything"), (list["Square"], [SQUARE]), ("list[Nowhere]", [1]),
]  # fmt: skip
MISFITS: list[tuple[Any, Any, str, str]] = [
    (int, "3", "argument-type", "Taker takes int for value, and gets a str"),
    (int, 2.5, "argument-type", "Taker takes int for value, and gets a float"),
    (float, [1], "argument-type", "Taker takes float for value, and gets a list of 1"),
    (bool, "yes", "argument-type", "Taker takes bool for value, and gets a str"),
    (str, 3, "argument-type", "Taker takes str for value, and gets an int"),
    (list[int], [1, "2"], "argument-type", "Taker takes int for value[1], and gets a str"),
    (dict[str, float], {"a": [1]}, "argument-type", "Taker takes float for value['a'], and gets a list of 1"),
    (dict, SQUARE, "argument-type", "Taker takes dict for value, and gets a Square object"),
    (torch.nn.Module, {"a": 1}, "argument-type", "Taker takes Module for value, and gets a mapping"),
    (torch.nn.Module, SQUARE, "argument-type", "Taker takes Module for value, and gets a Square object"),
    (Union[int, list[int]], "a", "argument-type", "Taker takes Union[int, list[int]] for value, and gets a str"),
    (tuple[int, int], [1, 2, 3], "argument-type", "Taker takes tuple[int, int] for value, and gets a list of 3"),
    (tuple[int, int], [1, 2], "list-for-tuple", "Taker takes tuple[int, int] for value, and gets a list of 2"),
    (int, None, "none-argument", "Taker takes int for value, and gets null"),
    (Literal["train", "test"], "trian", "argument-choice",
     "Taker takes Literal['train', 'test'] for value, and gets a str"),
    (Colour, "GREEN", "argument-choice", "Taker takes Colour for value, and gets a str"),
    (Rates, {"hihg": 1}, "dataclass-fields",
     "Taker takes Rates for value, and gets a mapping with a field it hasn't, 'hihg' and none for 'low'"),
    (Outer, {"rates": {"hihg": 1}}, "dataclass-fields",
     "Taker takes Rates for value['rates'], and gets a mapping with a field it hasn't, 'hihg' and none for 'low'"),
    (Outer, {"names": "a", "rates": {"low": "1"}}, "argument-type",
     "Taker takes float for value['rates']['low'], and gets a str"),
    (torch.nn.Module, MODULE | {"_partial_": True}, "partial-for-instance",
     "Taker takes Module for value, and gets a functools.partial of Identity"),
    (Callable[..., float], SQUARE, "instance-for-callable",
     "Taker takes Callable[..., float] for value, and gets a Square object"),
    (type[torch.nn.Module], MODULE, "instance-for-callable",
     "Taker takes type[torch.nn.modules.module.Module] for value, and gets an Identity object"),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "value"), FITS, ids=str)
def test_what_fits_is_let_pass(annotation: Any, value: Any) -> None:
    if value == "${sum:1}":
        OmegaConf.register_new_resolver("sum", lambda _: takes, replace=True)
    assert [str(each) for each in found_for(annotation, value)] == []


@pytest.mark.parametrize(("annotation", "value", "code", "message"), MISFITS, ids=lambda value: str(value)[:30])
def test_what_does_not_fit_is_found(annotation: Any, value: Any, code: str, message: str) -> None:
    found = [each for each in found_for(annotation, value) if each.full_key.startswith("value")]
    assert [(each.code, each.message) for each in found] == [(code, message)]


@pytest.mark.parametrize(
    ("annotation", "value", "severity"),
    [(str, 3, "warning"), (bool, 2, "warning"), (int, "3", "error"), (int, 2.5, "error"), (Sized, 3, "error")],
)
def test_what_code_may_well_make_sense_of_is_a_warning(annotation: Any, value: Any, severity: str) -> None:
    assert [(each.code, each.severity) for each in found_for(annotation, value)] == [("argument-type", severity)]


def test_a_null_is_let_pass_where_the_default_is_none() -> None:
    assert found_for(int, None, default=None) == []


def test_a_number_in_quotes_is_told_to_lose_them() -> None:
    (found,) = found_for(float, "1e-3")
    assert found.hint == "Write the number without quotes."


def test_the_message_never_shows_the_value() -> None:
    for annotation in (int, Literal["a"], Colour, dict[str, int], tuple[int]):
        assert "hunter2" not in "".join(map(str, found_for(annotation, "hunter2")))


def test_an_argument_that_belongs_into_a_group_is_told_so() -> None:
    (found,) = check(node("Trainer", lr_warmup_epochs=3, training_params={"lr_mode": "cosine", "max_epochs": 2}))
    assert found.code == "unknown-argument"
    assert found.hint.startswith("did you mean 'training_params.lr_warmup_epochs'? ")


def test_an_argument_that_belongs_to_a_nested_target_or_to_the_one_around_is_told_so() -> None:
    (inner,) = check(node("Trainer", training_params={}, width=3, model=node("Model")))
    assert inner.hint.startswith("did you mean 'model.width'? ")
    (outer,) = check({"trainer": node("Trainer", model=node("Model", training_params={}), training_params={})})
    assert outer.code == "unknown-argument" and "did you mean" not in outer.hint
    (outer,) = check({"keeps": node("Keeps", config={}, part=node("Model", part=1))})
    assert "did you mean" not in outer.hint  # the one around has it already


def test_an_argument_that_one_other_target_of_the_config_takes_is_told_so() -> None:
    optimizer = {"_target_": "torch.optim.SGD", "_partial_": True, "lr": 0.1}
    trainer = node("Trainer", training_params={}, weight_decay=0.1)
    (found,) = check({"optimizer": optimizer, "trainer": trainer})
    assert found.hint.startswith("did you mean 'optimizer.weight_decay'? ")
    for others in ({"second": optimizer}, {"optimizer": {**optimizer, "weight_decay": 0}}):
        (found,) = check({"optimizer": optimizer, "trainer": trainer, **others})
        assert "did you mean" not in found.hint  # two places are none, and so is one that is taken


def test_an_optimizer_that_is_built_without_parameters() -> None:
    (found,) = check(node("Trainer", training_params={}, model={"_target_": "torch.optim.SGD", "lr": 0.1}))
    assert (found.code, found.severity, found.full_key) == ("optimizer-without-params", "error", "model")
    assert "_partial_: true" in found.hint


def test_what_the_program_completes_is_no_error() -> None:
    config = {"optimizer": {"_target_": "torch.optim.SGD", "lr": 0.1}, "trainer": node("Trainer")}
    found = {each.full_key: each.severity for each in check(config)}
    assert found == {"optimizer": "info", "trainer": "warning"}
    assert {each.severity for each in plan(config).check()} == {"error"}


def test_a_config_that_nobody_builds() -> None:
    raw = {"_recursive_": False, "part": node("Square")}
    (found,) = check(node("Keeps", config={}, **raw))
    assert (found.code, found.full_key) == ("unbuilt-config", "part")
    assert check(node("Keeps", _recursive_=False, config=node("Square"))).ok


def test_a_node_that_two_references_build_twice() -> None:
    config = OmegaConf.create({"part": node("Square"), "all": node("Keeps", config={}, part=["${part}", "${part}"])})
    (found,) = check(config)
    assert (found.code, found.severity, found.full_key) == ("built-twice", "info", "all.part[1]")
    assert list(Instantiator(share=True).check(config)) == []


def test_a_sampler_that_will_wait() -> None:
    sampler = {"_target_": "torch.utils.data.DistributedSampler", "dataset": [1, 2]}
    (found,) = check({"sampler": sampler})
    assert (found.code, found.severity) == ("deferred-sampler", "info")
    assert check({"sampler": {**sampler, "rank": 0, "num_replicas": 1}}).diagnostics == ()


class Wrapper:
    def __init__(self, dataset: Any, distributed: bool = True) -> None:
        self.sampler = DistributedSampler(dataset, shuffle=True) if distributed else None


class DerivedWrapper(Wrapper):
    def __init__(self, dataset: Any) -> None:
        super().__init__(dataset)


class LateWrapper:
    def __init__(self, dataset: Any) -> None:
        from torch.utils import data

        self.sampler = data.distributed.DistributedSampler(dataset=dataset)


class WrapperOfItsOwn(Wrapper):
    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset


class KnowingWrapper:
    def __init__(self, dataset: Any, rank: int = 0) -> None:
        self.sampler = DistributedSampler(dataset, num_replicas=2, rank=rank)


class AskingWrapper:
    def __init__(self, sampler: Any) -> None:
        self.is_distributed = isinstance(sampler, DistributedSampler)


@pytest.mark.parametrize(
    ("name", "is_told"),
    [
        ("Wrapper", True), ("DerivedWrapper", True), ("LateWrapper", True),
        ("WrapperOfItsOwn", False), ("KnowingWrapper", False), ("AskingWrapper", False),
    ],
)  # fmt: skip
def test_a_sampler_that_a_constructor_makes_will_wait_too(name: str, is_told: bool) -> None:
    argument = "sampler" if name == "AskingWrapper" else "dataset"
    found = [(each.code, each.severity, each.message) for each in check({"data": node(name, **{argument: [1, 2]})})]
    message = "its constructor makes a DistributedSampler, which waits for the process group"
    assert found == ([("deferred-sampler", "info", message)] if is_told else [])


def test_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "instances_train2017.json").touch()

    def of(**arguments: Any) -> list[tuple[str, str]]:
        return [(each.severity, each.hint) for each in check({"_target_": "builtins.dict", **arguments})]

    twice = of(ann_file="instances_train20172017.json")
    assert twice == [("warning", "did you mean 'instances_train2017.json'?")]
    assert of(data_dir="/nowhere/at/all") == [("info", "The last part of it that is there is '/'.")]
    for harmless in (
        {"ann_file": "instances_train2017.json"},
        {"output_dir": "runs/here"},
        {"data_dir": "/nowhere/at/all", "download": True},
        {"file": "https://example.org/a.json"},
        {"path": "torch.nn.ReLU"},
        {"pattern_path": "data/*.json"},
        {"name": "a/b"},
        {"method": {"_target_": "hydra.utils.get_method", "path": "torch.relu"}},
    ):
        assert of(**harmless) == []


@pytest.mark.parametrize(
    ("key", "value", "is_secret"),
    [
        ("api_key", "x", True), ("password", "x", True), ("hf_token", "abcdefgh12345678", True),
        ("name", "ghp_abcdefghijklmnop", True), ("pad_token", "<pad>", False), ("token", "x", False),
        ("uri", "postgresql://me:hunter2@host/runs", True), ("uri", "https://host:8080/a@b", False),
        ("uri", "s3://bucket/a:b@c", False), ("uri", "postgresql://me:${oc.env:PW,null}@host/runs", False),
        ("api_key", "${oc.env:KEY,null}", False), ("password", None, False), ("tokenizer", "abcdefgh12345678", False),
    ],
)  # fmt: skip
def test_secrets(key: str, value: Any, is_secret: bool) -> None:
    found = list(check({"login": {key: value}}))
    assert [each.code for each in found] == (["plain-secret"] if is_secret else [])
    assert value is None or value not in "".join(map(str, found)) or len(value) == 1
