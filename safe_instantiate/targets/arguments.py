"""Targets that are harmless with some arguments and not with others."""

from __future__ import annotations

import os
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from safe_instantiate.targets import forbidden, forbidden_packages, members, zen
from safe_instantiate.targets.identity import identity, invoked, plain_name, receiver
from safe_instantiate.targets.interpreter import (
    is_code,
    is_container,
    is_environment,
    is_import_system,
    is_kept_by_a_module,
    state_reason,
)
from safe_instantiate.targets.private import property_read

_Args = tuple[Any, ...]
_Kwargs = Mapping[str, Any]


def needs_argument_check(obj: object) -> bool:
    """Whether a verdict on `obj` depends on its arguments too. It does for very few targets.

    >>> needs_argument_check(open), needs_argument_check(dict)
    (True, False)
    """
    target, _, _ = invoked(obj, (), {})
    return (
        _is_listed(identity(target))
        or plain_name(target) in members.JUDGED_BY_ARGUMENTS
        or isinstance(target, (types.MethodDescriptorType, types.WrapperDescriptorType))
        or (isinstance(target, type) and issubclass(target, type))
    )


def is_harmless_by_arguments_only(obj: object) -> bool:
    """Whether a callable can do harm in somebody else's hands, by the arguments that it is called with.

    A method of a class counts only if what it changes can be anything: `list.append` needs a list.

    >>> is_harmless_by_arguments_only(open), is_harmless_by_arguments_only(list.append)
    (True, False)
    """
    target, _, _ = invoked(obj, (), {})
    if _is_listed(identity(target)) or (isinstance(target, type) and issubclass(target, type)):
        return True
    return callable(target) and plain_name(target) in members.ATTRIBUTE_ACCESS


def discovered_path(name: str, args: _Args, kwargs: _Kwargs) -> str | None:
    """The path that a function which finds an object by its path is given; None where it is given none.

    >>> discovered_path("pkgutil.resolve_name", ("os.path:join",), {})
    'os.path.join'
    """
    path = args[0] if args else kwargs.get(forbidden.DISCOVERY[name])
    if not isinstance(path, str):  # an entry point, "package.module:name [extras]"
        path = str(getattr(path, "value", "")).partition("[")[0].strip() or None
    return path.replace(":", ".").strip(".") if isinstance(path, str) else None


def argument_reasons(target: Any, args: _Args, kwargs: _Kwargs, *, partial: bool) -> Iterator[str]:
    """Why a target may not be called with these arguments.

    Args:
        target: what is called in the end (see `invoked`).
        args: its arguments by position.
        kwargs: its arguments by keyword.
        partial: whether more arguments may come later.

    >>> list(argument_reasons(open, ("notes.txt", "w"), {}, partial=False))
    ['it opens a file for writing']
    >>> list(argument_reasons(open, ("notes.txt",), {}, partial=False))
    []
    """
    name = identity(target)
    made = _made_by(name)
    if made is not None:
        reason = _CHECKS[made](
            args if receiver(target) is not None and name.endswith(".__init__") else args[1:], kwargs
        )
        if reason is not None:
            yield reason
    elif name in _CHECKS:
        # Written as `Path.open` or bound to a path, a method is given the path first.
        reason = _CHECKS[name]((receiver(target), *args) if isinstance(target, types.MethodType) else args, kwargs)
        if reason is not None:
            yield reason
    yield from _method_reasons(target, name, args, kwargs)
    # type(obj) tells the type of an object; with more than the one argument it is a class statement.
    asks_for_type = not kwargs and (len(args) == 1 or (partial and not args))
    if isinstance(target, type) and issubclass(target, type) and not asks_for_type:
        yield "it makes a class"


def gets_by_name(obj: object) -> bool:
    """Whether calling something gives what a name or path among its arguments leads to.

    >>> gets_by_name(getattr), gets_by_name(open)
    (True, False)
    """
    target, _, _ = invoked(obj, (), {})
    return plain_name(target) in members.ATTRIBUTE_READERS or identity(target) in forbidden.DISCOVERY


def getter_read(target: Any, args: _Args) -> Any:
    """The function of a property that would run if a target read an attribute with these arguments; else None.

    >>> import pathlib
    >>> getter_read(getattr, (pathlib.Path("a.txt"), "name")).__qualname__
    'PurePath.name'
    """
    if plain_name(target) not in members.ATTRIBUTE_READERS:
        return None
    held = receiver(target)
    owner, *names = args if held is None or isinstance(held, types.ModuleType) else (held, *args)
    return property_read(type(owner), names[0]) if names and isinstance(names[0], str) else None


