"""What a rule looks at: the calls that a config comes to, with their arguments; it takes no knowledge of plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from omegaconf import OmegaConf

from safe_instantiate.checking.keys import at, keys_of
from safe_instantiate.targets.target import Target

if TYPE_CHECKING:
    from safe_instantiate.checking.misfits import ArgumentMisfit

#: Who calls a target: the engine, with exactly these arguments; code of the program, which may add some; or the target
#: that was given the config, which may change it too.
Caller = Literal["engine", "program", "target"]
_ABSENT: Final = object()


class Group(dict[Any, Any]):
    """A mapping without a target among the arguments; `object_type` is the class of a Structured Config, or None."""

    object_type: type | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """A config that is handed on as it is; `has_targets` says whether there is anything in it to build."""

    config: Any
    has_targets: bool


@dataclass(slots=True, eq=False)
class CallSite:
    """One target of a config, with what it is given.

    Attributes:
        full_key: where it stands.
        target: the callable, and all that is known of it.
        arguments: by name, those given by position too where the target says their names; the values are plain ones,
            `CallSite`s, `Group`s and lists of all these, and `Raw` for a config that is handed on.
        partial: whether only a `functools.partial` is made.
        caller: who calls it.
        parent: the call that this one is for, if any.
        places: the full key of each argument.
    """

    full_key: str
    target: Target
    partial: bool
    caller: Caller
    parent: CallSite | None
    arguments: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def argument(self, name: str, default: Any = None) -> Any:
        """An argument's value."""
        return self.arguments.get(name, default)


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A config that is checked.

    Attributes:
        calls: every target in it, from the outermost in.
        content: the whole config as plain containers, interpolations not resolved.
        misfits: the arguments whose values don't fit the annotations of their parameters.
        canonical: gives a full key with the references on its way followed: two that lead to one node are equal.
    """

    calls: tuple[CallSite, ...]
    content: Any
    canonical: Callable[[str], str]
    misfits: tuple[ArgumentMisfit, ...]
    _root: Any = field(repr=False)

    def calls_of(self, *names: str) -> Iterator[CallSite]:
        """The calls of the targets with these names, as written in the config or as they are defined."""
        return (call for call in self.calls if call.target.path in names or call.target.name in names)

    def value(self, full_key: str, default: Any = None) -> Any:
        """What stands at a key of the config, its interpolations resolved."""
        if not OmegaConf.is_config(self._root):
            found = at(self.content, keys_of(full_key))
            return default if found is None else found
        try:
            found = OmegaConf.select(self._root, full_key, default=_ABSENT)
        except Exception:  # what can't be resolved is a finding of its own
            return default
        return default if found is _ABSENT else found

    def texts(self) -> Iterator[tuple[tuple[Any, ...], str]]:
        """Every text of the config as it is written, with its keys."""
        return _texts((), self.content)


def _texts(path: tuple[Any, ...], value: Any) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, child in value.items():
            yield from _texts((*path, key), child)
    elif isinstance(value, (list, tuple)):
        for index, child in enumerate(value):
            yield from _texts((*path, index), child)
