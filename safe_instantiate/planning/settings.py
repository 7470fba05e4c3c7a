"""How a config is read and built, apart from the config itself."""

from __future__ import annotations

import copy
import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from safe_instantiate.config.keys import CONVERT_NAMES, ConvertName, convert_name, intended_convert_name
from safe_instantiate.targets.policy import Policy, policy_of
from safe_instantiate.targets.whitelist import Listed, combined

#: The value of `leave_configs_to` that stands for every target that instantiates for itself.
AUTO: Final = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one `Instantiator`; see there for what each means."""

    convert: ConvertName = "none"
    recursive: bool = True
    force_datasets: bool = True
    defer_samplers: bool = True
    share: bool = False
    allow: Sequence[str] | None = None
    leave_configs_to: str | Sequence[str] = ()
    #: What a config may call; one object per instantiator, so that verdicts are remembered by identity.
    policy: Policy = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        mode = None if self.convert is None else convert_name(self.convert)
        if mode is None:
            meant = intended_convert_name(self.convert)
            hint = f"; did you mean {meant!r}?" if meant else ""
            raise ValueError(f"convert must be one of {', '.join(CONVERT_NAMES)}, got {self.convert!r}{hint}")
        object.__setattr__(self, "convert", mode)
        for name in ("recursive", "force_datasets", "defer_samplers", "share"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(f"{name} must be a bool, got {getattr(self, name)!r}")
        if self.allow is not None:
            object.__setattr__(self, "allow", _patterns("allow", self.allow))
        if self.leave_configs_to != AUTO:
            object.__setattr__(self, "leave_configs_to", _patterns("leave_configs_to", self.leave_configs_to))
        object.__setattr__(self, "policy", policy_of(None if self.allow is None else tuple(self.allow)))

    def under(self, listed: Listed) -> Settings:
        """These settings where code has named what a config may call, for a block or a call.

        A list of these settings' own stays in force: another one adds to it, and none lifts it.
        """
        return self if listed is None else _settings_under(self, listed)


@functools.lru_cache(maxsize=64)
def _settings_under(settings: Settings, listed: Listed) -> Settings:
    own = None if settings.allow is None else tuple(settings.allow)
    if own is not None:
        listed = combined(own, listed) if isinstance(listed, tuple) else own
    changed = copy.copy(settings)
    object.__setattr__(changed, "policy", policy_of(listed))
    return changed


def _patterns(name: str, value: Any) -> tuple[str, ...]:
    patterns = (value,) if isinstance(value, str) else value
    if not isinstance(patterns, (list, tuple, set, frozenset)) or not all(isinstance(p, str) and p for p in patterns):
        raise TypeError(f"{name} takes dotted target names or patterns such as 'my_app.*', got {value!r}")
    return tuple(patterns)
