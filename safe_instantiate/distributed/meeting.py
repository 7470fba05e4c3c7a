"""How the processes of a job find each other before they start a process group.

Each announces itself in the store, so that when one doesn't come, the others can say who did; torch itself would only
say that it waited. They meet in a *room*, a prefix of keys that rank 0 opens with a name of its own each time. The
store may be older than the processes (torchrun keeps one for all restarts of a job), and what was left in it by
processes that are gone, addresses to connect to among them, stays in their room.

The first to decide, usually rank 0, decides for all: the group is started, or why it is not.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from .launch import Launch, ProcessGroupError

if TYPE_CHECKING:
    from torch._C._distributed_c10d import Store

__all__ = ["Party", "meet", "open_store", "stay_until_all_are_connected"]

_PREFIX: Final = "safe_instantiate"
_ROOM: Final = "room"
_START: Final = "start:"
#: How long rank 0, whose process may hold the store, stays for the others to read why no group is started.
_FAREWELL_SECONDS: Final = 2.0
_FIRST_PAUSE: Final = 0.002
_LONGEST_PAUSE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Party:
    """One who comes to the meeting: its rank, and what it takes the group to be."""

    rank: int
    world_size: int
    backend: str

    @property
    def terms(self) -> str:
        """What everybody has to mean, in words."""
        return f"{self.world_size} processes with backend {self.backend}"


def open_store(launch: Launch, seconds: float) -> Store:
    """The store at MASTER_ADDR and MASTER_PORT: the launcher's own, or else one that rank 0 holds.

    Raises:
        ProcessGroupError: rank 0 finds the port in use, or nothing there answers as a store does in time.
    """
    outcome: list[Any] = []
    # Waited for from outside: something else than a store that listens there would be waited for without end.
    attempt = threading.Thread(target=_try_to_open, args=(launch, seconds, outcome), daemon=True)
    attempt.start()
    attempt.join(seconds)
    found = outcome[0] if outcome else None
    if found is not None and not isinstance(found, Exception):
        store: Store = found
        return store
    where = f"MASTER_ADDR {launch.address}, MASTER_PORT {launch.port}"
    if "EADDRINUSE" in str(found) or "address already in use" in str(found).lower():
        raise ProcessGroupError(
            f"MASTER_PORT {launch.port} is in use on this machine: a job that still runs, or another program. End it, "
            "or give MASTER_PORT a free port, the same one in every process; `torchrun --standalone` finds one itself."
        ) from found
    raise ProcessGroupError(
        f"Rank {launch.rank} of {launch.world_size} found no store within {seconds:g} s at {where}. "
        "Rank 0 holds it, unless the launcher does: is its process running, is this its address, "
        "and can this machine reach it there?"
    ) from found


def _try_to_open(launch: Launch, seconds: float, outcome: list[Any]) -> None:
    from torch.distributed.rendezvous import rendezvous

    try:
        # As for a world of one: rank 0 would wait for all others in here, and not say who came.
        store, _, _ = next(rendezvous("env://", launch.rank, 1, timeout=timedelta(seconds=seconds)))
        outcome.append(store)
    except Exception as error:
        outcome.append(error)


def meet(store: Store, party: Party, seconds: float) -> Store:
    """Wait until everybody is there, and return a part of the store that nobody has used yet.

    Args:
        store: what all of them have opened.
        party: this process.
        seconds: how long to wait.

    Raises:
        ProcessGroupError: somebody has not come in time, has another one in mind, or the store is gone.

    >>> from torch.distributed import HashStore
    >>> part = meet(HashStore(), Party(rank=0, world_size=1, backend="gloo"), seconds=5)
    """
    from torch.distributed import PrefixStore  # type: ignore[attr-defined]

    own = PrefixStore(_PREFIX, store)
    try:
        room, verdict = (_host if party.rank == 0 else _attend)(own, party, seconds)
    except ProcessGroupError:
        raise
    except RuntimeError as error:  # torch's, when the connection breaks
        raise ProcessGroupError(
            f"The store went away while rank {party.rank} of {party.world_size} waited for the others. "
            "Rank 0 holds it, unless the launcher does: its log says why it ended."
        ) from error
    if verdict != _START + party.terms:
        raise ProcessGroupError(
            f"Rank {party.rank} wants {party.terms}, and rank 0 has started {verdict.removeprefix(_START)}. "
            "WORLD_SIZE and the backend must be the same in every process."
        )
    return PrefixStore(f"{_PREFIX}/{room}/group", store)


def stay_until_all_are_connected(part: Store, party: Party, seconds: float) -> None:
    """Wait, once the group is started here, until it is started everywhere.

    torch goes on as soon as this process is connected to the others. With gloo these may still be busy with that, and
    fail if this one, done with its work, ends the group meanwhile.

    Args:
        part: what `meet` has returned.
        party: this process.
        seconds: how long to wait.

    Raises:
        ProcessGroupError: somebody was not connected in time.
    """
    everybody = [_connected(rank) for rank in range(party.world_size)]
    try:
        part.set(_connected(party.rank), "")
        if any(part.check(everybody) for _ in _moments(seconds)):
            return
        missing = [rank for rank in range(party.world_size) if not part.check([_connected(rank)])]
    except RuntimeError:
        return  # the store was rank 0's and went with it: it had seen all others here, or a collective call will say so
    raise ProcessGroupError(
        f"All {party.world_size} processes met, but {_ranks(missing)} did not connect within {seconds:g} s. "
        "The log of that rank says what became of it; if it is only slow, give it longer by `timeout`."
    )


def _host(store: Store, party: Party, seconds: float) -> tuple[str, str]:
    """Rank 0 opens a room, waits for all to come, and decides."""
    room = uuid.uuid4().hex
    store.set(_came(room, 0), party.terms)
    store.set(_ROOM, room)
    everybody = [_came(room, rank) for rank in range(party.world_size)]
    for _ in _moments(seconds):
        store.add(_heartbeat(room), 1)
        if store.check(everybody):
            return room, _decide(store, room, party, _disagreement(store, room, party))
    return room, _decide(store, room, party, _somebody_missing(store, room, party, seconds))


def _attend(store: Store, party: Party, seconds: float) -> tuple[str, str]:
    """Any other rank comes to the room, and waits for the decision.

    It is the room of rank 0 as it lives now only if the heart beats while this rank looks on; otherwise it was left
    there by an earlier meeting.
    """
    seen, joined = ("", 0), ""
    for _ in _moments(seconds):
        if joined:
            if store.check([_verdict(joined)]):
                return joined, _decide(store, joined, party, None)
        elif store.check([_ROOM]):
            room = store.get(_ROOM).decode()
            heard = room, store.add(_heartbeat(room), 0)
            if heard != seen and seen[0] == room:
                store.set(_came(room, party.rank), party.terms)
                joined = room
            seen = heard
    if joined:
        return joined, _decide(store, joined, party, _somebody_missing(store, joined, party, seconds))
    raise ProcessGroupError(
        f"Rank 0 did not come within {seconds:g} s; this is rank {party.rank} of {party.world_size}. "
        "The log of rank 0 says what became of it; if it is only slow, give it longer by `timeout`."
    )


def _decide(store: Store, room: str, party: Party, failure: str | None) -> str:
    """What is decided: this, unless somebody was faster. Raises when it is that no group is started."""
    verdict: str = store.compare_set(_verdict(room), "", failure or _START + party.terms).decode()
    if verdict.startswith(_START):
        return verdict
    store.set(_left(room, party.rank), "")
    if party.rank == 0:
        others = [_left(room, rank) for rank in _who_came(store, room, party)]
        for _ in _moments(_FAREWELL_SECONDS):
            if store.check(others):
                break
    raise ProcessGroupError(verdict)


def _disagreement(store: Store, room: str, party: Party) -> str | None:
    by_terms: dict[str, list[int]] = defaultdict(list)
    for rank in range(party.world_size):
        by_terms[store.get(_came(room, rank)).decode()].append(rank)
    if len(by_terms) == 1:
        return None
    wanted = "; ".join(f"{_ranks(ranks)}: {terms}" for terms, ranks in by_terms.items())
    return (
        f"The processes of this job don't mean the same group ({wanted}). "
        "WORLD_SIZE must be the same in every process, and so must the backend: "
        "name one, `ensure_process_group('gloo')`, where machines have different devices."
    )


def _somebody_missing(store: Store, room: str, party: Party, seconds: float) -> str:
    came = _who_came(store, room, party)
    missing = [rank for rank in range(party.world_size) if rank not in came]
    if not missing:
        return (
            f"All of {_ranks(came)} came, but not within the {seconds:g} s that rank {party.rank} waited; "
            "give it longer by `timeout`."
        )
    return (
        f"Only {_ranks(came)} of {party.world_size} came within {seconds:g} s; missing: {_ranks(missing)}. "
        "The log of a missing rank says what became of it; if it is only slow, give it longer by `timeout`."
    )


def _who_came(store: Store, room: str, party: Party) -> list[int]:
    return [rank for rank in range(party.world_size) if store.check([_came(room, rank)])]


def _came(room: str, rank: int) -> str:
    return f"{room}/came/{rank}"


def _connected(rank: int) -> str:
    return f"connected/{rank}"


def _heartbeat(room: str) -> str:
    return f"{room}/heartbeat"


def _left(room: str, rank: int) -> str:
    return f"{room}/left/{rank}"


def _verdict(room: str) -> str:
    return f"{room}/verdict"


def _ranks(ranks: Iterable[int]) -> str:
    """Ranks as a person writes them.

    >>> _ranks([0, 1, 2, 5])
    'ranks 0-2, 5'
    """
    runs: list[list[int]] = []
    for rank in ranks:
        if runs and runs[-1][1] == rank - 1:
            runs[-1][1] = rank
        else:
            runs.append([rank, rank])
    text = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
    return f"rank {text}" if text.isdigit() else f"ranks {text}"


def _moments(seconds: float) -> Iterator[None]:
    """Times to look again: at once, then ever less often, for the last time when the seconds are over."""
    end = time.monotonic() + seconds
    pause = _FIRST_PAUSE
    while True:
        left = end - time.monotonic()
        yield
        if left <= 0:
            return
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, _LONGEST_PAUSE)
