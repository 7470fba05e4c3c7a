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
        ("from ..hydra.utils import instantiate\n", "from ..hydra.utils import instantiate\n"),
        ("hydra = mine()\nhydra.utils.instantiate(1)\n", "hydra = mine()\nhydra.utils.instantiate(1)\n"),
        (
            '"""Doc."""\n\ndef f():\n    import hydra\n    hydra.utils.call(1)\n',
            '"""Doc."""\nimport safe_instantiate\n\ndef f():\n    import hydra\n    safe_instantiate.call(1)\n',
        ),
        (
            "import hydra\nmodel = hydra.utils.call(1)\nimport safe_instantiate\n",
            "import hydra\nimport safe_instantiate\nmodel = safe_instantiate.call(1)\nimport safe_instantiate\n",
        ),
        (
            "import a; import b\nimport hydra\nhydra.utils.call(1)",
            "import a; import b\nimport hydra\nimport safe_instantiate\nsafe_instantiate.call(1)",
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
        ("a.py", "import hydra.utils\nhydra.utils.call = mine\n", 2, "hydra.utils.call is changed here"),
        ("a.py", "import hydra.utils\ndel hydra.utils.call\n", 2, "hydra.utils.call is changed here"),
        ("a.py", "import hydra.utils\nsetattr(hydra.utils, 'call', mine)\n", 2, "hydra.utils is patched"),
        ("a.py", "import hydra.utils\npatch.object(hydra.utils, 'call')\n", 2, "hydra.utils is patched"),
        ("a.py", "import hydra.utils\nmonkeypatch.setattr(hydra.utils, 'call', 1)\n", 2, "hydra.utils is patched"),
        ("a.py", "import hydra\nimport_module('hydra.utils')\n", 2, "the text names hydra.utils;"),
        ("a.py", "import hydra\nlocate(f'hydra.utils.{name}')\n", 2, "the text names hydra.utils;"),
        (
            "a.py",
            "try:\n    import hydra\nexcept ImportError:\n    hydra = None\nhydra.utils.call(1)\n",
            *(5, "hydra.utils.call may be Hydra's here, and may be another"),
        ),
        ("a.yaml", "part:\n  _target_: hydra.utils.instantiate\n", 2, "the config calls hydra.utils.instantiate"),
        ("a.yaml", 'part: {"_target_": hydra.utils.call}\n', 1, "the config calls hydra.utils.call"),
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


@pytest.mark.parametrize(
    "content",
    [
        b"from hydra.utils import call\r\nx = 1\r\n",
        b"# coding: latin-1\nfrom hydra.utils import call\nname = '\xe9'\n",
        b"\xef\xbb\xbffrom hydra.utils import call\n",
        b"from hydra.utils import call",
    ],
)
def test_of_a_file_nothing_else_changes(shell: Shell, project: Path, content: bytes) -> None:
    (project / "train.py").write_bytes(content)
    assert shell("migrate", project, "--write").code == 0
    assert (project / "train.py").read_bytes() == content.replace(b"hydra.utils", b"safe_instantiate")


def test_a_diff_says_where_a_file_ends_without_a_new_line(shell: Shell, project: Path) -> None:
    (project / "train.py").write_text("from hydra.utils import call")
    assert "call\n\\ No newline at end of file\n+from" in shell("migrate", project).out


def test_a_file_that_is_not_in_the_encoding_that_it_names_is_kept_and_ends_with_2(shell: Shell, project: Path) -> None:
    content = b"from hydra.utils import call\nname = '\xe9'\n"
    (project / "train.py").write_bytes(content)
    finished = shell("migrate", project, "--write")
    assert finished.code == 2 and "train.py:1: look at this by hand: this file isn't in the encoding" in finished.out
    assert (project / "train.py").read_bytes() == content


def test_after_writing_the_places_are_those_of_the_new_file(shell: Shell, project: Path) -> None:
    (project / "train.py").write_text("import hydra\nhydra.utils.call(1)\npatch('hydra.utils.call')\n")
    assert "train.py:3: look at this by hand" in shell("migrate", project).out
    assert "train.py:4: look at this by hand" in shell("migrate", project, "--write").out


def test_a_file_that_cannot_be_parsed_ends_with_2(shell: Shell, project: Path) -> None:
    (project / "broken.py").write_text("import hydra\ndef broken(:\n")
    assert shell("migrate", project).code == 2


def test_the_diff_of_a_file_with_an_absolute_path_can_be_applied(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "code.py"
    file.write_text("from hydra.utils import instantiate\n")
    headers = shell("migrate", file).out.splitlines()[:2]
    assert headers == [f"--- a{file.as_posix()}", f"+++ b{file.as_posix()}"]
