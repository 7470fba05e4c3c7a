"""docs/checks.md: every code is explained, and every example has what it is an example of."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from safe_instantiate import GIVEN, Report, check, plan
from safe_instantiate.checking.codes import PLANNER_CODES
from safe_instantiate.checking.registry import built_in_rules
from safe_instantiate.hydra_compat import READS_LAZILY

PAGE = (Path(__file__).parents[2] / "docs" / "checks.md").read_text("utf-8")
SECTIONS = {
    match[1]: match[2] for match in re.finditer(r"^### ([a-z-]+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
}
EXAMPLES = {
    code: match[1] for code, text in SECTIONS.items() if (match := re.search(r"```yaml\n(.*?)```", text, re.DOTALL))
}


def test_every_code_is_explained_once() -> None:
    codes = PLANNER_CODES | {rule.code for rule in built_in_rules()}
    assert codes == SECTIONS.keys()
    assert SECTIONS.keys() - EXAMPLES.keys() == {"endless-config", "call"}


def test_every_code_of_the_probe_is_explained() -> None:
    sources = (Path(__file__).parents[2] / "safe_instantiate" / "probing").glob("*.py")
    text = "".join(source.read_text("utf-8") for source in sources)
    codes = {f"probe-{code}" for code in re.findall(r'complain\(\s*"([a-z-]+)"', text)}
    codes |= set(re.findall(r'Diagnostic\("(probe-[a-z-]+)"', text))
    assert codes == set(re.findall(r"^\| `(probe-[a-z-]+)` \|", PAGE, re.MULTILINE))


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_example_has_what_it_is_an_example_of(code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    found = {each.code: each.severity for each in check(OmegaConf.create(EXAMPLES[code]))}
    assert code in found
    stated = re.match(r"\s*(Error|Warning|Info)\.", SECTIONS[code])
    if stated and code != "missing-argument":
        assert found[code] == stated[1].lower()


def test_a_config_that_contains_itself_is_endless() -> None:
    config = OmegaConf.create({"a": {"b": "${c}"}, "c": {"d": "${a}"}})
    codes = {found.code for found in plan(config).check()}
    assert codes in ({"endless-config"}, {"interpolation"})  # Hydra 1.4 reads on until the interpolation fails


CALLS: dict[str, Callable[[], Report]] = {
    "arguments for a list": lambda: check([], 1),
    "a list that is partial": lambda: check([], _partial_=True),
    "a number in place of a config": lambda: check(3),
    "arguments for what is built": lambda: check(object(), a=1),
    "an interpolation without an end": lambda: check({"a": "${"}),
    "a value that only a call can leave open": lambda: check({"a": GIVEN}),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_is_wrong_with_the_call_is_no_fault_of_a_value(name: str) -> None:
    assert [found.code for found in CALLS[name]()] == ["call"]


def test_what_is_wrong_with_the_args_of_a_completed_partial_is_told_like_that_of_a_config() -> None:
    (found,) = check(functools.partial(dict), _args_=3)
    assert (found.code, found.full_key) == ("args-value", "_args_")


def test_a_config_that_contains_itself_is_told_by_the_way_to_where_it_does() -> None:
    config = OmegaConf.create({"x": [{"y": 1}], "a": {"z": {}, "b": "${c}"}, "c": {"d": "${a}"}})
    if not READS_LAZILY:
        assert [(found.full_key, found.message) for found in check(config)] == [
            ("a.b.d", "The interpolation at 'a.b.d' leads back to a node that it stands in")
        ]


def test_a_config_that_is_too_deep_is_endless() -> None:
    config: dict[str, Any] = {}
    for _ in range(3000):
        config = {"a": config}
    assert [problem.code for problem in plan(config).problems] == ["endless-config"]


def test_a_flag_that_is_no_bool_is_a_wrong_value_of_a_control_key() -> None:
    assert [found.code for found in check({"_target_": "builtins.dict", "_recursive_": "no"})] == ["control-value"]


def test_a_resolver_that_nobody_registered_is_told_from_a_key_that_is_not_there() -> None:
    unknown, absent = plan({"a": "${nobody_registered_it:}", "b": "${nowhere}"}).problems
    assert unknown.hint.startswith("No resolver of this name") and absent.hint == ""
