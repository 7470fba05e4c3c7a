"""How many of the attacks each engine lets through.

    python -m tests.security                               the installed Hydra, beside this library
    python -m tests.security OTHER_PYTHON ANOTHER_PYTHON   those Hydras too, each in its own environment
    python -m tests.security --list --only os.remove       each attack of that name that one of the two lets through

Every attack is tried in a process of its own, forked for it, in which the interpreter reports what is about to be done
to the machine (PEP 578), and is stopped there. The attacks couldn't do harm without that either; see attacks.py.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import Any

import hydra.utils
import torch.utils.checkpoint

import safe_instantiate
from tests.security.attacks import ATTACKS
from tests.security.lookalikes import LOOKALIKES
from tests.security.trial import Outcome, outcome_of

SECONDS = 20
#: Ours comes first: what Hydra lets through may end the process.
ENGINES: dict[str, Callable[[Any], Any]] = {"ours": safe_instantiate.instantiate, "hydra": hydra.utils.instantiate}
OUTCOMES: tuple[Outcome, ...] = ("refused", "let through", "not here")
#: Events after which something outside the process would be different.
STOPPED = (
    *("os.exec", "os.fork", "os.kill", "os.posix_spawn", "os.putenv", "os.spawn", "os.system", "os.unsetenv"),
    *("os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink"),
    *("os.truncate", "pty.spawn", "shutil.", "signal.", "socket.bind", "socket.connect", "subprocess.", "urllib."),
    *("ctypes.dlopen", "ftplib.", "http.", "imaplib.", "smtplib.", "webbrowser."),
)


class StoppedError(Exception):
    """What an attack was about to do."""


def stop_what_reaches_out(event: str, args: tuple[Any, ...]) -> None:
    writes = event == "open" and isinstance(args[1], str) and bool(set(args[1]) & set("wax+"))
    if writes or event.startswith(STOPPED):
        raise StoppedError(event)


def tried(config: Any) -> dict[str, Outcome]:
    """What each engine does with one config, in a child: one that dies or hangs was not refused."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            import signal

            signal.alarm(SECONDS)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a target prints is nobody's business
            os.dup2(1, 2)
            sys.addaudithook(stop_what_reaches_out)
            for instantiate in ENGINES.values():
                os.write(writing, bytes([OUTCOMES.index(outcome_of(instantiate, config))]))
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answers = [OUTCOMES[answer] for answer in pipe.read()]
    os.waitpid(child, 0)
    return dict(zip_longest(ENGINES, answers, fillvalue="let through"))


def report(only: str) -> dict[str, Any]:
    """What this interpreter's Hydra and this library do with every attack and every look-alike."""
    lookalikes = [tried(config) for config in LOOKALIKES]
    return {
        "hydra": importlib.metadata.version("hydra-core"),
        "attacks": {attack.name: tried(attack.config) for attack in ATTACKS if only in attack.name},
        "lookalikes": {engine: sum(outcomes[engine] == "refused" for outcomes in lookalikes) for engine in ENGINES},
    }


def reports_of(interpreters: list[str], only: str) -> list[dict[str, Any]]:
    found = [report(only)]
    for interpreter in interpreters:
        asked = [interpreter, "-m", "tests.security", "--json", "--only", only]
        answer = subprocess.run(asked, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, check=True, text=True)
        found.append(json.loads(answer.stdout))
    return found


def through(found: dict[str, Any], engine: str) -> int:
    return Counter(outcomes[engine] for outcomes in found["attacks"].values())["let through"]


def table(reports: list[dict[str, Any]]) -> str:
    lines = [f"{len(reports[0]['attacks'])} attacks, {len(LOOKALIKES)} legitimate look-alikes", ""]
    lines += [
        "| Hydra | it lets through | we let through | look-alikes it refuses | we refuse |",
        "|---|--:|--:|--:|--:|",
    ]
    for found in reports:
        refused = found["lookalikes"]
        counts = (through(found, "hydra"), through(found, "ours"), refused["hydra"], refused["ours"])
        lines.append(f"| {found['hydra']} | " + " | ".join(map(str, counts)) + " |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.security", description="How many attacks come through.")
    parser.add_argument("interpreters", nargs="*", help="interpreters with other Hydras")
    parser.add_argument("--json", action="store_true", help="the outcome of every attack, for a program to read")
    parser.add_argument("--list", action="store_true", help="also name each attack that comes through")
    parser.add_argument("--only", default="", metavar="TEXT", help="only the attacks whose name holds this text")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch.utils.checkpoint.checkpoint(torch.relu, torch.zeros(1), use_reentrant=False)  # what it imports writes files
    with tempfile.TemporaryDirectory() as empty, open(os.devnull) as nothing:
        sys.path.insert(0, os.getcwd())
        os.chdir(empty)
        os.dup2(nothing.fileno(), 0)
        reports = reports_of(options.interpreters, options.only)
    if options.json:
        print(json.dumps(reports[0]))
        return 0
    print(table(reports))
    if options.list:
        for found in reports:
            for name, outcomes in found["attacks"].items():
                if "let through" in outcomes.values():
                    print(f"{found['hydra']}: {name}: {outcomes}")
    return 1 if any(through(found, "ours") for found in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
