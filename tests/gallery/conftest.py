"""The two engines of the gallery: the failures are Hydra's, the answers this library's, the user's code is one."""

from __future__ import annotations

import contextlib
import importlib
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hydra.utils
import pytest

# The user's packages are named by import path in the configs, so the folder has to be importable.
sys.path.insert(0, str(Path(__file__).parent))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Hydra 1.4 deprecates every target that no allow-list names; the configs here are the test's own.
    no_allow_list = pytest.mark.filterwarnings(r"ignore:\s*hydra\.utils\.instantiate\(\) resolved _target_")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(no_allow_list)


@dataclass(frozen=True)
class Engine:
    is_hydra: bool
    #: In the user's code: `from hydra.utils import instantiate`, or the same line with this library's name.
    instantiate: Callable[..., Any]
    #: At the user's entry point: told, where an engine can be told, to leave configs to what builds its own parts.
    instantiate_leaving_configs: Callable[..., Any]

    @contextlib.contextmanager
    def fails_in_hydra(self, kind: type[Exception], match: str) -> Iterator[None]:
        """What is inside fails with Hydra, somewhere down the chain of causes with `kind` and `match`, and else not."""
        if not self.is_hydra:
            yield
            return
        with pytest.raises(Exception) as failure:  # noqa: PT011 - which class is outermost depends on Hydra's release
            yield
        links: list[BaseException] = [failure.value]
        while links[-1].__cause__ is not None:
            links.append(links[-1].__cause__)
        for link in links:
            # What the frames hold, workers of a DataLoader among it, ends here and not in the middle of another test.
            traceback.clear_frames(link.__traceback__)
        assert any(isinstance(link, kind) and re.search(match, str(link)) for link in links), links


@pytest.fixture(params=["hydra", "safe_instantiate"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The engine under test, also in place of the one that the user's modules import."""
    if request.param == "hydra":
        chosen = Engine(True, hydra.utils.instantiate, hydra.utils.instantiate)
    else:
        library = importlib.import_module("safe_instantiate")
        chosen = Engine(False, library.instantiate, library.Instantiator(leave_configs_to="auto").instantiate)
    for module in ("segmentation_trainer.trainer", "segmentation_trainer.optim"):
        monkeypatch.setattr(importlib.import_module(module), "instantiate", chosen.instantiate)
    return chosen


@pytest.fixture
def process_group_ends() -> Iterator[None]:
    """Takes down the process group that the test, or the trainer in it, has set up."""
    import torch.distributed as dist

    yield
    if dist.is_initialized():
        dist.destroy_process_group()
