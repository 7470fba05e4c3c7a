from __future__ import annotations

import asyncio
import functools
import inspect
import pickle
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from adoption_probes import CONVERTS, DEFAULT, KEEPS_NESTED, who_answers
from hydra.utils import instantiate as build
from torch import nn

from safe_instantiate import Instantiator, instantiate
from safe_instantiate.adoption import patch_hydra, safe_setup

Answer = Instantiator | None


def helper_of_this_package() -> Answer:
    return who_answers(build)


def make_base() -> Any:
    class Base:
        def inherited(self) -> Answer:
            return who_answers(build)

        def overridden(self) -> Answer:
            raise NotImplementedError  # the subclass under test has its own

    return Base


def make_trainer() -> Any:
    """A class that nobody may edit, made anew for each test."""

    class Trainer(make_base()):  # type: ignore[misc]
        batch_size = 8
        completed = functools.partialmethod(print)

        def __init__(self, config: Any = None, *, epochs: int = 1) -> None:
            self.answer_in_init = who_answers(build)

        def _setup_components(self, first: int = 1, *rest: int, **more: Any) -> Answer:
            """Sets up."""
            return who_answers(build)

        def overridden(self) -> Answer:
            return who_answers(build)

        def through_a_helper(self) -> Answer:
            return helper_of_this_package()

        def forward(self) -> Answer:
            return who_answers()

        @classmethod
        def class_method(cls) -> Answer:
            return who_answers(build)

        @staticmethod
        def static_method() -> Answer:
            return who_answers(build)

        @property
        def model(self) -> Answer:
            return who_answers(build)

        @model.setter
        def model(self, answers: list[Answer]) -> None:
            answers.append(who_answers(build))

        @functools.cached_property
        def optimizer(self) -> Answer:
            return who_answers(build)

        async def coroutine(self) -> list[Answer]:
            first = who_answers(build)
            await asyncio.sleep(0)
            return [first, who_answers(build)]

        def generator(self) -> Iterator[Answer]:
            yield who_answers(build)

        async def async_generator(self) -> AsyncIterator[Answer]:
            yield who_answers(build)

    return Trainer


async def first_of(generator: Any) -> Answer:
    return await anext(generator)


#: Every kind of method, and how to hear its answer.
KINDS: dict[str, Callable[[Any], Answer]] = {
    "__init__": lambda cls: cls().answer_in_init,
    "_setup_components": lambda cls: cls()._setup_components(),
    "inherited": lambda cls: cls().inherited(),
    "through_a_helper": lambda cls: cls().through_a_helper(),
    "class_method": lambda cls: cls.class_method(),
    "static_method": lambda cls: cls.static_method(),
    "model": lambda cls: cls().model,
    "optimizer": lambda cls: cls().optimizer,
    "coroutine": lambda cls: asyncio.run(cls().coroutine())[1],
    "generator": lambda cls: next(cls().generator()),
    "async_generator": lambda cls: asyncio.run(first_of(cls().async_generator())),
}


@pytest.mark.parametrize("name", list(KINDS))
def test_inside_a_method_that_is_named_ours_answers_and_inside_the_others_hydras(name: str) -> None:
    trainer = make_trainer()
    assert safe_setup(trainer, methods=[name], instantiator=CONVERTS) is trainer
    assert {kind: ask(trainer) for kind, ask in KINDS.items()} == {**dict.fromkeys(KINDS), name: CONVERTS}


@pytest.mark.parametrize("name", list(KINDS))
def test_without_names_every_method_that_leads_to_instantiate_is_ours(name: str) -> None:
    assert KINDS[name](safe_setup(make_trainer())) == DEFAULT


def test_without_names_the_other_methods_are_left_as_they_are() -> None:
    trainer = make_trainer()
    forward, completed = vars(trainer)["forward"], vars(trainer)["completed"]
    safe_setup(trainer)
    assert vars(trainer)["forward"] is forward and vars(trainer)["completed"] is completed


