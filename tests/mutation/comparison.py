"""The comparison with the installed Hydra, each case a test of its own, so that a mutant is asked about those it can
change.

They are the first cases of the run that is part of the suite (`tests/differential/test_differential.py`), so whatever
is noticed here is noticed there.
"""

from __future__ import annotations

from random import Random

import pytest

from tests.differential import engines
from tests.differential.campaign import Campaign
from tests.differential.generator import Generator

CAMPAIGN = Campaign(engines.hydra_engine(), engines.our_engine())


@pytest.mark.parametrize("number", range(300))
def test_our_answer_is_hydras_but_for_the_named_differences(number: int) -> None:
    assert not CAMPAIGN.unnamed(Generator(Random(f"1:{number}")).case())
