"""Child processes, and Hydra's own `@hydra.main`, as scripts that run in a folder of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TIME_LIMIT = 300  # seconds; for a machine that is busy with other things

#: Code that nobody may edit.
JOB = """
import os
from pathlib import Path
from hydra.errors import InstantiationException
from hydra.utils import instantiate as build

def who_answers():
    try:
        build(object())
    except InstantiationException:
        return "hydra"
    return "ours"

def tell(where):
    with open(Path(__file__).with_name(f"{os.getpid()}.told"), "a") as told:
        print(where, who_answers(), file=told)
"""

SPAWNS = """
import multiprocessing
from job import tell

if __name__ == "__main__":
    tell("parent")
    child = multiprocessing.get_context("spawn").Process(target=tell, args=("child",))
    child.start()
    child.join()
"""

FOR_THIS_PROCESS = "from safe_instantiate.adoption import patch_hydra\npatch_hydra(everywhere=True).start()\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "job.py").write_text(JOB)
    return tmp_path


def told_by(folder: Path, *command: str, python_path: Path = ROOT) -> list[str]:
    """What the processes of a Python command tell, sorted; each in a file of its own, as lines in a pipe can mix."""
    finished = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, {python_path: 0, ROOT: 0})), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return sorted(line for told in folder.glob("*.told") for line in told.read_text().splitlines())


def test_a_spawned_child_of_a_block_keeps_hydras(folder: Path) -> None:
    block = "    from safe_instantiate.adoption import patch_hydra\n    patch_hydra().start()\n"
    (folder / "script.py").write_text(SPAWNS.replace('"__main__":\n', f'"__main__":\n{block}'))
    assert told_by(folder, "script.py") == ["child hydra", "parent ours"]


def test_one_line_at_the_top_of_the_script_covers_its_spawned_children(folder: Path) -> None:
    (folder / "script.py").write_text(FOR_THIS_PROCESS + SPAWNS)
    assert told_by(folder, "script.py") == ["child ours", "parent ours"]


def test_a_sitecustomize_on_the_path_covers_a_script_that_nobody_edits_and_its_children(folder: Path) -> None:
    (folder / "script.py").write_text(SPAWNS)
    (folder / "everywhere").mkdir()
    (folder / "everywhere" / "sitecustomize.py").write_text(FOR_THIS_PROCESS)
    assert told_by(folder, "script.py", python_path=folder / "everywhere") == ["child ours", "parent ours"]


def test_a_forked_child_of_a_block_is_inside(folder: Path) -> None:
    inside = "    from safe_instantiate.adoption import patch_hydra\n    patch_hydra().start()\n"
    (folder / "script.py").write_text(
        SPAWNS.replace('"__main__":\n', f'"__main__":\n{inside}').replace('"spawn"', '"fork"')
    )
    assert told_by(folder, "script.py") == ["child ours", "parent ours"]


@pytest.mark.launches_torchrun
def test_one_line_at_the_top_of_the_script_covers_every_rank_of_torchrun(folder: Path) -> None:
    (folder / "script.py").write_text(FOR_THIS_PROCESS + "import os\nfrom job import tell\ntell(os.environ['RANK'])\n")
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    assert told_by(folder, *launcher, "script.py") == ["0 ours", "1 ours"]


HYDRA_MAIN = """
import sys
import hydra
from job import tell
from safe_instantiate import Instantiator
from safe_instantiate.adoption import patch_hydra

{above}@hydra.main(version_base=None, config_path="conf", config_name="config")
{below}def main(cfg):
    tell(cfg.name)

if __name__ == "__main__":
    {call}
"""


@pytest.mark.parametrize(
    ("above", "below", "call"),
    [
        ("@patch_hydra()\n", "", "main()"),
        ("", "@patch_hydra()\n", "main()"),
        ("", "", "with patch_hydra(): main()"),
        ("", "", "patch_hydra(everywhere=True).start(); main()"),
    ],
    ids=["decorator above", "decorator below", "block", "everywhere"],
)
def test_a_hydra_main_finds_its_config_and_its_job_is_ours(folder: Path, above: str, below: str, call: str) -> None:
    (folder / "conf").mkdir()
    (folder / "conf" / "config.yaml").write_text("name: job\n")
    (folder / "script.py").write_text(HYDRA_MAIN.format(above=above, below=below, call=call))
    assert told_by(folder, "script.py", "hydra.run.dir=out", "hydra/job_logging=none") == ["job ours"]
    assert (folder / "out" / ".hydra" / "config.yaml").exists()


def test_an_allow_list_for_the_job_leaves_hydras_own_launcher_sweeper_and_callbacks_alone(folder: Path) -> None:
    (folder / "conf").mkdir()
    (folder / "conf" / "config.yaml").write_text(
        "name: one\nhydra:\n  callbacks:\n    mine:\n      _target_: callback.Mine\n"
    )
    (folder / "callback.py").write_text(
        "from hydra.experimental.callback import Callback\n"
        "from job import tell\n"
        "class Mine(Callback):\n"
        "    def on_job_start(self, config, **_):\n"
        "        tell('callback')\n"
    )
    call = "patch_hydra(Instantiator(allow=['my_app.*']), everywhere=True).start(); main()"
    (folder / "script.py").write_text(HYDRA_MAIN.format(above="", below="", call=call))
    sweep = ["-m", "name=one,two", "hydra.sweep.dir=out", "hydra/job_logging=none", "hydra/hydra_logging=none"]
    assert told_by(folder, "script.py", *sweep) == ["callback ours", "callback ours", "one ours", "two ours"]


def test_an_error_in_the_job_is_reported_by_hydra_main(folder: Path) -> None:
    (folder / "conf").mkdir()
    (folder / "conf" / "config.yaml").write_text("name: job\n")
    script = HYDRA_MAIN.format(above="@patch_hydra()\n", below="", call="main()")
    script = script.replace("tell(cfg.name)", 'hydra.utils.instantiate({"_target_": "fractions.Fracton"})')
    (folder / "script.py").write_text(script)
    with pytest.raises(AssertionError, match=r"did you mean '?(fractions\.)?Fraction"):
        told_by(folder, "script.py", "hydra.run.dir=out")
