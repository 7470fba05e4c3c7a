"""`torchrun`: what comes back from the ranks of a job, how it ends, and that nothing is left of it."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torchrun_acts as acts

from safe_instantiate.testing import RankResult, TorchrunError, torchrun
from tests.distributed.leftovers import processes_bearing, still_there

pytestmark = pytest.mark.launches_torchrun

ROOT = Path(__file__).parent.parent.parent
#: Longer than a job takes to start on a busy machine; no test waits for it.
PATIENCE = 120.0
#: Enough for three processes to start, also on a busy machine; for the rest of it they hang.
SOON = 20.0


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Of every job of the test: no file among the temporary ones, no process."""
    temporary, mark = tmp_path / "temporary", uuid.uuid4().hex
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TESTS_OF_TORCHRUN", mark)
    yield
    monkeypatch.setenv("TESTS_OF_TORCHRUN", "")
    assert still_there(processes_bearing("TESTS_OF_TORCHRUN", mark), seconds=10) == {}
    assert list(temporary.iterdir()) == []


@pytest.fixture
def pipe(tmp_path: Path) -> str:
    os.mkfifo(tmp_path / "pipe")
    return str(tmp_path / "pipe")


class Reader:
    """Reads what processes write into a pipe, until the last of them is gone."""

    def __init__(self, pipe: str) -> None:
        self.said = b""
        self.began = threading.Event()
        self._thread = threading.Thread(target=self._read, args=[pipe], daemon=True)
        self._thread.start()

    def _read(self, pipe: str) -> None:
        with open(pipe, "rb", buffering=0) as file:
            while piece := file.read(1):
                self.said += piece
                self.began.set()

    def all_gone(self) -> bool:
        self._thread.join(PATIENCE)
        return not self._thread.is_alive()


def failure_of(*args: object, **kwargs: object) -> TorchrunError:
    with pytest.raises(TorchrunError) as caught:
        torchrun(*args, **{"timeout": PATIENCE, **kwargs})  # type: ignore[call-overload]
    return caught.value


# ---- what comes back -------------------------------------------------------------------------------------------------


def test_each_rank_gets_the_arguments_and_returns_its_value_and_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.setenv("PET_NNODES", "7")  # an option of an outer torchrun
    monkeypatch.setenv("RANK", "5")
    results = torchrun(
        acts.tells_what_it_got,
        2,
        args=[1, Path("x")],
        kwargs={"key": {"a": 2}},
        env={"COLOUR": "red"},
        timeout=PATIENCE,
    )
    assert [result.rank for result in results] == [0, 1]
    for rank, result in enumerate(results):
        assert result.value == {
            "args": (1, Path("x")),
            "kwargs": {"key": {"a": 2}},
            "world": (rank, 2, rank),
            "environment": {"COLOUR": "red", "OMP_NUM_THREADS": "1", "PET_NNODES": None},
            "has a group": False,
            "reads": "",
        }
        assert result.log == f"rank {rank} prints\nso does its child\n"


def test_a_result_can_not_be_changed() -> None:
    with pytest.raises(AttributeError):
        RankResult(0, "value", "log").value = "another"  # type: ignore[misc]


def test_two_nodes_are_one_world_with_the_backend_asked_for() -> None:
    results = torchrun(acts.sums_the_ranks, nproc=1, nnodes=2, backend="gloo", timeout=PATIENCE)
    assert [(result.rank, result.value) for result in results] == [(0, ("gloo", 1)), (1, ("gloo", 1))]


def test_after_a_restart_the_last_attempt_counts_and_the_logs_go_on() -> None:
    results = torchrun(acts.fails_the_first_time, 2, max_restarts=1, timeout=PATIENCE)
    assert [result.value for result in results] == [1, 1]
    assert [result.log for result in results] == ["attempt 0\nattempt 1\n"] * 2


