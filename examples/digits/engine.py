"""The ``instantiate`` that all of this package uses: ours, or Hydra's where ``DIGITS_ENGINE=hydra`` asks for it.

The choice is made once, at import. What the trainer imports from here *is* the chosen function, so its code is the same
for both, and the same as that of a code base that imports the function directly.
"""

import os
from typing import TYPE_CHECKING, Any

from .choices import ENGINE_VARIABLE

ENGINE = os.environ.get(ENGINE_VARIABLE, "safe")

if TYPE_CHECKING or ENGINE == "safe":
    from safe_instantiate import Instantiator, instantiate
elif ENGINE == "hydra":
    from hydra.utils import instantiate
else:
    raise ValueError(f"{ENGINE_VARIABLE} must be 'safe' or 'hydra', not {ENGINE!r}")


def instantiate_whole(config: Any) -> Any:
    """Instantiate a config without saying what in it builds its own parts."""
    if ENGINE == "hydra":
        return instantiate(config)
    return Instantiator(leave_configs_to="auto").instantiate(config)


__all__ = ["ENGINE", "instantiate", "instantiate_whole"]
