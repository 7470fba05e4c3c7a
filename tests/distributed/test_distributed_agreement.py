"""Every rank builds the same from the same config, and rank 0 alone builds what is for rank 0."""

from __future__ import annotations

import itertools

import pytest

from tests.distributed import agreement
from tests.distributed.agreement import JOB, what_a_job_is
from tests.distributed.harness import EIGHT, FOUR, TWO, TWO_NODES, Launched, launch, with_nccl

pytestmark = pytest.mark.xdist_group("distributed_agreement")


@pytest.fixture(scope="module", params=with_nccl(TWO, FOUR, EIGHT, TWO_NODES), ids=str)
def launched(request: pytest.FixtureRequest) -> Launched:
    return launch(request.param, agreement.CHECKS)


def test_every_rank_builds_the_same_before_and_after_the_group_and_what_a_process_alone_builds(
    launched: Launched,
) -> None:
    alone = what_a_job_is(JOB)
    for found in launched.values_of(agreement.same_on_every_rank):
        assert found == {"before": alone, "after": alone, "gathered": [alone] * launched.world.size}


def test_a_config_that_was_sent_builds_the_same(launched: Launched) -> None:
    alone = what_a_job_is(JOB)
    assert launched.values_of(agreement.config_from_rank_zero) == [alone] * launched.world.size


def test_a_plan_made_before_the_group_builds_the_loader_of_each_rank(launched: Launched) -> None:
    batches = launched.values_of(agreement.one_plan_for_before_and_after)
    drawn = list(itertools.chain.from_iterable(batch for rank in batches for batch in rank))
    assert sorted(drawn) == list(range(40))


def test_rank_0_has_the_logger_and_the_others_a_stand_in(launched: Launched) -> None:
    first, *others = launched.values_of(agreement.logger_of_rank_zero)
    assert first == {
        "stand-in": False,
        "true": True,
        "built": True,
        "passes": True,
        "repr": "",
        "diary": "rank 0\n",
    }
    for found in others:
        assert found == {
            "stand-in": True,
            "true": False,
            "built": True,
            "passes": True,
            "repr": "<stand-in for tests.distributed.objects.Diary, which only rank 0 has>",
            "diary": "rank 0\n",
        }


def test_an_instantiator_keeps_its_settings_on_another_rank(launched: Launched) -> None:
    size = launched.world.size
    for kinds in launched.values_of(agreement.settings_are_the_ranks_own):
        assert kinds == [("ListConfig", "list")[rank % 2] for rank in range(size)]
