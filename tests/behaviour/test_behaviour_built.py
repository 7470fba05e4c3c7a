"""What is a config, and what is built and passes."""

from __future__ import annotations

import enum
import functools
import logging
import types
import weakref
from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, defaultdict, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import attr
import pytest
import torch
from behaviour_app import objects
from behaviour_app.objects import Box
from hydra.errors import InstantiationException
from omegaconf import DictConfig, ListConfig, OmegaConf
from torch.utils.data import DataLoader, DistributedSampler, RandomSampler, SequentialSampler, TensorDataset

from safe_instantiate import Instantiator, instantiate, is_built, is_deferred, plan
from safe_instantiate.hydra_compat import READS_LAZILY

BOX = "behaviour_app.objects.Box"


@attr.s
class AttrTransform:
    scale: int = attr.ib(default=1)

    def __call__(self) -> None: ...


class Colour(enum.Enum):
    RED = 1


def optimizer() -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)


BUILT: dict[str, Callable[[], Any]] = {
    "module": lambda: torch.nn.Linear(1, 1),
    "module list": lambda: torch.nn.ModuleList([torch.nn.ReLU()]),
    "module dict": lambda: torch.nn.ModuleDict({"a": torch.nn.ReLU()}),
    "scripted module": lambda: torch.nn.Sequential(torch.nn.ReLU()),
    "dataset": lambda: TensorDataset(torch.zeros(2)),
    "loader": lambda: DataLoader(TensorDataset(torch.zeros(2))),
    "optimizer": optimizer,
    "scheduler": lambda: torch.optim.lr_scheduler.StepLR(optimizer(), 1),
    "partial": lambda: functools.partial(int, base=2),
    "logger": lambda: logging.getLogger("behaviour"),
    "logger adapter": lambda: logging.LoggerAdapter(logging.getLogger("behaviour"), {}),
    "sampler": lambda: SequentialSampler(range(3)),
    "random sampler": lambda: RandomSampler(range(3)),
    "tensor": lambda: torch.arange(3),
    "empty tensor": lambda: torch.empty(0),
    "parameter": lambda: torch.nn.Parameter(torch.zeros(1)),
    "device": lambda: torch.device("cpu"),
    "dtype": lambda: torch.float32,
    "random generator": torch.Generator,
    "generator": lambda: (i for i in range(3)),
    "iterator": lambda: iter([1]),
    "lambda": lambda: lambda: None,
    "function": lambda: objects.pair,
    "bound method": lambda: Box().__init__,  # type: ignore[misc]
    "builtin": lambda: print,
    "class": lambda: Box,
    "module class": lambda: torch.nn.Linear,
    "dataclass that is a module": objects.DataModule,
    "dataclass that is a dataset": objects.DataSet,
    "dataclass that is callable": objects.Transform,
    "dataclass that logs": objects.ScalarLogger,
    "attrs instance that is callable": AttrTransform,
    "class of dataclass modules": lambda: objects.DataModule,
    "plain object": Box,
    "unhashable object": objects.Unhashable,
    "object without weak references": objects.Slotted,
    "mock of a module": lambda: mock.Mock(spec=torch.nn.Module),
    "mock": mock.MagicMock,
    "set": lambda: {1, 2},
    "frozenset": lambda: frozenset({1}),
    "enum member": lambda: Colour.RED,
    "path": lambda: Path("data"),
    "python module": lambda: types,
    "namespace": types.SimpleNamespace,
    "exception": lambda: ValueError("no"),
}
MEANINGFUL: dict[str, Callable[[], Any]] = {
    "OrderedDict": lambda: OrderedDict(b=1, a=2),
    "defaultdict": lambda: defaultdict(list, a=[1]),
    "Counter": lambda: Counter("aab"),
    "torch.Size": lambda: torch.Size([2, 3]),
    "namedtuple": lambda: objects.Point(1, 2),
    "UserDict": lambda: UserDict(a=1),
    "UserList": lambda: UserList([1]),
    "deque": lambda: deque([1], maxlen=3),
    "ChainMap": lambda: ChainMap({"a": 1}),
    "mapping proxy": lambda: types.MappingProxyType({"a": 1}),
    "dataset that is a dict": lambda: objects.TaggedDataset(a=1),
    "dataclass without target": objects.LoggingConf,
}
#: OmegaConf makes configs of these itself when they are put into one.
STRUCTURED = [kind for kind in BUILT if "dataclass" in kind or "attrs" in kind]
modes = pytest.mark.parametrize("convert", ["none", "partial", "object", "all"])
built = pytest.mark.parametrize("kind", BUILT)
meaningful = pytest.mark.parametrize("kind", MEANINGFUL)


