"""What looks like a secret, by its name or by itself."""

from __future__ import annotations

import re
from typing import Final

#: Names of which any value is a secret, and those of which only what looks like one is.
_SECRET: Final = re.compile(r"(^|_)(password|passwd|api_?key|secret_?key|client_?secret|private_?key)$", re.IGNORECASE)
_TOKEN: Final = re.compile(r"(^|_)(token|secret|access_?key|credentials?)$", re.IGNORECASE)
#: How the keys of services begin that are used where models are trained.
_KNOWN: Final = re.compile(r"(hf_|sk-|ghp_|github_pat_|glpat-|xox[bp]-|AKIA)[\w-]{12,}")
#: A password in an address: of a database, or of a server that keeps track of runs.
_IN_ADDRESS: Final = re.compile(r"[a-z][\w+.-]*://[^/\s:@]+:[^/\s:@]+@")
_LIKELY: Final = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w\-+/=.]{16,}")


def is_secret(name: str, text: str) -> bool:
    """Whether a text that stands under a name is a secret; a reference to one is none.

    >>> is_secret("api_key", "hunter2"), is_secret("api_key", "${oc.env:KEY}"), is_secret("pad_token", "<pad>")
    (True, False, False)
    """
    if "${" in text or text in ("", "???"):
        return False
    if _SECRET.search(name) or _KNOWN.fullmatch(text) or _IN_ADDRESS.match(text):
        return True
    return bool(_TOKEN.search(name) and _LIKELY.fullmatch(text))
