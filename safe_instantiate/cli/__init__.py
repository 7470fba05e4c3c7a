"""The command line, `safe-instantiate` or `python -m safe_instantiate`. It needs the extra `cli`."""

from __future__ import annotations

import importlib.util
import sys

_NEEDED = ("click", "rich")


def main() -> int:
    """Run the command line and return its exit code: 0 clean, 1 findings, 2 could not look."""
    lacking = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if lacking:
        sys.stderr.write(
            f"safe-instantiate: the command line needs {' and '.join(lacking)}, which the extra brings: "
            "pip install 'safe-instantiate[cli]'\n"
        )
        return 2
    from safe_instantiate.cli.app import run

    return run()
