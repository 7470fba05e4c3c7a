"""Full keys: taking them apart, and following the interpolations on their way."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from omegaconf import DictConfig, ListConfig, OmegaConf

from safe_instantiate.config.reader import ancestors_of

_PART: Final = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_REFERENCE: Final = re.compile(r"\$\{(\.*)([A-Za-z_][\w.\[\]]*)\}")
#: No chain of references that means anything is longer; one that leads in a circle is.
_STEPS: Final = 20


def keys_of(full_key: str) -> tuple[Any, ...]:
    """The keys that a full key is made of.

    >>> keys_of("data.sets[0].root")
    ('data', 'sets', 0, 'root')
    """
    return tuple(int(index) if index else name for index, name in _PART.findall(full_key))


def full_key_of_keys(keys: Sequence[Any]) -> str:
    """The full key that is made of these.

    >>> full_key_of_keys(("data", "sets", 0))
    'data.sets[0]'
    """
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return text.removeprefix(".")


def joined(prefix: str, key: str) -> str:
    """A full key below another one.

    >>> joined("data", "[0].root"), joined("data", "root"), joined("", "root")
    ('data[0].root', 'data.root', 'root')
    """
    return f"{prefix}{key}" if not (prefix and key) or key.startswith("[") else f"{prefix}.{key}"


def written(config: Any) -> tuple[Any, Any]:
    """The root of the config that something is part of, and its content in plain containers, nothing resolved."""
    if not isinstance(config, (DictConfig, ListConfig)):
        return config, config if isinstance(config, (dict, list)) else {}
    root: Any = (ancestors_of(config) or [config])[0]
    try:
        return root, OmegaConf.to_container(root, resolve=False)
    except Exception:  # a value that OmegaConf can't show; what follows only adds to what is known
        return root, {}


def followed(content: Any, keys: Sequence[Any]) -> tuple[Any, ...]:
    """The keys of the node that a path leads to, when references on its way (`${a.b}`) are followed.

    Args:
        content: the whole config, with interpolations unresolved.
        keys: the path.

    >>> followed({"trainer": {"model": "${model}"}, "model": {"lr": 1}}, ("trainer", "model", "lr"))
    ('model', 'lr')
    """
    path: tuple[Any, ...] = ()
    rest = tuple(keys)
    for _ in range(_STEPS * max(len(rest), 1)):
        if not rest:
            break
        here = at(content, (*path, rest[0]))
        target = referred((*path, rest[0]), here)
        if target is not None and (len(rest) > 1 or isinstance(at(content, target), (Mapping, list, str))):
            path, rest = (), (*target, *rest[1:])
        else:
            path, rest = (*path, rest[0]), rest[1:]
    return (*path, *rest)


def referred(path: Sequence[Any], value: Any) -> tuple[Any, ...] | None:
    """The keys that a value refers to, if it is a reference to another node and nothing else."""
    match = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    levels = len(match[1])
    return (*(path[:-levels] if levels else ()), *keys_of(match[2]))


def at(content: Any, keys: Sequence[Any]) -> Any:
    """What stands at a path in plain containers; None if nothing does."""
    for key in keys:
        if isinstance(content, Mapping):
            content = content.get(key)
        elif isinstance(content, list) and isinstance(key, int) and key < len(content):
            content = content[key]
        else:
            return None
    return content
