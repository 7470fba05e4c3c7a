"""docs/gallery.md shows what the commands print."""

from __future__ import annotations

import pytest
from gallery_page import commands, run

COMMANDS = list(commands())


def test_every_report_has_a_command() -> None:
    named = {word for command, _ in COMMANDS for word in command.split() if word.endswith(".yaml")}
    reports = {"segmentation", "ablation", "lora", "yolo", "deblurring"}
    assert named == {f"configs/{name}.yaml" for name in reports}


@pytest.mark.parametrize(("command", "output"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_a_command_prints_what_the_page_shows(command: str, output: str) -> None:
    assert run(command) == output, "python tests/gallery/gallery_page.py writes the page anew"
