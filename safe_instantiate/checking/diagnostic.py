"""What a check found, and the report that lists it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

Severity = Literal["error", "warning", "info"]
#: The gravest first.
SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that was found in a config.

    Attributes:
        code: which kind of finding; docs/checks.md explains each.
        severity: "error" (the build will fail, or what comes out is certainly wrong), "warning" (probably wrong) or
            "info" (worth knowing).
        full_key: the dotted key that it is about, counted from the top of the whole config.
        message: what was found. But for paths it never shows the value of an argument, which may be a secret.
        hint: what to do about it; empty where there is nothing to say.
        file: the YAML file that set the value last; None where that isn't known, or no file did.
        line: its line there, from 1.
        column: its column there, from 1.
        override: the command-line override that set the value, if one did; without what may be a secret in it.

    >>> print(Diagnostic("missing-value", "error", "lr", "Missing mandatory value", file="train.yaml", line=3))
    train.yaml:3: error: lr: Missing mandatory value [missing-value]
    """

    code: str
    severity: Severity
    full_key: str
    message: str
    hint: str = ""
    file: str | None = None
    line: int | None = None
    column: int | None = None
    override: str | None = None

    @property
    def where(self) -> str:
        """The place in words: `file:line:column` as far as known, or the override; empty where nothing is known."""
        if self.override is not None:
            return f"command line ({self.override})"
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)

    def as_dict(self) -> dict[str, Any]:
        """The attributes under their names."""
        return dataclasses.asdict(self)

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        key = f"{self.full_key}: " if self.full_key else ""
        hint = f"\n    {self.hint}".replace("\n", "\n    ").replace("\n        ", "\n    ") if self.hint else ""
        message = self.message.replace("\n", "\n    ")
        return f"{where}{self.severity}: {key}{message} [{self.code}]{hint}"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that one check found, in the order of the files.

    Attributes:
        diagnostics: what was found.

    >>> from safe_instantiate import check
    >>> report = check({"model": {"_target_": "torch.nn.Linaer", "in_features": "???"}})
    >>> report.ok
    False
    >>> [(diagnostic.code, diagnostic.full_key) for diagnostic in report.diagnostics]
    [('target-not-found', 'model'), ('missing-value', 'model.in_features')]
    """

    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong: no error and no warning. What is only worth knowing doesn't count."""
        return all(diagnostic.severity == "info" for diagnostic in self.diagnostics)

    def of(self, severity: Severity) -> tuple[Diagnostic, ...]:
        """The diagnostics of one severity."""
        return tuple(diagnostic for diagnostic in self.diagnostics if diagnostic.severity == severity)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.diagnostics)

    def __len__(self) -> int:
        return len(self.diagnostics)

    def __str__(self) -> str:
        counts = [(len(self.of(severity)), severity) for severity in SEVERITIES]
        summary = ", ".join(f"{count} {word}{'s' if count > 1 else ''}" for count, word in counts if count)
        return "\n".join([*map(str, self.diagnostics), summary or "nothing found"])
