"""The fine-tuning of a segmentation model, in several processes: what its users meet in place of each symptom."""

from __future__ import annotations

import pytest
import torch
from segmentation_trainer.model import Sam3Image

from tests.distributed import report
from tests.distributed.harness import FOUR, TWO, Launched, launch, with_nccl
from tests.distributed.report import NUM_IMAGES

pytestmark = pytest.mark.xdist_group("distributed_report")


@pytest.fixture(scope="module", params=with_nccl(TWO, FOUR), ids=str)
def launched(request: pytest.FixtureRequest) -> Launched:
    return launch(request.param, report.CHECKS)


@pytest.fixture
def shares(launched: Launched) -> list[list[int]]:
    """The images of each rank, dealt out in turn, the first ones twice where it takes them to be even."""
    size = launched.world.size
    length = -(-NUM_IMAGES // size)
    return [[(rank + turn * size) % NUM_IMAGES for turn in range(length)] for rank in range(size)]


def test_data_that_is_built_before_the_trainer_starts_the_group_is_shared_out(
    launched: Launched, shares: list[list[int]]
) -> None:
    seen = launched.values_of(report.group_not_initialized)
    assert seen == [{"train": share, "val": share} for share in shares]


def test_the_group_of_the_trainer_is_joined_and_left_to_it(launched: Launched, shares: list[list[int]]) -> None:
    found = launched.values_of(report.group_initialized_twice)
    size = launched.world.size
    assert found == [[False, size, rank, True, share] for rank, share in enumerate(shares)]


def test_a_trainer_may_instantiate_what_is_built_already(launched: Launched) -> None:
    for classes in launched.values_of(report.instantiated_again):
        assert classes == ["Sam3Image", "GradientClipper", "TorchDataset", "AdamW"]


def test_parts_made_in_plain_code_reach_the_trainer(launched: Launched) -> None:
    assert all(found == [True, True] for found in launched.values_of(report.a_clipper_of_ones_own))


def test_a_trainer_that_is_left_its_configs_builds_its_parts_itself_on_every_rank(
    launched: Launched, shares: list[list[int]]
) -> None:
    torch.manual_seed(3)
    weights = Sam3Image().head.weight.tolist()
    found = launched.values_of(report.configs_left_to_the_trainer)
    assert found == [
        {
            "config is as it was": True,
            "group before the parts": True,
            "logger": "TensorBoardLogger",
            "optimizer": [1, 1],
            "weights": weights,
            "seen": share,
        }
        for share in shares
    ]


def test_a_group_with_control_keys_fills_a_dataclass(launched: Launched) -> None:
    for fields in launched.values_of(report.group_with_control_keys):
        assert fields == {"log_dir": "/logs", "log_freq": 5, "tensorboard_writer": None}


def test_partials_are_completed_with_the_parameters(launched: Launched) -> None:
    assert all(rates == [0.01, 0.02] for rates in launched.values_of(report.partial_taken_for_a_config))


def test_a_dataset_under_recursive_false_is_whole_in_a_worker(launched: Launched, shares: list[list[int]]) -> None:
    rows = launched.values_of(report.missing_key_in_a_worker)
    assert rows == [[[float(image)] * 4 + [0.0] * 2 for image in share] for share in shares]


def test_a_trainer_may_look_into_the_configs_of_its_datasets(launched: Launched, shares: list[list[int]]) -> None:
    found = launched.values_of(report.config_looked_into)
    assert found == [{"without collate_fn": ["train", "val"], "seen": share} for share in shares]


def test_a_wrapped_model_reaches_its_consumer_as_the_same_object_and_trains(launched: Launched) -> None:
    found = launched.values_of(report.wrapped_model_passes)
    mean_image = sum(range(launched.world.size)) / launched.world.size
    for rank in found:
        assert rank["same"] == [True] * 4
        assert rank["weights"] == found[0]["weights"]
        assert rank["gradients"] == [[2 * mean_image] * 4] * 2
