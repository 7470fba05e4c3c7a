"""A report in the form that its reader takes: a person, a program, GitHub's annotations, or a code scanner (SARIF)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from safe_instantiate.checking.diagnostic import Diagnostic, Report

_GITHUB_LEVELS: Final = {"error": "error", "warning": "warning", "info": "notice"}
_SARIF_LEVELS: Final = {"error": "error", "warning": "warning", "info": "note"}


def as_json(report: Report) -> str:
    """`{"diagnostics": [...]}`, each with its fields under their names."""
    return json.dumps({"diagnostics": [diagnostic.as_dict() for diagnostic in report]}, indent=2)


def as_github(report: Report) -> str:
    """A workflow command for each diagnostic, which GitHub shows at the line in a pull request."""
    return "\n".join(map(_annotation, report))


def as_sarif(report: Report) -> str:
    """A log of the Static Analysis Results Interchange Format, 2.1.0."""
    codes = list(dict.fromkeys(diagnostic.code for diagnostic in report))
    driver = {"name": "safe-instantiate", "rules": [{"id": code} for code in codes]}
    results = [_sarif_result(diagnostic) for diagnostic in report]
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    log = {"$schema": schema, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
    return json.dumps(log, indent=2)


FORMATS: Final[Mapping[str, Callable[[Report], str]]] = {
    "text": str,
    "json": as_json,
    "github": as_github,
    "sarif": as_sarif,
}


def _annotation(diagnostic: Diagnostic) -> str:
    place = {"file": diagnostic.file, "line": diagnostic.line, "col": diagnostic.column, "title": diagnostic.code}
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in place.items() if value is not None)
    return f"::{_GITHUB_LEVELS[diagnostic.severity]} {properties}::{_data(_sentence(diagnostic))}"


def _sentence(diagnostic: Diagnostic) -> str:
    key = f"{diagnostic.full_key}: " if diagnostic.full_key else ""
    return "\n".join(filter(None, (key + diagnostic.message, diagnostic.hint)))


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _sarif_result(diagnostic: Diagnostic) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if diagnostic.file is not None:
        physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(diagnostic.file)}}
        if diagnostic.line is not None:
            physical["region"] = {"startLine": diagnostic.line, "startColumn": diagnostic.column or 1}
        location["physicalLocation"] = physical
    if diagnostic.full_key:
        location["logicalLocations"] = [{"fullyQualifiedName": diagnostic.full_key}]
    return {
        "ruleId": diagnostic.code,
        "level": _SARIF_LEVELS[diagnostic.severity],
        "message": {"text": _sentence(diagnostic)},
        "locations": [location] if location else [],
    }


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
