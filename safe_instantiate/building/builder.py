"""The builder: makes the objects that a plan describes. It knows Python, and of configs only how to make one."""

from __future__ import annotations

import collections.abc
import functools
import operator
import os
import types
from collections.abc import Callable
from typing import Any, Final

from omegaconf.errors import OmegaConfBaseException

from safe_instantiate.building.failures import args_refused, call_failed, completion_failed, name_place, refused
from safe_instantiate.config import converting, maker
from safe_instantiate.config.copies import fresh
from safe_instantiate.config.keys import ConvertName
from safe_instantiate.config.reader import CONTAINERS
from safe_instantiate.distributed import HeldConfig, deferring
from safe_instantiate.planning.nodes import (
    DROPPED,
    WHOLE,
    Argument,
    Call,
    Completion,
    ConfigDict,
    ConfigList,
    ConfigTuple,
    FreshContainer,
    Held,
    Mapping,
    Observed,
    Place,
    PlainDict,
    PlainList,
    PlainTuple,
    PlanNode,
    RawConfig,
    Sequence,
    Shared,
    StructuredObject,
    full_key,
)
from safe_instantiate.planning.settings import Settings
from safe_instantiate.targets.guarded import Guarded, guarded
from safe_instantiate.targets.interpreter import native_functions
from safe_instantiate.targets.policy import Policy


class Run:
    """One build: what it is given, and what its nodes need to know of each other."""

    __slots__ = ("current", "given", "policy", "prefix", "shared")

    def __init__(self, prefix: str, policy: Policy, given: dict[str | int, Any] | None = None) -> None:
        self.prefix = prefix
        self.policy = policy
        self.given = given or {}
        self.shared: dict[int, Any] = {}
        self.current: Call | None = None


def build(
    root: Any, prefix: str, policy: Policy, *, defer_samplers: bool, given: dict[str | int, Any] | None = None
) -> Any:
    """The object that a plan describes; every call gives one of its own.

    Args:
        root: the plan's root; what is no node is returned as it is.
        prefix: the full key of the root within the config that it came from.
        policy: judges what could not be judged before: arguments, and callables that come out.
        defer_samplers: whether samplers that need a process group wait for one.
        given: the arguments that the plan leaves to its builds, by name or number.
    """
    if not isinstance(root, PlanNode):
        return root
    run = Run(prefix, policy, given)
    with deferring(functools.partial(_current_key, run) if defer_samplers else None):
        return make(root, run)


def make(node: Any, run: Run) -> Any:
    """Make one node and all below it."""
    return _MAKERS[node.__class__](node, run)


def _call(node: Call, run: Run) -> Any:
    target = node.target.obj
    args, kwargs = node.args, node.kwargs
    if node.built:
        kwargs = kwargs.copy()
        for key, child in node.built:
            # Not by way of `make`: a level of the plan takes no more frames of the stack here than in the planner, so
            # what could be planned is never too deep to be built.
            value = _MAKERS[child.__class__](child, run)
            if value.__class__ in CONTAINERS and node.convert != "none":
                # A target or a nested mode gave a config; this target wants none.
                value = _converted(value, node.convert, (node.place, key), run)
            kwargs[key] = value
    if node.built_args:
        args = _positional(node, run)
    if node.checked:
        refusal = run.policy.argument_refusal(target, args, kwargs, partial=node.partial)
        if refusal is not None:
            raise refused(node, run.prefix, refusal)
        if node.partial:
            target = Guarded(target, run.policy)
    run.current = node
    try:
        result = functools.partial(target, *args, **kwargs) if node.partial else target(*args, **kwargs)
    except Exception as error:
        failure = call_failed(node, run.prefix, error, args, kwargs)
        if failure is None:
            raise
        raise failure from error
    if node.partial:
        return result
    if is_judged(result):
        return _approved(result, node, run)
    if node.checked:
        refusal = run.policy.found_refusal(target, result)
        if refusal is not None:
            raise refused(node, run.prefix, refusal)
    return result


def _approved(result: Any, node: Call, run: Run) -> Any:
    """What a target returned, guarded where that takes a guard, if the policy lets it come out."""
    refusal = run.policy.result_refusal(result)
    if refusal is not None:
        raise refused(node, run.prefix, refusal)
    return guarded(result, run.policy)


def _converted(config: Any, convert: ConvertName, place: Place, run: Run) -> Any:
    return converted(config, convert, lambda: full_key(run.prefix, place))


def converted(config: Any, convert: ConvertName, key: Callable[[], str]) -> Any:
    """What becomes of a config by a mode; what goes wrong names the whole key, of which `key` gives the beginning."""
    try:
        return converting.converted(config, convert)
    except OmegaConfBaseException as error:
        name_place(error, key())
        raise


def is_judged(result: Any) -> bool:
    """Whether the policy is asked about what a target returned."""
    cls = result.__class__
    return cls in JUDGED or issubclass(cls, JUDGED_WITH_SUBCLASSES) or cls.__class__ in _NATIVE


def _positional(node: Call, run: Run) -> tuple[Any, ...]:
    args = list(node.args)
    for index, child in node.built_args:
        value = _MAKERS[child.__class__](child, run)
        if index == WHOLE:
            return whole_args(node, value, run)
        if index != DROPPED:
            if node.convert == "none" and child.__class__ not in KEPT_AS_ITEMS:
                value = maker.as_list_item(value)  # Hydra's positional arguments come out of a ListConfig
            args[index] = value
    return tuple(args)