@built
def test_what_is_built_is_returned_itself(kind: str) -> None:
    value = BUILT[kind]()
    assert is_built(value)
    assert instantiate(value) is value
    assert plan(value).build() is value


@built
@modes
def test_what_is_built_reaches_its_target_wherever_it_stands(kind: str, convert: str) -> None:
    value = BUILT[kind]()
    config = {"_target_": BOX, "_convert_": convert, "inside": value, "items": [value], "group": {"deep": [value]}}
    found = instantiate(config, value, call=value, calls=[value], named={"deep": value})
    kwargs = found.kwargs
    assert found.args[0] is value
    assert kwargs["inside"] is value
    assert kwargs["items"][0] is value
    assert kwargs["group"]["deep"][0] is value
    assert kwargs["call"] is value
    assert kwargs["calls"][0] is value
    assert kwargs["named"]["deep"] is value


@pytest.mark.parametrize("kind", [kind for kind in BUILT if kind not in STRUCTURED])
@pytest.mark.parametrize("recursive", [True, False])
def test_what_is_built_passes_through_a_config_that_allows_objects(kind: str, recursive: bool) -> None:
    value = BUILT[kind]()
    node = {"_target_": BOX, "_recursive_": recursive, "value": None, "group": {"deep": [None]}}
    config = OmegaConf.create({"node": node}, flags={"allow_objects": True})
    config.node.value = value
    config.node.group.deep[0] = value
    found = instantiate(config.node)
    assert found.kwargs["value"] is value
    assert found.kwargs["group"].deep[0] is value


@built
def test_a_reference_to_what_is_built_gives_it(kind: str) -> None:
    value = BUILT[kind]()
    found = instantiate({"live": value, "node": {"_target_": BOX, "of": "${live}"}})
    assert found.node.kwargs["of"] is value


@built
def test_arguments_for_what_is_built_are_refused_by_its_type(kind: str) -> None:
    value = BUILT[kind]()
    if isinstance(value, functools.partial):
        assert instantiate(value, "11") == 3
        return
    with pytest.raises(InstantiationException) as refusal:
        instantiate(value, 1, lr=2)
    assert f"{type(value).__module__}.{type(value).__qualname__}" in str(refusal.value)
    assert "(int, lr: int)" in str(refusal.value)


def test_a_plan_refuses_arguments_for_what_is_built() -> None:
    planned = plan(torch.nn.ReLU(), 1, lr=2)
    assert len(planned.problems) == 1
    with pytest.raises(InstantiationException, match=r"\(int, lr: int\).*ReLU"):
        planned.build()


@built
def test_control_keys_beside_what_is_built_are_ignored(kind: str) -> None:
    value = BUILT[kind]()
    assert instantiate(value, _convert_="all", _partial_=False, _recursive_=False) is value


@pytest.mark.parametrize("control", [{"_target_": BOX}, {"_args_": [1]}])
def test_no_control_key_counts_as_an_argument_for_what_is_built(control: dict[str, Any]) -> None:
    value = torch.nn.ReLU()
    assert instantiate(value, **control) is value


@pytest.mark.parametrize("value", [{}, [], DictConfig({}), ListConfig([]), objects.LoggingConf, objects.BoxConf()])
def test_a_config_is_not_built(value: Any) -> None:
    assert not is_built(value)


@pytest.mark.parametrize("value", [None, 1, 1.5, "text", b"bytes", True, False])
def test_none_and_scalars_are_neither_config_nor_built(value: Any) -> None:
    assert not is_built(value)


@pytest.mark.parametrize("value", [1, 1.5, "text", b"bytes", True, False, 0, ""])
def test_a_bare_scalar_is_a_mistake(value: Any) -> None:
    with pytest.raises(InstantiationException):
        instantiate(value)


def test_a_tuple_is_a_config_only_where_hydra_knows_tuples() -> None:
    value = ({"_target_": "builtins.int"}, 1)
    if READS_LAZILY:
        assert tuple(instantiate(value)) == (0, 1)
    else:
        assert instantiate(value) is value


