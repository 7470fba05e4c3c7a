"""Configs as real projects have them: nothing is found wrong with them, and what is planted in them is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from safe_instantiate import Report, check, with_origin

PROJECTS = Path(__file__).parent / "projects"
#: The projects with their primary config, and overrides that their users give.
VARIANTS = {
    "vision": ("vision", "config", []),
    "vision, small": ("vision", "config", ["+experiment=small", "image_size=128"]),
    "llm": ("llm", "train", []),
    "llm, one device": ("llm", "train", ["trainer=default", "logger=csv", "model.optimizer.lr=1e-5"]),
    "diffusion": ("diffusion", "config", []),
    "detection": ("detection", "config", []),
    "rl": ("rl", "config", []),
}


def checked(project: str, name: str, overrides: list[str]) -> Report:
    folder = PROJECTS / project
    with initialize_config_dir(str(folder), version_base="1.3"):
        config = compose(name, overrides)
    return check(with_origin(config, config_dir=folder, config_name=name, overrides=overrides))


@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_is_wrong_with_a_real_projects_config(variant: str) -> None:
    project, name, overrides = VARIANTS[variant]
    if "experiment" in str(overrides):
        overrides = [each.removeprefix("+") for each in overrides]
    assert [str(found) for found in checked(project, name, overrides) if found.severity != "info"] == []
