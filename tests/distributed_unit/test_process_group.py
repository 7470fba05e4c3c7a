"""The process group: joined or started, by whom it is ended, and what is said when there is none to be had."""

from __future__ import annotations

import contextlib
import copy
import gc
import pickle
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import torch
import torch.distributed as dist

from safe_instantiate.distributed import (
    ProcessGroupError,
    ProcessGroupHandle,
    deferring,
    ensure_process_group,
    is_deferred,
)
from safe_instantiate.distributed.meeting import Party, meet, stay_until_all_are_connected
from tests.distributed_unit.deferred_samplers import Numbers, deferred, group_of_one
from tests.distributed_unit.joining import PATIENCE, becomes_ready, environment, outcomes, process, torchrun

VARIABLES = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "LOCAL_RANK")
ONE_OF_TWO = {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500", "LOCAL_RANK": "0"}
Environment = Callable[..., None]


@pytest.fixture(autouse=True)
def launched(monkeypatch: pytest.MonkeyPatch) -> Environment:
    """Sets a launcher's variables; until then there are none."""
    for name in (*VARIABLES, "LOCAL_WORLD_SIZE", "TORCHELASTIC_USE_AGENT_STORE"):
        monkeypatch.delenv(name, raising=False)

    def set_variables(variables: dict[str, str], **changes: str | None) -> None:
        for name, value in {**variables, **changes}.items():
            monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)

    return set_variables


@pytest.fixture
def port_of_another_program() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def port_of_nobody() -> Iterator[int]:
    with socket.socket() as reserved:  # bound, so that nobody else gets it, and not listening
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


@pytest.fixture
def launchers_store(launched: Environment) -> dist.TCPStore:
    """A store as torchrun holds it for its processes; this process is rank 0 of two."""
    store = dist.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    launched(ONE_OF_TWO, MASTER_PORT=str(store.port), TORCHELASTIC_USE_AGENT_STORE="True")
    return store


def joins(store: dist.Store, party: Party) -> None:
    """What another process does meanwhile."""
    stay_until_all_are_connected(meet(store, party, PATIENCE), party, PATIENCE)


def failure_of(*args: Any, **kwargs: Any) -> str:
    with pytest.raises(ProcessGroupError) as caught:
        ensure_process_group(*args, **kwargs)
    assert not dist.is_initialized()
    return str(caught.value)


# --- a process alone


def test_a_process_that_was_started_alone_is_a_world_of_one() -> None:
    with ensure_process_group() as group:
        assert (group.rank, group.world_size, group.local_rank, group.started_here) == (0, 1, 0, True)
        assert dist.get_world_size() == 1
        numbers = torch.ones(2)
        dist.all_reduce(numbers)
    assert not dist.is_initialized()


def test_torchruns_variables_for_one_process_make_a_world_of_one(launched: Environment) -> None:
    launched(ONE_OF_TWO, WORLD_SIZE="1", MASTER_PORT="0")
    with ensure_process_group("gloo") as group:
        assert (group.rank, group.world_size) == (0, 1)


# --- a group that is there


def test_a_second_call_returns_the_group_that_the_first_has_started() -> None:
    with ensure_process_group("gloo") as first:
        second = ensure_process_group()
        assert (second.backend, second.rank, second.world_size) == (first.backend, first.rank, first.world_size)
        assert (first.started_here, second.started_here) == (True, False)


def test_a_group_of_the_trainers_own_is_returned_and_outlives_the_block() -> None:
    with group_of_one():
        with ensure_process_group() as group:
            assert (group.backend, group.world_size, group.started_here) == ("gloo", 1, False)
        assert dist.is_initialized()


def test_a_group_that_a_test_only_pretends_is_returned() -> None:
    with ExitStack() as stack:
        for name, answer in (("is_initialized", True), ("get_rank", 1), ("get_world_size", 4)):
            stack.enter_context(mock.patch(f"torch.distributed.{name}", return_value=answer))
        with ensure_process_group("nccl") as group:
            assert (group.rank, group.world_size, group.local_rank, group.started_here) == (1, 4, 1, False)


def test_the_local_rank_of_a_group_that_is_there_is_the_launchers(launched: Environment) -> None:
    launched({}, LOCAL_RANK="3")
    with group_of_one():
        assert ensure_process_group().local_rank == 3


