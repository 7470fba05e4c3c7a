"""Looking into the data before a training run does: what samples there are, and whether they are what is expected."""

from __future__ import annotations

from .expectations import Expectation, below, in_range, not_empty
from .probe import probe
from .report import ProbedData, ProbeReport

__all__ = ["Expectation", "ProbeReport", "ProbedData", "below", "in_range", "not_empty", "probe"]
