"""The digits example with mistakes planted in it: one check finds all of them, where they are, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig
from planted import MISTAKES, Mistake, plant

from examples.digits.run import CONFIG_DIR
from safe_instantiate import Report, check, with_origin


def composed(conf: Path, *overrides: str) -> DictConfig:
    with initialize_config_dir(str(conf), version_base="1.3"):
        config = compose("config", list(overrides))
    return with_origin(config, config_dir=conf, config_name="config", overrides=overrides)


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "names.txt").write_text("zero\none\n")
    return Path(shutil.copytree(CONFIG_DIR, tmp_path / "conf"))


@pytest.fixture
def planted(conf: Path) -> list[tuple[Mistake, str, int]]:
    return plant(conf)


def found_in(report: Report) -> list[tuple[str, str, str, str | None, int | None]]:
    return [
        (found.code, found.severity, found.full_key, found.file, found.line)
        for found in report
        if found.severity != "info"
    ]


def test_there_are_25_mistakes_of_20_kinds() -> None:
    assert len(MISTAKES) >= 25
    assert len({mistake.code for mistake in MISTAKES}) >= 20


def test_all_planted_mistakes_are_found_where_they_are_and_nothing_else(
    conf: Path, planted: list[tuple[Mistake, str, int]]
) -> None:
    expected = [
        (mistake.code, mistake.severity, mistake.full_key, f"conf/{file}", line) for mistake, file, line in planted
    ]
    report = check(composed(conf))
    assert sorted(found_in(report), key=str) == sorted(expected, key=str), str(report)
    assert not report.ok


def test_nothing_is_wrong_with_the_correct_config(conf: Path) -> None:
    report = check(composed(conf))
    assert report.ok, str(report)
    assert found_in(report) == []


def test_the_findings_come_in_the_order_of_files_and_lines(conf: Path, planted: list[tuple[Mistake, str, int]]) -> None:
    places = [(found.file, found.line, found.column) for found in check(composed(conf))]
    assert places == sorted(places)
