"""The public names: what `safe_instantiate` offers, and nothing else."""

from __future__ import annotations

from typing import Any

import hydra.utils
from hydra.types import ConvertMode
from hydra.utils import (
    get_class,
    get_method,
    get_object,
    get_original_cwd,
    get_static_method,
    to_absolute_path,
)

from safe_instantiate.adoption import patch_hydra, safe_setup
from safe_instantiate.checking.diagnostic import Diagnostic, Report
from safe_instantiate.checking.origins import with_origin
from safe_instantiate.checking.registry import Finding, house_rule
from safe_instantiate.distributed import (
    ProcessGroupError,
    ProcessGroupHandle,
    RankZeroStandIn,
    ensure_process_group,
    is_deferred,
    rank_zero_only,
    resolve_deferred,
)
from safe_instantiate.errors import InstantiationException
from safe_instantiate.groups import strip_control_keys, to_dataclass
from safe_instantiate.instantiator import Instantiator, check, instantiate, instantiate_all, plan
from safe_instantiate.planning.built import is_built
from safe_instantiate.planning.given import GIVEN
from safe_instantiate.plans import Plan
from safe_instantiate.probing import ProbeReport, below, in_range, not_empty, probe
from safe_instantiate.targets.whitelist import UNSAFE_DISABLE_EXECUTION_CHECKS, execution_whitelist

#: Hydra's other name for `instantiate`, for targets that are functions.
call = instantiate

__all__ = [
    "GIVEN",
    "UNSAFE_DISABLE_EXECUTION_CHECKS",
    "ConvertMode",
    "Diagnostic",
    "Finding",
    "InstantiationException",
    "Instantiator",
    "Plan",
    "ProbeReport",
    "ProcessGroupError",
    "ProcessGroupHandle",
    "RankZeroStandIn",
    "Report",
    "below",
    "call",
    "check",
    "ensure_process_group",
    "execution_whitelist",
    "get_class",
    "get_method",
    "get_object",
    "get_original_cwd",
    "get_static_method",
    "house_rule",
    "in_range",
    "instantiate",
    "instantiate_all",
    "is_built",
    "is_deferred",
    "not_empty",
    "patch_hydra",
    "plan",
    "probe",
    "rank_zero_only",
    "resolve_deferred",
    "safe_setup",
    "strip_control_keys",
    "to_absolute_path",
    "to_dataclass",
    "with_origin",
]


def of_hydra(name: str) -> Any:
    """What this version of Hydra has in `hydra.utils` beside the names above."""
    if not name.startswith("_") and hasattr(hydra.utils, name):
        return getattr(hydra.utils, name)
    raise AttributeError(f"module 'safe_instantiate' has no attribute {name!r}")