def test_threads_that_need_a_group_at_once_start_one() -> None:
    together = threading.Barrier(4)

    def join(_: int) -> bool:
        together.wait(PATIENCE)
        return ensure_process_group("gloo").started_here

    with ThreadPoolExecutor(4) as pool:
        started = list(pool.map(join, range(4)))
    dist.destroy_process_group()
    assert sorted(started) == [False, False, False, True]


@pytest.mark.parametrize("there", ["gloo", "cpu:gloo,cuda:gloo", None])
@pytest.mark.parametrize("asked", [None, "gloo", "GLOO", "cpu:gloo"])
def test_a_backend_that_the_group_has_is_no_mismatch(there: str | None, asked: str | None) -> None:
    dist.init_process_group(there, store=dist.HashStore(), rank=0, world_size=1)
    assert ensure_process_group(asked).backend in ("gloo", "cpu:gloo,cuda:gloo", "cpu:gloo")
    dist.destroy_process_group()


@pytest.mark.parametrize("asked", ["nccl", "cpu:gloo,cuda:nccl", "cuda:nccl"])
def test_another_backend_than_the_group_has_is_an_error_that_names_both(asked: str) -> None:
    with group_of_one(), pytest.raises(ProcessGroupError) as caught:
        ensure_process_group(asked)
    assert str(caught.value) == (
        f"Backend '{asked}' was asked for, but the process group that is there has 'gloo'. "
        "Ask for that one or for none, or end the group by `torch.distributed.destroy_process_group()` first."
    )


def test_another_size_than_the_group_has_is_an_error() -> None:
    with group_of_one(), pytest.raises(ProcessGroupError, match="has 1 processes, but the world_size asked for is 4"):
        ensure_process_group(world_size=4)


def test_a_group_that_leaves_out_processes_of_the_job_is_an_error(launched: Environment) -> None:
    launched(ONE_OF_TWO)
    with (
        group_of_one(),
        pytest.raises(ProcessGroupError, match=r"has 1 processes, but WORLD_SIZE is 2\. If 1 is meant"),
    ):
        ensure_process_group()


def test_a_group_that_is_meant_to_be_smaller_than_the_job_is_returned(launched: Environment) -> None:
    launched(ONE_OF_TWO)
    with group_of_one():
        assert ensure_process_group(world_size=1).world_size == 1


# --- who ends it


def test_the_block_ends_the_group_that_it_has_started_and_the_next_starts_another() -> None:
    for _ in range(3):
        with ensure_process_group("gloo") as group:
            assert group.started_here
        assert not dist.is_initialized()


def test_an_inner_block_leaves_the_group_to_the_outer_one() -> None:
    with ensure_process_group("gloo"):
        with ensure_process_group():
            pass
        assert dist.is_initialized()
    assert not dist.is_initialized()


def test_without_a_block_the_group_stays() -> None:
    ensure_process_group("gloo")
    assert dist.is_initialized()
    dist.destroy_process_group()


def test_what_is_raised_in_the_block_comes_out_and_the_group_is_ended() -> None:
    with pytest.raises(ZeroDivisionError), ensure_process_group("gloo"):
        _ = 1 / 0
    assert not dist.is_initialized()


def test_a_group_that_was_ended_within_the_block_is_not_ended_again() -> None:
    with ensure_process_group("gloo"):
        dist.destroy_process_group()


def test_a_group_that_somebody_else_has_started_within_the_block_stays() -> None:
    with ensure_process_group("gloo"):
        dist.destroy_process_group()
        dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    assert dist.is_initialized()
    dist.destroy_process_group()


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda group: pickle.loads(pickle.dumps(group))])
def test_a_copy_says_the_same_and_ends_nothing(copied: Callable[[ProcessGroupHandle], ProcessGroupHandle]) -> None:
    with ensure_process_group("gloo") as group:
        with copied(group) as twin:
            assert (twin.backend, twin.rank, twin.world_size, twin.device) == ("gloo", 0, 1, group.device)
            assert not twin.started_here
        assert dist.is_initialized()


def test_what_is_returned_cannot_be_changed() -> None:
    with ensure_process_group("gloo") as group, pytest.raises(AttributeError):
        group.rank = 1  # type: ignore[misc]


# --- deferred samplers


