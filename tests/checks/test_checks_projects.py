"""Configs as real projects have them: nothing is found wrong with them, and what is planted in them is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from safe_instantiate import check, instantiate, instantiate_all, with_origin

PROJECTS = Path(__file__).parent / "projects"
#: The projects with their primary config, and overrides that their users give.
VARIANTS = {
    "vision": ("vision", "config", []),
    "vision, small": ("vision", "config", ["experiment=small", "image_size=128"]),
    "llm": ("llm", "train", []),
    "llm, one device": ("llm", "train", ["trainer=default", "logger=csv", "model.optimizer.lr=1e-5"]),
    "diffusion": ("diffusion", "config", []),
    "detection": ("detection", "config", []),
    "rl": ("rl", "config", []),
}


#: What their programs instantiate, one by one; each child of what ends with a star.
BUILT = {
    "vision": ["engine"],
    "llm": ["data", "model", "callbacks*", "logger*", "trainer"],
    "diffusion": ["trainer"],
    "detection": ["model", "train_loader", "val_loader"],
    "rl": ["runner"],
}


def composed(project: str, name: str, overrides: list[str]) -> DictConfig:
    folder = PROJECTS / project
    with initialize_config_dir(str(folder), version_base="1.3"):
        config = compose(name, overrides)
    return with_origin(config, config_dir=folder, config_name=name, overrides=overrides)


@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_is_wrong_with_a_real_projects_config(variant: str) -> None:
    project, name, overrides = VARIANTS[variant]
    report = check(composed(project, name, overrides))
    assert report.ok, str(report)


@pytest.mark.filterwarnings("ignore:This DataLoader will create")  # more workers than this machine has cores
@pytest.mark.parametrize("variant", VARIANTS)
def test_what_nothing_is_wrong_with_can_be_built(variant: str) -> None:
    project, name, overrides = VARIANTS[variant]
    config = composed(project, name, overrides)
    for key in BUILT[project]:
        if key.endswith("*"):
            assert len(instantiate_all(config[key[:-1]])) == len(config[key[:-1]])
        else:
            assert type(instantiate(config[key])).__qualname__ == config[key]._target_.rpartition(".")[2]


@pytest.mark.parametrize("project", BUILT)
def test_a_mistake_in_a_real_projects_config_is_found_where_it_is(project: str) -> None:
    _, name, overrides = VARIANTS[project]
    key = BUILT[project][-1]
    report = check(composed(project, name, [*overrides, f"+{key}.unheard_of=1"]))
    assert [(found.code, found.override) for found in report.of("error")] == [
        ("unknown-argument", f"+{key}.unheard_of=1")
    ]
