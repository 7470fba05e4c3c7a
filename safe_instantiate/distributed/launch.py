"""What the launcher says of this process: the five variables that torchrun sets for each process that it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["Launch", "ProcessGroupError", "read_launch", "read_rank"]

#: Either all of them are set, or the process was started alone.
VARIABLES: Final = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "LOCAL_RANK")
_PROCESSES_HERE: Final = "LOCAL_WORLD_SIZE"
_SIZES: Final = ("WORLD_SIZE", _PROCESSES_HERE)
_HIGHEST_PORT: Final = 65535


class ProcessGroupError(RuntimeError):
    """The process group can't be started, or isn't the one that was asked for.

    >>> print(ProcessGroupError("MASTER_PORT is not set"))
    MASTER_PORT is not set
    """


@dataclass(frozen=True, slots=True)
class Launch:
    """One process among those of a job. `processes_here` counts those on this machine."""

    rank: int
    world_size: int
    local_rank: int
    processes_here: int
    address: str
    port: int


def read_launch(environment: Mapping[str, str]) -> Launch | None:
    """What the launcher says, or None for a process that was started alone: none of the variables is set.

    An empty variable counts as not set. LOCAL_WORLD_SIZE, which not every launcher sets, is WORLD_SIZE by default.

    Raises:
        ProcessGroupError: some variables are missing or wrong; all of these are named.

    >>> read_launch({}) is None
    True
    >>> by_hand = {"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": "4711", "LOCAL_RANK": "1"}
    >>> read_launch(by_hand)
    Launch(rank=1, world_size=2, local_rank=1, processes_here=2, address='localhost', port=4711)
    """
    if not any(environment.get(name) for name in VARIABLES):
        return None
    problems = [f"{name} is not set" for name in VARIABLES if not environment.get(name)]
    numbers = {}
    for name in (*VARIABLES, _PROCESSES_HERE):
        if name != "MASTER_ADDR" and environment.get(name):
            number = _whole_number(environment[name])
            if number is None:
                problems.append(f"{name} is {environment[name]!r}, which is no whole number from 0 on")
            else:
                numbers[name] = number
    problems += _contradictions(numbers)
    if problems:
        raise ProcessGroupError(_message(problems))
    return Launch(
        numbers["RANK"],
        numbers["WORLD_SIZE"],
        numbers["LOCAL_RANK"],
        numbers.get(_PROCESSES_HERE, numbers["WORLD_SIZE"]),
        environment["MASTER_ADDR"],
        numbers["MASTER_PORT"],
    )


def read_rank(environment: Mapping[str, str]) -> int:
    """The rank that the launcher gave this process; 0 for a process that was started alone.

    Raises:
        ProcessGroupError: RANK is no number.

    >>> read_rank({}), read_rank({"RANK": "3"})
    (0, 3)
    """
    said = environment.get("RANK") or "0"
    rank = _whole_number(said)
    if rank is None:
        raise ProcessGroupError(f"RANK is {said!r}, which is no whole number from 0 on.")
    return rank


def _whole_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.strip().isdigit() else None


def _contradictions(numbers: Mapping[str, int]) -> list[str]:
    """What can't be, of the numbers that could be read."""
    found = [f"{size} is 0, and there is one process at least" for size in _SIZES if numbers.get(size) == 0]
    here = _PROCESSES_HERE if _PROCESSES_HERE in numbers else "WORLD_SIZE"
    for index, size in (("RANK", "WORLD_SIZE"), ("LOCAL_RANK", here), (_PROCESSES_HERE, "WORLD_SIZE")):
        highest = numbers.get(size, 0) - (index not in _SIZES)
        if numbers.get(size) and numbers.get(index, 0) > highest:
            found.append(f"{index} is {numbers[index]}, but with {size} {numbers[size]} it is {highest} at most")
    port = numbers.get("MASTER_PORT", 1)
    if port > _HIGHEST_PORT:
        found.append(f"MASTER_PORT is {port}, and the highest port is {_HIGHEST_PORT}")
    if port == 0 and numbers.get("WORLD_SIZE") != 1:
        found.append("MASTER_PORT is 0, any free port, and the other processes can't know which")
    return found


def _message(problems: list[str]) -> str:
    listed = "\n- ".join(["The process group can't be started from the environment:", *problems])
    return (
        f"{listed}\ntorchrun sets {', '.join(VARIABLES)} for every process that it starts: "
        "`torchrun --nproc-per-node=2 train.py`. For a single process, set none of them."
    )
