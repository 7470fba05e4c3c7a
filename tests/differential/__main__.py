"""The long run: `python -m tests.differential --hydra 1.3.2 --cases 100000 --seed 1`."""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
from collections.abc import Hashable
from functools import lru_cache
from pathlib import Path

from omegaconf import grammar_parser

from tests.differential import record
from tests.differential.campaign import Campaign, Finding
from tests.differential.engines import ENGINES


def main(argv: list[str] | None = None) -> int:
    """Compare, print what came of it, and return 1 where a difference has no name."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--cases", type=_count, default=5000, help="how many random configs")
    parser.add_argument("--seed", type=int, default=1, help="which ones: the same seed gives the same configs")
    parser.add_argument("--ours", choices=sorted(ENGINES), default="safe_instantiate", help="the engine under test")
    parser.add_argument("--show", type=int, default=50, help="how many unnamed differences are cut down and printed")
    parser.add_argument("--hydra", metavar="VERSION", help="run in the environment of `make test-hydra-VERSION`")
    parser.add_argument(
        "--record", action="store_true", help="keep the counts, and write them into docs/hydra-parity.md"
    )
    parser.add_argument("--table", action="store_true", help="write where we differ from Hydra into that page")
    options = parser.parse_args(argv)
    if options.hydra:
        return _elsewhere(options.hydra, sys.argv[1:] if argv is None else argv)
    if options.table:
        record.put_on_page()
        print(record.page())
        return 0
    campaign = Campaign(ENGINES["hydra"](), ENGINES[options.ours](), lawful=options.ours == "safe_instantiate")
    tally = campaign.run(options.seed, options.cases)
    print(tally)
    for group in _grouped(campaign, tally.findings, options.show):
        print(f"\n# ---- {len(group)} of this sort")
        distinct = {finding.case: finding for finding in group}
        print("\n\n".join(map(str, list(distinct.values())[:2])))
    if options.record:
        record.record(tally)
        record.put_on_page()
    return 1 if tally.findings else 0


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} cases show nothing: 1 at least")
    return number


def _elsewhere(hydra: str, argv: list[str]) -> int:
    """The same run by another environment's interpreter."""
    python = Path(f".venv-hydra-{hydra}") / "bin" / "python"
    known = sorted(path.stem.removeprefix("hydra-") for path in Path("constraints").glob("hydra-*.txt"))
    if not python.exists() and hydra not in known:
        print(f"Hydra {hydra} is none that is tested here: {', '.join(known)}.", file=sys.stderr)
        return 2
    if not python.exists():
        print(f"There is no {python}: `make test-hydra-{hydra}` sets it up.", file=sys.stderr)
        return 2
    at = next(index for index, word in enumerate(argv) if word.startswith("--hydra"))
    rest = argv[:at] + argv[at + (1 if "=" in argv[at] else 2) :]
    return subprocess.run([str(python), "-W", "ignore", "-m", "tests.differential", *rest], check=False).returncode


def _grouped(campaign: Campaign, findings: list[Finding], limit: int) -> list[list[Finding]]:
    """The first findings, cut down, by what sort of difference they show; the most frequent sort first."""
    groups: dict[Hashable, list[Finding]] = {}
    for finding in findings[:limit]:
        shrunk = campaign.shrunk(finding)
        groups.setdefault(frozenset(difference.shape for difference in shrunk.differences), []).append(shrunk)
    return sorted(groups.values(), key=len, reverse=True)


def _hasten() -> None:
    """Spare a long run two fifths of its time: collecting what is still needed, and parsing texts that were parsed."""
    gc.freeze()
    gc.set_threshold(50_000)
    parse = grammar_parser.parse
    remembered = lru_cache(maxsize=4096)(parse)  # a parse tree is only ever read
    for module in [module for name, module in sys.modules.items() if name.startswith("omegaconf")]:
        if getattr(module, "parse", None) is parse:
            setattr(module, "parse", remembered)  # noqa: B010 - a module has no such name for a type checker


if __name__ == "__main__":
    _hasten()
    sys.exit(main())