def test_samplers_that_waited_for_the_group_are_made() -> None:
    sampler = deferred()
    with ensure_process_group("gloo"):
        assert not is_deferred(sampler)
        assert sampler.num_replicas == 1


def test_samplers_that_wait_are_made_for_a_group_that_is_there() -> None:
    sampler = deferred()
    with group_of_one():
        ensure_process_group()
        assert not is_deferred(sampler)


def test_a_sampler_that_does_not_fit_leaves_no_group_behind() -> None:
    from torch.utils.data import DistributedSampler

    gc.collect()
    with deferring(lambda: "data.sampler"):
        sampler = DistributedSampler(Numbers(4), rank=7)
    with pytest.raises(ValueError, match="rank"):
        ensure_process_group("gloo")
    assert not dist.is_initialized()
    assert is_deferred(sampler)


# --- devices and backends


@contextlib.contextmanager
def machine_with(devices: int) -> Iterator[tuple[mock.Mock, mock.Mock]]:
    with (
        mock.patch("torch.cuda.is_available", return_value=devices > 0),
        mock.patch("torch.cuda.device_count", return_value=devices),
        mock.patch("torch.cuda.set_device") as set_device,
        mock.patch("torch.distributed.is_nccl_available", return_value=True),
        mock.patch("torch.distributed.init_process_group") as init,
    ):
        yield set_device, init


def test_with_a_device_for_each_process_it_is_nccl_and_the_device_is_set_beforehand() -> None:
    with machine_with(devices=1) as (set_device, init):
        group = ensure_process_group()
    set_device.assert_called_once_with(torch.device("cuda", 0))
    assert init.call_args.args == ("cpu:gloo,cuda:nccl",)
    assert (group.backend, group.device) == ("cpu:gloo,cuda:nccl", torch.device("cuda", 0))


def test_without_devices_it_is_gloo_on_the_cpu() -> None:
    with machine_with(devices=0) as (set_device, init):
        group = ensure_process_group()
    set_device.assert_not_called()
    assert init.call_args.args == ("gloo",)
    assert (group.backend, group.device) == ("gloo", torch.device("cpu"))


def test_gloo_can_be_asked_for_on_a_machine_with_devices() -> None:
    with machine_with(devices=2) as (set_device, _):
        group = ensure_process_group("gloo")
    set_device.assert_called_once_with(torch.device("cuda", 0))
    assert (group.backend, group.device) == ("gloo", torch.device("cuda", 0))


@pytest.mark.parametrize(("devices", "backend"), [(1, "gloo"), (2, "cpu:gloo,cuda:nccl")])
def test_devices_must_suffice_for_all_processes_of_the_machine(
    devices: int, backend: str, launchers_store: dist.TCPStore
) -> None:
    with machine_with(devices) as (_, init), ThreadPoolExecutor(1) as pool:
        other = pool.submit(joins, launchers_store, Party(1, 2, backend))
        group = ensure_process_group(timeout=PATIENCE)
        other.result()
    assert group.backend == backend
    assert group.device == (torch.device("cpu") if devices == 1 else torch.device("cuda", 0))
    assert init.call_args.kwargs["timeout"] == timedelta(seconds=PATIENCE)


def test_nccl_without_devices_enough_is_an_error_that_names_the_local_rank(launched: Environment) -> None:
    launched(ONE_OF_TWO)
    with machine_with(devices=1):
        message = failure_of("nccl")
    assert message == (
        "Backend 'nccl' needs a CUDA device for each process of a machine. This one has 2 processes (LOCAL_RANK 0 is "
        "this one), and torch sees 1 devices. Start as many processes as there are devices, or use 'gloo'."
    )


def test_a_torch_without_distributed_says_so() -> None:
    with mock.patch("torch.distributed.is_available", return_value=False):
        assert failure_of() == ("This torch is built without its distributed package: no process group can be started.")


# --- variables that are missing or wrong


@pytest.mark.parametrize("missing", VARIABLES)
@pytest.mark.parametrize("how", [None, ""])
def test_a_variable_that_is_missing_is_named(missing: str, how: str | None, launched: Environment) -> None:
    launched(ONE_OF_TWO, **{missing: how})
    message = failure_of()
    assert [line for line in message.splitlines() if line.startswith("- ")] == [f"- {missing} is not set"]
    assert "torchrun sets RANK, WORLD_SIZE" in message and "For a single process, set none of them." in message


