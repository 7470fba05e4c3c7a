"""How a config is read and built, apart from the config itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from safe_instantiate.config.keys import CONVERT_NAMES, ConvertName, convert_name, intended_convert_name
from safe_instantiate.targets.policy import Policy

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
        object.__setattr__(self, "policy", Policy(allow=None if self.allow is None else tuple(self.allow)))


def _patterns(name: str, value: Any) -> tuple[str, ...]:
    patterns = (value,) if isinstance(value, str) else value
    if not isinstance(patterns, (list, tuple, set, frozenset)) or not all(isinstance(p, str) and p for p in patterns):
        raise TypeError(f"{name} takes dotted target names or patterns such as 'my_app.*', got {value!r}")
    return tuple(patterns)
