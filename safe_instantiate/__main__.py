"""`python -m safe_instantiate`: the command line."""

from __future__ import annotations

import sys

from safe_instantiate.cli import main

if __name__ == "__main__":
    sys.exit(main())
