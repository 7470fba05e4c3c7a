"""What a training job in several processes needs: samplers that wait for the process group."""

from __future__ import annotations

from .deferred import ProcessGroupMissingError, is_deferred, resolve_deferred
from .hook import deferring, uninstall

__all__ = ["ProcessGroupMissingError", "deferring", "is_deferred", "resolve_deferred", "uninstall"]
