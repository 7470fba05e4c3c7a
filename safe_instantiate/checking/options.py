"""What a project wants to hear of: the table `[tool.safe_instantiate]` of its pyproject.toml."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from safe_instantiate.checking.diagnostic import SEVERITIES, Severity
from safe_instantiate.targets.locate import close_matches

_KEYS: Final = ("select", "ignore", "severity", "rules")


@dataclass(frozen=True, slots=True)
class Options:
    """Which findings are reported, and how grave they are.

    Attributes:
        select: the only codes that are reported; None for all.
        ignore: codes that are not.
        severity: the severity of codes for which the default isn't wanted.
        rules: modules to import, for the house rules in them.
        source: the file that says so.
    """

    select: frozenset[str] | None = None
    ignore: frozenset[str] = frozenset()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    rules: tuple[str, ...] = ()
    source: Path | None = None

    def reports(self, code: str) -> bool:
        """Whether findings of a code are reported."""
        return code not in self.ignore and (self.select is None or code in self.select)

    def ensure_known(self, codes: Collection[str]) -> None:
        """Raise ValueError for a code that no rule has."""
        for code in (*(self.select or ()), *self.ignore, *self.severity):
            if code not in codes:
                close = close_matches(code, codes)
                hint = f"; did you mean {close[0]!r}?" if close else ""
                raise ValueError(f"{self.source}: [tool.safe_instantiate] names {code!r}, which is no code{hint}")


def options_for(folder: Path) -> Options:
    """The options of the project that a folder belongs to: of the nearest pyproject.toml above.

    Raises:
        ValueError: the file is no TOML, or the table has a key or a value that means nothing.
    """
    for parent in (folder, *folder.parents):
        file = parent / "pyproject.toml"
        if file.is_file():
            text = file.read_text("utf-8")
            if "safe_instantiate" not in text:
                return Options()
            return _read(_table_in(_parsed(text, file)), file)
    return Options()


def _parsed(text: str, file: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        try:
            import tomli as tomllib
        except ModuleNotFoundError as error:
            raise ValueError(
                f"{file}: to read it, Python 3.10 needs the package tomli: pip install 'safe-instantiate[cli]'"
            ) from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file} is no TOML: {error}") from error


def _table_in(content: Mapping[str, Any]) -> Any:
    tools = content.get("tool")
    return tools.get("safe_instantiate", {}) if isinstance(tools, dict) else {}


def _read(table: Any, file: Path) -> Options:
    def refuse(what: str) -> ValueError:
        return ValueError(f"{file}: [tool.safe_instantiate] {what}")

    if not isinstance(table, dict):
        raise refuse(f"is a table of {', '.join(_KEYS)}, not {table!r}")
    for key in table:
        if key not in _KEYS:
            close = close_matches(key, _KEYS)
            raise refuse(f"has no key {key!r}{f'; did you mean {close[0]!r}?' if close else ''}")
    for key in ("select", "ignore", "rules"):
        given = table.get(key, [])
        if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
            raise refuse(f"takes a list of texts for {key!r}")
    severity = table.get("severity", {})
    if not isinstance(severity, dict) or not all(each in SEVERITIES for each in severity.values()):
        raise refuse(f"takes a table of codes for 'severity', each one of {', '.join(SEVERITIES)}")
    return Options(
        frozenset(table["select"]) if "select" in table else None,
        frozenset(table.get("ignore", ())),
        severity,
        tuple(table.get("rules", ())),
        file,
    )
