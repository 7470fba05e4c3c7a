"""The default process group: joined if it is there, started if it isn't."""

from __future__ import annotations

import math
import os
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from .deferred import resolve_deferred
from .launch import Launch, ProcessGroupError, read_launch
from .meeting import Party, meet, open_store, stay_until_all_are_connected

if TYPE_CHECKING:
    from types import TracebackType

    import torch
    from torch._C._distributed_c10d import Store

__all__ = ["ProcessGroupHandle", "ensure_process_group"]

#: As long as torch waits for the other processes.
_PATIENCE: Final = timedelta(minutes=30)
#: What torch says of a group whose backend nobody has named; here also of one that a test only pretends.
_UNDEFINED: Final = "undefined"
#: Two threads that both find no group must not both start one.
_lock = threading.RLock()


def _renew_lock() -> None:
    # A fork can't wait for a thread that waits for other processes; that thread is not in the child.
    global _lock  # noqa: PLW0603
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):  # not on Windows, which doesn't fork
    os.register_at_fork(after_in_child=_renew_lock)


@dataclass(frozen=True, slots=True)
class ProcessGroupHandle:
    """The process group as seen from this process. As a context manager it ends the group, if it was started for it.

    Attributes:
        backend: as torch names it: "gloo", "nccl", "cpu:gloo,cuda:nccl" ...
        rank: of this process among all.
        world_size: how many processes there are.
        local_rank: of this process among those of its machine.
        device: where this process computes: its own CUDA device, or the CPU where these don't suffice.
        started_here: whether the call that returned this has started the group. Of a copy, pickled or not, it is false.

    >>> import torch.distributed
    >>> group = ensure_process_group("gloo")
    >>> group.rank, group.world_size
    (0, 1)
    >>> with group:
    ...     pass
    >>> torch.distributed.is_initialized()
    False
    """

    backend: str
    rank: int
    world_size: int
    local_rank: int
    device: torch.device
    started_here: bool
    _group: Callable[[], object] = field(default=lambda: None, repr=False, compare=False)

    def __enter__(self) -> ProcessGroupHandle:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        import torch.distributed as dist

        # Somebody may have ended it meanwhile, and even started the next one.
        if self.started_here and dist.is_initialized() and dist.group.WORLD is self._group():
            dist.destroy_process_group()

    def __reduce__(self) -> tuple[Any, ...]:
        return ProcessGroupHandle, (self.backend, self.rank, self.world_size, self.local_rank, self.device, False)


def ensure_process_group(
    backend: str | None = None, *, timeout: timedelta | float | None = None, world_size: int | None = None
) -> ProcessGroupHandle:
    """Join the default process group, or start it; then make the samplers that waited for it.

    A group that is there already is returned as it is, whoever started it. Otherwise the variables that torchrun sets
    say who takes part; where none of them is set, this process is a world of one. Its CUDA device is set, by
    LOCAL_RANK, when there is one for every process of this machine.

    Args:
        backend: "gloo", "nccl" or a backend for each device, "cpu:gloo,cuda:nccl". By default NCCL for CUDA tensors and
            gloo for the others where every process of this machine has a CUDA device, gloo for all elsewhere.
        timeout: how long to wait for the other processes, and then for each collective call; a timedelta or seconds. By
            default torch's own timeouts hold.
        world_size: how many processes there have to be; by default as many as WORLD_SIZE says.

    Returns:
        A `ProcessGroupHandle`. `with ensure_process_group() as group:` ends the group with the block if this call has
        started it, and leaves it if it was there before.

    Raises:
        ProcessGroupError: the variables are incomplete or wrong, the port is in use, a process has not come in time (it
            says which have), or the group that is there has another backend or size.
        TypeError, ValueError: `timeout` is no length of time, or not above zero.

    >>> with ensure_process_group("gloo") as group:
    ...     print(group.rank, group.world_size, group.started_here)
    ...     print(ensure_process_group().started_here)
    0 1 True
    False
    """
    import torch.distributed as dist

    patience = _duration(timeout)
    if not dist.is_available():
        raise ProcessGroupError("This torch is built without its distributed package: no process group can be started.")
    with _lock:
        handle = (
            _existing(backend, world_size)
            if dist.is_initialized()
            else _started(backend, world_size, read_launch(os.environ), patience)
        )
    try:
        resolve_deferred()
    except BaseException:
        handle.__exit__(None, None, None)  # the caller never gets a handle to end it with
        raise
    return handle


def _duration(timeout: timedelta | float | None) -> timedelta | None:
    if timeout is None or isinstance(timeout, timedelta):
        length = timeout
    elif isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout is a timedelta or a number of seconds, got {timeout!r}")
    else:
        length = timedelta(seconds=timeout) if math.isfinite(timeout) else timedelta(0)
    if length is not None and length <= timedelta(0):
        raise ValueError(f"timeout must be finite and above zero, got {timeout!r}")
    return length


# ---- a group that is there -------------------------------------------------------------------------------------------


