"""Every test of this folder runs once with Hydra's `instantiate` and once with this library's: the same assertions."""

from __future__ import annotations

import copy
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from omegaconf import DictConfig, OmegaConf

from safe_instantiate.hydra_compat import READS_LAZILY

# Targets are named by import path in the configs, so the folder has to be importable whatever import mode pytest uses.
sys.path.insert(0, str(Path(__file__).parent))

from parity_features import CHANGES

collect_ignore = [] if READS_LAZILY else ["test_parity_1_4.py"]

ENGINES = {"hydra": "hydra.utils", "safe_instantiate": "safe_instantiate"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Hydra 1.4 deprecates every target that no allow-list names; the configs here are the test's own.
    no_allow_list = pytest.mark.filterwarnings(r"ignore:\s*hydra\.utils\.instantiate\(\) resolved _target_")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(no_allow_list)
            if READS_LAZILY and isinstance(item, pytest.Function):
                _expect_what_hydra_1_4_changes(item)


def _expect_what_hydra_1_4_changes(item: pytest.Function) -> None:
    given = getattr(item, "callspec", None)
    asked = str(given.id).split("-") if given is not None else []
    for change in CHANGES:
        concerned = not change.hydra_alone or "hydra" in asked
        if item.originalname in change.tests and concerned and change.form in (None, *asked):
            # Strict: what 1.4 changes has to fail here; how it behaves instead is in test_parity_1_4.py.
            item.add_marker(pytest.mark.xfail(strict=True, reason=f"Hydra 1.4: {change.reason}"))


@pytest.fixture(params=ENGINES)
def instantiate(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """`instantiate` of the module that a user's import line would name."""
    engine: Callable[..., Any] = importlib.import_module(ENGINES[request.param]).instantiate
    return engine


def _dict(config: Any) -> Any:
    return copy.copy(config)


def _omegaconf(config: Any) -> Any:
    return OmegaConf.create(config, flags={"allow_objects": True})


def _locked_node_in_a_larger_config(config: Any) -> Any:
    whole = _omegaconf({"experiment": {"node": config}, "seed": 7})
    OmegaConf.set_struct(whole, True)
    OmegaConf.set_readonly(whole, True)
    return whole.experiment.node


FORMS = {"plain": _dict, "omegaconf": _omegaconf, "locked_node": _locked_node_in_a_larger_config}


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    """Gives a plain dict or list the form in which a project would hand it over."""
    return FORMS[request.param]


@pytest.fixture
def tree() -> DictConfig:
    """A composed config in which a node refers to what stands outside it."""
    return OmegaConf.create(
        {
            "model": {
                "_target_": "parity_targets.Recorder",
                "width": "${sizes.width}",
                "layers": [{"in": "${sizes.width}", "out": "${model.width}"}],
                "options": {"dropout": "${sizes.dropout}"},
            },
            "sizes": {"width": 64, "dropout": 0.1},
        }
    )
