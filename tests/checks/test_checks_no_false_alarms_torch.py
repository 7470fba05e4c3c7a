"""What torch accepts, the check accepts: its layers, optimizers, schedules and data, with arguments that build them."""

from __future__ import annotations

import pytest
from torch_catalogue import configs_of, lists_for_pairs, torch_classes

from safe_instantiate import check

CLASSES = dict(torch_classes())
#: Base classes, which nobody builds from a config; and one that wants a list of schedules of one optimizer object.
NOT_BUILT = {
    "torch.utils.data.IterableDataset",
    "torch.optim.Optimizer",
    "torch.optim.lr_scheduler.LRScheduler",
    "torch.optim.lr_scheduler.Optimizer",
    "torch.optim.lr_scheduler.SequentialLR",
}


@pytest.fixture(scope="module")
def catalogue() -> list[tuple[str, dict[str, object]]]:
    return [
        (path, variant)
        for path, cls in CLASSES.items()
        for config in configs_of(path, cls)
        for variant in (config, *lists_for_pairs(config))
    ]


def test_nothing_that_torch_builds_is_found_wrong(catalogue: list[tuple[str, dict[str, object]]]) -> None:
    found = [(path, each) for path, config in catalogue for each in check(config) if each.severity != "info"]
    assert [(path, str(each)) for path, each in found if each.code != "deprecated-target"] == []


def test_every_class_of_torch_was_built(catalogue: list[tuple[str, dict[str, object]]]) -> None:
    assert CLASSES.keys() - {path for path, _ in catalogue} == NOT_BUILT
