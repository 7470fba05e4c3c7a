"""What hydra-zen's targets are told to call is judged as a target is. A stand-in has its names."""

from __future__ import annotations

import functools
import json
import os
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from safe_instantiate import InstantiationException, Instantiator, instantiate, plan
from safe_instantiate.targets.locate import locate
from safe_instantiate.targets.policy import Policy


class partial_with_wrapper(functools.partial):  # type: ignore[type-arg] # noqa: N801 - hydra-zen's name for it
    """Calls what its wrappers make of its function."""

    wrappers: tuple[Any, ...]

    def __new__(cls, wrappers: tuple[Any, ...], func: Any, *args: Any, **kwargs: Any) -> partial_with_wrapper:
        made = super().__new__(cls, func, *args, **kwargs)
        made.wrappers = wrappers
        return made

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        func: Any = functools.partial(self.func, *self.args, **self.keywords)
        for wrapper in self.wrappers:
            func = wrapper(func)
        return func(*args, **kwargs)


def get_obj(*, path: str) -> Any:
    return locate(path).obj


def zen_processing(
    *args: Any, _zen_target: str, _zen_partial: bool = False, _zen_wrappers: Any = (), **kwargs: Any
) -> Any:
    found = [_zen_wrappers] if isinstance(_zen_wrappers, str) or callable(_zen_wrappers) else _zen_wrappers
    wrappers = tuple(get_obj(path=each) if isinstance(each, str) else each for each in found)
    if _zen_partial:
        return partial_with_wrapper(wrappers, get_obj(path=_zen_target), *args, **kwargs)
    return partial_with_wrapper(wrappers, get_obj(path=_zen_target))(*args, **kwargs)


def twice(function: Any) -> Any:
    return lambda *args, **kwargs: 2 * function(*args, **kwargs)


@pytest.fixture(autouse=True)
def hydra_zen(monkeypatch: pytest.MonkeyPatch) -> None:
    package, module = types.ModuleType("hydra_zen"), types.ModuleType("hydra_zen.funcs")
    monkeypatch.setitem(sys.modules, "hydra_zen", package)
    monkeypatch.setitem(sys.modules, "hydra_zen.funcs", module)
    package.funcs = module  # type: ignore[attr-defined]
    for each in (get_obj, zen_processing, partial_with_wrapper):
        monkeypatch.setattr(each, "__module__", "hydra_zen.funcs")
        setattr(module, each.__name__, each)


def processing(target: str, **arguments: Any) -> dict[str, Any]:
    return {"_target_": "hydra_zen.funcs.zen_processing", "_zen_target": target, **arguments}


def test_what_it_is_told_to_call_is_called() -> None:
    assert instantiate(processing("json.loads", s="[1]")) == [1]
    assert instantiate(processing("json.loads", s="[1]", _zen_wrappers=f"{__name__}.twice")) == [1, 1]
    assert instantiate({"_target_": "hydra_zen.funcs.get_obj", "path": "json.loads"}) is json.loads


def test_a_partial_with_wrappers_stays_one() -> None:
    built = instantiate(processing("json.loads", _zen_partial=True, _zen_wrappers=[f"{__name__}.twice"]))
    assert type(built) is partial_with_wrapper
    assert built(s="[1]") == [1, 1]


@pytest.mark.parametrize(
    ("config", "why"),
    [
        (processing("os.system", command=3), "'os.system' is not allowed: it runs programs"),
        (processing("torch.os.system", command=3), "it runs programs"),
        (processing("os.system", _zen_partial=True), "'os.system' is not allowed: it runs programs"),
        (processing("builtins.dict", _zen_wrappers="functools.cache"), "functools.cache"),
        (processing("builtins.dict", _zen_wrappers=["functools.cache"]), "functools.cache"),
        (processing("json.no_such_name", _zen_wrappers="functools.cache"), "functools.cache"),
        ({"_target_": "hydra_zen.funcs.get_obj", "path": "os.system"}, "'os.system' is not allowed"),
    ],
)
def test_what_may_not_be_called_is_refused_before_anything_is_built(config: Any, why: str) -> None:
    with pytest.raises(InstantiationException) as failure:
        instantiate(config)
    assert why in str(failure.value)


def test_a_partial_that_comes_out_is_judged_by_its_wrappers_too() -> None:
    assert Policy().result_refusal(partial_with_wrapper((twice,), json.loads)) is None
    refusal = Policy().result_refusal(partial_with_wrapper((twice, os.system), json.loads))
    assert refusal is not None
    assert refusal.message == "A target returned 'os.system', which is not allowed: it runs programs"


@pytest.mark.parametrize("wrappers", [[], ["builtins.abs"], ["toolz.curried", f"{__name__}.twice"]])
def test_its_arguments_are_judged_as_those_of_what_it_calls(tmp_path: Path, wrappers: list[str]) -> None:
    with pytest.raises(InstantiationException, match="it opens a file for writing"):
        instantiate(processing("builtins.open", _args_=[str(tmp_path / "file"), "w"], _zen_wrappers=wrappers))
    assert not list(tmp_path.iterdir())


def test_an_allow_list_has_to_name_what_it_calls() -> None:
    engine = Instantiator(allow=["hydra_zen.funcs.zen_processing", "json.*"])
    assert engine.instantiate(processing("json.loads", s="[1]")) == [1]
    with pytest.raises(InstantiationException, match=r"'math.sqrt' is not in the allow-list"):
        engine.instantiate(processing("math.sqrt", _args_=[4]))


def test_the_targets_of_a_plan_name_it() -> None:
    targets = plan(processing("json.loads", s="[1]", _zen_wrappers=[f"{__name__}.twice"])).targets()
    assert [target.path for target in targets] == [
        "hydra_zen.funcs.zen_processing",
        "json.loads",
        f"{__name__}.twice",
    ]
