"""What a process that forks while another thread is busy must keep whole."""

from __future__ import annotations

import os
from threading import RLock
from typing import Any


def lock_kept_over_forks() -> Any:
    """A re-entrant lock that no other thread holds when this process forks: a child would wait for it for ever.

    For what is held for a moment only, since a fork waits for it.

    >>> with lock_kept_over_forks():
    ...     pass
    """
    lock = RLock()
    if hasattr(os, "register_at_fork"):  # not on Windows, which doesn't fork
        os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)
    return lock
