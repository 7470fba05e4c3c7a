"""Code that nobody may edit: its `hydra.utils.instantiate` is made ours for a while, or within chosen methods."""

from __future__ import annotations

from .patching import patch_hydra
from .setup import safe_setup

__all__ = ["patch_hydra", "safe_setup"]