def test_a_function_of_a_module_that_is_not_on_the_path_is_read_from_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "elsewhere.py"
    file.write_text("class Point:\n    x = 3\n\ndef make():\n    return Point()\n")
    spec = importlib.util.spec_from_file_location("not_a_package.elsewhere", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # As pytest names the test modules of folders that are no packages, with --import-mode=importlib.
    monkeypatch.setitem(sys.modules, "not_a_package", ModuleType("not_a_package"))
    monkeypatch.setitem(sys.modules, "not_a_package.elsewhere", module)
    spec.loader.exec_module(module)
    (result,) = torchrun(module.make, nproc=1, timeout=PATIENCE)
    assert type(result.value) is module.Point


def test_a_script_runs_as_the_main_program_with_its_command_line(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    (tmp_path / "beside.py").write_text("word = 'neighbour'\n")
    script.write_text(
        "import sys\nfrom beside import word\nif __name__ == '__main__':\n    print(sys.argv[1:], word)\n"
    )
    assert torchrun(script, nproc=1, args=["--lr", 0.1], timeout=PATIENCE) == [
        RankResult(0, None, "['--lr', '0.1'] neighbour\n")
    ]


def test_a_function_of_a_program_finds_its_way_into_the_ranks_and_back(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "from dataclasses import dataclass\n"
        "from safe_instantiate.testing import torchrun\n"
        "@dataclass\nclass Point:\n    x: int\n"
        "def make(x):\n    return Point(x)\n"
        "if __name__ == '__main__':\n    print(torchrun(make, nproc=1, args=[3])[0].value == Point(3))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    finished = subprocess.run([sys.executable, program], env=environment, capture_output=True, text=True, check=False)
    assert (finished.stdout, finished.stderr) == ("True\n", "")


# ---- how it fails ----------------------------------------------------------------------------------------------------


def test_the_exception_of_one_rank_ends_the_others_and_the_error_says_who_and_where() -> None:
    error = failure_of(acts.fails_on_rank_1, nproc=2)
    assert error.first is not None and error.first.rank == 1 and isinstance(error.first.error, LookupError)
    assert [fate.failed for fate in error.fates] == [False, True]
    said = str(error)
    assert said.startswith("Rank 1 of 2 failed first: raised LookupError: no such shard\n\nrank 1: raised LookupError")
    assert 'raise LookupError("no such shard\\nand more of it")' in said and "    and more of it\n" in said
    assert "  its log ends:\n    rank 1 prints\n" in said
    assert "rank 0: was ended, since another rank had failed\n  it was here:\n" in said
    assert "in forever\n" in said and "in fails_on_rank_1\n" in said and "rank.py" not in said


def test_ranks_that_fail_alike_are_told_of_once() -> None:
    error = failure_of(acts.fails_everywhere, nproc=2)
    assert str(error).count("UnreadableError(1, 2)") == 1
    assert "\n\nranks 0, 1: raised UnreadableError: needs two\n" in str(error)
    assert [fate.error for fate in error.fates] == [None, None]


def test_what_hangs_is_ended_in_time_and_the_error_says_where_it_was(pipe: str) -> None:
    reader = Reader(pipe)
    error = failure_of(acts.returns_hangs_or_ignores_its_end, nproc=3, args=[pipe], timeout=SOON)
    assert reader.all_gone() and reader.said == b".."
    assert error.first is None
    said = str(error)
    assert said.startswith(f"The job did not end within {SOON:g} s; of 3 ranks, these had not finished: 1, 2\n\n")
    assert "\n\nrank 0: returned\n" in said
    assert "\n\nrank 1: had not finished, and was ended\n  it was here:\n" in said
    assert "in returns_hangs_or_ignores_its_end\n" in said
    assert "\n\nrank 2: had not finished, and was ended" in said  # killed, since SIGTERM did nothing


def test_a_rank_that_is_killed_is_named_before_those_that_lost_it() -> None:
    error = failure_of(acts.is_killed_on_rank_1, nproc=2, backend="gloo")
    assert str(error).startswith("Rank 1 of 2 failed first: was killed by signal 9 (SIGKILL) before it returned\n")


@pytest.mark.parametrize(
    ("act", "what"),
    [
        (acts.leaves_without_a_word, "exited with status 0 before it returned"),
        (acts.dies_after_its_end, "returned, and then exited with status 5"),
        (acts.returns_a_lambda, "raised TypeError: returns_a_lambda returned a function that can't be pickled"),
    ],
)
def test_a_rank_that_tells_nothing_or_dies_late_has_failed(act: Callable[[], object], what: str) -> None:
    assert str(failure_of(act, nproc=1)).startswith(f"Rank 0 of 1 failed first: {what}")


def test_a_script_that_exits_with_a_status_has_failed(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text("import sys\nsys.exit('no data')\n")
    error = failure_of(script, nproc=1)
    assert str(error).startswith("Rank 0 of 1 failed first: raised SystemExit: no data")


def test_when_torchrun_itself_fails_its_log_is_shown() -> None:
    error = failure_of(acts.sums_the_ranks, nproc=1, env={"PYTHONHOME": "/nowhere"})
    assert str(error).startswith("torchrun itself failed\n\nrank 0: was not started\n\ntorchrun's own log ends:\n")
    assert error.first is None


# ---- nothing is left -------------------------------------------------------------------------------------------------


def test_what_a_rank_has_started_ends_with_the_job(pipe: str) -> None:
    reader = Reader(pipe)
    torchrun(acts.leaves_a_child, nproc=1, args=[pipe], timeout=PATIENCE)
    assert reader.all_gone()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_job_ends_with_the_program_that_has_started_it(how: signal.Signals, pipe: str) -> None:
    reader = Reader(pipe)
    program = subprocess.Popen(
        [sys.executable, acts.__file__, pipe, str(PATIENCE)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert reader.began.wait(PATIENCE)
    program.send_signal(how)
    _, said = program.communicate(timeout=PATIENCE)
    assert reader.all_gone()
    assert program.returncode == -how and ("KeyboardInterrupt" in said) == (how is signal.SIGINT)


# ---- what is wrong with the call -------------------------------------------------------------------------------------


def a_local_function() -> Callable[[], None]:
    def local() -> None: ...

    return local


@pytest.mark.parametrize(
    ("fn", "said"),
    [
        (lambda: None, "another process can't find <lambda> in test_torchrun: give a function that stands at the top"),
        (a_local_function(), r"another process can't find a_local_function.<locals>.local in test_torchrun"),
        (3, "another process can't find 3: it has no name"),
    ],
)
def test_a_function_that_another_process_can_not_find_is_refused(fn: Callable[[], None], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        torchrun(fn)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"nproc": 0}, "nproc is a whole number from 1 on, got 0"),
        ({"nnodes": 1.5}, "nnodes is a whole number from 1 on, got 1.5"),
        ({"max_restarts": -1}, "max_restarts is a whole number from 0 on, got -1"),
        ({"timeout": 0}, "timeout is a number of seconds above zero, got 0"),
        ({"timeout": float("inf")}, "timeout is a number of seconds above zero, got inf"),
    ],
)
def test_a_number_that_is_too_small_is_refused(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        torchrun(acts.forever, **wrong)  # type: ignore[call-overload]


def test_a_script_takes_no_keyword_arguments(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="a script takes a command line, `args`, and no `kwargs`"):
        torchrun(tmp_path / "train.py", kwargs={"lr": 1})


def test_a_script_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no script .*train\.py"):
        torchrun(tmp_path / "train.py")


def test_what_can_not_be_pickled_is_refused_before_anything_starts() -> None:
    with pytest.raises(Exception, match="pickle"):
        torchrun(acts.Holder.method, args=[lambda: None])


def test_a_static_method_is_a_function_too() -> None:
    (result,) = torchrun(acts.Holder.method, nproc=1, args=[3], timeout=PATIENCE)
    assert result.value == 3
