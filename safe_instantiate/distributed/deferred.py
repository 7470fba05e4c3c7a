"""Samplers that wait for the process group.

A `DistributedSampler` whose `num_replicas` or `rank` is left to the process group can't be made before there is one,
and configs are often built first. A *deferred* sampler belongs to a hidden subclass of its own class, remembers its
arguments, and runs the real `DistributedSampler.__init__` as soon as something is asked of it that depends on the
process group. From then on it is a plain instance of its class.

Only `DistributedSampler.__init__` is put off: the constructor of a subclass runs once, at the usual time, and what it
sets stays.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import Any, SupportsIndex

from .forks import lock_kept_over_forks

__all__ = ["ProcessGroupMissingError", "is_deferred", "resolve_deferred"]

#: What `DistributedSampler.__init__` takes and keeps under the same name.
_KEPT_ARGUMENTS = ("dataset", "num_replicas", "rank", "shuffle", "seed", "drop_last")
#: What it asks the process group for when it is left out.
LEFT_TO_THE_GROUP = ("num_replicas", "rank")
#: What it works out from the process group.
_KNOWN_WITH_THE_GROUP = (*LEFT_TO_THE_GROUP, "num_samples", "total_size")

#: Where a deferred sampler keeps its `Waiting`, in its `__dict__`; gone once it is resolved.
_WAITING = "_safe_instantiate_waiting"
#: Where a hidden class keeps the class that it stands in for.
_PLAIN = "_safe_instantiate_plain_class"

#: By id, because a sampler need not be hashable; weakly, because nobody waits for a sampler that nobody has.
_pending: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
#: Re-entrant, because a garbage collection can run user code in the midst of any line that holds it.
_lock = lock_kept_over_forks()


class ProcessGroupMissingError(RuntimeError):
    """A deferred sampler was used, and there is still no process group.

    >>> print(ProcessGroupMissingError("data.sampler: `len()` needs the process group, and there is none."))
    data.sampler: `len()` needs the process group, and there is none.
    """


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """What `DistributedSampler.__init__` will be called with, and the config node that the sampler was made for."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    node: str


def is_deferred(obj: object) -> bool:
    """Whether `obj` is a sampler that still waits for the process group; asking resolves nothing and needs no torch.

    >>> is_deferred("anything else")
    False
    """
    return _PLAIN in vars(type(obj))


def resolve_deferred() -> int:
    """Makes every deferred sampler now, in the order of their creation, and returns how many there were.

    Call it right after the process group is initialised, so that what is wrong with a sampler shows there instead of at
    the first batch. Raises `ProcessGroupMissingError` when samplers wait and there is no process group. When the real
    constructor of one raises, its error passes through, with a note that names the config node (on Python 3.11 and
    newer); that sampler and those after it keep waiting, and the next call goes on with them.

    >>> from torch import distributed
    >>> from torch.utils.data import DistributedSampler
    >>> from safe_instantiate.distributed import deferring
    >>> with deferring(lambda: "data.sampler"):
    ...     sampler = DistributedSampler(range(10))
    >>> distributed.init_process_group("gloo", store=distributed.HashStore(), rank=0, world_size=1)
    >>> made = resolve_deferred()
    >>> len(sampler), is_deferred(sampler)
    (10, False)
    >>> distributed.destroy_process_group()
    """
    with _lock:
        waiting = list(_pending.values())
    for sampler in waiting:
        _resolve(sampler, "`resolve_deferred()`")
    return len(waiting)


class _Deferred:
    """What every hidden class does: answers what can be answered without a process group, resolves for the rest.

    Its methods are copied, not inherited: with a second base `__class__` could not be set back to the plain class.
    """

    def __getattr__(self, name: str) -> Any:
        # Asked only for what is not there. Protocols (copy, pickle, inspect ...) probe for dunder names.
        if name in _KNOWN_WITH_THE_GROUP or not (name.startswith("__") or no_group_yet()):
            _resolve(self, f"`{name}`")
            return getattr(self, name)
        plain = _plain_class(type(self))
        if hasattr(plain, "__getattr__"):
            return plain.__getattr__(self, name)
        raise AttributeError(f"{plain.__name__!r} object has no attribute {name!r}")

    def __iter__(self) -> Iterator[Any]:
        _resolve(self, "iteration")
        return iter(self)

    def __len__(self) -> int:
        _resolve(self, "`len()`")
        return len(self)

    def __bool__(self) -> bool:
        # `if self.sampler:` asks whether there is a sampler, often long before the process group.
        if no_group_yet():
            return True
        _resolve(self, "`bool()`")
        return bool(self)

    def __repr__(self) -> str:
        waiting = vars(self).get(_WAITING)
        place = f", made for {waiting.node}" if waiting is not None and waiting.node else ""
        return f"<deferred {_plain_class(type(self)).__name__}{place}>"

    __str__ = __repr__

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> tuple[Any, ...]:
        # The arguments travel in the state, not in the call: a dataset that holds its own sampler is a cycle.
        own_state: Any = self.__getstate__() if hasattr(self, "__getstate__") else dict(vars(self))
        return _revive, (_plain_class(type(self)),), (vars(self).get(_WAITING), own_state)

    def __setstate__(self, state: tuple[Waiting, Any]) -> None:
        vars(self)[_WAITING], own_state = state
        plain = _plain_class(type(self))
        if hasattr(plain, "__setstate__"):
            plain.__setstate__(self, own_state)
        else:
            vars(self).update(own_state)


