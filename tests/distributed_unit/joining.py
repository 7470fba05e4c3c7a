"""Processes that join a group and tell what came of it, for the tests of `ensure_process_group`.

`python -m tests.distributed_unit.joining OUTCOMES ACT` is one process of a job: it writes its outcome into a file of
the folder OUTCOMES that bears its rank.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
#: Longer than any of the jobs takes, also on a busy machine.
PATIENCE = 60
#: What a process says when it is about to wait for the others.
READY = "ready"


def meets_twice() -> dict[str, Any]:
    import torch
    import torch.distributed as dist

    from safe_instantiate.distributed import ensure_process_group

    said = []
    for _ in range(2):
        with ensure_process_group("gloo", timeout=PATIENCE) as group, ensure_process_group() as again:
            ranks = torch.tensor([group.rank])
            dist.all_reduce(ranks)
            said.append([group.world_size, int(ranks), group.started_here, again.started_here])
    return {"said": said, "left": dist.is_initialized()}


def dies_once() -> dict[str, Any]:
    import torch.distributed as dist

    from safe_instantiate.distributed import ensure_process_group

    with ensure_process_group("gloo", timeout=PATIENCE) as group:
        dist.barrier()
        restarts = int(os.environ["TORCHELASTIC_RESTART_COUNT"])
        if group.rank == 1 and restarts == 0:
            os._exit(3)
        dist.barrier()
        return {"restarts": restarts, "world_size": group.world_size}


def waits_in_vain() -> dict[str, Any]:
    from safe_instantiate.distributed import ProcessGroupError, ensure_process_group

    print(READY, flush=True)
    input()  # all begin to wait at the same time
    try:
        ensure_process_group("gloo", timeout=5)
    except ProcessGroupError as error:
        return {"error": str(error)}
    return {}


def builds_a_logger() -> dict[str, Any]:
    from safe_instantiate import instantiate
    from safe_instantiate.distributed import ensure_process_group

    config = {
        "_target_": "safe_instantiate.distributed.rank_zero_only",
        "config": {"_target_": "logging.FileHandler", "filename": f"{sys.argv[1]}/log.txt"},
    }
    with ensure_process_group("gloo", timeout=PATIENCE):
        os.environ["RANK"] = "0"  # the group knows better
        handler = instantiate(config)
        return {"built": type(handler).__name__}


ACTS: dict[str, Callable[[], dict[str, Any]]] = {
    act.__name__: act for act in (meets_twice, dies_once, waits_in_vain, builds_a_logger)
}


def environment(**changes: str) -> dict[str, str]:
    """This process's, without what a launcher may have set in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TORCHELASTIC", "MASTER_"))}
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"):
        kept.pop(name, None)
    return {**kept, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **changes}


@contextmanager
def process(*arguments: str, env: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A process that is gone, with all that it has started, when the block ends."""
    started = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=dict(env),
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield started
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, 9)
        started.communicate()


def torchrun(act: str, folder: Path, nproc: int, max_restarts: int = 0) -> dict[int, dict[str, Any]]:
    """What each rank had to say when all of them ran under torchrun."""
    options = ["--standalone", f"--nproc-per-node={nproc}", f"--max-restarts={max_restarts}", "-m", __name__]
    with process("-m", "torch.distributed.run", *options, str(folder), act, env=environment()) as agent:
        output, _ = agent.communicate(timeout=PATIENCE)
        assert agent.returncode == 0, output
    return outcomes(folder)


def becomes_ready(started: subprocess.Popen[str]) -> None:
    assert started.stdout is not None
    said = []
    for line in started.stdout:
        said.append(line)
        if line.strip() == READY:
            return
    raise AssertionError("".join(said))


def outcomes(folder: Path) -> dict[int, dict[str, Any]]:
    return {int(file.stem): json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*.json"))}


if __name__ == "__main__":
    outcome = ACTS[sys.argv[2]]()
    (Path(sys.argv[1]) / f"{int(os.environ['LOCAL_RANK'])}.json").write_text(json.dumps(outcome), "utf-8")
