"""Every attack is refused, every look-alike builds, on whichever Hydra is installed."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from safe_instantiate import instantiate
from tests.security.attacks import ATTACKS, Attack
from tests.security.lookalikes import LOOKALIKES
from tests.security.trial import outcome_of

ROOT = Path(__file__).parent.parent.parent


#: Hydra 1.4 deprecates targets that no whitelist names, and the naming of a partial.
OF_HYDRA = "ignore:.*(hydra\\.utils\\.instantiate|functools\\.partial)"


def test_the_corpus_is_not_small() -> None:
    assert len(ATTACKS) >= 150 and len(LOOKALIKES) >= 30
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_refused(attack: Attack) -> None:
    assert outcome_of(instantiate, attack.config) == "refused"


@pytest.mark.filterwarnings(OF_HYDRA)
@pytest.mark.parametrize("config", LOOKALIKES, ids=lambda config: config["_target_"])
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_lookalike_builds(config: Any) -> None:
    instantiate(config)


def test_one_command_tells_how_many_attacks_each_engine_lets_through() -> None:
    asked = [sys.executable, "-m", "tests.security", "--list", "--only", "torch.hub.load"]
    answer = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    attacks, _, *table = answer.stdout.splitlines()
    assert attacks == f"2 attacks, {len(LOOKALIKES)} legitimate look-alikes"
    hydra, theirs, ours, *_ = table[2].strip("| ").split(" | ")
    assert (hydra, theirs, ours) == (version("hydra-core"), "2", "0")
    assert len(table) == 3 + int(theirs)
