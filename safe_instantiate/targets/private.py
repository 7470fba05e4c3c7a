"""What the standard library, torch and numpy keep to themselves, behind public names that check first.

`os._execvpe` runs programs and `tempfile.TemporaryDirectory._rmtree` removes any tree. Such names come and go with each
release, so the rule is over their kind, and not a list.
"""

from __future__ import annotations

import functools
import sys
import types
from typing import Any, Final

from safe_instantiate.targets.identity import invoked, plain_name, receiver

_CODE: Final = (
    type,
    types.BuiltinFunctionType,
    types.ClassMethodDescriptorType,
    types.FunctionType,
    types.MethodDescriptorType,
    types.MethodType,
    types.WrapperDescriptorType,
)
#: Of these the functions alone: people derive from `torch.nn.modules.batchnorm._BatchNorm`, and what is written in C
#: (`torch._foreach_add`) takes tensors.
_PACKAGES: Final = frozenset(
    {
        *("PIL", "absl", "aiohttp", "attr", "click", "filelock", "fsspec", "graphviz", "hydra", "jinja2", "joblib"),
        *("matplotlib", "mmengine", "mpmath", "networkx", "numpy", "omegaconf", "packaging", "psutil", "pygments"),
        *("requests", "rich", "scipy", "sklearn", "tensorboard", "torch", "torchdata", "tqdm", "urllib3", "werkzeug"),
    }
)
#: What torch does in C: it loads libraries, writes into memory and sets how all of torch runs.
_NATIVE: Final = "torch._C"
#: The public methods of a namedtuple, which begin so that no field can have their names.
_OF_NAMEDTUPLES: Final = frozenset({"_asdict", "_make", "_replace"})


def private_reason(obj: object, path: str = "") -> str | None:
    """Why a config may not name a function or class that a library keeps to itself; None for any other object.

    Args:
        obj: the object.
        path: how the config names it. What has a public path is public, wherever it is defined.

    >>> import shutil
    >>> private_reason(shutil._unpack_zipfile)
    'it is private to shutil'
    >>> private_reason(shutil.copyfile) is None
    True
    """
    code, _, _ = invoked(obj, (), {})
    if not isinstance(code, _CODE):
        return None
    module = _module_of(code)
    package = module.partition(".")[0]
    has_public_path = bool(path) and not _has_private_part(path)
    if _is_native(code, module):
        kept = not has_public_path and not _is_in_public_module(code, package)
        return f"it is private to {_NATIVE}" if kept else None
    is_function = isinstance(code, (types.FunctionType, types.MethodType))
    if package not in sys.stdlib_module_names and not (is_function and package in _PACKAGES):
        return None
    if _is_private(plain_name(code)):
        kept = not _is_published(code, module) and not (has_public_path and package in _PACKAGES)
    else:
        is_function = is_function or isinstance(receiver(code), types.ModuleType)  # one that is written in C
        kept = is_function and _has_private_part(module) and not has_public_path
        kept = kept and not _is_reached_publicly(code, package)
    return f"it is private to {module}" if kept else None


def property_read(cls: type, name: str) -> Any:
    """The function that runs where an attribute of a class's instances is read; None where none does.

    >>> import pathlib
    >>> property_read(pathlib.PurePath, "name").__qualname__
    'PurePath.name'
    """
    found = next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)
    if isinstance(found, functools.cached_property):
        return found.func
    return found.fget if isinstance(found, property) else None


def _is_native(code: Any, module: str) -> bool:
    """Whether it is a function or class of a module that torch has in C; a method of an object is not."""
    if module != _NATIVE and not module.startswith(f"{_NATIVE}."):
        return False
    held = receiver(code)
    # pybind11 binds a function to a record of it.
    is_of_module = isinstance(held, types.ModuleType) or "pybind11" in type(held).__name__
    return isinstance(code, type) or is_of_module


def _is_published(code: Any, module: str) -> bool:
    """Whether its module, or a package around that, has it under a public name too, as `relu` for `_relu`."""
    while module:
        names = vars(sys.modules[module]).items() if module in sys.modules else ()
        if any(value is code and not _is_private(name) for name, value in tuple(names)):
            return True
        module = module.rpartition(".")[0]
    return False


def _is_reached_publicly(code: Any, package: str) -> bool:
    """Whether a public module of the same package has a function, or the class whose method it is."""
    held = receiver(code)
    if held is not None and not isinstance(held, (type, types.ModuleType)):
        cls = type(held)
        return cls.__module__.partition(".")[0] != package or _is_in_public_module(cls, package)
    first, *rest = code.__qualname__.split(".")
    if "<locals>" in rest:  # made by a function, which was judged
        return True
    owner = getattr(sys.modules.get(code.__module__), first, None) if rest else getattr(code, "__func__", code)
    return _is_in_public_module(owner, package)


def _is_in_public_module(obj: object, package: str) -> bool:
    packages = sys.stdlib_module_names if package in sys.stdlib_module_names else {package}
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in packages and not _has_private_part(name):
            values = list(getattr(module, "__dict__", {}).items())
            if any(value is obj and not _is_private(bound) for bound, value in values):
                return True
    return False


def _has_private_part(path: str) -> bool:
    return any(map(_is_private, path.split(".")))


def _is_private(name: str) -> bool:
    return name[:1] == "_" and name[-1:] != "_" and name not in _OF_NAMEDTUPLES


def _module_of(code: Any) -> str:
    """The module that a function or class is defined in; for what is written in C, that of its class."""
    owner = getattr(code, "__objclass__", None) or receiver(code)
    cls = owner if isinstance(owner, type) else type(owner)
    module = getattr(code, "__module__", None) or cls.__module__
    return module if isinstance(module, str) else ""
