"""Code that nobody edits, in several processes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.distributed import adoption
from tests.distributed.harness import FOUR, TWO, Check, Launched, in_every_rank, launch, with_nccl
from tests.distributed.report import NUM_IMAGES

pytestmark = pytest.mark.xdist_group("distributed_adoption")

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module", params=with_nccl(TWO, FOUR), ids=str)
def launched(request: pytest.FixtureRequest) -> Launched:
    return launch(request.param, adoption.CHECKS)


@pytest.mark.parametrize(
    "check", [adoption.one_line_for_a_class, adoption.one_block], ids=["safe_setup", "patch_hydra"]
)
def test_a_trainer_that_imports_hydras_instantiate_trains_on_its_shard(launched: Launched, check: Check) -> None:
    seen = launched.values_of(check)
    assert {image for share in seen for image in share} == set(range(NUM_IMAGES))
    assert {len(share) for share in seen} == {-(-NUM_IMAGES // launched.world.size)}


def test_a_block_on_one_rank_concerns_no_other(launched: Launched) -> None:
    size = launched.world.size
    for found in launched.values_of(adoption.a_block_on_one_rank):
        assert found == [True] + [False] * (size - 1)


def test_a_sitecustomize_covers_every_rank_and_what_it_spawns(tmp_path: Path) -> None:
    line = "from safe_instantiate import patch_hydra; patch_hydra(everywhere=True).start()\n"
    (tmp_path / "sitecustomize.py").write_text(line, "utf-8")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    found = in_every_rank(adoption.passes_in_spawned_child, TWO, env={"PYTHONPATH": path})
    assert found == [[True, True]] * 2
