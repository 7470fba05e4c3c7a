"""However a job ends, nothing of it is left. Every launch of the harness checks the same for its processes."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from safe_instantiate.testing import TorchrunError
from tests.distributed import leaving
from tests.distributed.groups import SECONDS
from tests.distributed.harness import FAREWELL, TWO, in_every_rank
from tests.distributed.leftovers import anybody_listens, processes_bearing, still_there

pytestmark = pytest.mark.xdist_group("distributed_leftovers")


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for temporary files, here and in the ranks; its path is short, as that of a socket has to be."""
    with tempfile.TemporaryDirectory(prefix="left-") as path:
        monkeypatch.setattr(tempfile, "tempdir", path)
        monkeypatch.setenv("TMPDIR", path)
        yield Path(path)


@pytest.mark.parametrize(
    ("ending", "said"),
    [("returns", None), ("raises", "ends as it was told"), ("hangs", "did not end within")],
    ids=lambda value: value if value in ("returns", "raises", "hangs") else "",
)
def test_a_job_leaves_no_process_no_port_and_no_file(
    ending: str, said: str | None, tmp_path: Path, temporary: Path
) -> None:
    timeout = 20.0 if ending == "hangs" else SECONDS  # 20: enough to come to where they hang
    with pytest.raises(TorchrunError, match=said) if said else contextlib.nullcontext():
        in_every_rank(leaving.busy, TWO, ending, TWO.backend, str(tmp_path), timeout=timeout)
    reports = [json.loads(file.read_text("utf-8")) for file in tmp_path.iterdir()]
    assert len(reports) == TWO.size
    assert len({report["port"] for report in reports}) == 1
    assert not any(anybody_listens(report["port"]) for report in reports)
    assert all(report["shared"] for report in reports)
    assert not [path for report in reports for path in report["shared"] if Path(path).exists()]
    assert list(temporary.iterdir()) == []


def test_the_check_for_processes_finds_one() -> None:
    mark = uuid.uuid4().hex
    program = "import signal; print(flush=True); signal.pause()"
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, env={"HARNESS_TEST": mark}, stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            child.stdout.readline()  # it is the program now: while it becomes one, it has no environment
            assert processes_bearing("HARNESS_TEST", mark) == {child.pid}
            assert still_there({child.pid}, seconds=0) == {child.pid: f"{sys.executable} -c {program} "}
        finally:
            child.kill()
        assert still_there({child.pid}, FAREWELL) == {}
