"""The commands of docs/gallery.md and what they print; `python tests/gallery/gallery_page.py` writes it there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
PAGE = ROOT / "docs" / "gallery.md"
_BLOCK = re.compile(r"```console\n\$ safe-instantiate (?P<command>[^\n]+)\n(?P<output>.*?)```\n", re.DOTALL)


def commands() -> Iterator[tuple[str, str]]:
    """Each command of the page, with what the page says that it prints."""
    for found in _BLOCK.finditer(PAGE.read_text("utf-8")):
        yield found["command"], found["output"]


def run(command: str) -> str:
    """What a command prints, in the folder of the gallery."""
    words = [sys.executable, "-m", "safe_instantiate", *shlex.split(command)]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    finished = subprocess.run(words, cwd=FOLDER, env=environment, capture_output=True, encoding="utf-8", check=False)
    if finished.returncode == 2:
        raise RuntimeError(finished.stderr)
    return finished.stdout


def write() -> None:
    """Write what the commands print now into the page."""
    text = PAGE.read_text("utf-8")
    PAGE.write_text(
        _BLOCK.sub(lambda m: f"```console\n$ safe-instantiate {m['command']}\n{run(m['command'])}```\n", text), "utf-8"
    )


if __name__ == "__main__":
    write()
