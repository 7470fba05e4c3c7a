"""What each command says, and with which exit code it ends."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli_shell import DIGITS, ROOT, Shell

# ---- check


def test_a_clean_config_ends_with_0(shell: Shell, good: Path) -> None:
    finished = shell("check", good)
    assert (finished.code, finished.out) == (0, "nothing found\n")


def test_findings_end_with_1_and_stand_with_file_and_line(shell: Shell, bad: Path) -> None:
    finished = shell("check", bad)
    assert finished.code == 1
    assert "bad.yaml:2:3: error: model: module 'torch.nn' has no 'Linaer' [target-not-found]" in finished.out
    assert "bad.yaml:6:3: error: optim.lr: Missing mandatory value [missing-value]" in finished.out
    assert finished.out.endswith("2 errors\n")


def test_an_override_may_mend_it(shell: Shell, bad: Path) -> None:
    assert shell("check", bad, "model._target_=torch.nn.Linear", "optim.lr=0.1").code == 0


def test_a_config_that_hydra_composes_is_checked_whole_or_in_part(shell: Shell) -> None:
    assert shell("check", *DIGITS).code == 0
    assert shell("check", *DIGITS, "--key", "model").code == 0
    finished = shell("check", *DIGITS, "--key", "model", "+model.head.hiden=3")
    assert finished.code == 1
    assert "command line (+model.head.hiden=3): error: model.head.hiden: " in finished.out
    assert "did you mean 'hidden'?" in finished.out


def test_a_primary_config_of_hydras_given_as_a_file_is_composed(shell: Shell) -> None:
    assert shell("check", ROOT / "examples/digits/conf/config.yaml", "optim.optimizer.lr=0.5").code == 0


def test_a_module_that_registers_resolvers_and_structured_configs_is_imported_first(
    shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "registers_first.py").write_text(
        "from dataclasses import dataclass\n"
        "from hydra.core.config_store import ConfigStore\n"
        "from omegaconf import OmegaConf\n"
        "@dataclass\n"
        "class Optim:\n"
        "    lr: float = 0.1\n"
        "ConfigStore.instance().store('from_code', Optim, group='registered_first')\n"
        "OmegaConf.register_new_resolver('registered_first.twice', lambda x: 2 * x)\n"
    )
    conf = tmp_path / "conf"
    conf.mkdir()
    (conf / "resolves.yaml").write_text("lr: ${registered_first.twice:3}\n")
    (conf / "stored.yaml").write_text("defaults: [registered_first: from_code]\n")
    unknown = shell("check", "--config-dir", conf, "--config-name", "resolves")
    assert unknown.code == 1
    assert "No resolver of this name is registered: import the module that registers it." in unknown.out
    assert shell("check", "--config-dir", conf, "--config-name", "stored").code == 2
    for name in ("resolves", "stored"):
        assert shell("check", "--import", "registers_first", "--config-dir", conf, "--config-name", name).code == 0


def test_a_module_that_cant_be_imported_first_is_named(shell: Shell, good: Path) -> None:
    finished = shell("check", good, "--import", "not_there_at_all")
    assert finished.code == 2
    assert "--import not_there_at_all: ModuleNotFoundError: No module named 'not_there_at_all'" in finished.err


def test_an_override_without_a_key_is_refused(shell: Shell, good: Path) -> None:
    finished = shell("check", good, "=3")
    assert finished.code == 2
    assert "the override '=3' can't be applied: it names no key" in finished.err


def test_json_has_every_field_of_a_diagnostic(shell: Shell, bad: Path) -> None:
    (first, second) = json.loads(shell("check", bad, "--format", "json").out)["diagnostics"]
    assert first == {
        "code": "target-not-found",
        "severity": "error",
        "full_key": "model",
        "message": "module 'torch.nn' has no 'Linaer'",
        "hint": "did you mean 'torch.nn.Linear'?",
        "file": "bad.yaml",
        "line": 2,
        "column": 3,
        "override": None,
    }
    assert second["code"] == "missing-value"


def test_github_gets_an_annotation_for_each_line(shell: Shell, bad: Path) -> None:
    first, second = shell("check", bad, "--format", "github").out.splitlines()
    assert first == (
        "::error file=bad.yaml,line=2,col=3,title=target-not-found::"
        "model: module 'torch.nn' has no 'Linaer'%0Adid you mean 'torch.nn.Linear'?"
    )
    assert second.startswith("::error file=bad.yaml,line=6,col=3,title=missing-value::")


def test_sarif_is_what_a_code_scanner_reads(shell: Shell, bad: Path, tmp_path: Path) -> None:
    assert shell("check", bad, "--format", "sarif", "-o", "report.sarif").code == 1
    log = json.loads((tmp_path / "report.sarif").read_text())
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["target-not-found", "missing-value"]
    first = run["results"][0]
    assert (first["ruleId"], first["level"]) == ("target-not-found", "error")
    (place,) = first["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "bad.yaml"},
        "region": {"startLine": 2, "startColumn": 3},
    }
    assert place["logicalLocations"] == [{"fullyQualifiedName": "model"}]


def test_a_clean_report_is_still_a_report_in_every_format(shell: Shell, good: Path) -> None:
    assert json.loads(shell("check", good, "--format", "json").out) == {"diagnostics": []}
    assert json.loads(shell("check", good, "--format", "sarif").out)["runs"][0]["results"] == []
    assert shell("check", good, "--format", "github").out.strip() == ""


def test_what_is_only_worth_knowing_is_no_finding(shell: Shell) -> None:
    finished = shell("check", *DIGITS)
    assert "info: optim.optimizer" in finished.out and finished.code == 0


def test_code_that_is_not_installed_is_a_finding_and_the_rest_is_looked_at(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "far.yaml"
    file.write_text("model:\n  _target_: not_here.Model\nloss:\n  _target_: torch.nn.MSELoss\n  reductoin: sum\n")
    finished = shell("check", file)
    assert finished.code == 1
    assert "far.yaml:2:3: error: model: " in finished.out and "not_here" in finished.out
    assert "far.yaml:5:3: error: loss.reductoin: " in finished.out


# ---- could not look


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "no config is given: name a YAML file, or a directory with --config-dir"),
        (("lr=0.1",), "no config is given"),
        (("nowhere.yaml",), "there is no file nowhere.yaml"),
        (("--config-dir", "nowhere"), "there is no directory nowhere"),
        (("good.yaml", "--key", "modle"), "the config has nothing at 'modle'; did you mean 'model'?"),
        (("good.yaml", "--key", "seed"), "what stands at 'seed' is no config but a value (int)"),
        (("broken.yaml",), "Error: broken.yaml:2:1: "),
        (("--config-dir", ".", "--config-name", "broken"), "Error: broken.yaml:2:1: "),
        (("--config-dir", ".", "--config-name", "goood"), "did you mean --config-name good?"),
        (("--config-dir", ".", "good"), "'good' is no override (KEY=VALUE); a config is named with --config-name"),
        ((".",), ". is a directory: --config-dir ."),
        (("good.yaml", "lr=["), "the override 'lr=[' can't be applied: "),
        (("good.yaml", "-o", "nowhere/report.txt"), "nowhere/report.txt can't be written: No such file"),
        (("notes.txt",), "notes.txt is no YAML file"),
        ((*DIGITS, "modle=cnn"), "can't be composed: "),
        ((*DIGITS, "--config-name", "other"), "can't be composed: "),
        (("good.yaml", "--format", "xml"), "'xml' is not one of"),
    ],
)
def test_what_cannot_be_looked_at_ends_with_2_and_says_why(
    shell: Shell, good: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    assert good.parent == tmp_path
    (tmp_path / "broken.yaml").write_text("a: [1\n")
    (tmp_path / "notes.txt").write_text("a: 1\n")
    finished = shell("check", *arguments)
    assert (finished.code, finished.out) == (2, "")
    assert said in finished.err


def test_without_the_extra_the_command_says_how_to_get_it() -> None:
    program = (
        "import importlib.util, sys\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *rest: None if name == 'click' else find(name, *rest)\n"
        "from safe_instantiate.cli import main\n"
        "sys.exit(main())\n"
    )
    finished = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 2
    assert finished.stderr == (
        "safe-instantiate: the command line needs click, which the extra brings: pip install 'safe-instantiate[cli]'\n"
    )


def test_python_m_is_the_same_command(good: Path) -> None:
    command = [sys.executable, "-m", "safe_instantiate", "check", str(good)]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (finished.returncode, finished.stdout) == (0, "nothing found\n"), finished.stderr


@pytest.mark.parametrize("command", ["check", "probe", "tree", "source", "graph", "targets", "run", "migrate"])
def test_the_help_of_a_command_has_examples_of_it(shell: Shell, command: str) -> None:
    assert f"Examples:\n    safe-instantiate {command} " in shell(command, "--help").out.replace(
        "  Examples", "Examples"
    )


def test_the_commands_are_listed_with_a_whole_sentence_each_on_a_terminal_of_80_columns(shell: Shell) -> None:
    commands = shell("--help").out.split("Commands:\n")[1].split("\n\n")[0].splitlines()
    assert len(commands) == 9
    assert all(line.endswith(".") and not line.endswith("...") and len(line) <= 80 for line in commands)


def test_who_reads_no_further_ends_the_command_without_a_word(good: Path) -> None:
    command = [sys.executable, "-m", "safe_instantiate", "tree", str(good)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert (process.stderr.read(), process.wait()) == (b"", 141)
    process.stderr.close()


def test_a_code_scanner_gets_the_place_as_a_uri(
    shell: Shell, bad: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "a config ü.yaml"
    bad.rename(elsewhere)
    (run,) = json.loads(shell("check", elsewhere, "--format", "sarif").out)["runs"]
    found = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert found == elsewhere.as_uri() and found.endswith("/a%20config%20%C3%BC.yaml")


# ---- tree, source, graph, targets


def test_tree_prints_the_plan(shell: Shell, good: Path) -> None:
    finished = shell("tree", good)
    assert finished.code == 0
    assert finished.out.splitlines()[:3] == ["config", "├── model: torch.nn.Linear", "│   ├── in_features: int = 3"]


def test_tree_shows_a_wrong_config_too_and_ends_with_1(shell: Shell, bad: Path) -> None:
    finished = shell("tree", bad)
    assert finished.code == 1
    assert "✗ module 'torch.nn' has no 'Linaer'; did you mean 'torch.nn.Linear'?" in finished.out


def test_tree_as_json_and_as_a_picture(shell: Shell, good: Path, tmp_path: Path) -> None:
    assert json.loads(shell("tree", good, "--format", "json").out)["children"][0]["target"] == "torch.nn.Linear"
    shell("tree", good, "--format", "svg", "-o", "tree.svg")
    assert (tmp_path / "tree.svg").read_text().startswith("<svg")


def test_tree_leaves_configs_to_whom_the_command_line_names(shell: Shell) -> None:
    built = shell("tree", *DIGITS, "--key", "trainer").out
    left = shell("tree", *DIGITS, "--key", "trainer", "--leave-configs-to", "auto").out
    assert "model: examples.digits.model.DigitsClassifier\n" in built
    assert "model: config of examples.digits.model.DigitsClassifier [raw]\n" in left


def test_source_prints_a_program(shell: Shell, good: Path) -> None:
    finished = shell("source", good, "--key", "model")
    ast.parse(finished.out)
    assert "model = Linear(in_features=3, out_features=2)" in finished.out
    assert finished.code == 0


@pytest.mark.parametrize("command", ["source", "targets", "run"])
def test_a_wrong_config_means_no_program_and_calls_nothing(shell: Shell, bad: Path, command: str) -> None:
    finished = shell(command, bad)
    assert (finished.code, finished.out) == (1, "")
    assert "model: module 'torch.nn' has no 'Linaer'" in finished.err


def test_graph_prints_mermaid_and_writes_what_a_files_name_says(shell: Shell, good: Path, tmp_path: Path) -> None:
    assert shell("graph", good).out.startswith("flowchart LR\n")
    assert shell("graph", good, "--format", "dot").out.startswith("digraph")
    assert shell("graph", good, "-o", "graph.svg").code == 0
    assert (tmp_path / "graph.svg").read_text().startswith("<svg")
    finished = shell("graph", good, "-o", "graph.gif")
    assert finished.code == 2 and "saved as .mmd, .dot, .svg or .png" in finished.err


def test_the_graph_of_a_wrong_config_is_drawn_and_says_what_is_wrong(shell: Shell, bad: Path) -> None:
    finished = shell("graph", bad)
    assert finished.code == 1 and finished.out.startswith("flowchart LR\n")
    assert "module 'torch.nn' has no 'Linaer'" in finished.err


def test_targets_lists_what_would_be_called(shell: Shell, good: Path) -> None:
    assert shell("targets", good).out == "torch.nn.Linear  model\n"
    (use,) = json.loads(shell("targets", good, "--format", "json").out)["targets"]
    assert (use["full_key"], use["path"]) == ("model", "torch.nn.Linear")


@pytest.mark.parametrize("command", ["targets", "source", "run"])
def test_what_builds_only_in_part_asks_for_the_part(shell: Shell, command: str) -> None:
    whole = shell(command, *DIGITS)
    assert whole.code == 1
    assert whole.err.endswith("If a program builds parts of this config only, name one of them with --key.\n")
    assert "--key" not in shell(command, *DIGITS, "--key", "optim").err


# ---- run


APP = """
class Trainer:
    def __init__(self, epochs): self.epochs = epochs
    def fit(self): print(f"fitting for {self.epochs} epochs")