def test_all_that_is_missing_or_wrong_is_named_together(launched: Environment) -> None:
    launched({"MASTER_ADDR": "127.0.0.1", "WORLD_SIZE": "two"})
    assert failure_of().splitlines()[:-1] == [
        "The process group can't be started from the environment:",
        "- RANK is not set",
        "- MASTER_PORT is not set",
        "- LOCAL_RANK is not set",
        "- WORLD_SIZE is 'two', which is no whole number from 0 on",
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"RANK": "-1"}, "RANK is '-1', which is no whole number from 0 on"),
        ({"RANK": "1.5"}, "RANK is '1.5', which is no whole number from 0 on"),
        ({"RANK": "2"}, "RANK is 2, but with WORLD_SIZE 2 it is 1 at most"),
        ({"WORLD_SIZE": "0"}, "WORLD_SIZE is 0, and there is one process at least"),
        ({"LOCAL_RANK": "x"}, "LOCAL_RANK is 'x', which is no whole number from 0 on"),
        ({"LOCAL_RANK": "2"}, "LOCAL_RANK is 2, but with WORLD_SIZE 2 it is 1 at most"),
        ({"LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "1"}, "LOCAL_RANK is 1, but with LOCAL_WORLD_SIZE 1 it is 0 at most"),
        ({"LOCAL_WORLD_SIZE": "3"}, "LOCAL_WORLD_SIZE is 3, but with WORLD_SIZE 2 it is 2 at most"),
        ({"LOCAL_WORLD_SIZE": "0"}, "LOCAL_WORLD_SIZE is 0, and there is one process at least"),
        ({"MASTER_PORT": "http"}, "MASTER_PORT is 'http', which is no whole number from 0 on"),
        ({"MASTER_PORT": "65536"}, "MASTER_PORT is 65536, and the highest port is 65535"),
        ({"MASTER_PORT": "0"}, "MASTER_PORT is 0, any free port, and the other processes can't know which"),
    ],
)
def test_a_variable_that_is_wrong_is_named(changes: dict[str, str], said: str, launched: Environment) -> None:
    launched(ONE_OF_TWO, **changes)
    assert [line[2:] for line in failure_of().splitlines() if line.startswith("- ")] == [said]


def test_more_processes_than_this_one_alone_are_an_error() -> None:
    assert failure_of(world_size=4) == (
        "4 processes were asked for, and this one was started alone: WORLD_SIZE is not set. "
        "Start it by `torchrun --nproc-per-node=4`."
    )


def test_another_number_of_processes_than_were_launched_is_an_error(launched: Environment) -> None:
    launched(ONE_OF_TWO)
    assert failure_of(world_size=4) == (
        "4 processes were asked for, but WORLD_SIZE is 2. Start as many as are asked for, or ask for none."
    )


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan"), timedelta(0)])
def test_a_timeout_that_is_no_time_is_refused(timeout: Any) -> None:
    with pytest.raises(ValueError, match="timeout must be finite and above zero"):
        ensure_process_group("gloo", timeout=timeout)


@pytest.mark.parametrize("timeout", ["5", True])
def test_a_timeout_of_another_type_is_refused(timeout: Any) -> None:
    with pytest.raises(TypeError, match="timeout is a timedelta or a number of seconds"):
        ensure_process_group("gloo", timeout=timeout)


# --- a store that can't be had


def test_a_port_in_use_is_named(launched: Environment, port_of_another_program: int) -> None:
    launched(ONE_OF_TWO, MASTER_PORT=str(port_of_another_program))
    assert failure_of("gloo", timeout=PATIENCE) == (
        f"MASTER_PORT {port_of_another_program} is in use on this machine: a job that still runs, or another program. "
        "End it, or give MASTER_PORT a free port, the same one in every process; `torchrun --standalone` finds one "
        "itself."
    )


def test_an_address_where_nobody_listens_is_named(launched: Environment, port_of_nobody: int) -> None:
    launched(ONE_OF_TWO, RANK="1", MASTER_PORT=str(port_of_nobody))
    assert failure_of("gloo", timeout=0.2) == (
        "Rank 1 of 2 found no store within 0.2 s at MASTER_ADDR 127.0.0.1, "
        f"MASTER_PORT {port_of_nobody}. Rank 0 holds it, unless the launcher does: is its process running, is this its "
        "address, and can this machine reach it there?"
    )


