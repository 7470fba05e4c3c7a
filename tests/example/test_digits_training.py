"""The digits example under torchrun, as a person starts it. Every test here starts processes or shares such a run."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import struct
import subprocess
import termios
import threading
import warnings
from pathlib import Path

import hydra.utils
import pytest
from digits_runs import Finished, processes_left_by_run, processes_of_run, run_digits, start_digits
from omegaconf import OmegaConf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

pytestmark = pytest.mark.launches_torchrun

BROKEN_IMAGES = """
import os
from examples.digits.data import DigitImages

class BrokenOnRankZero(DigitImages):
    def __getitem__(self, index):
        if os.environ["RANK"] == "0":
            raise ValueError(f"no image {index}")
        return super().__getitem__(index)
"""

ENTRIES = ["raw", "auto", "groups", "prebuilt"]


def hydra_hands_on_struct_configs() -> bool:
    """Whether a target gets the caller's own struct config (Hydra 1.4.0rc3), or a free copy of it (1.3)."""
    cfg = OmegaConf.create({"part": {"x": 1}, "whole": {"_target_": "builtins.dict", "part": "${part}"}})
    OmegaConf.set_struct(cfg, True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 1.4 warns of any call without an allow-list
        handed_on = hydra.utils.instantiate(cfg.whole, _recursive_=False)["part"]
    return bool(OmegaConf.is_struct(handed_on))


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Both engines, all entries."""
    return run_digits(tmp_path_factory.mktemp("comparison"), "--engine", "both", "--entry", "all")


def outcome_line(run: Finished, engine: str, entry: str) -> str:
    (line,) = [line for line in run.stdout.splitlines() if line.split()[:2] == [engine, entry]]
    return line


def test_all_entries_train_with_safe_instantiate(comparison: Finished) -> None:
    assert comparison.status == 0, comparison.stdout
    for entry in ENTRIES:
        assert "trains" in outcome_line(comparison, "safe", entry)


def test_all_entries_end_with_the_very_same_loss(comparison: Finished) -> None:
    assert len({comparison.final_loss(f"safe-{entry}") for entry in ENTRIES}) == 1
    assert "safe: 4 of 4 entries train, all with the same final loss" in comparison.stdout


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("auto", "TensorBoardLogger.__init__() got an unexpected keyword argument 'should_log'"),
        ("groups", "LoggingConf.__init__() got an unexpected keyword argument '_recursive_'"),
        ("prebuilt", "Default process group has not been initialized"),
    ],
)
def test_the_comparison_shows_how_hydra_fails(comparison: Finished, entry: str, message: str) -> None:
    line = outcome_line(comparison, "hydra", entry)
    assert "FAILS" in line and message in line


def test_with_hydra_at_most_the_entry_that_the_trainers_author_meant_trains_to_the_same_loss(
    comparison: Finished,
) -> None:
    line = outcome_line(comparison, "hydra", "raw")
    if hydra_hands_on_struct_configs():
        assert "DictConfig in struct mode does not support pop" in line
        assert "hydra: 0 of 4 entries train" in comparison.stdout
    else:
        assert comparison.final_loss("hydra-raw") == comparison.final_loss("safe-raw")
        assert "hydra: 1 of 4 entries train" in comparison.stdout


def test_with_hydra_an_unbuilt_dataset_is_found_out_in_a_worker_and_both_processes_end(tmp_path: Path) -> None:
    overrides = ["+data.train._recursive_=false", "logging.tensorboard_writer=null", "epochs=1"]
    run = run_digits(tmp_path, "--engine", "hydra", "--entry", "raw", *overrides)
    assert run.status == 1
    missing = r"(Missing key \d+|Key '\d+' is not in struct) full_key: \S*dataset\.\d+"
    assert re.search(f"training failed: ConfigKeyError: .* {missing}", run.stderr)
    assert processes_left_by_run(tmp_path) == []


def test_of_a_process_that_waited_for_a_failed_one_the_last_lines_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_images.py").write_text(BROKEN_IMAGES)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    run = run_digits(tmp_path, "data.train.dataset.dataset._target_=broken_images.BrokenOnRankZero", "epochs=1")
    assert run.status == 1
    failure, _, account = run.stderr.partition("rank 1 ended with:\n")
    assert "training failed: ValueError: " in failure and "no image " in failure
    # Where it waited, or what it raised when the connection to rank 0 broke.
    assert re.search(r'File ".*trainer\.py", line \d+,? in ', account)


def test_a_resumed_run_ends_with_the_loss_of_an_uninterrupted_one(comparison: Finished, tmp_path: Path) -> None:
    first = run_digits(tmp_path, "--epochs", "1")
    loss_before = first.final_loss()
    resumed = run_digits(tmp_path, "--epochs", "2", "--resume")
    assert (first.status, resumed.status) == (0, 0), first.stderr + resumed.stderr
    assert "resumed after epoch 1" in resumed.stdout and "epoch  1/2" not in resumed.stdout
    assert resumed.final_loss() == comparison.final_loss("safe-auto") != loss_before


def test_training_reaches_95_percent_and_can_be_followed(tmp_path: Path) -> None:
    terminal, stderr = os.openpty()  # a progress bar is drawn for a terminal only, and for one that has a size
    fcntl.ioctl(stderr, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    drawn = bytearray()

    def read_terminal() -> None:
        while True:
            try:
                data = os.read(terminal, 4096)
            except OSError:  # how Linux says that nobody writes any more
                return
            if not data:
                return
            drawn.extend(data)

    process = start_digits(tmp_path, stderr=stderr)
    os.close(stderr)
    reader = threading.Thread(target=read_terminal, daemon=True)
    reader.start()
    stdout, _ = process.communicate(timeout=300)
    reader.join(timeout=10)
    os.close(terminal)
    run = Finished(process.returncode, stdout, drawn.decode(), tmp_path)

    assert run.status == 0, run.stdout + run.stderr
    first, *epochs, last = run.stdout.splitlines()
    assert first.startswith("engine safe, entry auto, 2 processes, ")
    assert [int(re.match(r"epoch +(\d+)/12  train loss ", line)[1]) for line in epochs] == list(range(1, 13))  # type: ignore[index]
    assert re.fullmatch(
        r"done: test accuracy \d\d\.\d\d%, final train loss 0\.\d+, samples seen: rank 0: 8,628, rank 1: 8,628", last
    )
    assert run.result()["last_epoch"]["test_accuracy"] >= 0.95
    assert run.result()["samples_per_rank"] == [8628, 8628]
    assert "epoch 12: " in run.stderr and "loss=" in run.stderr

    curves = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert len(curves.Scalars("accuracy/test")) == len(curves.Scalars("loss/test")) == 12
    assert len(list((tmp_path / "tensorboard").iterdir())) == 1  # rank 0 alone
    assert processes_left_by_run(tmp_path) == []


def test_a_stopped_run_leaves_no_process_behind(tmp_path: Path) -> None:
    process = start_digits(tmp_path, "--epochs", "1000", stderr=subprocess.DEVNULL)
    try:
        assert process.stdout is not None
        assert any(line.startswith("epoch ") for line in process.stdout)
        assert len(processes_of_run(tmp_path)) >= 5  # launcher, ranks, and what starts their workers
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert processes_left_by_run(tmp_path) == []
