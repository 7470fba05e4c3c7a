"""Runs checks in every rank under the real torchrun, and gives the tests what each rank found.

A launch takes seconds, nearly all of them for importing torch, so a test file launches once for each world: all of its
checks run one after the other in the same ranks, and each of its tests looks at what one check has returned.
"""

from __future__ import annotations

import traceback
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.distributed as dist

from safe_instantiate.testing import torchrun
from tests.distributed import groups
from tests.distributed.leftovers import processes_bearing, still_there

#: Longer than any launch takes on a busy machine. Nothing waits for it to pass.
PATIENCE = 240.0
#: How long a process that was killed may take to disappear; a DataLoader worker looks after its parent every 5 s.
FAREWELL = 60.0
#: An environment variable by which all processes of a launch, and all that they start, are known afterwards.
MARK = "SAFE_INSTANTIATE_HARNESS"

#: Runs in every rank: takes the backend, begins without a process group and ends without one, returns plain data.
Check = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class World:
    """How many processes on how many nodes, the latter played by torchrun agents on the loopback device."""

    nproc: int
    nnodes: int = 1
    backend: str = "gloo"

    @property
    def size(self) -> int:
        return self.nproc * self.nnodes

    def __str__(self) -> str:
        processes = f"{self.nnodes}x{self.nproc}" if self.nnodes > 1 else str(self.nproc)
        return f"{processes}_{self.backend}"


TWO, FOUR, EIGHT, TWO_NODES = World(2), World(4), World(8), World(2, nnodes=2)


def with_nccl(*worlds: World) -> list[World]:
    """These worlds, and with NCCL those of one node that the machine has GPUs enough for; one GPU is a world of one."""
    gpus = torch.cuda.device_count()
    candidates = [World(1), *(world for world in worlds if world.nnodes == 1)]
    return [*worlds, *(replace(world, backend="nccl") for world in candidates if world.nproc <= gpus)]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check returned in one rank, or the traceback of what it raised."""

    value: Any = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Launched:
    """What all checks of one launch returned, rank by rank."""

    world: World
    by_rank: Sequence[dict[str, Outcome]]

    def values_of(self, check: Check) -> list[Any]:
        """What the check returned in each rank, by rank; fails with the tracebacks where it raised."""
        outcomes = [rank[check.__name__] for rank in self.by_rank]
        failures = [f"rank {rank}:\n{outcome.failure}" for rank, outcome in enumerate(outcomes) if outcome.failure]
        assert not failures, "\n".join(failures)
        return [outcome.value for outcome in outcomes]


def launch(world: World, checks: Sequence[Check]) -> Launched:
    """Runs the checks in every rank of a world."""
    values = in_every_rank(run_checks, world, checks, world.backend)
    assert [check.__name__ for check in checks] == list(values[0])
    return Launched(world, values)


def in_every_rank(function: Callable[..., Any], world: World, *args: Any, **options: Any) -> list[Any]:
    """What the function returned in each rank, by rank. However it ends, no process of the launch is left."""
    mark = uuid.uuid4().hex
    try:
        results = torchrun(
            function,
            nproc=world.nproc,
            nnodes=world.nnodes,
            args=args,
            env={MARK: mark, **options.pop("env", {})},
            timeout=options.pop("timeout", PATIENCE),
            **options,
        )
    finally:
        left = still_there(processes_bearing(MARK, mark), FAREWELL)
        assert not left, f"processes left by {function.__name__}: {left}"
    assert [result.rank for result in results] == list(range(world.size))
    return [result.value for result in results]


def run_checks(checks: Iterable[Check], backend: str) -> dict[str, Outcome]:
    """Runs in a rank, one check after the other; one that raises does not keep the next from running."""
    return {check.__name__: _outcome(check, backend) for check in checks}


def _outcome(check: Check, backend: str) -> Outcome:
    groups.begin(check.__name__)
    try:
        value = check(backend)
    except Exception:
        return Outcome(failure=traceback.format_exc())
    else:
        return Outcome(failure="left a process group") if dist.is_initialized() else Outcome(value)
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()
