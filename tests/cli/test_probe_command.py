"""`safe-instantiate probe`."""

from __future__ import annotations

import json

from cli_shell import DIGITS, Shell


def test_the_samples_of_a_config_are_shown(shell: Shell) -> None:
    finished = shell("probe", *DIGITS, "--samples", "4", "--below", "batch.labels", "10")
    assert finished.code == 0, finished.err
    assert "data.train: TorchDataset, 1,437 samples, 4 drawn" in finished.out
    assert finished.out.endswith("nothing found\n")


def test_what_is_wrong_with_them_ends_with_1(shell: Shell) -> None:
    finished = shell("probe", *DIGITS, "--key", "data.test", "--in-range", "[0]", "0", "1", "--format", "json")
    assert finished.code == 1
    (found,) = json.loads(finished.out)["diagnostics"]
    assert found["code"] == "probe-expectation" and found["file"].endswith("digits.yaml")


def test_a_bound_that_is_no_number_cannot_be_looked_at(shell: Shell) -> None:
    finished = shell("probe", *DIGITS, "--below", "labels", "ten")
    assert finished.code == 2
    assert "--below" in finished.err and "'ten' is not a valid float" in finished.err
