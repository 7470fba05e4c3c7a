"""A secret in plain text."""

from __future__ import annotations

from collections.abc import Iterator

from safe_instantiate.checking.keys import full_key_of_keys
from safe_instantiate.checking.registry import Finding
from safe_instantiate.checking.secrets import is_secret
from safe_instantiate.checking.subject import Subject


def plain_secrets(subject: Subject) -> Iterator[Finding]:
    """Texts that are passwords, keys or tokens by their names or by how they look. None of them is ever shown."""
    for path, text in subject.texts():
        if path and is_secret(str(path[-1]), text):
            hint = "Take it from the environment: ${oc.env:NAME}; and change it, if this file was ever shared."
            yield Finding(full_key_of_keys(path), "a secret in plain text", hint)
