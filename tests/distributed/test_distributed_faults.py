"""One rank is wrong, missing, or gone: the job ends soon, and says which rank it was and why.

docs/distributed.md holds the table of faults; its rows name the tests here.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from safe_instantiate.testing import TorchrunError
from tests.distributed import faults
from tests.distributed.faults import CULPRIT, EPOCHS, KILLED_IN_EPOCH
from tests.distributed.groups import SECONDS
from tests.distributed.harness import (
    FOUR,
    PATIENCE,
    TWO,
    TWO_NODES,
    Launched,
    World,
    in_every_rank,
    launch,
    with_nccl,
)

pytestmark = pytest.mark.xdist_group("distributed_faults")

#: Seconds in which a job that can't go on must have ended; far less than its ranks would wait for each other.
SOON = SECONDS / 2
#: Enough for two ranks to come to where they hang, also on a busy machine; for the rest of it they hang.
HANGING = 20.0

in_two_and_four = pytest.mark.parametrize("world", [TWO, FOUR], ids=str)


def failure_of(function: Any, world: World, *args: Any, timeout: float = SOON) -> TorchrunError:
    with pytest.raises(TorchrunError) as caught:
        in_every_rank(function, world, world.backend, *args, timeout=timeout)
    return caught.value


def assert_the_culprit_failed_first(failure: TorchrunError, world: World) -> None:
    assert failure.first is not None
    assert failure.first.rank == CULPRIT
    assert str(failure).startswith(f"Rank {CULPRIT} of {world.size} failed first")
    # Nobody has got further than the culprit, and nobody is left to wait for it.
    assert len(failure.fates) == world.size
    assert all(fate.what != "returned" for fate in failure.fates)


@pytest.mark.parametrize("world", [TWO, FOUR, TWO_NODES], ids=str)
def test_a_wrong_config_on_one_rank_ends_all_while_they_wait_for_the_group(world: World) -> None:
    failure = failure_of(faults.wrong_config_before_the_group, world)
    assert_the_culprit_failed_first(failure, world)
    message = str(failure)
    assert "2 errors in the config; nothing was built" in message
    assert "optimizer: " in message
    assert "'learning_rate'" in message
    assert "did you mean 'tests.distributed.objects.Numbers'?" in message


@in_two_and_four
def test_a_wrong_config_on_one_rank_ends_all_in_the_midst_of_a_collective_call(world: World) -> None:
    failure = failure_of(faults.wrong_config_within_the_group, world)
    assert_the_culprit_failed_first(failure, world)
    assert "did you mean 'out_features'" in str(failure)


@in_two_and_four
def test_a_constructor_that_raises_on_one_rank_ends_all_and_names_its_place(world: World, tmp_path: Path) -> None:
    for rank in range(world.size):
        (tmp_path / str(rank)).mkdir()
    failure = failure_of(faults.constructor_that_raises, world, str(tmp_path))
    assert_the_culprit_failed_first(failure, world)
    message = str(failure)
    assert "/no/such/folder/diary.txt" in message
    assert "full_key: data" in message


@in_two_and_four
def test_a_sampler_that_does_not_fit_the_world_is_an_error_when_the_group_is_there(world: World) -> None:
    failure = failure_of(faults.sampler_that_does_not_fit, world)
    assert failure.first is not None
    assert failure.first.rank > 0  # rank 0 is the one rank that a world of one has
    message = str(failure)
    assert "Invalid rank" in message
    assert "data.sampler: raised by the deferred DistributedSampler" in message or sys.version_info < (3, 11)


@in_two_and_four
def test_a_rank_that_is_killed_in_the_midst_of_a_collective_call_ends_all(world: World) -> None:
    failure = failure_of(faults.killed_within_the_group, world)
    assert_the_culprit_failed_first(failure, world)
    assert "was killed by signal 9 (SIGKILL)" in str(failure)


def test_a_rank_that_hangs_ends_with_the_time_given_and_says_where_it_was() -> None:
    failure = failure_of(faults.hangs_within_the_group, TWO, timeout=HANGING)
    assert failure.first is None
    assert "did not end within 20 s" in str(failure)
    assert "hangs_within_the_group" in failure.fates[CULPRIT].stacks
    assert "hangs_within_the_group" in failure.fates[1 - CULPRIT].stacks


@pytest.fixture(scope="module", params=with_nccl(TWO, FOUR), ids=str)
def launched(request: pytest.FixtureRequest) -> Launched:
    if request.param.size == 1:
        # These checks are of ranks that wait for each other; NCCL on one GPU gives a world of one.
        pytest.skip("a rank alone has nobody to wait for")
    return launch(request.param, faults.CHECKS)


def test_a_rank_that_never_comes_is_named_to_the_others(launched: Launched) -> None:
    said = launched.values_of(faults.never_comes)
    del said[CULPRIT]
    for message in said:
        assert f"of {launched.world.size} came within 2 s; missing: rank {CULPRIT}." in message


def test_a_rank_that_means_another_backend_is_named_to_all(launched: Launched) -> None:
    for message in launched.values_of(faults.another_backend):
        assert f"rank {CULPRIT}: {launched.world.size} processes with backend cpu:gloo" in message


@in_two_and_four
def test_a_job_whose_rank_is_killed_is_restarted_and_goes_on_from_its_checkpoint(world: World, tmp_path: Path) -> None:
    undisturbed, disturbed = tmp_path / "undisturbed", tmp_path / "disturbed"
    undisturbed.mkdir()
    disturbed.mkdir()
    expected = in_every_rank(faults.trains, world, world.backend, str(undisturbed), False, timeout=PATIENCE)
    found = in_every_rank(faults.trains, world, world.backend, str(disturbed), True, timeout=PATIENCE, max_restarts=1)
    for run in expected:
        assert (run["attempt"], run["epochs"]) == (0, list(range(EPOCHS)))
        assert run["weights"] == expected[0]["weights"]
    for run in found:
        assert (run["attempt"], run["epochs"]) == (1, list(range(KILLED_IN_EPOCH, EPOCHS)))
        assert run["weights"] == expected[0]["weights"]
