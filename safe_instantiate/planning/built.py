"""What is a config, and what is built already and passes through."""

from __future__ import annotations

import dataclasses
import logging
import sys
from typing import Any, Final

from safe_instantiate.config.keys import TARGET
from safe_instantiate.config.reader import CONTAINERS, TupleConfig

#: Where torch keeps the classes whose instances are objects of a running program, whatever else they are.
_TORCH_RUNTIME: Final = (
    ("torch.nn", "Module"),
    ("torch.utils.data", "Dataset"),
    ("torch.utils.data", "Sampler"),
    ("torch.utils.data", "DataLoader"),
    ("torch.optim", "Optimizer"),
    ("torch.optim.lr_scheduler", "LRScheduler"),
)
#: A class that has one of these is something that data is read from or written to, which no config is.
_RUNTIME_METHODS: Final = ("__call__", "__getitem__", "__iter__", "__enter__", "add_scalar", "log_metrics")
_SCALARS: Final = (str, bytes, int, float, complex)


def is_built(obj: Any) -> bool:
    """Whether `instantiate(obj)` returns `obj` itself, because it is no config.

    Configs are dict, list, DictConfig, ListConfig, a dataclass or attrs class, and an instance of one unless it is
    an object of the running program too (a module, a dataset, a callable ...). `None` and bare scalars are neither
    built nor configs.

    >>> is_built(print), is_built({"_target_": "builtins.print"}), is_built(3)
    (True, False, False)
    """
    return obj is not None and not is_bare_scalar(obj) and not is_config(obj)


def is_config(obj: Any) -> bool:
    """Whether `obj` is something that can be instantiated."""
    if type(obj) in CONTAINERS or (TupleConfig is not None and type(obj) is tuple):
        return True
    if isinstance(obj, (dict, list)):
        return not is_runtime_object(obj)
    return is_structured(obj) and not is_runtime_object(obj)


def is_bare_scalar(obj: Any) -> bool:
    """Whether `obj` is a plain str, bytes, number or bool: at top level a mistake, not a config and not an object."""
    return type(obj) in _SCALARS or obj is True or obj is False


def is_structured(obj: Any) -> bool:
    """Whether `obj` is a dataclass or attrs class, or an instance of one."""
    cls = obj if isinstance(obj, type) else type(obj)
    return dataclasses.is_dataclass(cls) or _member(cls, "__attrs_attrs__") is not None


def init_fields(cls: type) -> list[Any]:
    """The fields of a dataclass or attrs class, if its constructor takes all of them; else none."""
    if dataclasses.is_dataclass(cls):
        fields: Any = dataclasses.fields(cls)
    else:  # attrs takes private fields under other names
        fields = [each for each in getattr(cls, "__attrs_attrs__", ()) if each.alias == each.name]
    return list(fields) if all(each.init for each in fields) else []


def names_a_target(instance: Any) -> bool:
    """Whether a structured instance has a `_target_` field: then it is a config wherever it stands."""
    cls = type(instance)
    fields = getattr(cls, "__dataclass_fields__", None)
    if fields is not None:
        return TARGET in fields
    return any(attribute.name == TARGET for attribute in getattr(cls, "__attrs_attrs__", ()))


def is_nested_config(obj: Any) -> bool:
    """Whether an object among the values or arguments of a config is a config itself.

    A dict or list is, unless it is a dataset or the like. Of Structured Configs a class is, as in Hydra; an instance
    only if it names its target.
    """
    if isinstance(obj, (dict, list)):
        return not is_runtime_object(obj)
    return is_structured(obj) and (isinstance(obj, type) or names_a_target(obj)) and not is_runtime_object(obj)


def is_runtime_object(obj: Any) -> bool:
    """Whether `obj`, or what a class `obj` makes, is an object of a running program by what its class is or can do.

    Asked of the class, never of the instance: an object's own `__getattr__` may answer anything.
    """
    cls = obj if isinstance(obj, type) else type(obj)
    if issubclass(cls, logging.Logger) or _is_torch_class(cls):
        return True
    if issubclass(cls, (dict, list)):
        return False
    return any(callable(_member(cls, name)) for name in _RUNTIME_METHODS)


def _is_torch_class(cls: type) -> bool:
    # An object of a torch type can't exist before torch is imported, so nothing is imported to ask.
    for module_name, class_name in _TORCH_RUNTIME:
        torch_class = getattr(sys.modules.get(module_name), class_name, None)
        if isinstance(torch_class, type) and issubclass(cls, torch_class):
            return True
    return False


def _member(cls: type, name: str) -> Any:
    # Not getattr, which would find a metaclass's: every class has a `__call__` there.
    return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)
