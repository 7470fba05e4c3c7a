"""What a training job in several processes needs: its process group, what waits for it, what only rank 0 has."""

from __future__ import annotations

from .deferred import ProcessGroupMissingError, is_deferred, no_group_yet, resolve_deferred
from .hook import deferring, uninstall
from .launch import ProcessGroupError
from .process_group import ProcessGroupHandle, ensure_process_group
from .rank_zero import (
    HeldConfig,
    RankZeroStandIn,
    holds_configs,
    is_rank_zero,
    rank_zero_only,
    register_preparation,
)

__all__ = [
    "HeldConfig",
    "ProcessGroupError",
    "ProcessGroupHandle",
    "ProcessGroupMissingError",
    "RankZeroStandIn",
    "deferring",
    "ensure_process_group",
    "holds_configs",
    "is_deferred",
    "is_rank_zero",
    "no_group_yet",
    "rank_zero_only",
    "register_preparation",
    "resolve_deferred",
    "uninstall",
]
