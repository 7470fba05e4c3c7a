"""`migrate`: what it rewrites, what it lists for a person, and that it changes nothing unasked."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_shell import Shell

from safe_instantiate.cli.migration import migrated


def after(tmp_path: Path, before: str) -> str:
    file = tmp_path / "code.py"
    file.write_text(before)
    changes = migrated(file)
    return changes[0].after if changes else before


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("from hydra.utils import instantiate\n", "from safe_instantiate import instantiate\n"),
        ("from hydra.utils import call as c\n", "from safe_instantiate import call as c\n"),
        (
            "from hydra.utils import get_class, instantiate  # both\n",
            "from safe_instantiate import get_class, instantiate  # both\n",
        ),
        (
            "def late():\n    from hydra.utils import instantiate\n    return instantiate\n",
            "def late():\n    from safe_instantiate import instantiate\n    return instantiate\n",
        ),
        ("from hydra.utils import get_class\n", "from hydra.utils import get_class\n"),
        (
            "import hydra\n\nmodel = hydra.utils.instantiate(cfg)\n",
            "import hydra\nimport safe_instantiate\n\nmodel = safe_instantiate.instantiate(cfg)\n",
        ),
        (
            "import hydra.utils as hu\nhu.call(cfg, x=hu.get_class('a'))\n",
            "import hydra.utils as hu\nimport safe_instantiate\nsafe_instantiate.call(cfg, x=hu.get_class('a'))\n",
        ),
        (
            "from hydra import utils\nmodel = utils.instantiate(cfg)\n",
            "from hydra import utils\nimport safe_instantiate\nmodel = safe_instantiate.instantiate(cfg)\n",
        ),
        (
            "import hydra\nimport safe_instantiate\nhydra.utils.instantiate(cfg)\n",
            "import hydra\nimport safe_instantiate\nsafe_instantiate.instantiate(cfg)\n",
        ),
        (
            "def instantiate(x): ...\ninstantiate(1)  # not hydra's\n",
            "def instantiate(x): ...\ninstantiate(1)  # not hydra's\n",
        ),
    ],
)
def test_what_is_rewritten(tmp_path: Path, before: str, expected: str) -> None:
    assert after(tmp_path, before) == expected


@pytest.mark.parametrize(
    ("name", "text", "line", "said"),
    [
        ("a.py", "x = 1\nfrom hydra.utils import *\n", 2, "a star import of hydra.utils"),
        ("a.py", "import mock\nmock.patch('hydra.utils.instantiate')\n", 2, "the text names hydra.utils.instantiate"),
        ("a.py", "from hydra._internal.instantiate._instantiate2 import instantiate\n", 1, "Hydra's own"),
        ("a.py", "import hydra.utils\ngetattr(hydra.utils, name)(cfg)\n", 2, "a name that only the program knows"),
        ("a.yaml", "part:\n  _target_: hydra.utils.instantiate\n", 2, "the config calls hydra.utils.instantiate"),
        ("a.py", "import hydra\ndef broken(:\n", 2, "can't be parsed"),
    ],
)
def test_what_a_person_has_to_look_at_is_listed(tmp_path: Path, name: str, text: str, line: int, said: str) -> None:
    (tmp_path / name).write_text(text)
    (change,) = migrated(tmp_path)
    (note,) = change.notes
    assert note.line == line and said in note.text
    assert change.after == text


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".venv").mkdir(parents=True)
    (folder / "train.py").write_text("from hydra.utils import instantiate\n")
    (folder / ".venv" / "other.py").write_text("from hydra.utils import instantiate\n")
    return folder


def test_a_dry_run_shows_the_diff_and_changes_nothing(shell: Shell, project: Path) -> None:
    finished = shell("migrate", project)
    assert finished.code == 1
    assert "-from hydra.utils import instantiate\n+from safe_instantiate import instantiate\n" in finished.out
    assert "1 file(s) to rewrite (--write does it), 0 place(s) to look at by hand" in finished.err
    assert (project / "train.py").read_text() == "from hydra.utils import instantiate\n"


def test_writing_changes_the_files_and_then_there_is_nothing_left(shell: Shell, project: Path) -> None:
    assert shell("migrate", project, "--write").code == 0
    assert (project / "train.py").read_text() == "from safe_instantiate import instantiate\n"
    assert (project / ".venv" / "other.py").read_text() == "from hydra.utils import instantiate\n"
    finished = shell("migrate", project)
    assert (finished.code, finished.out) == (0, "")


def test_a_file_that_cannot_be_parsed_ends_with_2(shell: Shell, project: Path) -> None:
    (project / "broken.py").write_text("import hydra\ndef broken(:\n")
    assert shell("migrate", project).code == 2
