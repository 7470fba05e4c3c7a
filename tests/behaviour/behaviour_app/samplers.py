"""What makes a distributed sampler in a constructor."""

from __future__ import annotations

from typing import Any

from torch.utils.data import DistributedSampler

from safe_instantiate import Instantiator

from .data import Numbers


class Sharded(Numbers):
    def __init__(self, size: int = 4) -> None:
        super().__init__(size)
        self.sampler = DistributedSampler(self, shuffle=False)


class Held:
    """Builds something of its own, for which no sampler is to be deferred."""

    def __init__(self, config: Any) -> None:
        try:
            self.made = Instantiator(defer_samplers=False).instantiate(config)
        except Exception as error:
            self.error = error
        self.own = DistributedSampler(Numbers())
