"""Our answer is Hydra's, save for the rows of the table; and the comparison that says so can fail."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from safe_instantiate.hydra_compat import READS_LAZILY
from tests.differential import differences, engines, judging, record
from tests.differential.__main__ import main
from tests.differential.campaign import Campaign, Finding, Tally
from tests.differential.cases import Case, Leaf, Map, Name, Seq, Structured
from tests.differential.coverage import CORNERS
from tests.differential.outcomes import Broken, Built, Difference, Part, Raised
from tests.differential.targets import HERE

CASES = int(os.environ.get("SAFE_INSTANTIATE_DIFFERENTIAL_CASES", "3000"))


def box(**items: object) -> Map:
    return Map((("_target_", Leaf(f"{HERE}.Box")), *((key, Leaf(value)) for key, value in items.items())))


# ---- the comparison


def test_our_answer_is_hydras_but_for_the_named_differences() -> None:
    campaign = Campaign(engines.hydra_engine(), engines.our_engine())
    tally = campaign.run(seed=1, cases=CASES, stop_at=5)
    print(tally)
    shown = "\n\n".join(str(campaign.shrunk(finding)) for finding in tally.findings)
    assert not tally.findings, shown


# ---- the comparison can fail


def test_hydra_compared_with_itself_shows_no_difference() -> None:
    tally = Campaign(engines.hydra_engine(), engines.hydra_engine(), lawful=False).run(seed=2, cases=300)
    assert not tally.findings
    assert not tally.by_row
    assert tally.built_alike > 150
    assert tally.raised_alike > 50


@pytest.mark.parametrize("name", engines.BROKEN)
def test_an_engine_that_is_wrong_in_one_way_is_found_out(name: str) -> None:
    tally = Campaign(engines.hydra_engine(), engines.BROKEN[name](), lawful=name in engines.UNLAWFUL).run(
        seed=3, cases=400, stop_at=1
    )
    assert tally.findings


def test_hydra_itself_does_not_find_errors_before_it_builds() -> None:
    case = Case(Map((("_target_", Leaf(f"{HERE}.nothing")), ("a", box()))))
    (found,) = Campaign(engines.hydra_engine(), engines.hydra_engine()).unnamed(case)
    assert isinstance(found.ours, Broken)
    assert found.ours.law.startswith("nothing before everything: ran Box, then raised")


def test_hydra_1_3_itself_changes_the_config_that_an_interpolation_leads_out_to() -> None:
    siblings = Map((("other", Map((("b", Leaf("${oc.env:DIFFERENTIAL_NAME}")),))),))
    case = Case(Map((("a", Leaf("${other}")),)), "child", siblings)
    found = Campaign(engines.hydra_engine(), engines.hydra_engine()).unnamed(case)
    broken = [] if READS_LAZILY else [Broken("the caller's config is unchanged")]
    assert [difference.ours for difference in found] == broken


def test_a_finding_is_cut_down_to_what_matters() -> None:
    campaign = Campaign(engines.hydra_engine(), engines.BROKEN["plain-containers"](), lawful=False)
    tally = campaign.run(seed=4, cases=400, stop_at=3)
    sizes = [len(list(campaign.shrunk(finding).case.root.children())) for finding in tally.findings]
    assert sizes and max(sizes) <= 1


def test_an_interrupted_run_tells_what_came_of_the_cases_until_then() -> None:
    left = iter(range(20))

    def interrupted(*args: object, **kwargs: object) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    assert Campaign(lambda *_, **__: None, interrupted, lawful=False).run(seed=1, cases=100).cases == 20


def test_a_snippet_runs_as_it_is_printed() -> None:
    case = Case(box(a="${child.b}", b=2), "child", Map((("lr", Leaf(1)),)), ("struct",), (Leaf(5),))
    seen: list[object] = []
    exec(case.snippet(), {"instantiate": lambda *given: seen.extend(given)})
    assert seen == [{"_target_": f"{HERE}.Box", "a": 2, "b": 2}, 5]


def test_the_cases_visit_every_corner_but_a_few() -> None:
    tally = Campaign(lambda *_, **__: None, lambda *_, **__: None, lawful=False).run(seed=1, cases=2000)
    never = {(kind, name) for kind, names in CORNERS.items() for name in names if not tally.corners[kind, name]}
    assert never <= {("interpolation", "malformed")}  # OmegaConf refuses most of these before they are instantiated


# ---- the table

BUILT = Built(Part("value", ("int", "1")))
LOST = Raised((ValueError,), "lost")


def test_every_row_has_a_name_of_its_own_and_a_sentence() -> None:
    assert len({row.id for row in differences.ROWS}) == len(differences.ROWS)
    assert all(row.sentence.endswith(".") for row in differences.ROWS)


@pytest.mark.parametrize(
    "found",
    [
        Difference((), BUILT, LOST),
        Difference((), LOST, BUILT),
        Difference((), LOST, Raised((KeyError,), "lost")),
        Difference((), BUILT, Broken("the caller's config is unchanged")),
        Difference(("a",), Part("DictConfig"), Part("dict")),
        Difference(("a",), Part("value", ("int", "1")), Part("value", ("str", "1"))),
        Difference(("a",), Part("object", "Box"), Part("the one at", ())),
        Difference(("a",), Part("live", "object"), Part("copy of live", "object")),
        Difference(("a",), Part("value", ("int", "1")), None),
    ],
    ids=str,
)
def test_no_row_explains_a_plain_break(found: Difference) -> None:
    everything = Case(
        Map(
            (
                ("_target_", Leaf(f"{HERE}.Box")),
                ("_partial_", Leaf(True)),
                ("_recursive_", Leaf(False)),
                ("_convert_", Leaf("all")),
                ("a", Name("t.live('lock')")),
                ("b", Structured("Point")),
                ("c", Seq((Leaf(1),))),
            )
        ),
        args=(Leaf(1),),
        kwargs=Map((("x", Name("t.live('ordered')")), ("y", Structured("Point")))),
    )
    assert judging.row_for(everything, found) is None


def test_the_table_has_one_line_a_row_and_is_written_into_its_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text(record.PAGE.read_text("utf-8").replace("| plain-partial |", "| lost |"), "utf-8")
    monkeypatch.setattr(record, "PAGE", page)
    assert main(["--table"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith("| ")]) == len(differences.ROWS) + 2
    assert "| plain-partial |" in page.read_text("utf-8")
    assert "| lost |" not in page.read_text("utf-8")


def test_a_run_with_another_hydra_needs_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "constraints").mkdir()
    (tmp_path / "constraints" / "hydra-1.2.0.txt").touch()
    monkeypatch.chdir(tmp_path)
    assert main(["--hydra", "1.2.0", "--cases", "1"]) == 2
    assert "make test-hydra-1.2.0" in capsys.readouterr().err


def test_a_run_with_a_hydra_that_is_not_supported_says_which_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "constraints").mkdir()
    for version in ("1.2.0", "1.2.1"):
        (tmp_path / "constraints" / f"hydra-{version}.txt").touch()
    monkeypatch.chdir(tmp_path)
    assert main(["--hydra", "1.3", "--cases", "1"]) == 2
    assert "Hydra 1.3 is none that is tested here: 1.2.0, 1.2.1." in capsys.readouterr().err


def test_a_run_of_no_cases_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--cases", "0"])
    assert "0 cases show nothing: 1 at least" in capsys.readouterr().err


def test_a_run_with_another_hydra_is_the_same_run_by_its_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / ".venv-hydra-1.2.0" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$@" > told\nexit 1\n')
    python.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    assert main(["--seed", "3", "--hydra", "1.2.0", "--cases", "7"]) == 1
    assert (tmp_path / "told").read_text() == "-W ignore -m tests.differential --seed 3 --cases 7\n"


def test_a_run_is_recorded_with_what_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "FILE", tmp_path / "record.json")
    tally = Tally(seed=5, cases=40, built_alike=30, raised_alike=7, by_row=Counter({"plain-partial": 2}))
    record.record(tally)
    assert (
        "40 random cases (seed 5), of which 30 were built alike, 7 raised alike, 2 differed by a row, as counted "
        "above, and none differed otherwise."
    ) in record.page()
    tally.findings.append(Finding(0, Case(Leaf(1)), ()))
    record.record(tally)
    assert "and 1 differed otherwise." in record.page()


@pytest.mark.parametrize(("ours", "code"), [("hydra", 0), ("raises-another-class", 1)])
def test_the_long_run_says_by_its_exit_code_whether_a_difference_has_no_name(
    ours: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--cases", "40", "--seed", "5", "--ours", ours, "--show", "1"]) == code
    assert capsys.readouterr().out.startswith("40 cases, seed 5: ")
