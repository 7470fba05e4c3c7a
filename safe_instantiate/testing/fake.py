"""`fake_distributed`: one process that is a rank among several, for unit tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

__all__ = ["fake_distributed"]

#: The groups of the worlds that are open, the innermost last.
_open: list[Any] = []


@contextmanager
def fake_distributed(rank: int, world_size: int) -> Iterator[None]:
    """Be one rank of several without the others: a context manager and a decorator.

    `torch.distributed` answers as in a job of that size: a process group of torch's backend "fake" is there, so that
    samplers, device meshes, DistributedDataParallel and FSDP construct. RANK, WORLD_SIZE, LOCAL_RANK and
    LOCAL_WORLD_SIZE say the same, as torchrun would on one machine, since loggers read these. A collective returns at
    once and tells nothing of others: a tensor or list that it would fill from another rank keeps what it holds, a
    gathered one holds this rank's own. What needs real answers, the backward pass of DistributedDataParallel among
    them, is a case for `torchrun`.

    May be nested: the inner world holds until its block ends. For the whole process, not for one thread. Afterwards
    everything is as before; a group that the code under test has started itself is left alone.

    Args:
        rank: who this process is.
        world_size: among how many.

    Raises:
        ValueError: there is no such rank.
        RuntimeError: there is a real process group, or this torch has no fake one.

    >>> import torch.distributed as dist
    >>> with fake_distributed(rank=1, world_size=4):
    ...     print(dist.is_initialized(), dist.get_rank(), dist.get_world_size())
    True 1 4
    >>> dist.is_initialized()
    False
    """
    import torch.distributed as dist

    if world_size < 1 or not 0 <= rank < world_size:
        raise ValueError(f"there is no rank {rank} in a world of {world_size}: ranks are 0 to world_size - 1")
    with ExitStack() as restored:
        restored.enter_context(_environment(rank, world_size))
        restored.enter_context(_object_collectives(rank))
        outer = _current_group()
        if outer is not None and (not _open or outer is not _open[-1]):
            raise RuntimeError(
                f"there is a process group already, rank {dist.get_rank(outer)} of {dist.get_world_size(outer)}: "
                "end it by torch.distributed.destroy_process_group() before a test pretends to be in another one"
            )
        if outer is not None:
            restored.enter_context(_without(outer))
        restored.enter_context(_group(rank, world_size))
        yield


@contextmanager
def _group(rank: int, world_size: int) -> Iterator[None]:
    """A fake process group; at the end it is destroyed, if the block has not done so."""
    import torch.distributed as dist

    _open.append(_started(rank, world_size))
    try:
        yield
    finally:
        if _open.pop() is _current_group():  # still this world's own
            dist.destroy_process_group()


@contextmanager
def _without(outer: Any) -> Iterator[None]:
    """Without the group of the world outside; afterwards that world has another one like it."""
    import torch.distributed as dist

    rank, world_size = dist.get_rank(outer), dist.get_world_size(outer)
    dist.destroy_process_group()
    try:
        yield
    finally:
        if _current_group() is None:
            _open[-1] = _started(rank, world_size)


def _started(rank: int, world_size: int) -> Any:
    import torch.distributed as dist

    excepthook = sys.excepthook
    dist.init_process_group("fake", store=_fake_store(), rank=rank, world_size=world_size)
    sys.excepthook = excepthook  # torch's puts the rank before each line of a traceback, for as long as Python runs
    return _current_group()


def _current_group() -> Any:
    """The default process group, also where a test has replaced `is_initialized`."""
    import torch.distributed as dist

    if not dist.is_available():
        raise RuntimeError("this torch is built without its distributed package, a fake process group included")
    return dist.group.WORLD


def _fake_store() -> Any:
    try:
        from torch.testing._internal.distributed.fake_pg import FakeStore  # it registers the backend "fake" too
    except ImportError as error:
        import torch

        raise RuntimeError(
            f"torch {torch.__version__} has no fake process group; replace what the code under test asks instead: "
            'mock.patch("torch.distributed.get_rank", return_value=1) and its like'
        ) from error
    return FakeStore()


def _environment(rank: int, world_size: int) -> Any:
    return _replaced(
        os.environ,
        {
            "RANK": str(rank),
            "WORLD_SIZE": str(world_size),
            "LOCAL_RANK": str(rank),
            "LOCAL_WORLD_SIZE": str(world_size),
        },
    )


@contextmanager
def _replaced(variables: Any, values: Mapping[str, str]) -> Iterator[None]:
    """With these variables; others may be changed meanwhile and stay so."""
    before = {name: variables.get(name) for name in values}
    variables.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                variables.pop(name, None)
            else:
                variables[name] = value


@contextmanager
def _object_collectives(rank: int) -> Iterator[None]:
    """Collectives that torch's fake backend can't do: they would unpickle what no other rank has sent."""
    import torch.distributed as dist
    from torch.distributed import distributed_c10d

    def keep(*_args: Any, **_kwargs: Any) -> None:
        """What is there stays: this rank's own, or a placeholder."""

    def scatter_object_list(
        scatter_object_output_list: list[Any],
        scatter_object_input_list: list[Any] | None = None,
        *_args: Any,
        **_kwargs: Any,
    ) -> None:
        if scatter_object_input_list is not None:
            scatter_object_output_list[0] = scatter_object_input_list[rank]

    def recv_object_list(_objects: list[Any], src: int | None = None, *_args: Any, **_kwargs: Any) -> int:
        return src or 0

    replacements = {
        "broadcast_object_list": keep,
        "monitored_barrier": keep,
        "recv_object_list": recv_object_list,
        "scatter_object_list": scatter_object_list,
    }
    with ExitStack() as restored:
        for module in (dist, distributed_c10d):
            for name, replacement in replacements.items():
                restored.enter_context(mock.patch.object(module, name, replacement))
        yield
