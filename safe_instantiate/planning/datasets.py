"""Forced datasets: which nested configs are built in spite of `_recursive_: false`.

A dataset, a DataLoader or a loader factory can do nothing with the config of a dataset: it indexes it, and a worker
dies of "Missing key 10". So under such a target, and under no other, a nested config is built when it must be one of
the things that data loading consists of.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import inspect
import sys
import types
import typing
from typing import Any, Final

from omegaconf import DictConfig, ListConfig

#: The DataLoader's own parameters that hold an object, whatever the annotation says.
LOADER_PARAMETERS: Final = frozenset(
    {"dataset", "datasets", "sampler", "batch_sampler", "collate_fn", "worker_init_fn", "generator"}
)
_PLAIN_CONTAINERS: Final = (
    dict, list, tuple, set, frozenset, str, bytes, bytearray,
    collections.abc.Mapping, collections.UserList, collections.UserString, collections.deque,
)  # fmt: skip
_CONFIG_TYPES: Final = (DictConfig, ListConfig, dict, collections.abc.Mapping, collections.abc.MutableMapping)
_SEQUENCES: Final = (list, tuple, set, frozenset, collections.abc.Sequence, collections.abc.Iterable,
                     collections.abc.MutableSequence, collections.abc.Collection)  # fmt: skip
_SCALARS: Final = (int, float, bool, str, bytes, complex, object, type(None))


def is_dataset_like(target: Any) -> bool:
    """Whether a target is a dataset, a DataLoader or a loader factory.

    That is a class derived from torch's Dataset or DataLoader, one with `__getitem__` and `__len__` of its own that is
    no plain container, or one with a `get_loader` method.
    """
    if not isinstance(target, type):
        return False
    return is_dataset(target) or _derives(target, "DataLoader") or callable(getattr(target, "get_loader", None))


def is_dataset(target: Any) -> bool:
    """Whether a target is a class of datasets: torch's, or anything with a length that can be indexed."""
    if not isinstance(target, type):
        return False
    if _derives(target, "Dataset"):
        return True
    if issubclass(target, _PLAIN_CONTAINERS) or _derives_from_module(target):
        return False
    return callable(getattr(target, "__getitem__", None)) and callable(getattr(target, "__len__", None))


def wants_object(target: Any, parameter: str) -> bool | None:
    """Whether a dataset-like class wants an object for a parameter (True), a config (False), or doesn't say (None)."""
    verdict = _annotation_wants_object(_annotation(target, parameter))
    if verdict is None and parameter in LOADER_PARAMETERS:
        return True
    return verdict


def _derives(target: type, name: str) -> bool:
    cls = getattr(sys.modules.get("torch.utils.data"), name, None)
    return isinstance(cls, type) and issubclass(target, cls)


def _derives_from_module(target: type) -> bool:
    # nn.Sequential and nn.ModuleList have a length and an index too.
    cls = getattr(sys.modules.get("torch.nn"), "Module", None)
    return isinstance(cls, type) and issubclass(target, cls)


def _annotation(target: Any, parameter: str) -> Any:
    """The annotation of a constructor's parameter, resolved where it is a string that can be."""
    for base in target.__mro__:
        constructor = vars(base).get("__init__")
        if isinstance(constructor, types.FunctionType):
            annotation = constructor.__annotations__.get(parameter, inspect.Parameter.empty)
            if isinstance(annotation, str):
                try:
                    return eval(annotation, dict(constructor.__globals__), dict(vars(typing)))
                except Exception:  # a name that exists for type checkers only says nothing here
                    return inspect.Parameter.empty
            return annotation
    return inspect.Parameter.empty


def _annotation_wants_object(annotation: Any) -> bool | None:
    if annotation is inspect.Parameter.empty or annotation is Any or isinstance(annotation, (str, typing.TypeVar)):
        return None
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        verdicts = [_annotation_wants_object(arm) for arm in typing.get_args(annotation)]
        if False in verdicts:
            return False
        return True if True in verdicts else None
    if origin is typing.Annotated:
        return _annotation_wants_object(typing.get_args(annotation)[0])
    if origin is collections.abc.Callable or annotation is collections.abc.Callable or annotation is typing.Callable:
        return True
    if origin in _SEQUENCES:
        verdicts = [_annotation_wants_object(arm) for arm in typing.get_args(annotation) if arm is not Ellipsis]
        return True if True in verdicts and False not in verdicts else None
    if origin in _CONFIG_TYPES:
        # dict[str, Dataset] holds objects; dict[str, Any] is as good as a config.
        arguments = typing.get_args(annotation)
        return _annotation_wants_object(arguments[-1]) or False if arguments else False
    cls = origin if isinstance(origin, type) else annotation
    if not isinstance(cls, type):
        return None
    if cls in _CONFIG_TYPES:
        return False
    if cls in _SEQUENCES or cls in _SCALARS or dataclasses.is_dataclass(cls):
        return None
    return True
