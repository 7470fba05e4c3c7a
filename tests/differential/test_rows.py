"""The rows that one Hydra alone needs account for what they say, and not for what only looks like it."""

from __future__ import annotations

import pytest

from safe_instantiate.hydra_compat import READS_LAZILY
from tests.differential import told_of_1_3, told_of_1_4

TOLD = (told_of_1_4 if READS_LAZILY else told_of_1_3).TOLD


@pytest.mark.parametrize("name", TOLD)
def test_a_row_accounts_for_what_it_says(name: str) -> None:
    assert TOLD[name].holds()


@pytest.mark.parametrize("name", TOLD)
def test_no_row_accounts_for_what_only_looks_like_it(name: str) -> None:
    assert TOLD[name].is_narrow()
