"""What the documentation shows is what happens: every Python block of a page and every docstring example is run.

The blocks of one page share their names, from top to bottom, as a reader would type them. A block that is only to be
read stands under `<!--- skip: next -->` with its reason.
"""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from sybil import Sybil
from sybil.document import Document
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

import safe_instantiate
from tests.differential import record

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
READER = Sybil(parsers=[PythonCodeBlockParser(doctest_optionflags=doctest.ELLIPSIS), SkipParser()])


def names_of(pages: list[Path]) -> list[str]:
    return [str(page.relative_to(ROOT)) for page in pages]


def run_page(page: Path) -> int:
    """Runs the page's examples in order and says how many there were; the first that fails raises."""
    document: Document = READER.parse(page)
    examples = list(document.examples())
    for example in examples:
        example.evaluate()
    return len(examples)


def package_modules() -> Iterator[str]:
    yield safe_instantiate.__name__
    for found in pkgutil.walk_packages(safe_instantiate.__path__, safe_instantiate.__name__ + "."):
        yield found.name


def docstring_failures(module: ModuleType) -> str:
    """What doctest has to say about the module's examples; nothing, when all of them hold."""
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
    for found in doctest.DocTestFinder().find(module):
        runner.run(found, out=report.append)
    return "".join(report)


@pytest.mark.parametrize("page", PAGES, ids=names_of(PAGES))
def test_the_blocks_of_a_page_run(page: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    run_page(page)


@pytest.mark.parametrize("name", list(package_modules()))
def test_the_examples_of_a_modules_docstrings_hold(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    failures = docstring_failures(importlib.import_module(name))
    assert not failures, failures


def test_the_readme_has_blocks_to_run() -> None:
    assert READER.parse(ROOT / "README.md").examples()


def test_the_page_of_differences_carries_the_table_that_the_differential_tests_consult() -> None:
    page = (ROOT / "docs" / "hydra-parity.md").read_text("utf-8")
    assert record.page() in page, "`python -m tests.differential --table` writes it"


def test_a_page_whose_block_is_wrong_fails(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Sums\n\n```python\ntotal = 1 + 1\n```\n\n```python\nassert total == 3\n```\n")
    with pytest.raises(AssertionError):
        run_page(page)


def test_a_page_whose_session_shows_a_wrong_answer_fails(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Sums\n\n```python\n>>> 1 + 1\n3\n```\n")
    with pytest.raises(AssertionError, match="Expected"):
        run_page(page)


def test_a_docstring_example_that_is_wrong_is_reported() -> None:
    module = ModuleType("wrong")
    module.__doc__ = "Sums.\n\n>>> 1 + 1\n3\n"
    assert "Expected:\n    3\nGot:\n    2" in docstring_failures(module)


def links_within(page: Path) -> Iterator[str]:
    """The targets of the page's links to files of this repository."""
    for piece in page.read_text("utf-8").split("](")[1:]:
        target = piece.split(")", 1)[0].split("#")[0]
        if target and "://" not in target:
            yield target


@pytest.mark.parametrize("page", PAGES, ids=names_of(PAGES))
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    assert [target for target in links_within(page) if not (page.parent / target).exists()] == []