def main(epochs): print(f"main for {epochs} epochs")
def fails(): raise RuntimeError("no data")
class Failing:
    def fit(self): raise ValueError("in training")
"""


@pytest.fixture
def app(tmp_path: Path) -> str:
    """A module in the directory that the command is run in, and configs of it."""
    (tmp_path / "cli_app.py").write_text(APP)
    (tmp_path / "trainer.yaml").write_text("_target_: cli_app.Trainer\nepochs: 3\n")
    (tmp_path / "main.yaml").write_text("_target_: cli_app.main\n_partial_: true\nepochs: 4\n")
    (tmp_path / "failing.yaml").write_text("_target_: cli_app.Failing\n")
    (tmp_path / "fails.yaml").write_text("_target_: cli_app.fails\n")
    return "cli_app"


@pytest.mark.usefixtures("app")
def test_run_builds_and_calls_a_method(shell: Shell) -> None:
    finished = shell("run", "trainer.yaml", "epochs=5", "--call", "fit")
    assert (finished.code, finished.out) == (0, "fitting for 5 epochs\n")


@pytest.mark.usefixtures("app")
def test_run_calls_a_partial(shell: Shell) -> None:
    assert shell("run", "main.yaml").out == "main for 4 epochs\n"


@pytest.mark.usefixtures("app")
def test_run_refuses_a_method_that_is_not_there(shell: Shell) -> None:
    finished = shell("run", "trainer.yaml", "--call", "fitt")
    assert finished.code == 2 and "what was built, a Trainer, has no method 'fitt'" in finished.err


@pytest.mark.usefixtures("app")
def test_a_build_that_fails_ends_with_1(shell: Shell) -> None:
    finished = shell("run", "fails.yaml")
    assert finished.code == 1 and "no data" in finished.err and "cli_app.fails" in finished.err
    # The way to the line that raised, without this library's.
    assert ", in fails\n" in finished.err and "safe_instantiate" not in finished.err
    assert finished.err.count("full_key: ") <= 1


@pytest.mark.usefixtures("app")
def test_what_the_called_code_raises_is_shown_as_python_shows_it(shell: Shell) -> None:
    finished = shell("run", "failing.yaml", "--call", "fit")
    assert finished.code == 1
    assert finished.err.startswith("Traceback (most recent call last):\n") and ", in fit\n" in finished.err
    assert finished.err.endswith("ValueError: in training\n") and "safe_instantiate" not in finished.err


@pytest.mark.usefixtures("app")
def test_a_name_that_no_trace_can_have_is_refused_before_anything_is_built(shell: Shell) -> None:
    finished = shell("run", "fails.yaml", "--trace-file", "trace.gif")
    assert finished.code == 2 and "saved as .json, .svg or .txt, not as 'trace.gif'" in finished.err


@pytest.mark.usefixtures("app")
def test_run_says_what_each_object_took(shell: Shell, tmp_path: Path) -> None:
    finished = shell("run", "trainer.yaml", "--trace", "--trace-file", "trace.json")
    assert "(cli_app.Trainer)" in finished.err and finished.out == ""
    assert len(json.loads((tmp_path / "trace.json").read_text())["traceEvents"]) == 2


# ---- completion, hooks


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_completion_is_a_script_for_the_shell(shell: Shell, shell_name: str) -> None:
    finished = shell("completion", shell_name)
    assert finished.code == 0 and "_SAFE_INSTANTIATE_COMPLETE" in finished.out


def test_the_name_of_a_config_is_completed(
    shell: Shell, good: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_SAFE_INSTANTIATE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", f"safe-instantiate check --config-dir {good.parent} --config-name g")
    monkeypatch.setenv("COMP_CWORD", "5")
    with pytest.raises(SystemExit):
        shell()
    assert capsys.readouterr().out == "plain,good\n"


def test_the_pre_commit_hook_names_a_command_that_there_is(shell: Shell) -> None:
    import yaml

    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    program, command = hook["entry"].split()
    assert program == "safe-instantiate"
    assert shell(command, "--help").code == 0
