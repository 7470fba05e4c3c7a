"""The digits example's config and command line, without starting a process."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf

from examples.digits.__main__ import make_parser, plan_jobs
from examples.digits.checkpoint import load_checkpoint, save_checkpoint
from examples.digits.choices import ENTRIES as ENTRY_NAMES
from examples.digits.comparison import exit_status, table_row, verdict
from examples.digits.entries import ENTRIES
from examples.digits.launch import Job, Outcome
from examples.digits.run import compose_config

# Hydra 1.3 warns where it is not given, Hydra 1.4 where it is.
pytestmark = pytest.mark.filterwarnings("ignore:The version_base parameter is deprecated")


def targets_in(config: DictConfig) -> list[str]:
    def walk(node: object) -> list[str]:
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
        own = [node["_target_"]] if isinstance(node, dict) and "_target_" in node else []
        return own + [target for child in children for target in walk(child)]

    return walk(OmegaConf.to_container(config, resolve=True))


def jobs_for(*argv: str) -> list[Job]:
    return plan_jobs(make_parser().parse_intermixed_args(argv))


def outcome(engine: str, entry: str, loss: float | None) -> Outcome:
    job = Job(engine=engine, entry=entry, output=Path("nowhere"), nproc=2)
    if loss is None:
        return Outcome(job, error="TypeError: no")
    return Outcome(job, result={"last_epoch": {"train_loss": loss}})


def test_the_config_composes_and_every_target_in_it_exists() -> None:
    targets = targets_in(compose_config([]).trainer)
    assert "examples.digits.trainer.Trainer" in targets
    assert targets.count("examples.digits.data.TorchDataset") == 2
    for target in targets:
        assert callable(get_object(target))


def test_every_group_can_be_overridden() -> None:
    overrides = ["model.head.hidden=7", "data.train.batch_size=8", "optim.optimizer.lr=0.5", "seed=3"]
    trainer = compose_config([*overrides, "logging.log_every=99"]).trainer
    chosen = (trainer.model.head.hidden, trainer.data.train.batch_size, trainer.optim.optimizer.lr, trainer.seed)
    assert (*chosen, trainer.logging.log_every) == (7, 8, 0.5, 3, 99)


def test_every_entry_on_the_command_line_exists_and_its_overrides_compose() -> None:
    assert list(ENTRIES) == list(ENTRY_NAMES)
    for entry in ENTRIES.values():
        compose_config([*entry.overrides])


def test_the_groups_entry_puts_control_keys_on_the_data_and_logging_groups() -> None:
    cfg = compose_config([*ENTRIES["groups"].overrides])
    for group in (cfg.data, cfg.logging):
        assert (group._recursive_, group._convert_) == (False, "none")


def test_one_job_speaks_and_writes_into_the_output_folder_itself() -> None:
    (job,) = jobs_for("--output", "there", "--epochs", "3", "--resume", "seed=1")
    assert (job.engine, job.entry, job.output, job.quiet) == ("safe", "auto", Path("there"), False)
    assert job.overrides == ("seed=1", "epochs=3", "resume=true")


def test_several_jobs_are_quiet_and_get_a_folder_each() -> None:
    jobs = jobs_for("--engine", "both", "--entry", "all")
    assert len({job.output for job in jobs}) == 8
    assert all(job.quiet and job.overrides == ("epochs=2",) for job in jobs)


def test_overrides_may_stand_between_options() -> None:
    (job,) = jobs_for("seed=1", "--nproc", "1", "epochs=2")
    assert (job.nproc, job.overrides) == (1, ("seed=1", "epochs=2"))


@pytest.mark.parametrize("option", ["--nproc", "--epochs"])
def test_a_number_below_one_is_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        jobs_for(option, "0")
    assert f"argument {option}: must be at least 1, not 0" in capsys.readouterr().err


def test_the_verdict_tells_equal_losses_from_different_ones() -> None:
    same = [outcome("safe", "raw", 0.1), outcome("safe", "auto", 0.1)]
    different = [outcome("safe", "raw", 0.1), outcome("safe", "auto", 0.1 + 2**-56)]
    assert verdict(same) == "safe: 2 of 2 entries train, all with the same final loss"
    assert verdict(different) == "safe: 2 of 2 entries train, with DIFFERENT final losses"
    assert (exit_status(same), exit_status(different)) == (0, 1)


def test_only_our_own_failures_count_as_failures() -> None:
    hydra_fails = [outcome("safe", "raw", 0.1), outcome("hydra", "raw", None)]
    safe_fails = [outcome("safe", "raw", None), outcome("hydra", "raw", 0.1)]
    assert (exit_status(hydra_fails), exit_status(safe_fails)) == (0, 1)
    assert table_row(hydra_fails[1]) == "hydra   raw       FAILS   TypeError: no"


def test_a_checkpoint_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    path = tmp_path / "new" / "last.pt"
    save_checkpoint({"epoch": 3, "weight": torch.ones(2)}, path)
    loaded = load_checkpoint(path)
    assert loaded["epoch"] == 3 and torch.equal(loaded["weight"], torch.ones(2))
    assert [file.name for file in path.parent.iterdir()] == ["last.pt"]


def test_resuming_without_a_checkpoint_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no checkpoint .*last\.pt to resume from; run once without"):
        load_checkpoint(tmp_path / "last.pt")