def whole_args(node: Call, value: Any, run: Run) -> tuple[Any, ...]:
    """The positional arguments that one target has made all of, unless the call gave its own."""
    if not isinstance(value, collections.abc.Sequence):
        raise args_refused(node, run.prefix, value)
    # The items become arguments without having been results: a list of all classes is harmless, and the one that runs
    # programs, taken out of it, is not.
    return node.args or tuple(_approved(item, node, run) if is_judged(item) else item for item in value)


def _entries(node: Mapping, run: Run, *, adopt: bool) -> dict[Any, Any]:
    values = node.entries.copy()
    for key, child in node.built:
        value = _MAKERS[child.__class__](child, run)
        values[key] = maker.Owned(value) if adopt and child.__class__ in FRESH_CONFIGS else value
    return values


def _plain_dict(node: PlainDict, run: Run) -> dict[Any, Any]:
    return _entries(node, run, adopt=False)


def _config_dict(node: ConfigDict, run: Run) -> Any:
    return maker.dict_of(_entries(node, run, adopt=True).items(), node.object_type)


def _structured_object(node: StructuredObject, run: Run) -> Any:
    return converting.object_of(maker.dict_of(_entries(node, run, adopt=True).items(), node.object_type))


def _items(node: Sequence, run: Run, *, adopt: bool) -> list[Any]:
    values = node.values.copy()
    for index, child in zip(node.indices, node.nodes, strict=True):
        value = _MAKERS[child.__class__](child, run)
        values[index] = maker.Owned(value) if adopt and child.__class__ in FRESH_CONFIGS else value
    return values


def _plain_list(node: PlainList, run: Run) -> list[Any]:
    return _items(node, run, adopt=False)


def _config_list(node: ConfigList, run: Run) -> Any:
    return maker.list_of(_items(node, run, adopt=True))


def _plain_tuple(node: PlainTuple, run: Run) -> tuple[Any, ...]:
    return tuple(_items(node, run, adopt=False))


def _config_tuple(node: ConfigTuple, run: Run) -> Any:
    return maker.tuple_of(_items(node, run, adopt=True))


def _raw_config(node: RawConfig, run: Run) -> Any:
    if node.convert != "none":
        return _converted(fresh(node.template), node.convert, node.place, run)
    # Two places that refer to one config get one copy of it, where the planner found it to be one.
    made = run.shared
    if id(node) not in made:
        made[id(node)] = fresh(node.template)
    return made[id(node)]


def _shared(node: Shared, run: Run) -> Any:
    # By identity of the node: one build makes it once, the next build makes its own.
    made = run.shared
    if id(node) not in made:
        made[id(node)] = make(node.node, run)
    return made[id(node)]


def _held(node: Held, run: Run) -> HeldConfig:
    return HeldConfig(node.name, functools.partial(make, node.node, run))


def _observed(node: Observed, run: Run) -> Any:
    with node.around():
        return make(node.node, run)


def _fresh_container(node: FreshContainer, run: Run) -> Any:
    # Two places that refer to one value get one copy of it.
    made = run.shared
    if id(node.value) not in made:
        made[id(node.value)] = converting.container_copy(node.value)
    return made[id(node.value)]


def _given(node: Argument, run: Run) -> Any:
    return run.given[node.name]


def _completion(node: Completion, run: Run) -> Any:
    args = [_given(each, run) if each.__class__ is Argument else each for each in node.args]
    kwargs = {key: _given(each, run) if each.__class__ is Argument else each for key, each in node.kwargs.items()}
    try:
        return node.partial(*args, **kwargs)
    except Exception as error:
        failure = completion_failed(node.partial, error, args, kwargs)
        if failure is None:
            raise
        raise failure from error


def _current_key(run: Run) -> str:
    return full_key(run.prefix, run.current.place) if run.current is not None else run.prefix


_MAKERS: Final[dict[type, Callable[[Any, Run], Any]]] = {
    Call: _call,
    PlainDict: _plain_dict,
    ConfigDict: _config_dict,
    StructuredObject: _structured_object,
    PlainList: _plain_list,
    ConfigList: _config_list,
    PlainTuple: _plain_tuple,
    ConfigTuple: _config_tuple,
    RawConfig: _raw_config,
    Shared: _shared,
    Held: _held,
    Observed: _observed,
    FreshContainer: _fresh_container,
    Argument: _given,
    Completion: _completion,
}
#: Results that a config could call in its turn, or reach the interpreter through: only of these the policy is asked.
JUDGED: Final = frozenset(
    {
        functools.partial,
        functools._lru_cache_wrapper,
        operator.attrgetter,
        operator.itemgetter,
        operator.methodcaller,
        staticmethod,
        types.BuiltinFunctionType,
        types.ClassMethodDescriptorType,
        types.CodeType,
        dict,  # the namespace of a module is one
        list,  # sys.path is one
        type(os.environ),
        types.FrameType,
        types.GenericAlias,
        types.FunctionType,
        types.MethodDescriptorType,
        types.MethodType,
        types.MethodWrapperType,
        types.ModuleType,
        types.TracebackType,
        types.WrapperDescriptorType,
    }
)
JUDGED_WITH_SUBCLASSES: Final = (type, functools.partial, Settings, Policy)
#: The metaclasses of others of that kind: asking `issubclass` of a class with a metaclass of its own takes longer.
_NATIVE: Final = frozenset(map(type, native_functions()))
#: What a build has just made for one place: the container around it takes it in without copying.
FRESH_CONFIGS: Final = frozenset({ConfigDict, ConfigList, ConfigTuple})
#: What stays as it is among positional arguments, also where these are the items of a ListConfig.
KEPT_AS_ITEMS: Final = frozenset({RawConfig, FreshContainer, Argument})