def test_a_program_that_is_no_store_is_not_waited_for_without_end(
    launched: Environment, port_of_another_program: int
) -> None:
    launched(ONE_OF_TWO, RANK="1", MASTER_PORT=str(port_of_another_program))
    assert f"found no store within 0.2 s at MASTER_ADDR 127.0.0.1, MASTER_PORT {port_of_another_program}" in failure_of(
        "gloo", timeout=0.2
    )


# --- who comes to the meeting


def meeting(store: dist.Store, *parties: Party, seconds: float = PATIENCE) -> list[dist.Store | str]:
    """What each party gets, all of them coming at once: its part of the store, or what it is told."""

    def attend(party: Party) -> dist.Store | str:
        try:
            return meet(store, party, seconds)
        except ProcessGroupError as error:
            return str(error)

    with ThreadPoolExecutor(len(parties)) as pool:
        return list(pool.map(attend, parties))


def of_three(*ranks: int) -> list[Party]:
    return [Party(rank, 3, "gloo") for rank in ranks]


def test_all_who_come_get_the_same_part_of_the_store() -> None:
    parts = meeting(dist.HashStore(), *of_three(0, 1, 2))
    parts[0].set("key", "value")
    assert [part.get("key") for part in parts] == [b"value"] * 3


def test_when_some_do_not_come_all_others_say_who_did() -> None:
    store = dist.HashStore()
    parties = [Party(rank, 7, "gloo") for rank in (0, 1, 2, 5)]
    said = (
        "Only ranks 0-2, 5 of 7 came within 1 s; missing: ranks 3-4, 6. "
        "The log of a missing rank says what became of it; if it is only slow, give it longer by `timeout`."
    )
    assert meeting(store, *parties, seconds=1) == [said] * len(parties)


def test_when_rank_0_does_not_come_the_others_say_so() -> None:
    assert meeting(dist.HashStore(), *of_three(1, 2), seconds=0.2) == [
        f"Rank 0 did not come within 0.2 s; this is rank {rank} of 3. "
        "The log of rank 0 says what became of it; if it is only slow, give it longer by `timeout`."
        for rank in (1, 2)
    ]


def test_those_who_mean_different_groups_all_get_to_know_who_means_what() -> None:
    said = (
        "The processes of this job don't mean the same group (ranks 0, 2: 3 processes with backend gloo; "
        "rank 1: 3 processes with backend nccl). WORLD_SIZE must be the same in every process, and so must the "
        "backend: name one, `ensure_process_group('gloo')`, where machines have different devices."
    )
    parties = [Party(0, 3, "gloo"), Party(1, 3, "nccl"), Party(2, 3, "gloo")]
    assert meeting(dist.HashStore(), *parties) == [said] * 3


def test_a_rank_that_the_others_do_not_know_of_is_told_so() -> None:
    said = (
        "Rank 2 wants 3 processes with backend gloo, and rank 0 has started 2 processes with backend gloo. "
        "WORLD_SIZE and the backend must be the same in every process."
    )
    store = dist.HashStore()
    with ThreadPoolExecutor(1) as pool:
        early = pool.submit(meeting, store, Party(0, 2, "gloo"), Party(2, 3, "gloo"))
        while store.num_keys() < 4 and not early.done():  # the room, its heartbeat, and both who came
            time.sleep(0.001)
        assert not isinstance(meet(store, Party(1, 2, "gloo"), PATIENCE), str)
    host, guest = early.result()
    assert not isinstance(host, str)
    assert guest == said


def test_nothing_of_an_earlier_meeting_is_found_in_the_next() -> None:
    store = dist.HashStore()
    first = meeting(store, *of_three(0, 1, 2))
    first[0].set("address", "of a process that is gone")
    second = meeting(store, *of_three(0, 1, 2))
    assert not second[1].check(["address"])


def test_after_a_meeting_that_failed_the_next_one_works() -> None:
    store = dist.HashStore()
    assert isinstance(meeting(store, *of_three(0, 1), seconds=0.2)[0], str)
    assert not any(isinstance(part, str) for part in meeting(store, *of_three(0, 1, 2)))


