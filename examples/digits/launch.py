"""Start one training run under torchrun, wait for it, and say how it ended."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch.distributed import run as torchrun
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure

from .choices import ENGINE_VARIABLE, RESULT_FILE

MAX_ERROR_TEXT = 400  # characters
LAST_LINES = 20  # of another process's stderr


@dataclass(frozen=True, slots=True)
class Job:
    """One training run.

    The console shows what rank 0 prints, of a quiet job nothing; the rest is in files under ``log_dir``.
    """

    engine: str
    entry: str
    output: Path
    nproc: int
    overrides: tuple[str, ...] = ()
    quiet: bool = False

    @property
    def log_dir(self) -> Path:
        """Where the processes' redirected output goes."""
        return self.output / "torchrun"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: with a result, or with the error of the process that failed first."""

    job: Job
    result: dict[str, Any] | None = None
    error: str | None = None
    last_lines: dict[int, str] = field(default_factory=dict)
    """If it failed: how the redirected stderr of each other process ends, by rank."""

    @property
    def final_loss(self) -> float | None:
        return None if self.result is None else float(self.result["last_epoch"]["train_loss"])


def launch(job: Job) -> Outcome:
    """Run a job to its end; when one process fails, torchrun ends the others."""
    result_file = job.output / RESULT_FILE
    result_file.unlink(missing_ok=True)
    os.environ[ENGINE_VARIABLE] = job.engine
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // job.nproc)))
    try:
        torchrun.run(torchrun.parse_args(_torchrun_arguments(job)))  # type: ignore[no-untyped-call]
    except ChildFailedError as failed:
        rank, first = failed.get_first_failure()
        others = {other: lines for other, lines in _last_lines(job).items() if other != rank}
        return Outcome(job, error=_error_text(job, first), last_lines=others)
    return Outcome(job, result=json.loads(result_file.read_text()))


def _torchrun_arguments(job: Job) -> list[str]:
    to_files = range(0 if job.quiet else 1, job.nproc)
    return [
        "--standalone",  # on this machine, with a free port
        *("--nproc-per-node", str(job.nproc)),
        *("--redirects", ",".join(f"{rank}:3" for rank in to_files) or "0"),  # 3: both stdout and stderr
        *("--log-dir", str(job.log_dir)),
        *("-m", f"{__package__}.run"),
        *("--entry", job.entry, f"output_dir={job.output}", *job.overrides),
    ]


def _error_text(job: Job, failure: ProcessFailure) -> str:
    """The exception's own text on one line, without the middle of a long one.

    A process that failed outside of its main function, or was killed, has written none.
    """
    recorded: Any = failure.message
    if not isinstance(recorded, dict):
        return f"a process ended with exit code {failure.exitcode}, see {job.log_dir}"
    text = " ".join(recorded["message"].split())
    return text if len(text) <= MAX_ERROR_TEXT else f"{text[:80]} ... {text[80 - MAX_ERROR_TEXT :]}"


def _last_lines(job: Job) -> dict[int, str]:
    """How each process's file of stderr ends; torchrun keeps those of a run in a folder of their own."""
    run = max(job.log_dir.glob("*/attempt_0"), key=lambda folder: folder.stat().st_mtime)
    written = {int(file.parent.name): file.read_text().splitlines() for file in sorted(run.glob("*/stderr.log"))}
    return {rank: "\n".join(lines[-LAST_LINES:]) for rank, lines in written.items() if lines}