def test_a_dict_or_list_of_another_class_is_a_config_within_a_config() -> None:
    class Items(list):  # type: ignore[type-arg]
        pass

    node = OrderedDict(_target_="builtins.int")
    assert instantiate({"one": node, "several": Items([node, node])}) == {"one": 0, "several": [0, 0]}


@meaningful
@modes
@pytest.mark.parametrize("recursive", [True, False])
def test_a_container_with_a_meaning_of_its_own_keeps_it_as_an_argument(
    kind: str, convert: str, recursive: bool
) -> None:
    value = MEANINGFUL[kind]()
    config = {"_target_": BOX, "_convert_": convert, "_recursive_": recursive}
    found = instantiate(config, value, named=value, listed=[value], deep={"er": value})
    kwargs = found.kwargs
    assert found.args[0] is value
    assert kwargs["named"] is value
    assert kwargs["listed"][0] is value
    assert kwargs["deep"]["er"] is value


def test_a_container_with_a_meaning_takes_the_place_of_a_mapping_in_the_config() -> None:
    value = OrderedDict(b=1)
    assert instantiate({"_target_": BOX, "options": {"a": 1}}, options=value).kwargs["options"] is value


def test_a_container_that_a_target_returns_keeps_its_type() -> None:
    config = {"_target_": BOX, "value": {"_target_": "behaviour_app.objects.ordered"}}
    assert type(instantiate(config).kwargs["value"]) is OrderedDict


@modes
def test_a_dataset_that_is_a_dict_is_a_dataset_inside_a_plain_dict_too(convert: str) -> None:
    value = objects.TaggedDataset(a=1)
    assert instantiate(value) is value
    assert instantiate({"_target_": BOX, "_convert_": convert, "dataset": value}).kwargs["dataset"] is value
    assert instantiate({"_target_": BOX, "_convert_": convert, "datasets": [value]}).kwargs["datasets"][0] is value


def test_a_weak_proxy_of_a_module_passes() -> None:
    module = torch.nn.ReLU()
    proxy = weakref.proxy(module)
    assert instantiate(proxy) is proxy
    assert instantiate({"_target_": BOX, "of": proxy}).kwargs["of"] is proxy


def test_a_generator_is_not_consumed() -> None:
    numbers = (i for i in range(3))
    assert list(instantiate({"_target_": BOX, "given": numbers}).kwargs["given"]) == [0, 1, 2]


@modes
def test_a_deferred_sampler_passes_and_keeps_waiting(convert: str) -> None:
    sampler = instantiate({"_target_": "torch.utils.data.DistributedSampler", "dataset": [1, 2]})
    assert instantiate(sampler) is sampler
    config = {"_target_": BOX, "_convert_": convert, "sampler": sampler, "several": [sampler]}
    found = instantiate(config, sampler, again=sampler)
    assert found.args[0] is found.kwargs["sampler"] is found.kwargs["several"][0] is found.kwargs["again"] is sampler
    assert is_deferred(sampler)


def test_an_instance_that_names_its_target_is_a_config_and_another_is_a_value() -> None:
    value = objects.LoggingConf()
    found = instantiate({"_target_": BOX, "value": value, "node": objects.BoxConf(lr=2.0)})
    assert found.kwargs["value"] is value
    assert found.kwargs["node"].kwargs == {"lr": 2.0}


def test_an_instance_that_names_its_target_is_a_config_in_a_call_too_but_with_hydra_1_4() -> None:
    given = objects.BoxConf()
    found = instantiate({"_target_": BOX}, given=given).kwargs["given"]
    assert found is given if READS_LAZILY else found.kwargs == {"lr": 0.1}


def test_an_instance_passes_within_a_positional_argument_whatever_that_converts_to() -> None:
    scale = objects.Transform()
    config = {"_target_": BOX, "_args_": [{"scale": scale, "_convert_": "object"}]}
    assert instantiate(config).args[0].scale is scale


def test_an_instance_that_mode_object_makes_reaches_its_target_in_a_mapping_of_args_too() -> None:
    inner = {"value": OmegaConf.structured(objects.LoggingConf()), "_convert_": "object"}
    found = instantiate({"_target_": BOX, "_args_": [inner], "again": inner})
    assert type(found.args[0].value) is type(found.kwargs["again"]["value"]) is objects.LoggingConf


def test_a_dataclass_instance_at_top_level_is_a_config() -> None:
    assert instantiate(objects.BoxConf()).kwargs == {"lr": 0.1}
    assert instantiate(objects.LoggingConf()) == {"log_dir": "logs", "every": 1}


