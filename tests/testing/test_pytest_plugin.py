"""The pytest plugin, as a project meets it: sessions of their own, in which small suites run."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.launches_torchrun

ROOT = Path(__file__).parent.parent.parent
PLUGIN = "safe_instantiate.testing.plugin"

CONFTEST = """
import os
import pytest

@pytest.fixture
def rank():
    return int(os.environ["RANK"])

@pytest.fixture(scope="session")
def group():
    import torch.distributed as dist
    return dist.group.WORLD

def pytest_addoption(parser):
    parser.addoption("--word")
"""

GROUP = "beside the others"

#: A suite of its own, as a user has it: what is skipped or expected to fail in it is what the tests below look at.
SUITE = """
import os
import time
from pathlib import Path
import pytest

@pytest.fixture(scope="module", autouse=True)
def where():
    yield os.environ.get("RANK", "outside")

def test_before(where):
    assert where == "outside"

@pytest.mark.torchrun(nproc=2, backend="gloo")
@pytest.mark.parametrize("label", ["a::b[c]"])
def test_sums(rank, label, group, tmp_path, request, where):
    import torch
    import torch.distributed as dist
    assert where == str(rank) and dist.group.WORLD is group
    (tmp_path / "file").touch(exist_ok=False)
    ranks = torch.tensor([rank])
    dist.all_reduce(ranks)
    assert (int(ranks), label, request.config.getoption("word")) == (1, "a::b[c]", "hello")

@pytest.mark.torchrun(nproc=2)
def test_fails_in_one_rank(rank):
    print("said by", rank)
    assert {"rank": rank} == {"rank": 0}

class TestsInAClass:
    @pytest.mark.torchrun(nproc=1)
    def test_has_no_such_fixture(self, nonesuch):
        pass

@pytest.mark.torchrun(nproc=2)
def test_is_skipped_in_one_rank(rank):
    if rank == 1:
        pytest.skip("no disk")

@pytest.mark.xfail(strict=True, reason="known")
@pytest.mark.torchrun(nproc=1)
def test_is_expected_to_fail():
    assert False

@pytest.mark.xfail(strict=True)
@pytest.mark.torchrun(nproc=1)
def test_is_expected_to_fail_and_does_not():
    pass

@pytest.mark.torchrun(nproc=1)
def test_says_that_it_fails():
    pytest.xfail("not yet")

@pytest.mark.skipif(True, reason="not here")
@pytest.mark.torchrun(nproc=1)
def test_is_skipped_by_a_mark():
    pass

@pytest.mark.torchrun(nproc=1, nprocs=3)
def test_has_a_misspelt_option():
    pass

@pytest.mark.torchrun(timeout=0)
def test_has_no_time():
    pass

@pytest.mark.xdist_group("beside the others")
@pytest.mark.torchrun(nproc=1, timeout=20)
def test_hangs():
    print("said before it hung")
    time.sleep(1000)

def test_after(where):
    assert where == "outside"
"""


@dataclass(frozen=True, slots=True)
class Session:
    """What came of a session: each test's outcome and the text beside it, and all that was printed."""

    tests: dict[str, tuple[str, str]]
    printed: str


