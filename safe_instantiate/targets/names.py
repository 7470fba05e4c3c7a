"""What the tables say of a canonical name."""

from __future__ import annotations

from collections.abc import Mapping

from safe_instantiate.targets import forbidden, forbidden_packages, members


def never_reason(name: str) -> str | None:
    """Why no policy allows the name; None if one may."""
    parts = name.split(".")
    if any(part in members.IMPLEMENTATION_ATTRIBUTES for part in parts):
        return "it reaches into the implementation of functions and modules"
    reason = in_table(name, forbidden.NEVER)
    if reason is None and name not in forbidden.FAMILY_EXCEPTIONS:
        reason = next((why for prefix, why in forbidden.FAMILIES.items() if name.startswith(prefix)), None)
    return reason


def named_effect(name: str) -> str | None:
    """What the name says that it does, and code may consent to; None if that is nothing dangerous."""
    if name.startswith(forbidden_packages.FILE_SYSTEMS):
        method = name.rpartition(".")[2]
        if method in forbidden_packages.METHODS_OF_FILE_SYSTEMS:
            return "it changes files"
    return in_table(name, forbidden.NAMED_EFFECTS)


def in_table(name: str, table: Mapping[str, str]) -> str | None:
    """The reason that a table gives for the name, or for what it is a part of."""
    while name:
        if name in table:
            return table[name]
        name = name.rpartition(".")[0]
    return None
