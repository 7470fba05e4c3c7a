"""Every test of this folder runs once with Hydra's `instantiate` and once with this library's: the same assertions."""

from __future__ import annotations

import copy
import importlib
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hydra.utils
import pytest
from hydra.errors import InstantiationException
from omegaconf import DictConfig, OmegaConf

# Targets are named by import path in the configs, so the folder has to be importable whatever import mode pytest uses.
sys.path.insert(0, str(Path(__file__).parent))

ENGINES = {"hydra": "hydra.utils", "safe_instantiate": "safe_instantiate"}


def wraps_what_a_target_raises() -> bool:
    """Whether the installed Hydra is one of the 1.3 line, told by what callers notice first."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            hydra.utils.instantiate({"_target_": "parity_targets.Fails"})
    except Exception as error:
        return isinstance(error, InstantiationException)
    raise AssertionError("the target raises")


# These tests spell out Hydra 1.3, since that is what projects were written for. Hydra 1.4 answers many of them
# differently; there the differential tests, which ask the installed Hydra each time, are the ones that count.
collect_ignore_glob = [] if wraps_what_a_target_raises() else ["test_*.py"]


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
