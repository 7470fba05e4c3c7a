"""What stands in place of a value that a config doesn't have, or not yet."""

from __future__ import annotations

from typing import Final


class Missing:
    """The type of `MISSING`, what stands where a config says `???`."""

    def __repr__(self) -> str:
        return "???"


MISSING: Final = Missing()


class Unknown:
    """The base of what stands in a config for a value that is not known yet, which no interpolation can lead to."""

    __slots__ = ()


class Failed:
    """What stands where an interpolation could not be resolved: the error, for the plan's list of problems.

    `late` says that it is an escaped one, which Hydra comes to when everything else is resolved.
    """

    __slots__ = ("error", "late")

    def __init__(self, error: Exception, *, late: bool) -> None:
        self.error = error
        self.late = late
