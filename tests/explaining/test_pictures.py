"""The pictures in docs/ are what the commands in docs/explaining.md draw now."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from safe_instantiate.cli.app import commands

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
#: The command that docs/explaining.md names for each picture, and the file that it is kept in.
COMMANDS = {
    "tree.svg": "tree --config-dir examples/digits/conf --key data",
    "graph.svg": "graph --config-dir examples/digits/conf --key trainer --leave-configs-to auto -o graph.svg",
    "trace.svg": "run --config-dir examples/digits/conf --key data --trace-file trace.svg",
}
#: A picture is of a run, which took its own time; a tree is printed where no file is named.
AS_A_FILE = {"tree.svg": " --format svg -o tree.svg"}


def texts(file: Path) -> list[str]:
    found: Iterator[str | None] = (element.text for element in ElementTree.parse(file).iter(f"{SVG}text"))
    return [re.sub(r"[\d.]+ ms", "some ms", text) for text in found if text]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_picture_shows_what_its_command_draws(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "explaining.md").read_text("utf-8")
    assert f"`safe-instantiate {COMMANDS[name]}`" in page and f"(pictures/{name})" in page
    command = COMMANDS[name].replace("examples/", f"{ROOT}/examples/") + AS_A_FILE.get(name, "")
    monkeypatch.chdir(tmp_path)
    finished = CliRunner().invoke(commands, shlex.split(command), standalone_mode=False)
    assert finished.exception is None and finished.return_value == 0, finished.output
    assert texts(tmp_path / name) == texts(ROOT / "docs" / "pictures" / name)
