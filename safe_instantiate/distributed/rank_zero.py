"""What only rank 0 has: a logger, a progress bar, a writer; and what stands in its place elsewhere."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, Final, ParamSpec, Protocol, TypeVar, overload

from .launch import read_rank

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "HeldConfig",
    "RankZeroStandIn",
    "holds_configs",
    "is_rank_zero",
    "rank_zero_only",
    "register_preparation",
]

P = ParamSpec("P")
T = TypeVar("T")

_TARGET: Final = "_target_"


class _Structured(Protocol):
    """A dataclass instance."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


class Preparation(Protocol):
    """Finds what is wrong with a config, and returns what builds it; the floors above know how."""

    def __call__(self, config: Any, args: tuple[Any, ...], kwargs: dict[str, Any], /) -> Callable[[], Any]: ...


_preparations: list[Preparation] = []


def register_preparation(prepare: Preparation) -> None:
    """Say how configs are built; done once, by the instantiator."""
    _preparations[:] = [prepare]


@dataclass(frozen=True, slots=True, eq=False)
class HeldConfig:
    """A config that is planned already, and built when this is called: what a target that `holds_configs` is given."""

    name: str
    make: Callable[[], Any] = field(repr=False)

    def __call__(self) -> Any:
        """Build it."""
        return self.make()


class RankZeroStandIn:
    """Stands on other ranks where rank 0 has an object: takes whatever is done with it, does nothing, keeps nothing.

    It is false, empty, and smaller, greater or equal to nothing else. Every method and attribute is there, save for
    those with names of a protocol (`__array__`, `_target_`); what they return is the stand-in again. A function that is
    handed to it alone comes back, as from a decorator. It is no number and no path: where one is needed, it raises.

    >>> logger = RankZeroStandIn("my_app.Logger")
    >>> logger.experiment.log({"loss": 0.1}, step=3)
    <stand-in for my_app.Logger, which only rank 0 has>
    >>> bool(logger), len(logger), list(logger)
    (False, 0, [])
    """

    __slots__ = ("__stands_for", "__weakref__")

    def __init__(self, stands_for: str) -> None:
        object.__setattr__(self, "_RankZeroStandIn__stands_for", stands_for)

    def __repr__(self) -> str:
        return f"<stand-in for {self.__stands_for}, which only rank 0 has>"

    def __format__(self, spec: str) -> str:
        return repr(self)  # whatever the format, which was meant for what stands elsewhere

    def __reduce__(self) -> tuple[Any, ...]:
        return RankZeroStandIn, (self.__stands_for,)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") and name.endswith("_"):
            # Pickle, copy, numpy, Jupyter ... ask by such names what an object can do.
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self

    def __setattr__(self, name: str, value: object) -> None: ...

    def __delattr__(self, name: str) -> None: ...

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The stand-in again; or the function that a decorator was to be put around."""
        if len(args) == 1 and not kwargs and isinstance(args[0], (FunctionType, type)):
            return args[0]
        return self

    def __bool__(self) -> bool:
        return False

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __next__(self) -> Any:
        raise StopIteration

    def __getitem__(self, key: object) -> Self:
        return self

    def __setitem__(self, key: object, value: object) -> None: ...

    def __delitem__(self, key: object) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    def __await__(self) -> Generator[Any, Any, Self]:
        return self.__aenter__().__await__()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        raise StopAsyncIteration

    def _itself(self, _: object) -> Self:
        return self

    # `bar.n += 1`, `run.config |= settings`. No other arithmetic: in `loss + logger.penalty` it would swallow the loss.
    __iadd__ = __isub__ = __ior__ = _itself

    def _never(self, _: object) -> bool:
        return False

    __lt__ = __le__ = __gt__ = __ge__ = _never


def is_rank_zero() -> bool:
    """Whether this process has rank 0: in the process group if there is one, else by RANK, else because it is alone.

    Raises:
        ProcessGroupError: there is no process group, and RANK is no number.

    >>> is_rank_zero()
    True
    """
    dist = sys.modules.get("torch.distributed")  # without it there is no process group
    if dist is not None and dist.is_available() and dist.is_initialized():
        return bool(dist.get_rank() == 0)
    return read_rank(os.environ) == 0


@overload
def rank_zero_only(config: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T: ...
@overload
def rank_zero_only(config: Mapping[Any, Any] | _Structured | None, *args: Any, **kwargs: Any) -> Any: ...
@overload
def rank_zero_only(config: object) -> Any: ...
def rank_zero_only(config: Any, *args: Any, **kwargs: Any) -> Any:
    """Build a config, or call a callable, on rank 0; on every other rank return a silent stand-in.

    In a config it is a target whose `config` holds what only rank 0 builds::

        logger:
          _target_: safe_instantiate.rank_zero_only
          config:
            _target_: torch.utils.tensorboard.SummaryWriter
            log_dir: runs

    The config is planned on every rank, so that a mistake in it ends all of them at once, not rank 0 alone. Not for
    what every rank needs: a data loader that goes through `rank_zero_only(tqdm, loader)` is empty on other ranks.

    Args:
        config: what `instantiate` takes, or a class, function or other callable. What is built already is returned on
            rank 0 as it is; `None` is `None` on every rank.
        *args: positional arguments for it.
        **kwargs: keyword arguments for it.

    Returns:
        On rank 0 the object itself, on every other rank a `RankZeroStandIn`: false, empty, and with every method.

    Raises:
        hydra.errors.InstantiationException: as `instantiate` raises it; what is certainly wrong with the config, on
            every rank.
        ProcessGroupError: there is no process group, and RANK is no number.

    >>> rank_zero_only({"_target_": "fractions.Fraction", "numerator": 3})
    Fraction(3, 1)
    >>> from unittest import mock
    >>> with mock.patch.dict(os.environ, RANK="1"):
    ...     writer = rank_zero_only(open, "metrics.csv", "w")
    >>> with writer as file:
    ...     _ = file.write("loss,accuracy")
    >>> writer
    <stand-in for ...open, which only rank 0 has>
    """
    if config is None or isinstance(config, RankZeroStandIn):
        return config
    if isinstance(config, HeldConfig) and (args or kwargs):
        raise TypeError("In a config, rank_zero_only takes `config` alone; arguments for its target stand in there.")
    if callable(config) and not hasattr(config, _TARGET):  # the class of a Structured Config is callable too
        make: Callable[[], Any] = functools.partial(config, *args, **kwargs)
    else:
        make = _preparations[0](config, args, kwargs)
    return make() if is_rank_zero() else RankZeroStandIn(_name(config))


def holds_configs(target: object) -> bool:
    """Whether a target decides itself if its nested configs are built, whatever `_recursive_` says.

    It gets each of them as a `HeldConfig`.

    >>> holds_configs(rank_zero_only), holds_configs(dict)
    (True, False)
    """
    return target is rank_zero_only


def _name(config: Any) -> str:
    """What a stand-in says that it stands for."""
    if isinstance(config, Mapping):
        config = config.get(_TARGET) or type(config)
    elif hasattr(config, _TARGET):
        config = config._target_
    while isinstance(config, functools.partial):
        config = config.func
    if isinstance(config, HeldConfig):
        return config.name
    if isinstance(config, str):
        return config
    named = config if hasattr(config, "__qualname__") else type(config)
    return f"{named.__module__}.{named.__qualname__}"