def test_one_method_is_wrapped_by_one_assignment() -> None:
    trainer = make_trainer()
    trainer._setup_components = safe_setup(trainer._setup_components)
    assert trainer()._setup_components() == DEFAULT
    assert trainer().overridden() is None


def test_a_method_is_decorated_with_and_without_settings() -> None:
    class Trainer:
        @safe_setup
        def plain(self) -> Answer:
            return who_answers()

        @safe_setup(instantiator=CONVERTS)
        def converts(self) -> Answer:
            return who_answers()

        @safe_setup
        @classmethod
        def of_the_class(cls) -> Answer:
            return who_answers()

        @classmethod
        @safe_setup
        def of_the_class_too(cls) -> Answer:
            return who_answers()

        @safe_setup
        @staticmethod
        def static() -> Answer:
            return who_answers()

    trainer = Trainer()
    assert (trainer.plain(), trainer.converts()) == (DEFAULT, CONVERTS)
    assert (Trainer.of_the_class(), Trainer.of_the_class_too(), Trainer.static()) == (DEFAULT,) * 3


def test_a_method_of_one_object_is_wrapped() -> None:
    trainer = make_trainer()()
    trainer._setup_components = safe_setup(trainer._setup_components)
    assert trainer._setup_components() == DEFAULT


def test_a_function_is_wrapped() -> None:
    assert safe_setup(helper_of_this_package)() == DEFAULT
    assert helper_of_this_package() is None


def test_an_empty_subclass_is_decorated_and_its_base_stays_hydras() -> None:
    base = make_trainer()

    @safe_setup
    class Mine(base):  # type: ignore[misc]
        pass

    assert {KINDS[kind](Mine) for kind in KINDS} == {DEFAULT}
    assert {KINDS[kind](base) for kind in KINDS} == {None}


def test_what_init_runs_is_ours_whoever_instantiates() -> None:
    class Trainer:
        def __init__(self, build: Callable[[], Answer]) -> None:
            self.answer = build()

    assert safe_setup(Trainer)(helper_of_this_package).answer == DEFAULT


def test_a_property_can_be_set_inside() -> None:
    trainer, answers = safe_setup(make_trainer())(), []
    trainer.model = answers
    assert answers == [DEFAULT]


def test_a_cached_property_is_computed_once() -> None:
    class Trainer:
        @functools.cached_property
        def optimizer(self) -> object:
            return build(object())

    trainer = safe_setup(Trainer, methods=["optimizer"])()
    assert trainer.optimizer is trainer.optimizer


def test_an_async_method_is_inside_from_first_to_last_step() -> None:
    assert asyncio.run(safe_setup(make_trainer())().coroutine()) == [DEFAULT, DEFAULT]


def test_a_wrapped_method_has_the_name_documentation_and_signature_of_its_own() -> None:
    method = make_trainer()._setup_components
    wrapped = safe_setup(method)
    assert (wrapped.__name__, wrapped.__qualname__, wrapped.__doc__) == (
        method.__name__, method.__qualname__, "Sets up.",
    )  # fmt: skip
    assert inspect.signature(wrapped) == inspect.signature(method)


def test_setting_up_twice_is_setting_up_once() -> None:
    method = make_trainer()._setup_components
    once = safe_setup(method)
    twice = safe_setup(once)
    assert once.__wrapped__ is method and twice.__wrapped__ is method


def test_setting_up_again_changes_the_settings() -> None:
    trainer = safe_setup(make_trainer(), instantiator=CONVERTS)
    safe_setup(trainer, methods=["_setup_components"], instantiator=KEEPS_NESTED)
    assert trainer()._setup_components() == KEEPS_NESTED
    assert trainer().overridden() == CONVERTS