def run_pytest(folder: Path, *arguments: str) -> Session:
    installed = [each.value for each in importlib.metadata.entry_points(group="pytest11")]
    loading = [] if PLUGIN in installed else ["-p", PLUGIN]
    command = [sys.executable, "-m", "pytest", *loading, "--strict-markers", "--junitxml=report.xml", *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(folder / "temporary")}
    (folder / "temporary").mkdir(exist_ok=True)
    finished = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert (folder / "report.xml").exists(), finished.stdout + finished.stderr
    tests = {}
    for case in ElementTree.parse(folder / "report.xml").iter("testcase"):
        ends = [each for each in case if each.tag in ("failure", "error", "skipped")]
        outcome = ends[0].tag if ends else "passed"
        text = "\n".join([*(f"{each.get('message')}\n{each.text}" for each in ends), case.findtext("system-out") or ""])
        tests[case.get("name", "").removesuffix(f"@{GROUP}")] = (outcome, text)  # pytest-xdist adds it
    return Session(tests, finished.stdout)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Two workers of pytest-xdist, so that jobs run side by side; and what a person would say on the command line."""
    folder = tmp_path_factory.mktemp("suite")
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "tests").mkdir()
    (folder / "tests" / "test_suite.py").write_text(SUITE)
    ran = run_pytest(folder, "tests", "-q", "-n", "2", "--dist", "loadgroup", "--word", "hello", "-k", "test_suite")
    assert [file.name for file in (folder / "temporary").glob("torchrun-*")] == []
    return ran


def test_a_marked_test_runs_in_every_rank_with_fixtures_of_its_own(session: Session) -> None:
    assert session.tests["test_sums[a::b[c]]"] == ("passed", "")


def test_tests_without_the_marker_are_left_alone(session: Session) -> None:
    assert [session.tests[name] for name in ("test_before", "test_after")] == [("passed", ""), ("passed", "")]


def test_a_failure_is_told_by_rank_as_pytest_tells_it(session: Session) -> None:
    outcome, text = session.tests["test_fails_in_one_rank"]
    assert outcome == "failure"
    assert "Rank 1 of 2 failed first: AssertionError: assert {'rank': 1} == {'rank': 0}\n" in text
    assert "\nrank 1: AssertionError: assert {'rank': 1} == {'rank': 0}\n    rank = 1\n" in text
    assert '>       assert {"rank": rank} == {"rank": 0}\n' in text and "{'rank': 1} != {'rank': 0}" in text
    assert "\n\nrank 0: returned\n" in text
    assert "_pytest" not in text and "rank_session" not in text


def test_what_each_rank_printed_is_shown_beside_a_failure(session: Session) -> None:
    assert "Captured rank 0 call ---" in session.printed and "said by 0\n" in session.printed
    assert "Captured rank 1 call ---" in session.printed and "said by 1\n" in session.printed


def test_a_fixture_that_fails_in_a_rank_is_said_to(session: Session) -> None:
    outcome, text = session.tests["test_has_no_such_fixture"]
    assert outcome == "failure"
    assert "Rank 0 of 1 failed first: in setup: " in text and "fixture 'nonesuch' not found" in text


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("test_is_skipped_in_one_rank", "rank 1: no disk"),
        ("test_is_skipped_by_a_mark", "not here"),
        ("test_is_expected_to_fail", "known"),
        ("test_says_that_it_fails", "not yet"),
    ],
)
def test_skips_and_expected_failures_in_ranks_are_those_of_the_test(session: Session, name: str, reason: str) -> None:
    outcome, text = session.tests[name]
    assert outcome == "skipped" and reason in text  # so JUnit calls an expected failure too


def test_an_expected_failure_that_does_not_fail_is_a_failure_where_that_is_strict(session: Session) -> None:
    outcome, text = session.tests["test_is_expected_to_fail_and_does_not"]
    assert outcome == "failure" and "[XPASS(strict)]" in text


def test_a_marker_with_a_wrong_option_says_which(session: Session) -> None:
    _, text = session.tests["test_has_a_misspelt_option"]
    assert "@pytest.mark.torchrun got an unexpected keyword argument 'nprocs'" in text
    _, text = session.tests["test_has_no_time"]
    assert "timeout is a number of seconds above zero, got 0" in text


def test_a_test_that_hangs_fails_in_time_and_says_where(session: Session) -> None:
    outcome, text = session.tests["test_hangs"]
    assert outcome == "failure"
    assert "The job did not end within 20 s; of 1 ranks, these had not finished: 0\n" in text
    assert " in test_hangs\n" in text and "_pytest" not in text
    assert "Captured rank 0 call ---" in session.printed and "said before it hung\n" in session.printed


def test_a_test_that_a_rank_does_not_find_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "test_suite.py").write_text(
        "import os\nimport pytest\n\n"
        "if 'RANK' not in os.environ:\n"
        "    @pytest.mark.torchrun(nproc=1)\n    def test_only_outside(): pass\n"
    )
    outcome, text = run_pytest(tmp_path).tests["test_only_outside"]
    assert outcome == "failure"
    assert "Rank 0 of 1 failed first: pytest ended with status 4 in this rank and has not run" in text


def test_the_fixture_holds_to_the_end_of_the_test_or_of_a_with(tmp_path: Path) -> None:
    (tmp_path / "test_suite.py").write_text(
        "import torch.distributed as dist\n\n"
        "def test_to_the_end(fake_distributed):\n"
        "    fake_distributed(rank=1, world_size=4)\n"
        "    with fake_distributed(rank=0, world_size=2):\n        assert dist.get_world_size() == 2\n"
        "    assert (dist.get_rank(), dist.get_world_size()) == (1, 4)\n\n"
        "def test_and_no_longer():\n    assert not dist.is_initialized()\n"
    )
    assert {outcome for outcome, _ in run_pytest(tmp_path).tests.values()} == {"passed"}


def test_a_project_that_does_not_use_it_notices_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_suite.py").write_text(
        "import sys\n\n"
        "def test_nothing_of_torch_is_there(request):\n"
        "    assert 'torch' not in sys.modules\n"
        "    assert request.fixturenames == ['request']\n"
        "    assert 'setup' not in vars(request.node)\n"
    )
    ran = run_pytest(tmp_path, "-W", "error")
    assert ran.tests["test_nothing_of_torch_is_there"] == ("passed", "")
