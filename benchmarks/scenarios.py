"""The works that are timed: each is done by Hydra, by this library, and, where there is such a thing, by hand."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import hydra.utils
from omegaconf import DictConfig, ListConfig

from benchmarks import cases
from benchmarks.timing import Work
from safe_instantiate import GIVEN, instantiate, plan

HYDRA, OURS, REUSED, COMPILED, DIRECT = "Hydra", "instantiate", "plan, built again", "compiled plan", "direct calls"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One work, with who does it; `nodes` is the number of targets called, `least` the ratios that are promised."""

    name: str
    nodes: int
    contenders: dict[str, Work]
    least: tuple[tuple[str, str, float], ...] = ()


def comparable(built: Any) -> Any:
    """The answer with its parts taken apart, so that two of them can be compared."""
    if isinstance(built, functools.partial):
        return ("partial", built.func, comparable(built.args), comparable(built.keywords))
    if isinstance(built, (dict, DictConfig)):
        return {key: comparable(value) for key, value in built.items()}
    if isinstance(built, (list, tuple, ListConfig)):
        return [comparable(value) for value in built]
    if isinstance(built, (cases.Part, cases.Whole, cases.Block)):
        return (type(built).__name__, comparable(vars(built)))
    return built


def agreed(contenders: dict[str, Work], name: str) -> dict[str, Work]:
    """The contenders, if all give the same: a faster wrong answer is none."""
    answers = [comparable(work()) for work in contenders.values()]
    if any(answer != answers[0] for answer in answers):
        raise SystemExit(f"{name}: not all give the same answer, so comparing their times means nothing")
    return contenders


def built(
    name: str,
    nodes: int,
    config: Any,
    direct: Callable[[], Any] | None = None,
    least: tuple[tuple[str, str, float], ...] = (),
    *,
    check: bool = True,
    **kwargs: Any,
) -> Scenario:
    """A config that is instantiated, planned once and built again, and compiled."""
    ready = plan(config, **kwargs)
    contenders: dict[str, Work] = {
        HYDRA: lambda: hydra.utils.instantiate(config, **kwargs),
        OURS: lambda: instantiate(config, **kwargs),
        REUSED: ready.build,
        COMPILED: ready.compile(),
    }
    if direct is not None:
        contenders[DIRECT] = direct
    return Scenario(name, nodes, agreed(contenders, name) if check else contenders, least)


def partial_call() -> Scenario:
    config = {"_target_": cases.PART, "_partial_": True, "a": 1}
    hydras, ours = hydra.utils.instantiate(config), instantiate(config)
    direct = functools.partial(cases.Part, a=1)
    contenders: dict[str, Work] = {HYDRA: lambda: hydras(b=2), OURS: lambda: ours(b=2), DIRECT: lambda: direct(b=2)}
    return Scenario("call of a built partial", 1, contenders, ((OURS, DIRECT, 1 / 1.05),))


def given_arguments() -> Scenario:
    """A node whose arguments come anew each time, as an optimizer's parameters do."""
    config, value = cases.one(), object()
    planned = plan(config, b=GIVEN)
    compiled = planned.compile()
    contenders: dict[str, Work] = {
        HYDRA: lambda: hydra.utils.instantiate(config, b=3),
        OURS: lambda: instantiate(config, b=3),
        REUSED: lambda: planned.build(b=value),
        COMPILED: lambda: compiled(b=value),
        DIRECT: lambda: cases.Part(a=1, b=value),
    }
    return Scenario("one node, one argument given in the call", 1, contenders)


def state_dict(count: int) -> Scenario:
    """Tensors under their names, as a module's `state_dict` gives them: the argument is to be the same object."""
    import torch

    state = OrderedDict((f"layer_{i}", torch.zeros(1)) for i in range(count))
    config = cases.one()
    if instantiate(config, b=state).b is not state:
        raise SystemExit("the state dict came out as another object")
    contenders: dict[str, Work] = {OURS: lambda: instantiate(config, b=state)}
    return Scenario(f"state dict of {count:,} tensors in the call", 1, contenders)


def siblings(counts: tuple[int, ...]) -> Scenario:
    """A node of a large config, with an argument; Hydra copies what stands around it."""
    contenders: dict[str, Work] = {}
    for count in counts:
        child = cases.child_among(count).child
        contenders[f"{OURS}, {count:,} siblings"] = functools.partial(instantiate, child, x=1)
        if count <= 1000:
            contenders[f"{HYDRA}, {count:,} siblings"] = functools.partial(hydra.utils.instantiate, child, x=1)
    few, many = f"{OURS}, {counts[0]:,} siblings", f"{OURS}, {counts[-1]:,} siblings"
    return Scenario("one node among others", 1, contenders, ((many, few, 1 / 1.2),))


def all_of_them() -> Iterator[Scenario]:
    """Every scenario, made when its turn comes."""
    compiled = (COMPILED, DIRECT, 1 / 1.3)
    reused = (REUSED, DIRECT, 1 / 6)
    direct = functools.partial(cases.flat_direct, 1000)
    flat = cases.flat(1000)
    yield built("flat, 1,000 nodes", 1000, flat, direct, ((OURS, HYDRA, 100), compiled, reused), _convert_="all")
    yield built("flat, 1,000 nodes, mode none", 1000, flat, None, ((OURS, HYDRA, 50),))
    yield built("flat, 1,000 nodes, plain dict", 1000, cases.flat_plain(1000), _convert_="all")
    yield built("flat, 1,000 nodes, structured config", 1000, cases.flat_structured(1000), _convert_="all")
    job, job_direct = cases.training_job().trainer, cases.training_job_direct
    yield built("training job, 60 nodes", 60, job, job_direct, ((OURS, HYDRA, 60), compiled, reused), _convert_="all")
    yield built("training job, 60 nodes, mode none", 60, job, None, ((OURS, HYDRA, 40),))
    yield built("one node", 1, cases.one(), lambda: cases.Part(a=1, b=2), ((OURS, HYDRA, 30),))
    yield given_arguments()
    yield partial_call()
    yield built("chain, 60 deep", 60, cases.chain(60))
    yield built("mapping of 1,000 values", 1, cases.wide(1000), _convert_="all")
    yield built("list of 200,000 numbers", 1, cases.numbers(200_000), check=False, _convert_="all")
    yield built("list of 20,000 numbers, mode none", 1, cases.numbers(20_000), check=False)
    yield state_dict(20_000)
    yield siblings((10, 100, 1000, 10_000))