def _method_reasons(target: Any, name: str, args: _Args, kwargs: _Kwargs) -> Iterator[str]:
    """What speaks against a method, from what it is bound to or given as `self`."""
    method = plain_name(target)
    held = receiver(target)
    if held is None or isinstance(held, types.ModuleType):
        held, args = (args[0], args[1:]) if args else (kwargs.get("self"), args)
        if isinstance(target, (types.MethodDescriptorType, types.WrapperDescriptorType)):
            reason = state_reason(held)
            if reason is not None:
                yield reason
    if method in members.MUTATING_METHODS and is_environment(held):
        yield "it changes the process environment"
    if method in members.MUTATING_METHODS | members.LIST_METHODS and is_import_system(held):
        yield "it changes what an import finds"
    rewrites = method in members.ATTRIBUTE_WRITERS or method == "__init__" or name in members.MAPPING_WRITERS
    if rewrites and is_code(held):
        yield "it changes functions, classes or modules"
    changes = method in members.ATTRIBUTE_WRITERS or (method in members.CHANGING_METHODS and is_container(held))
    if changes and is_kept_by_a_module(held):
        yield "it changes what a module keeps"
    if method in members.ATTRIBUTE_WRITERS and args:
        reason = members.PROTOCOLS.get(args[0]) if isinstance(args[0], str) else None
        if reason is not None:
            yield reason
        if args[0] == "__dict__":
            yield "it sets any attribute at once"
    if method in ("__set__", "__delete__") and args and is_code(args[0]):
        yield "it changes functions, classes or modules"
    attribute = "__dict__" if method == "__getstate__" else args[0] if args else None
    if method in members.ATTRIBUTE_READERS and is_code(held) and attribute in members.IMPLEMENTATION_ATTRIBUTES:
        yield "it reaches into the implementation of functions and modules"


def _is_listed(name: str) -> bool:
    return name in _CHECKS or name in forbidden.DISCOVERY or name == zen.PROCESSING or _made_by(name) is not None


def _made_by(name: str) -> str | None:
    """The class of which there is a check, where this is what makes an instance of it: `io.FileIO.__init__`."""
    owner, _, method = name.rpartition(".")
    return owner if method in ("__init__", "__new__") and owner in _CHECKS else None


def _given(args: _Args, kwargs: _Kwargs, position: int, name: str, otherwise: Any = None) -> Any:
    return args[position] if len(args) > position else kwargs.get(name, otherwise)


def _opens_for_writing(args: _Args, kwargs: _Kwargs) -> str | None:
    return _writes(_given(args, kwargs, 1, "mode", "r"))


def _opens_archive_for_writing(args: _Args, kwargs: _Kwargs) -> str | None:
    return _writes(_given(args, kwargs, 2, "mode", "r"))


def _writes(mode: object) -> str | None:
    # An archive's mode names its compression too: "r:xz" reads.
    how = mode.partition(":")[0].partition("|")[0] if isinstance(mode, str) else "w"
    return "it opens a file for writing" if set(how) & set("wax+") else None


def _opens_descriptor_for_writing(args: _Args, kwargs: _Kwargs) -> str | None:
    flags = _given(args, kwargs, 1, "flags", os.O_RDONLY)
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    return "it opens a file for writing" if not isinstance(flags, int) or flags & writing else None


def _rewrites_its_input(args: _Args, kwargs: _Kwargs) -> str | None:
    return "it opens a file for writing" if _given(args, kwargs, 1, "inplace", False) else None


def _maps_for_writing(args: _Args, kwargs: _Kwargs) -> str | None:
    return _makes_a_file(_given(args, kwargs, 2, "mode", "r+"))


def _maps_array_for_writing(args: _Args, kwargs: _Kwargs) -> str | None:
    return _makes_a_file(_given(args, kwargs, 1, "mode", "r+"))


def _makes_a_file(mode: object) -> str | None:
    # With "r+" an array is written to, if somebody writes to it; "w+" empties the file at once.
    return None if mode in ("r", "r+", "c") else "it opens a file for writing"


def _maps_file_of_others(args: _Args, kwargs: _Kwargs) -> str | None:
    return "it makes a file, or a longer one of it" if _given(args, kwargs, 1, "shared", False) else None


def _opens_database_for_writing(args: _Args, kwargs: _Kwargs) -> str | None:
    return None if _given(args, kwargs, 1, "flag", "r") == "r" else "it opens a file for writing"


def _exits_later(args: _Args, kwargs: _Kwargs) -> str | None:
    return "with exit=True it ends the process" if _given(args, kwargs, 3, "exit") else None


def _unpickles_freely(args: _Args, kwargs: _Kwargs) -> str | None:
    if _given(args, kwargs, 2, "pickle_module") is not None:
        return "with a pickle_module the file decides what is run"
    weights_only = kwargs.get("weights_only")
    return None if weights_only is None or weights_only else "with weights_only=False the file decides what is run"


def _unpickles_unless_told(args: _Args, kwargs: _Kwargs) -> str | None:
    told = _given(args, kwargs, 6, "weights_only", False)
    return None if told else "without weights_only=True the file decides what is run"


def _unpickles_if_told(position: int) -> Callable[[_Args, _Kwargs], str | None]:
    def reason(args: _Args, kwargs: _Kwargs) -> str | None:
        told = _given(args, kwargs, position, "allow_pickle")
        return "with allow_pickle the file decides what is run" if told else None

    return reason


