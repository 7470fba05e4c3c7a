"""The digits trainer from the program that its config means: it trains to the very same loss."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from digits_runs import ROOT, TIME_LIMIT, run_digits

from examples.digits.run import compose_config
from safe_instantiate import Instantiator

pytestmark = [
    pytest.mark.launches_torchrun,
    pytest.mark.filterwarnings("ignore:The version_base parameter is deprecated"),
]

#: What a person would write below the program that `safe-instantiate source` prints.
RUN = """
    import json, sys
    from pathlib import Path
    import torch.distributed as dist

    trainer = build()
    Path(sys.argv[1]).write_text(json.dumps(trainer.run().last_epoch.train_loss))
    dist.destroy_process_group()
"""


def test_the_trainers_program_trains_to_the_same_loss(tmp_path: Path) -> None:
    run = run_digits(tmp_path / "from_config", "--nproc", "1", "--epochs", "1")
    assert run.status == 0, run.stderr

    config = compose_config(["epochs=1", f"output_dir={tmp_path / 'from_program'}"])
    text = Instantiator(leave_configs_to="auto").plan(config.trainer).source()
    program, result = tmp_path / "program.py", tmp_path / "loss.json"
    program.write_text(text.replace("\n    build()\n", RUN))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "1"]
    finished = subprocess.run(
        [*command, str(program), str(result)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert json.loads(result.read_text()) == run.final_loss()