def _revive(plain: type) -> Any:
    """An empty deferred sampler that waits in this process, for copy and pickle to fill."""
    sampler: Any = object.__new__(_hidden_class(plain))
    with _lock:
        _pending[id(sampler)] = sampler
    return sampler


def _plain_class(kind: type) -> Any:
    return vars(kind).get(_PLAIN, kind)  # itself, when another thread has just resolved the sampler


def _hidden_class(plain: type) -> type:
    """The subclass for deferred samplers of this class; Python itself remembers it, weakly, among the subclasses.

    An `__init_subclass__` of the class is told of it, as of any other.
    """
    with _lock:
        known: type
        for known in type.__subclasses__(plain):
            if _PLAIN in vars(known):
                return known
        body: dict[str, Any] = {_PLAIN: plain, "__slots__": (), "__module__": plain.__module__}
        body.update((name, value) for name, value in vars(_Deferred).items() if isinstance(value, FunctionType))
        make: Any = type(plain)  # its metaclass
        hidden: type = make(f"Deferred{plain.__name__}", (plain,), body)
        return hidden


def no_group_yet() -> bool:
    """Whether there may be a process group later but is none now; asked anew each time, since tests replace both."""
    import torch.distributed  # loaded long since: a sampler exists

    return torch.distributed.is_available() and not torch.distributed.is_initialized()


def defer(sampler: Any, arguments: dict[str, Any], waiting: Waiting) -> None:
    """Takes the place of `DistributedSampler.__init__` for now: sets what is certain, remembers the rest."""
    if not hasattr(type(arguments["dataset"]), "__len__"):
        len(arguments["dataset"])  # raises what the real one would, where the mistake was made
    own = vars(sampler)
    for name in _KNOWN_WITH_THE_GROUP:
        own.pop(name, None)  # set by a subclass beforehand, and the real one would have written over it
    for name in _KEPT_ARGUMENTS:
        if name in arguments and not (name in LEFT_TO_THE_GROUP and arguments[name] is None):
            setattr(sampler, name, arguments[name])
    sampler.epoch = 0
    with _lock:
        own[_WAITING] = waiting
        if not is_deferred(sampler):
            sampler.__class__ = _hidden_class(type(sampler))
        _pending[id(sampler)] = sampler


def _resolve(sampler: Any, asked: str) -> None:
    """Runs the real `DistributedSampler.__init__`, after which the sampler is a plain one; `asked` is what needs it."""
    kind = type(sampler)
    own = vars(sampler)
    waiting: Waiting | None = own.get(_WAITING)
    if _PLAIN in vars(kind) and waiting is not None:  # else another thread has been faster
        if no_group_yet():
            raise ProcessGroupMissingError(_message(waiting, _plain_class(kind).__name__, asked))
        # On a stand-in, so that a failure changes nothing and no thread sees a sampler half made. What the sampler has
        # been told since its creation (its epoch, what a subclass set) is newer than anything found here.
        stand_in = object.__new__(_plain_class(kind))
        vars(stand_in).update((name, value) for name, value in dict(own).items() if name != _WAITING)
        _run_the_real_constructor(stand_in, waiting)
        for name, value in vars(stand_in).items():
            own.setdefault(name, value)
    become_plain(sampler)


def _run_the_real_constructor(stand_in: Any, waiting: Waiting) -> None:
    from torch.utils.data.distributed import DistributedSampler

    try:
        DistributedSampler.__init__(stand_in, *waiting.args, **waiting.kwargs)
    except Exception as error:
        if sys.version_info >= (3, 11):
            place = f"{waiting.node}: " if waiting.node else ""
            error.add_note(f"{place}raised by the deferred {type(stand_in).__name__} when it was made")
        raise


def become_plain(sampler: Any) -> None:
    with _lock:
        _pending.pop(id(sampler), None)
        vars(sampler).pop(_WAITING, None)
        if is_deferred(sampler):
            sampler.__class__ = _plain_class(type(sampler))


def _message(waiting: Waiting, class_name: str, asked: str) -> str:
    place = f"{waiting.node}: " if waiting.node else ""
    return (
        f"{place}{asked} needs the process group, and there is none. This {class_name} takes its num_replicas or rank "
        "from the process group. Call torch.distributed.init_process_group(...) or "
        "safe_instantiate.ensure_process_group() before it is used, or give it num_replicas and rank."
    )