def test_a_decorator_around_a_wrapped_method_stays_when_it_is_set_up_again() -> None:
    def twice(method: Any) -> Any:
        @functools.wraps(method)
        def wrapper(*args: Any) -> Any:
            return [method(*args), method(*args)]

        return wrapper

    trainer = make_trainer()
    trainer._setup_components = safe_setup(twice(safe_setup(trainer._setup_components)))
    assert trainer()._setup_components() == [DEFAULT, DEFAULT]


def test_the_method_inside_goes_before_a_patch_around_it() -> None:
    trainer = safe_setup(make_trainer(), instantiator=CONVERTS)
    with patch_hydra(KEEPS_NESTED):
        assert trainer()._setup_components() == CONVERTS
        assert who_answers() == KEEPS_NESTED


def test_a_class_that_instantiates_nothing_keeps_its_methods() -> None:
    class Quiet:
        def work(self) -> None: ...

    before = dict(vars(Quiet))
    assert safe_setup(Quiet) is Quiet
    assert {name: value for name, value in vars(Quiet).items() if callable(value)} == {
        name: value for name, value in before.items() if callable(value)
    }


class Module(nn.Module):
    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.layer = build(layer)


@pytest.fixture
def module_set_up() -> Iterator[None]:
    init = Module.__init__
    safe_setup(Module)
    yield
    Module.__init__ = init  # type: ignore[method-assign]


@pytest.mark.usefixtures("module_set_up")
def test_the_objects_of_a_module_are_pickled_and_its_other_methods_are_torchs() -> None:
    module = Module(nn.Linear(2, 1))
    assert pickle.loads(pickle.dumps(module)).layer.in_features == 2
    assert vars(Module).keys() & {"forward", "__call__", "to", "state_dict"} == set()


@pytest.mark.usefixtures("module_set_up")
def test_a_class_is_still_a_target_and_takes_its_config_raw_under_auto() -> None:
    config = {"_target_": "test_safe_setup.Module", "layer": {"_target_": "torch.nn.Linear", "_args_": [2, 1]}}
    assert isinstance(Instantiator(leave_configs_to="auto").instantiate(config).layer, nn.Linear)
    assert isinstance(instantiate(config).layer, nn.Linear)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"methods": ["_setup_compnents"]},
            r"Trainer has no method '_setup_compnents'; did you mean '_setup_components'",
        ),
        ({"methods": ["nothing_like_it"]}, r"Trainer has no method 'nothing_like_it'$"),
    ],
)
def test_a_name_that_the_class_does_not_have_is_an_error(arguments: Any, message: str) -> None:
    with pytest.raises(AttributeError, match=message):
        safe_setup(make_trainer(), **arguments)


@pytest.mark.parametrize(
    ("target", "arguments", "message"),
    [
        (
            make_trainer(),
            {"methods": ["batch_size"]},
            "Trainer.batch_size is no method that can be wrapped, it is an",
        ),
        (make_trainer(), {"methods": ["completed"]}, "it is an object of type partialmethod"),
        (make_trainer(), {"methods": "forward"}, "takes a list of names: safe_setup(Trainer, methods=['forward'])"),
        (
            print,
            {"methods": ["forward"]},
            "takes methods=... beside a class only, got an object",
        ),
        (5, {}, "wraps a function, a method or a class, got an object of type int"),
        (functools.partial(print), {}, "wraps a function, a method or a class, got an object of type partial"),
        (make_trainer(), {"instantiator": {"convert": "all"}}, "takes an Instantiator, got an object of type dict"),
        (make_trainer(), {"instantiator": build}, "takes an Instantiator, got an object of type function"),
    ],
)
def test_a_wrong_use_is_a_clear_error(target: Any, arguments: Any, message: str) -> None:
    with pytest.raises(TypeError, match=re.escape(message)):
        safe_setup(target, **arguments)


def test_no_method_is_replaced_when_one_of_the_names_is_wrong() -> None:
    trainer = make_trainer()
    with pytest.raises(AttributeError):
        safe_setup(trainer, methods=["_setup_components", "misspelt"])
    assert trainer()._setup_components() is None
