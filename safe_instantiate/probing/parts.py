"""Which parts of a config are data: datasets, DataLoaders and loader factories that are made for no other one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf

from safe_instantiate.checking.keys import followed, full_key_of_keys, keys_of, written
from safe_instantiate.checking.secrets import is_secret
from safe_instantiate.checking.subject import CallSite
from safe_instantiate.checking.walk import Walk
from safe_instantiate.instantiator import Instantiator
from safe_instantiate.planning.datasets import is_dataset_like
from safe_instantiate.plans import Plan


@dataclass(frozen=True, slots=True)
class DataPart:
    """A node of a config that makes data: its key, the config, and the innermost dataset's own arguments in words."""

    full_key: str
    config: Any
    arguments: str


def data_parts(config: Any, plan: Plan, settings: Instantiator) -> Iterator[DataPart]:
    """The parts of a config that make data, each once, however many references lead to it."""
    root, content = written(config)
    seen: set[str] = set()
    for call in _calls(plan, settings):
        if not is_dataset_like(call.target.obj) or any(is_dataset_like(each.target.obj) for each in _above(call)):
            continue
        home = full_key_of_keys(followed(content, keys_of(call.full_key)))
        if home in seen or call.partial:
            continue
        seen.add(home)
        part = OmegaConf.select(root, home) if home else root
        if isinstance(part, (DictConfig, ListConfig)):
            yield DataPart(home, part, _arguments_of(_innermost(call)))


def _calls(plan: Plan, settings: Instantiator) -> list[CallSite]:
    walk = Walk(settings)
    plan.walked_by(walk)
    return walk.calls


def _above(call: CallSite) -> Iterator[CallSite]:
    while call.parent is not None:
        call = call.parent
        yield call


def _innermost(call: CallSite) -> CallSite:
    for value in call.arguments.values():
        if isinstance(value, CallSite) and is_dataset_like(value.target.obj):
            return _innermost(value)
    return call


def _arguments_of(call: CallSite) -> str:
    plain = {name: value for name, value in call.arguments.items() if isinstance(value, (str, int, float, bool))}
    given = ", ".join(f"{name}={value!r}" for name, value in plain.items() if not is_secret(name, str(value)))
    return f"{call.target.name.rpartition('.')[2]}({given})"
