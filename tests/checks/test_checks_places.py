"""Each finding names the file and the line, or the override, that set the value last."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir, initialize_config_module
from hydra.core.config_store import ConfigStore
from hydra.errors import InstantiationException
from omegaconf import MISSING, OmegaConf

from safe_instantiate import Diagnostic, check, instantiate, with_origin

LINEAR = "_target_: torch.nn.Linear"


@pytest.fixture(autouse=True)
def in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(**files: str) -> None:
    """Writes config files; `__` in a name stands for a folder."""
    for name, text in files.items():
        file = Path("conf", *name.split("__")).with_suffix(".yaml")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def findings(*overrides: str, name: str = "config") -> list[Diagnostic]:
    folder = Path("conf").resolve()
    with initialize_config_dir(str(folder), version_base="1.3"):
        config = compose(name, list(overrides))
    report = check(with_origin(config, config_dir=folder, config_name=name, overrides=overrides))
    return [found for found in report if found.severity != "info"]


def places(*overrides: str) -> dict[str, str]:
    return {found.full_key: found.where for found in findings(*overrides)}


def test_the_file_of_a_group_in_the_defaults_list() -> None:
    write(config="defaults:\n  - model: big\n", model__big=f"{LINEAR}\nin_features: 1\nout_features: many\n")
    assert places() == {"model.out_features": "conf/model/big.yaml:3:1"}


def test_the_file_that_the_command_line_chose() -> None:
    write(
        config="defaults:\n  - model: big\n",
        model__big=f"{LINEAR}\nin_features: 1\nout_features: 1\n",
        model__odd=f"{LINEAR}\n\nin_features: 1\nout_features: many\n",
    )
    assert places() == {}
    assert places("model=odd") == {"model.out_features": "conf/model/odd.yaml:4:1"}


def test_the_last_file_wins() -> None:
    group = f"{LINEAR}\nin_features: 1\nout_features: many\n"
    write(config="defaults:\n  - model: big\n  - _self_\n\nmodel:\n  out_features: more\n", model__big=group)
    assert places() == {"model.out_features": "conf/config.yaml:6:3"}
    write(config="defaults:\n  - _self_\n  - model: big\n\nmodel:\n  out_features: 3\n")
    assert places() == {"model.out_features": "conf/model/big.yaml:3:1"}


def test_question_marks_set_nothing_that_an_earlier_file_has_set() -> None:
    group = f"{LINEAR}\nin_features: 1\nout_features: many\n"
    write(config="defaults:\n  - model: big\n  - _self_\n\nmodel:\n  out_features: ???\n", model__big=group)
    assert places() == {"model.out_features": "conf/model/big.yaml:3:1"}


def test_a_value_that_only_an_earlier_file_has() -> None:
    group = f"{LINEAR}\nin_features: 1\nout_features: many\n"
    write(config="defaults:\n  - model: big\n  - _self_\n\nmodel:\n  in_features: 2\n", model__big=group)
    assert places() == {"model.out_features": "conf/model/big.yaml:3:1"}


def test_packages_in_the_header_and_in_the_defaults_list() -> None:
    write(
        config="defaults:\n  - net@net.inner: big\n  - extra: one\n",
        net__big=f"{LINEAR}\nin_features: 1\nout_features: many\n",
        extra__one=f"# @package _global_\nhead:\n  {LINEAR}\n  in_features: none\n  out_features: 1\n",
    )
    assert places() == {
        "net.inner.out_features": "conf/net/big.yaml:3:1",
        "head.in_features": "conf/extra/one.yaml:4:3",
    }


def test_an_override_of_the_command_line_is_named_as_such() -> None:
    write(config=f"model:\n  {LINEAR}\n  in_features: 1\n  out_features: 1\n")
    (found,) = findings("model.out_features=many")
    assert (found.override, found.file, found.line) == ("model.out_features=many", None, None)
    assert str(found).startswith("command line (model.out_features=many): error: model.out_features: ")
    (added,) = findings("+model={out_featurs: 1}")
    assert (added.full_key, added.override) == ("model.out_featurs", "+model=...")


@dataclass
class Wide:
    _target_: str = "torch.nn.Linear"
    in_features: int = 1
    out_features: int = MISSING


@dataclass
class Schema:
    model: Wide = field(default_factory=Wide)
    head: Any = MISSING


@pytest.fixture
def stored() -> Iterator[None]:
    store = ConfigStore.instance()
    known = dict(store.repo)
    store.store(name="schema", node=Schema)
    store.store(group="head", name="plain", node={"_target_": "torch.nn.Linear", "in_features": 1, "odd": 1})
    yield
    store.repo = known


def test_a_structured_config_is_found_where_its_class_declares_the_field(stored: None) -> None:
    write(config="defaults:\n  - schema\n  - _self_\nmodel:\n  in_features: 2\nhead: ???\n")
    line = inspect.getsourcelines(Wide)[1] + 4
    here = os.path.relpath(__file__)
    assert places() == {
        "head": "conf/config.yaml:6:1",
        "model.out_features": f"{__file__ if here.startswith('..') else here}:{line}:5",
    }
    assert places("model.out_features=2").keys() == {"head"}


def test_what_a_program_stored_as_a_mapping_has_no_place_and_takes_none_from_the_others(stored: None) -> None:
    write(
        config=f"defaults:\n  - head: plain\n  - _self_\nmodel:\n  {LINEAR}\n  in_features: none\n  out_features: 1\n"
    )
    assert places() == {"head": "", "head.odd": "", "model.in_features": "conf/config.yaml:6:3"}


def test_a_secret_on_the_command_line_is_not_shown() -> None:
    write(config="login:\n  api_key: ${oc.env:KEY,null}\n")
    for override in ("login.api_key=hunter2", "+login.more={api_key: hunter2}"):
        (found,) = findings(override)
        assert found.code == "plain-secret" and found.override == f"{override.partition('=')[0]}=..."
        assert "hunter2" not in str(found)


def test_a_missing_argument_is_where_the_target_is() -> None:
    write(config=f"model:\n  in_features: 1\n  {LINEAR}\n")
    assert places() == {"model": "conf/config.yaml:3:3"}


def test_a_value_behind_a_reference_is_where_it_was_written() -> None:
    write(config=f"width: many\nmodel:\n  {LINEAR}\n  in_features: 1\n  out_features: ${{width}}\ncopy: ${{model}}\n")
    assert places() == {"model.out_features": "conf/config.yaml:1:1"}


def test_items_of_lists_and_merged_mappings() -> None:
    write(
        config=(
            f"base: &base\n  {LINEAR}\n  out_features: many\nlayers:\n  - <<: *base\n    in_features: 1\n"
            f"  - {{{LINEAR}, in_features: 1, out_features: odd}}\n"
        )
    )
    assert places() == {
        "base": "conf/config.yaml:2:3",
        "base.out_features": "conf/config.yaml:3:3",
        "layers[0].out_features": "conf/config.yaml:3:3",
        "layers[1].out_features": "conf/config.yaml:7:49",
    }


def test_a_file_that_omegaconf_loaded() -> None:
    write(train=f"model:\n  {LINEAR}\n  in_features: 1\n  out_features: many\n")
    file = Path("conf/train.yaml")
    (found,) = check(with_origin(OmegaConf.load(file), file=file))
    assert (found.file, found.line, found.column) == ("conf/train.yaml", 4, 3)


def test_a_part_of_a_config_has_its_origin_too() -> None:
    write(train=f"model:\n  {LINEAR}\n  in_features: 1\n  out_features: many\n")
    config = with_origin(OmegaConf.load("conf/train.yaml"), file="conf/train.yaml")
    (found,) = check(config.model)
    assert (found.full_key, found.line) == ("model.out_features", 4)


def test_a_config_of_unknown_origin_is_checked_all_the_same() -> None:
    (found,) = check({"model": {"_target_": "torch.nn.Linear", "in_features": 1, "out_features": "many"}})
    assert (found.file, found.line, found.override, found.where) == (None, None, None, "")


def test_an_origin_that_cannot_be_read_takes_nothing_away() -> None:
    config = with_origin(OmegaConf.create({"lr": "???"}), config_dir="nowhere", config_name="config")
    assert [found.where for found in check(config)] == [""]


def test_with_origin_wants_one_origin() -> None:
    for arguments in ({}, {"config_dir": "conf"}, {"config_dir": "conf", "config_name": "c", "file": "f"}):
        with pytest.raises(TypeError, match="either a file, or a config_dir with a config_name"):
            with_origin(OmegaConf.create({}), **arguments)  # type: ignore[arg-type]


def test_a_comment_says_that_a_finding_is_meant_to_be() -> None:
    text = f"model:\n  {LINEAR}\n  in_features: 1\n  out_features: many  # si: ignore[%s]\n"
    write(config=text % "missing-path, argument-type")
    assert places() == {}
    write(config=text % "missing-path")
    assert places() == {"model.out_features": "conf/config.yaml:4:3"}


@pytest.mark.parametrize(
    "text",
    [
        "width: many\nmodel:\n  {l}\n  in_features: 1\n  out_features: ${{width}}  # si: ignore[argument-type]\n",
        "width: many  # si: ignore[argument-type]\nmodel:\n  {l}\n  in_features: 1\n  out_features: ${{width}}\n",
        "model:  # si: ignore[missing-argument]\n  {l}\n",
        "model:\n  {l}  # si: ignore[missing-argument]\n",
        "model: {{{l}, in_features: 1,\n  out_features: many}}  # si:ignore[ argument-type ,built-twice]\n",
    ],
)
def test_the_comment_stands_at_the_key_at_the_target_or_at_a_reference(text: str) -> None:
    write(config=text.format(l=LINEAR))
    assert places() == {}


def test_a_config_with_hydras_own_settings_knows_where_it_comes_from_and_they_are_not_checked() -> None:
    write(
        config="defaults:\n  - model: big\n",
        model__big=f"{LINEAR}\nin_features: 1\nout_features: many\n",
    )
    with initialize_config_dir(str(Path("conf").resolve()), version_base="1.3"):
        config = compose("config", ["+model.bios=true"], return_hydra_config=True)
    assert {found.full_key: found.where for found in check(config)} == {
        "model.bios": "command line (+model.bios=true)",
        "model.out_features": "conf/model/big.yaml:3:1",
    }


def test_a_config_that_was_composed_from_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    write(config=f"model:\n  {LINEAR}\n  in_features: 1\n  out_features: many\n")
    Path("conf/__init__.py").touch()
    Path("conf").rename("settings_of_a_package")
    monkeypatch.syspath_prepend(str(Path.cwd()))
    with initialize_config_module("settings_of_a_package", version_base="1.3"):
        config = compose("config")
    (found,) = check(with_origin(config, config_dir="pkg://settings_of_a_package", config_name="config"))
    assert found.where == "settings_of_a_package/config.yaml:4:3"


APPLICATION = """
import hydra
from omegaconf import open_dict
from safe_instantiate import check

