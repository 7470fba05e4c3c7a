"""What classes are to whom who takes values: what has the place of what, and what is told apart by isinstance."""

from __future__ import annotations

import collections.abc
import os
import pathlib
import sys
from typing import Final

from omegaconf import DictConfig, ListConfig

from safe_instantiate.checking.subject import CallSite

TUPLES: Final = (tuple,)
SEQUENCES: Final = (list, collections.abc.Sequence, collections.abc.MutableSequence, ListConfig)
ITERABLES: Final = (
    set, frozenset, collections.abc.Iterable, collections.abc.Collection, collections.abc.Container,
    collections.abc.Reversible, collections.abc.Set, collections.abc.Iterator,
)  # fmt: skip
MAPPINGS: Final = (dict, collections.abc.Mapping, collections.abc.MutableMapping, DictConfig)
PATHS: Final = (pathlib.Path, pathlib.PurePath, os.PathLike)
#: Types whose values are customarily written as text or numbers, and made of these by who takes them.
_WRITTEN_PLAIN: Final = frozenset(
    {"torch.device", "torch.dtype", "torch.memory_format", "torch.layout", "torch.Size", "numpy.dtype", "re.Pattern",
     "datetime.datetime", "datetime.date", "datetime.timedelta", "decimal.Decimal", "uuid.UUID", "numpy.ndarray"}
)  # fmt: skip
#: What torch and Python tell apart by isinstance, so that a value of another kind is certainly wrong.
_TOLD_APART: Final = (
    ("torch", "Tensor"),
    ("torch.nn", "Module"),
    ("torch.optim", "Optimizer"),
    ("torch.optim.lr_scheduler", "LRScheduler"),
)
#: What duck typing asks of a class that takes the place of another.
_DUCKS: Final = (
    (("torch.utils.data", "Dataset"), ("__getitem__", "__iter__")),
    (("torch.utils.data", "Sampler"), ("__iter__",)),
    (("torch.utils.data", "DataLoader"), ("__iter__",)),
)


def class_made(call: CallSite) -> type | None:
    """The class of what a call makes, where the target says so: a class that makes instances of itself."""
    obj = call.target.obj
    if not isinstance(obj, type) or type(obj).__call__ is not type.__call__:
        return None
    new = next((base for base in obj.__mro__ if "__new__" in vars(base)), object)
    return obj if new is object or call.target.parameters is not None or new.__module__ == "typing" else None


def takes_the_place_of(made: type, cls: type) -> bool:
    """Whether an object of one class passes for one of another, by inheritance or by what it can do."""
    try:
        if issubclass(made, cls):
            return True
    except TypeError:
        return True
    if cls in ITERABLES or cls in SEQUENCES or cls in TUPLES:
        return hasattr(made, "__iter__") or hasattr(made, "__getitem__")
    if cls in MAPPINGS:
        return hasattr(made, "keys") and hasattr(made, "__getitem__")
    if cls in (int, float, complex, bool):
        return any(hasattr(made, name) for name in ("__float__", "__int__", "__index__"))
    if cls in PATHS:
        return hasattr(made, "__fspath__")
    return is_duck(made, cls)


def is_duck(made: type, cls: type) -> bool:
    """Whether a class can what torch asks of the kind of data that the other one is."""
    for (module, name), methods in _DUCKS:
        duck = getattr(sys.modules.get(module), name, None)
        if isinstance(duck, type) and issubclass(cls, duck):
            return any(hasattr(made, method) for method in methods)
    return False


def is_told_apart(cls: type) -> bool:
    """Whether code tells objects of this class from others, so that another kind of value is certainly wrong."""
    if cls in (int, float, bool, str, bytes, list, dict, tuple, *MAPPINGS):
        return True
    kinds = (getattr(sys.modules.get(module), name, None) for module, name in _TOLD_APART)
    return any(isinstance(kind, type) and issubclass(cls, kind) for kind in kinds)


def is_protocol(cls: type) -> bool:
    """Whether anything that has certain methods is an instance."""
    return bool(getattr(cls, "_is_protocol", False))


def checks_plainly(cls: type) -> bool:
    """Whether isinstance asks for nothing but the class and its registered subclasses."""
    checked_by = getattr(type(cls), "__instancecheck__", None)
    module = getattr(checked_by, "__module__", None) or getattr(type(cls), "__module__", "")
    return checked_by is type.__instancecheck__ or module in ("abc", "enum", "typing")


def has_call(cls: type) -> bool:
    """Whether instances of a class can be called."""
    return any("__call__" in vars(base) for base in cls.__mro__)


def is_written_plain(cls: type) -> bool:
    """Whether values of a class are customarily written as text or numbers."""
    return f"{cls.__module__}.{cls.__qualname__}" in _WRITTEN_PLAIN
