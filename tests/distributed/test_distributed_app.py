"""`@hydra.main` under torchrun: one output directory, in which no rank writes over another's files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from tests.distributed import app
from tests.distributed.harness import FOUR, TWO, TWO_NODES, World, in_every_rank

pytestmark = pytest.mark.xdist_group("distributed_app")


@pytest.fixture(scope="module", params=[TWO, FOUR, TWO_NODES], ids=str)
def world(request: pytest.FixtureRequest) -> World:
    world: World = request.param
    return world


@pytest.fixture(scope="module")
def jobs(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jobs")


@pytest.fixture(scope="module")
def found(world: World, jobs: Path) -> list[dict[str, Any]]:
    """What the application found, by rank; a size that the command line has chosen."""
    return in_every_rank(app.run, world, "sampler.dataset.size=20", env={"JOBS": str(jobs)})


def test_every_rank_has_its_shard_of_the_dataset_that_the_command_line_chose(
    found: list[dict[str, Any]], world: World
) -> None:
    assert [rank["size"] for rank in found] == [20] * world.size
    assert [rank["shard"] for rank in found] == [list(range(rank, 20, world.size)) for rank in range(world.size)]


def test_there_is_one_output_directory_for_all_ranks(found: list[dict[str, Any]], jobs: Path) -> None:
    directories = list(jobs.iterdir())
    assert len(directories) == 1
    assert {rank["output_dir"] for rank in found} == {str(directories[0])}
    assert {rank["working_directory"] for rank in found} == {os.getcwd()}


def test_every_rank_has_a_log_of_its_own(found: list[dict[str, Any]], jobs: Path) -> None:
    for rank, of_rank in enumerate(found):
        log = Path(of_rank["output_dir"], f"rank_{rank}.log").read_text("utf-8")
        assert [line.split(" - ")[-1] for line in log.splitlines()] == [f"this is rank {rank}"]


def test_every_rank_has_its_record_of_the_config(found: list[dict[str, Any]]) -> None:
    for rank, of_rank in enumerate(found):
        record = Path(of_rank["output_dir"], ".hydra", f"rank_{rank}")
        assert {file.name for file in record.iterdir()} == {"config.yaml", "hydra.yaml", "overrides.yaml"}
        assert OmegaConf.load(record / "config.yaml").sampler.dataset.size == 20


def test_what_is_for_rank_0_is_there_once(found: list[dict[str, Any]], world: World) -> None:
    directory = Path(found[0]["output_dir"])
    assert (directory / "diary.txt").read_text("utf-8") == "begun\n"
    logs = {f"rank_{rank}.log" for rank in range(world.size)}
    assert {file.name for file in directory.iterdir()} == {*logs, ".hydra", "diary.txt"}
