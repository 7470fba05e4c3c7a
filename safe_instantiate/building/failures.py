"""What a failed call becomes: Hydra's exception, with the place, the target and the arguments' types added."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Final

from omegaconf.errors import OmegaConfBaseException

from safe_instantiate.errors import InstantiationException, call_message
from safe_instantiate.hydra_compat import WRAPS_CONSTRUCTOR_ERRORS, args_failure
from safe_instantiate.planning.nodes import Call, full_key
from safe_instantiate.targets.policy import Refusal

#: How Hydra's messages, and the ones made here, begin the line that says where.
_KEY_LINE: Final = "full_key: "


class _NamelessError(InstantiationException, AttributeError):
    """Hydra 1.3 looks for the module of what failed, and fails itself with a method written in C, which has none."""


def call_failed(
    node: Call, prefix: str, error: Exception, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> InstantiationException | None:
    """The exception to raise from what a constructor raised; None to let the original pass.

    Hydra 1.3 wraps what a constructor raised. 1.4 lets it pass, so the same text goes into a note on it.
    """
    message = call_message(node.target.name, full_key(prefix, node.place), error, args, kwargs)
    failure = _told(error, message + _advice(error))
    if failure is not None and not hasattr(node.target.obj, "__module__"):
        return _NamelessError(*failure.args)
    return failure


def completion_failed(
    partial: functools.partial[Any], error: Exception, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> InstantiationException | None:
    """The same for a partial that was completed."""
    function = partial.func
    name = f"{function.__module__}.{function.__qualname__}" if hasattr(function, "__qualname__") else str(function)
    return _told(error, call_message(name, "", error, args, kwargs))


def refused(node: Call, prefix: str, refusal: Refusal) -> InstantiationException:
    """The exception for a call that the policy forbids once its arguments or its result are known."""
    place = full_key(prefix, node.place)
    lines = [refusal.message, refusal.hint, f"full_key: {place}" if place else ""]
    return InstantiationException("\n".join(filter(None, lines)))


def _advice(error: Exception) -> str:
    # What torch says of DistributedDataParallel, FSDP and the like when there is no group; samplers wait by themselves.
    if "process group has not been initialized" not in str(error).lower():
        return ""
    return (
        "\nThis target needs the process group: call safe_instantiate.ensure_process_group() before it is built, or "
        "leave its config to the code that makes the group (Instantiator(leave_configs_to=...))."
    )


def args_refused(node: Call, prefix: str, value: object) -> Exception:
    """The exception for an `_args_` that came out as something that is no list: the installed Hydra's own."""
    failure = args_failure(node.target.obj, value, full_key(prefix, node.place))
    return failure or InstantiationException(f"Unsupported _args_ type: {type(value).__name__}")


def _told(error: Exception, message: str) -> InstantiationException | None:
    if WRAPS_CONSTRUCTOR_ERRORS:
        return InstantiationException(message)
    if hasattr(error, "add_note"):
        error.add_note(message)
    else:  # Python 3.10: traceback printers that know notes read this attribute
        vars(error)["__notes__"] = [*getattr(error, "__notes__", ()), message]
    return None


def name_place(error: OmegaConfBaseException, place: str) -> None:
    """Have an error of OmegaConf's about a config without parent name the key that it has where the config stands."""
    below = error.full_key  # an int, where it is the index of a list that is all there is
    if below is not None:
        step = f"[{below}]" if isinstance(below, int) else below
        key = f"{place}{step if not step or step.startswith('[') else f'.{step}'}"
        error.args = (str(error).replace(f"{_KEY_LINE}{below}", f"{_KEY_LINE}{key}", 1),)
        error.full_key = key


def failed_key(error: Exception) -> str | None:
    """The full key that an exception from a build was told to name; None if it names none."""
    for text in (str(error), *getattr(error, "__notes__", ())):
        for line in str(text).splitlines():
            if line.startswith(_KEY_LINE):
                return line.removeprefix(_KEY_LINE)
    return None


def with_place(error: Exception, place: str) -> None:
    """Have an exception from a build say in which file, and where in it, the node stands that failed."""
    if isinstance(error, InstantiationException) and error.args:
        error.args = (f"{error.args[0]}\nin {place}", *error.args[1:])
    elif hasattr(error, "add_note"):
        error.add_note(f"in {place}")
