"""The keys that steer instantiation, and the values that they may have."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final, Literal

from safe_instantiate.hydra_compat import ISOLATES

TARGET: Final = "_target_"
ARGS: Final = "_args_"
PARTIAL: Final = "_partial_"
RECURSIVE: Final = "_recursive_"
CONVERT: Final = "_convert_"

#: Says in a call what its config may name (Hydra 1.4); in a config it would let the config judge itself.
EXECUTION_WHITELIST: Final = "_execution_whitelist_"

#: Asks for a config that is resolved as a whole before it is built (Hydra 1.4); read at the top level alone.
ISOLATE: Final = "_isolate_"

#: The keys that the installed Hydra reads from a config; none of them ever reaches a constructor.
CONTROL_KEYS: Final = frozenset({TARGET, ARGS, PARTIAL, RECURSIVE, CONVERT, *((ISOLATE,) if ISOLATES else ())})
#: The ones that say how to build and nothing about what.
MODE_KEYS: Final = CONTROL_KEYS - {TARGET, ARGS}

ConvertName = Literal["none", "partial", "object", "all"]
CONVERT_NAMES: Final = ("none", "partial", "object", "all")


def convert_name(value: Any) -> ConvertName | None:
    """The conversion mode that `value` names (any case, or Hydra's `ConvertMode`), or None if it names none.

    A null is the mode "none": that is what Hydra makes of it, and what who writes it means.
    """
    if value is None:
        return "none"
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str) and value.lower() in CONVERT_NAMES:
        return value.lower()  # type: ignore[return-value]
    return None


def intended_control_key(key: str) -> str | None:
    """The control key that `key` is a misspelling of, if it looks like one.

    Only names of the same make (`_word_`) count: `_partail_` does, `_private` and `partial` do not.
    """
    if len(key) < 5 or key[0] != "_" or key[-1] != "_" or key.startswith("__") or key in CONTROL_KEYS:
        return None
    from difflib import get_close_matches  # only who has something to suggest needs it

    close = get_close_matches(key.lower(), CONTROL_KEYS, n=1, cutoff=0.75)
    return close[0] if close else None


def intended_convert_name(value: Any) -> str | None:
    """The conversion mode that a wrong `_convert_` was meant to be, if one is close."""
    from difflib import get_close_matches  # only who has something to suggest needs it

    close = get_close_matches(str(value).lower(), CONVERT_NAMES, n=1, cutoff=0.5)
    return close[0] if close else None


def target_text(target: Any) -> Any:
    """The dotted path of a callable given as `_target_`, as Hydra writes it; anything else as it is.

    >>> from collections import OrderedDict
    >>> target_text(OrderedDict)
    'collections.OrderedDict'
    """
    if callable(target) and hasattr(target, "__qualname__"):
        return f"{target.__module__}.{target.__qualname__}"
    return target
