"""A secret in plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from safe_instantiate.checking.keys import full_key_of_keys
from safe_instantiate.checking.registry import Finding
from safe_instantiate.checking.subject import Subject

#: Names of which any value is a secret, and those of which only what looks like one is.
_SECRET: Final = re.compile(r"(^|_)(password|passwd|api_?key|secret_?key|client_?secret|private_?key)$", re.IGNORECASE)
_TOKEN: Final = re.compile(r"(^|_)(token|secret|access_?key|credentials?)$", re.IGNORECASE)
#: How the keys of services begin that are used where models are trained.
_KNOWN: Final = re.compile(r"(hf_|sk-|ghp_|github_pat_|glpat-|xox[bp]-|AKIA)[\w-]{12,}")
_LIKELY: Final = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w\-+/=.]{16,}")


def plain_secrets(subject: Subject) -> Iterator[Finding]:
    """Texts that are passwords, keys or tokens by their names or by how they look. None of them is ever shown."""
    for path, text in subject.texts():
        name = str(path[-1]) if path else ""
        if "${" in text or not text or text == "???":
            continue
        if _SECRET.search(name) or _KNOWN.fullmatch(text) or (_TOKEN.search(name) and _LIKELY.fullmatch(text)):
            hint = "Take it from the environment: ${oc.env:NAME}; and change it, if this file was ever shared."
            yield Finding(full_key_of_keys(path), "a secret in plain text", hint)