def _names_a_compiler(_args: _Args, kwargs: _Kwargs) -> str | None:
    # Inductor's settings say which program compiles, with which flags, and where what was compiled is kept.
    options = kwargs.get("options")
    if options is None or kwargs.get("backend", "inductor") != "inductor":
        return None
    plain = isinstance(options, Mapping) and all(
        value is None or isinstance(value, (bool, int, float)) or callable(value) or name in forbidden.COMPILER_CHOICES
        for name, value in options.items()
    )
    return None if plain else "among its options are programs to run"


def _names_its_own_list(_args: _Args, kwargs: _Kwargs) -> str | None:
    return "it changes what a config may name" if forbidden.OWN_LIST in kwargs else None


def _calls_back(args: _Args, _kwargs: _Kwargs) -> str | None:
    return "with two arguments it calls what it is given" if len(args) == 2 else None


def _configures_mock(args: _Args, kwargs: _Kwargs) -> str | None:
    if len(args) > 1 or not kwargs.keys() <= {"name", "spec", "spec_set"}:
        return "it may be given a specification and a name, but no behaviour"
    return None


def _sets_a_protocol(args: _Args, kwargs: _Kwargs) -> str | None:
    names = (name for given in (kwargs, *args) if isinstance(given, Mapping) for name in given)
    return next((members.PROTOCOLS[name] for name in names if name in members.PROTOCOLS), None)


def _unpickles_in_a_directory(args: _Args, kwargs: _Kwargs) -> str | None:
    told = _given(args, kwargs, 0, "data_home")
    return None if told is None else "with a data_home the pickles in it decide what is run"


_CHECKS: dict[str, Callable[[_Args, _Kwargs], str | None]] = {
    **dict.fromkeys(("io.open", "io.FileIO", "codecs.open", "pathlib.Path.open"), _opens_for_writing),
    **dict.fromkeys(("bz2.open", "gzip.open", "lzma.open", "tarfile.TarFile"), _opens_for_writing),
    **dict.fromkeys(("zipfile.PyZipFile", "zipfile.ZipFile", "fsspec.core.open"), _opens_for_writing),
    **dict.fromkeys(("click.utils.LazyFile", "click.utils._LazyFile", "click.utils.open_file"), _opens_for_writing),
    "click.types.File": lambda args, kwargs: _writes(_given(args, kwargs, 0, "mode", "r")),
    "fsspec.implementations.local.LocalFileOpener": _opens_for_writing,
    "fsspec.spec.AbstractFileSystem.open": _opens_archive_for_writing,
    **dict.fromkeys(("aifc.open", "sunau.open", "wave.open", "fileinput.hook_compressed"), _opens_for_writing),
    "argparse.FileType": lambda args, kwargs: _writes(_given(args, kwargs, 0, "mode", "r")),
    "os.fdopen": _opens_for_writing,
    **dict.fromkeys(("bz2.BZ2File", "gzip.GzipFile", "lzma.LZMAFile"), _opens_for_writing),
    **dict.fromkeys(
        (f"tarfile.TarFile.{kind}open" for kind in ("", "bz2", "gz", "tar", "xz")), _opens_archive_for_writing
    ),
    **dict.fromkeys(
        ("dbm.open", "dbm.dumb.open", "dbm.sqlite3.open", "_dbm.open", "_gdbm.open"), _opens_database_for_writing
    ),
    "faulthandler.dump_traceback_later": _exits_later,
    "os.open": _opens_descriptor_for_writing,
    **dict.fromkeys(("fileinput.FileInput", "fileinput.input"), _rewrites_its_input),
    **dict.fromkeys(("argparse.Namespace", "optparse.Values", "types.SimpleNamespace"), _sets_a_protocol),
    "sklearn.utils._bunch.Bunch": _sets_a_protocol,
    **dict.fromkeys(("unittest.mock.NonCallableMock", "unittest.mock.NonCallableMagicMock"), _configures_mock),
    **dict.fromkeys(forbidden.OWN_INSTANTIATE, _names_its_own_list),
    "builtins.iter": _calls_back,
    "numpy.lib._datasource.open": _opens_for_writing,
    "numpy.lib._datasource.DataSource.open": _opens_archive_for_writing,
    "numpy.lib.format.open_memmap": _maps_array_for_writing,
    "numpy.lib.format.read_array": _unpickles_if_told(1),
    "numpy.lib.npyio.NpzFile": _unpickles_if_told(2),
    "numpy.load": _unpickles_if_told(2),
    **dict.fromkeys(("numpy.memmap", "numpy._core.memmap.memmap", "numpy.core.memmap.memmap"), _maps_for_writing),
    **dict.fromkeys(forbidden_packages.READERS_OF_PICKLES, _unpickles_in_a_directory),
    "torch._VariableFunctionsClass.from_file": _maps_file_of_others,
    "builtins.StorageBase.from_file": _maps_file_of_others,
    **dict.fromkeys(("torch.compile", "torch.nn.modules.module.Module.compile"), _names_a_compiler),
    "torch.hub.load_state_dict_from_url": _unpickles_unless_told,
    "torch.serialization.load": _unpickles_freely,
}