@hydra.main(config_path="conf", config_name="config", version_base="1.3")
def main(cfg):
    with open_dict(cfg):
        cfg.added_by_code = 1
    for found in check(cfg):
        print(found.full_key, found.where)

main()
"""


def test_a_hydra_application_knows_where_its_config_comes_from() -> None:
    write(
        config="defaults:\n  - model: big\nlr: 1\n",
        model__big=f"{LINEAR}\nin_features: 1\nout_features: many\n",
    )
    Path("app.py").write_text(APPLICATION)
    root = Path(__file__).parents[2]
    overrides = ["+model.bios=true", "hydra.run.dir=.", "hydra/job_logging=none"]
    ran = subprocess.run(
        [sys.executable, "app.py", *overrides],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(root)},
    )
    assert ran.stdout.splitlines() == [
        "model.bios command line (+model.bios=true)",
        "model.out_features conf/model/big.yaml:3:1",
    ], ran.stderr


def test_a_failed_build_names_the_place() -> None:
    write(train=f"model:\n  {LINEAR}\n  in_features: 1\n  out_features: -1\nother:\n  {LINEAR}\n  out_faetures: 1\n")
    config = with_origin(OmegaConf.load("conf/train.yaml"), file="conf/train.yaml")
    with pytest.raises(InstantiationException, match=r"other(.|\n)*in conf/train\.yaml:7:3"):
        instantiate(config)


def test_a_constructor_that_raised_names_the_place() -> None:
    write(train=f"layers:\n  - {LINEAR}\n    in_features: 1\n    out_features: -1\n")
    config = with_origin(OmegaConf.load("conf/train.yaml"), file="conf/train.yaml")
    with pytest.raises((InstantiationException, RuntimeError)) as failure:
        instantiate(config)
    told = "\n".join([str(failure.value), *getattr(failure.value, "__notes__", ())])
    assert "full_key: layers[0]" in told and "in conf/train.yaml:2:5" in told