def test_an_object_in_a_structured_config_at_top_level_passes() -> None:
    value = objects.Box()
    assert instantiate(objects.AnyConf(value=value)).kwargs["value"] is value


def test_a_callable_object_is_a_target_whether_it_can_be_hashed_or_not() -> None:
    class Doubling:
        __hash__ = None  # type: ignore[assignment]

        def __call__(self, number: int) -> int:
            return 2 * number

    assert instantiate({"_target_": Doubling(), "number": 2}) == 4
    assert instantiate([{"_target_": functools.partial(Doubling(), 3)}]) == [6]


# completing partials


def test_a_partial_is_completed_with_the_arguments() -> None:
    made = instantiate({"_target_": BOX, "_partial_": True, "_args_": [1], "lr": 0.1})
    found = instantiate(made, 2, momentum=0.9)
    assert found.args == (1, 2) and found.kwargs == {"lr": 0.1, "momentum": 0.9}


def test_the_plan_of_a_partial_with_arguments_completes_it() -> None:
    made = functools.partial(Box, lr=0.1)
    planned = plan(made, 2, momentum=0.9)
    found, another = planned.build(), planned.build()
    assert found.args == (2,) and found.kwargs == {"lr": 0.1, "momentum": 0.9}
    assert found is not another


@pytest.mark.parametrize("key", ["_target_", "_convert_", "_partial_", "_recursive_"])
def test_control_keys_do_not_reach_a_partial_that_is_completed(key: str) -> None:
    assert instantiate(functools.partial(Box), 1, **{key: False}).kwargs == {}


def test_positional_arguments_of_a_partial_may_be_given_as_args() -> None:
    found = instantiate(functools.partial(Box), _args_=[1, 2])
    assert found.args == (1, 2) and found.kwargs == {}


def test_objects_reach_a_partial_that_is_completed_as_they_are() -> None:
    values = [torch.nn.ReLU(), {"lr": [1]}, OmegaConf.create({"a": 1}), objects.BoxConf()]
    found = instantiate(functools.partial(Box), *values)
    assert all(given is value for given, value in zip(found.args, values, strict=True))


def test_a_partial_without_arguments_is_not_called() -> None:
    made = functools.partial(objects.fails)
    assert instantiate(made) is made
    assert instantiate(made, _partial_=False) is made


def test_a_partial_of_none_is_completed_with_none() -> None:
    assert instantiate(functools.partial(objects.returns), None) is None


def test_what_a_completed_partial_raises_names_it_and_the_types_it_was_given() -> None:
    with pytest.raises((InstantiationException, LookupError)) as failure:
        instantiate(functools.partial(objects.fails), "hunter2", key="hunter2")
    error = failure.value
    told = "\n".join([str(error), *getattr(error, "__notes__", ())])
    assert "behaviour_app.objects.fails" in told
    assert "(str, key: str)" in told
    assert "hunter2" not in told
    assert isinstance(error if isinstance(error, LookupError) else error.__cause__, LookupError)


def test_what_ends_the_program_passes_through_a_completed_partial() -> None:
    with pytest.raises(SystemExit):
        instantiate(functools.partial(objects.leaves), 1)


def test_a_sampler_made_by_a_completed_partial_is_deferred() -> None:
    made = instantiate({"_target_": "torch.utils.data.DistributedSampler", "_partial_": True, "shuffle": False})
    sampler = instantiate(made, [1, 2, 3])
    assert isinstance(sampler, DistributedSampler) and is_deferred(sampler)
    with pytest.raises(Exception, match="process group"):
        Instantiator(defer_samplers=False).instantiate(made, [1, 2, 3])


@attr.s(auto_attribs=True)
class AttrsConfig:
    _target_: str = BOX
    size: int = 3


@attr.s(auto_attribs=True)
class AttrsValue:
    size: int = 3


def test_an_attrs_instance_is_a_config_where_it_names_its_target() -> None:
    for config in (AttrsConfig(), AttrsConfig):
        found = instantiate({"_target_": BOX, "inner": config, "listed": [config]}).kwargs
        assert found["inner"].kwargs == {"size": 3} and found["listed"][0].kwargs == {"size": 3}
    value = AttrsValue()
    assert instantiate({"_target_": BOX, "inner": value}).kwargs["inner"] is value