def _existing(backend: str | None, world_size: int | None) -> ProcessGroupHandle:
    import torch.distributed as dist

    there = _torchs_answer(dist.get_backend)
    pairs = _torchs_answer(dist.get_backend_config)
    if backend is not None and not _serves(there if pairs == _UNDEFINED else pairs, backend):
        raise ProcessGroupError(
            f"Backend {backend!r} was asked for, but the process group that is there has {there!r}. "
            "Ask for that one or for none, or end the group by `torch.distributed.destroy_process_group()` first."
        )
    rank, size = dist.get_rank(), dist.get_world_size()
    expected, said_by = _expected_size(world_size)
    if expected not in (None, size):
        raise ProcessGroupError(
            f"The process group that is there has {size} processes, but {said_by} is {expected}. "
            f"If {size} is meant, say `ensure_process_group(world_size={size})`; otherwise it was started too early or "
            "with a size of its own: end it, or leave it to `ensure_process_group` to start it."
        )
    local_rank = _local_rank(fallback=rank)
    return ProcessGroupHandle(
        there if there != _UNDEFINED else pairs, rank, size, local_rank, _device_in_use(local_rank), started_here=False
    )


def _torchs_answer(question: Callable[[], str]) -> str:
    try:
        return str(question())
    except (ValueError, RuntimeError):  # a test says that there is a group, and there is none to ask
        return _UNDEFINED


def _serves(there: str, asked: str) -> bool:
    """Whether a group with backend `there` does what `asked` asks for.

    >>> _serves("cpu:gloo,cuda:nccl", "nccl"), _serves("cpu:gloo,cuda:gloo", "nccl"), _serves("gloo", "gloo")
    (True, False, True)
    """
    known = there.lower().split(",")
    names = [pair.rpartition(":")[2] for pair in known]
    return there == _UNDEFINED or all(
        each in known or (each in names if ":" not in each else names == [each.rpartition(":")[2]])
        for each in asked.lower().split(",")
    )


def _expected_size(world_size: int | None) -> tuple[int | None, str]:
    """How many processes there should be, and who says so."""
    if world_size is not None:
        return world_size, "the world_size asked for"
    said = os.environ.get("WORLD_SIZE", "")
    return (int(said) if said.isdecimal() else None), "WORLD_SIZE"


def _local_rank(fallback: int) -> int:
    said = os.environ.get("LOCAL_RANK", "")
    return int(said) if said.isdecimal() else fallback


def _device_in_use(local_rank: int) -> torch.device:
    """The device of a process whose group somebody else has started: the one that was set, or else its own."""
    import torch

    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        return torch.device("cuda", torch.cuda.current_device())
    return _own_device(local_rank, _cuda_devices(), local_rank + 1)


# ---- a new group -----------------------------------------------------------------------------------------------------


def _started(
    backend: str | None, world_size: int | None, launch: Launch | None, patience: timedelta | None
) -> ProcessGroupHandle:
    import torch
    import torch.distributed as dist

    rank, size = (launch.rank, launch.world_size) if launch else (0, 1)
    local_rank, processes_here = (launch.local_rank, launch.processes_here) if launch else (0, 1)
    if world_size not in (None, size):
        raise ProcessGroupError(_wrong_size(world_size, launch))
    devices = _cuda_devices()
    if backend is None:
        backend = _fitting_backend(devices, processes_here, has_nccl=dist.is_nccl_available())
    elif "nccl" in backend.lower() and devices < processes_here:
        raise ProcessGroupError(
            f"Backend {backend!r} needs a CUDA device for each process of a machine. This one has {processes_here} "
            f"processes (LOCAL_RANK {local_rank} is this one), and torch sees {devices} devices. Start as many "
            "processes as there are devices, or use 'gloo'."
        )
    device = _own_device(local_rank, devices, processes_here)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    party, seconds = Party(rank, size, backend), (patience or _PATIENCE).total_seconds()
    store = _store_of_one() if launch is None else meet(open_store(launch, seconds), party, seconds)
    dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=patience)
    try:
        stay_until_all_are_connected(store, party, seconds)
    except ProcessGroupError:
        dist.destroy_process_group()
        raise
    group = dist.group.WORLD
    reference = weakref.ref(group) if group is not None else (lambda: None)
    return ProcessGroupHandle(backend, rank, size, local_rank, device, True, reference)


def _store_of_one() -> Store:
    """In memory: alone, a process needs no port, which somebody else could only take."""
    from torch.distributed import HashStore  # type: ignore[attr-defined]

    store: Store = HashStore()
    return store


def _wrong_size(asked: int | None, launch: Launch | None) -> str:
    if launch is None:
        return (
            f"{asked} processes were asked for, and this one was started alone: WORLD_SIZE is not set. "
            f"Start it by `torchrun --nproc-per-node={asked}`."
        )
    return (
        f"{asked} processes were asked for, but WORLD_SIZE is {launch.world_size}. Start as many as are asked for, "
        "or ask for none."
    )


def _cuda_devices() -> int:
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _fitting_backend(devices: int, processes_here: int, *, has_nccl: bool) -> str:
    """NCCL can't share a device between processes.

    >>> _fitting_backend(8, 8, has_nccl=True), _fitting_backend(1, 2, has_nccl=True)
    ('cpu:gloo,cuda:nccl', 'gloo')
    """
    return "cpu:gloo,cuda:nccl" if has_nccl and devices >= processes_here else "gloo"


def _own_device(local_rank: int, devices: int, processes_here: int) -> torch.device:
    import torch

    return torch.device("cuda", local_rank) if devices >= processes_here else torch.device("cpu")
