"""What a project wants to hear of: pyproject.toml, and rules of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from safe_instantiate import Finding, check, house_rule
from safe_instantiate.checking import registry
from safe_instantiate.checking.registry import forget_house_rule
from safe_instantiate.checking.subject import Subject

CONFIG = {"a": {"_target_": "torch.nn.Linear", "in_features": "1", "out_features": 1}, "api_key": "x", "b": "???"}


@pytest.fixture(autouse=True)
def in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for code in ("house", "more"):
        forget_house_rule(code)


def options(text: str) -> None:
    Path("..", "pyproject.toml").write_text(f"[tool.safe_instantiate]\n{text}\n")


def codes() -> dict[str, str]:
    return {found.code: found.severity for found in check(CONFIG)}


def test_without_options_everything_is_reported() -> None:
    assert codes() == {"argument-type": "error", "plain-secret": "warning", "missing-value": "error"}


def test_codes_are_ignored_selected_and_graded() -> None:
    options('ignore = ["plain-secret"]')
    assert codes().keys() == {"argument-type", "missing-value"}
    options('select = ["plain-secret"]')
    assert codes() == {"plain-secret": "warning"}
    options('severity = { plain-secret = "error", missing-value = "info" }')
    assert codes() == {"argument-type": "error", "plain-secret": "error", "missing-value": "info"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('ignore = ["plain-secrets"]', "names 'plain-secrets', which is no code; did you mean 'plain-secret'?"),
        ('ignroe = ["plain-secret"]', "has no key 'ignroe'; did you mean 'ignore'?"),
        ('ignore = "plain-secret"', "takes a list of texts for 'ignore'"),
        ('severity = { plain-secret = "fatal" }', "takes a table of codes for 'severity', each one of error, warning"),
    ],
)
def test_an_option_that_means_nothing_is_refused(text: str, message: str) -> None:
    options(text)
    with pytest.raises(ValueError, match=r"pyproject\.toml: \[tool\.safe_instantiate\]") as refusal:
        check(CONFIG)
    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[tool.safe_instantiate]\nignore = ["x"', r"pyproject\.toml is no TOML: Unclosed array"),
        (
            "[tool]\nsafe_instantiate = 3",
            r"pyproject\.toml: \[tool\.safe_instantiate\] is a table of select, .*, not 3",
        ),
        (
            '[tool.safe_instantiate]\nrules = ["no_such_rules"]',
            "the house rules in 'no_such_rules' can't be had: importing it raised ModuleNotFoundError: No module named",
        ),
    ],
)
def test_a_file_that_cannot_be_followed_is_named(text: str, message: str) -> None:
    Path("..", "pyproject.toml").write_text(f"{text}\n")
    with pytest.raises(ValueError, match=message):
        check(CONFIG)


def test_other_tools_options_are_no_concern_of_ours() -> None:
    Path("..", "pyproject.toml").write_text("# safe_instantiate\ntool = 3\n")
    assert codes()


def test_a_house_rule_finds_what_only_the_house_knows() -> None:
    @house_rule("house", severity="warning")
    def narrow(subject: Subject) -> Iterator[Finding]:
        for call in subject.calls_of("torch.nn.Linear"):
            if call.argument("out_features") < 8:
                yield Finding(call.places["out_features"], "too narrow for our cards", "at least 8")

    assert codes()["house"] == "warning"
    (found,) = (each for each in check(CONFIG) if each.code == "house")
    assert (found.full_key, found.message, found.hint) == ("a.out_features", "too narrow for our cards", "at least 8")
    options('severity = { house = "error" }')
    assert codes()["house"] == "error"


def test_rules_in_a_module_that_the_options_name() -> None:
    Path("..", "house_of_rules.py").write_text(
        "from safe_instantiate import Finding, house_rule\n"
        '@house_rule("house")\n'
        "def always(subject):\n"
        '    yield Finding("", f"{len(subject.calls)} calls", severity="info")\n'
    )
    options('rules = ["house_of_rules"]')
    assert codes()["house"] == "info"
    sys.modules.pop("house_of_rules")


def test_rules_in_a_module_that_an_entry_point_names(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("..", "more_rules.py").write_text(
        "from safe_instantiate import Finding, house_rule\n"
        'house_rule("more")(lambda subject: [Finding("a", "seen", subject.value("a.out_features") * "!")])\n'
    )
    installed = Path("..", "more_rules-1.0.dist-info")
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: more-rules\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[safe_instantiate.rules]\nmore = more_rules\n")
    registry._modules_of_entry_points.cache_clear()
    try:
        assert codes()["more"] == "error"
    finally:
        registry._modules_of_entry_points.cache_clear()
        sys.modules.pop("more_rules")


def test_a_rule_that_raises_hides_nothing() -> None:
    @house_rule("house")
    def broken(subject: Subject) -> Iterator[Finding]:
        raise KeyError("trainer")

    found = codes()
    assert found.pop("rule-failed") == "warning"
    assert found.keys() == {"argument-type", "plain-secret", "missing-value"}


def test_a_code_that_cannot_be_one() -> None:
    for code in ("Has Spaces", "", "-a", "missing-value", "argument-type"):
        with pytest.raises(ValueError, match="code"):
            house_rule(code)
    with pytest.raises(ValueError, match="severity must be one of error, warning, info"):
        house_rule("house", severity="fatal")  # type: ignore[arg-type]
