"""Forced datasets: which nested configs are built in spite of `_recursive_: false`.

A dataset, a DataLoader or a loader factory can do nothing with the config of a dataset: it indexes it, and a worker
dies of "Missing key 10". So under such a target, and under no other, a nested config is built when it must be one of
the things that data loading consists of.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import sys
import types
import typing
from typing import Any, Final

from omegaconf import Container

#: The DataLoader's own parameters that hold an object, whatever the annotation says.
LOADER_PARAMETERS: Final = frozenset(
    {"dataset", "datasets", "sampler", "batch_sampler", "collate_fn", "worker_init_fn", "generator"}
)
_PLAIN_CONTAINERS: Final = (
    dict, list, tuple, set, frozenset, str, bytes, bytearray,
    collections.abc.Mapping, collections.UserList, collections.UserString, collections.deque,
)  # fmt: skip
#: What a config is, or may come as; a TypedDict and an OrderedDict are dicts.
_CONFIG_TYPES: Final = (Container, collections.abc.Mapping)
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
    verdict = None
    constructor = _constructor(target)
    if constructor is not None and parameter in constructor.__annotations__:
        verdict = _asks_for_object(constructor.__annotations__[parameter], constructor.__globals__)
    return True if verdict is None and parameter in LOADER_PARAMETERS else verdict


def wants_config(annotation: Any) -> bool:
    """Whether an annotation, read already, is that of a config: a DictConfig, a mapping of anything ...

    >>> wants_config(dict), wants_config(dict[str, type]), wants_config(int)
    (True, False, False)
    """
    return _asks_for_object(annotation, {}) is False


def _derives(target: type, name: str) -> bool:
    cls = getattr(sys.modules.get("torch.utils.data"), name, None)
    return isinstance(cls, type) and issubclass(target, cls)


def _derives_from_module(target: type) -> bool:
    # nn.Sequential and nn.ModuleList have a length and an index too.
    cls = getattr(sys.modules.get("torch.nn"), "Module", None)
    return isinstance(cls, type) and issubclass(target, cls)


def _constructor(target: type) -> types.FunctionType | None:
    constructor = next((vars(base)["__init__"] for base in target.__mro__ if "__init__" in vars(base)), None)
    return constructor if isinstance(constructor, types.FunctionType) else None


def _asks_for_object(annotation: Any, names: dict[str, Any]) -> bool | None:
    """The verdict of an annotation, whose texts are read with the names of the module that it stands in."""
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    if isinstance(annotation, str):
        try:
            annotation = eval(annotation, dict(names), dict(vars(typing)))
        except Exception:  # a name that exists for type checkers only says nothing here
            return None
    if annotation is Any or isinstance(annotation, typing.TypeVar):
        return None
    origin = typing.get_origin(annotation)
    verdicts = [_asks_for_object(argument, names) for argument in _types_in(annotation)]
    if origin in (typing.Union, types.UnionType):
        return False if False in verdicts else (True in verdicts) or None
    if origin is typing.Annotated:
        return verdicts[0]
    if origin in _SEQUENCES:
        return (True in verdicts and False not in verdicts) or None
    cls = origin if isinstance(origin, type) else annotation
    if not isinstance(cls, type):
        return None
    if issubclass(cls, _CONFIG_TYPES):
        # dict[str, Dataset] holds objects; dict[str, Any] is as good as a config.
        return bool(verdicts and verdicts[-1])
    if cls in _SEQUENCES or cls in _SCALARS or dataclasses.is_dataclass(cls):
        return None
    return True


def _types_in(annotation: Any) -> list[Any]:
    """What an annotation is made of, but for what is annotated to a type. What is no type has no verdict."""
    parts = typing.get_args(annotation)
    return list(parts[:1] if typing.get_origin(annotation) is typing.Annotated else parts)