def test_nobody_waits_in_the_room_of_a_rank_0_that_was_killed() -> None:
    store = dist.HashStore()
    with mock.patch("time.sleep", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        meet(store, Party(0, 3, "gloo"), PATIENCE)
    assert "Rank 0 did not come" in str(meeting(store, *of_three(1), seconds=0.2)[0])
    assert not any(isinstance(part, str) for part in meeting(store, *of_three(0, 1, 2)))


def test_a_store_that_goes_away_is_an_error_that_says_whose_log_to_read() -> None:
    server = dist.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    client = dist.TCPStore("127.0.0.1", server.port, is_master=False, timeout=timedelta(seconds=PATIENCE))
    with ThreadPoolExecutor(1) as pool:
        said = pool.submit(meeting, client, Party(1, 2, "gloo"))
        del server
        (message,) = said.result()
    assert message == (
        "The store went away while rank 1 of 2 waited for the others. "
        "Rank 0 holds it, unless the launcher does: its log says why it ended."
    )


def staying(part: dist.Store, rank: int, seconds: float = PATIENCE) -> str:
    try:
        stay_until_all_are_connected(part, Party(rank, 2, "gloo"), seconds)
    except ProcessGroupError as error:
        return str(error)
    return "goes on"


def test_nobody_goes_on_before_all_are_connected() -> None:
    part = dist.HashStore()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(staying, part, 0)
        assert not waiting.done()
        assert staying(part, 1) == "goes on"
        assert waiting.result() == "goes on"


def test_a_rank_that_does_not_connect_is_named() -> None:
    assert staying(dist.HashStore(), 1, seconds=0.2) == (
        "All 2 processes met, but rank 0 did not connect within 0.2 s. "
        "The log of that rank says what became of it; if it is only slow, give it longer by `timeout`."
    )


def test_a_group_that_not_all_are_connected_to_is_ended() -> None:
    with (
        mock.patch(
            "safe_instantiate.distributed.process_group.stay_until_all_are_connected",
            side_effect=ProcessGroupError("rank 1 did not connect"),
        ),
        pytest.raises(ProcessGroupError, match="rank 1 did not connect"),
    ):
        ensure_process_group("gloo")
    assert not dist.is_initialized()


def test_who_is_connected_goes_on_when_rank_0_is_done_and_its_store_gone() -> None:
    server = dist.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    client = dist.TCPStore("127.0.0.1", server.port, is_master=False, timeout=timedelta(seconds=PATIENCE))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(staying, client, 1)
        del server
        assert waiting.result() == "goes on"


# --- in processes of their own


@pytest.mark.launches_torchrun
def test_under_torchrun_a_group_is_started_ended_and_started_again(tmp_path: Path) -> None:
    said = torchrun("meets_twice", tmp_path, nproc=2)
    assert said == {rank: {"said": [[2, 1, True, False]] * 2, "left": False} for rank in (0, 1)}


@pytest.mark.launches_torchrun
def test_after_torchrun_has_restarted_its_processes_they_find_each_other(tmp_path: Path) -> None:
    said = torchrun("dies_once", tmp_path, nproc=2, max_restarts=1)
    assert said == {rank: {"restarts": 1, "world_size": 2} for rank in (0, 1)}


@pytest.mark.launches_torchrun
def test_where_rank_0_holds_the_store_all_who_came_say_who_did(tmp_path: Path) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = str(reserved.getsockname()[1])
    jobs = []
    with ExitStack() as stack:
        for rank in ("0", "1"):
            variables = {**ONE_OF_TWO, "WORLD_SIZE": "3", "RANK": rank, "LOCAL_RANK": rank, "MASTER_PORT": port}
            arguments = ("-m", "tests.distributed_unit.joining", str(tmp_path), "waits_in_vain")
            jobs.append(stack.enter_context(process(*arguments, env=environment(**variables))))
        for job in jobs:
            becomes_ready(job)
        for job in jobs:
            assert job.stdin is not None
            print(file=job.stdin, flush=True)
        for job in jobs:
            job.communicate(timeout=PATIENCE)
    errors = [outcome["error"] for outcome in outcomes(tmp_path).values()]
    assert [error.partition(". ")[0] for error in errors] == [
        "Only ranks 0-1 of 3 came within 5 s; missing: rank 2"
    ] * 2
