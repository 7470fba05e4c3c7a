"""Change one thing at a time in a module, and see whether its tests notice.

    python -m tests.mutation safe_instantiate/targets/policy.py tests/targets/test_policy.py --sample 60 --seed 1

Each mutant lives in a process of its own, forked after the slow imports; nothing is written to the disk. Those that no
test notices are printed, with the line before and after, and the score so far after each.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.util
import os
import random
import signal
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hydra.utils  # noqa: F401 - imported here so that no child has to
import pytest
import torch

SECONDS = 180
#: What is imported already can't have its asserts rewritten, which pytest says in a warning.
PYTEST = ("-x", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning")
SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Continue: ast.Break,
    ast.Break: ast.Continue,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed module: where, what stood there, and what stands there now."""

    line: int
    before: str
    after: str
    tree: ast.Module


def mutants(tree: ast.Module) -> Iterator[Mutant]:
    """Every mutant of a module, one change each."""
    for index, node in enumerate(ast.walk(tree)):
        for field, changed in changes(node):
            mutated = copy.deepcopy(tree)
            at = next(each for number, each in enumerate(ast.walk(mutated)) if number == index)
            setattr(at, field, changed)
            ast.fix_missing_locations(mutated)
            yield Mutant(getattr(node, "lineno", 0), ast.unparse(node), ast.unparse(at), mutated)


def changes(node: ast.AST) -> Iterator[tuple[str, Any]]:
    """What one node may be changed to: (field, new value)."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
        yield "ops", [SWAPPED[type(node.ops[0])](), *node.ops[1:]]
    elif isinstance(node, ast.BoolOp):
        yield "op", SWAPPED[type(node.op)]()
    elif isinstance(node, (ast.If, ast.IfExp)):
        yield "test", ast.UnaryOp(ast.Not(), copy.deepcopy(node.test))
    elif isinstance(node, ast.Return) and node.value is not None and not is_bare(node.value):
        yield "value", ast.Constant(None)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (bool, int)):
        yield "value", (not node.value) if isinstance(node.value, bool) else node.value + 1
    elif isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        yield "value", ast.Constant(node.value.value + "?")


def is_bare(node: ast.AST) -> bool:
    """Whether a value is None, or False, for which None would do as well in an answer of yes or no."""
    return isinstance(node, ast.Constant) and (node.value is None or node.value is False)


class Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the mutant in the module's place."""

    def __init__(self, name: str, file: str, tree: ast.Module) -> None:
        self.name, self.file, self.tree = name, file, tree

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        return importlib.util.spec_from_loader(name, self, origin=self.file) if name == self.name else None

    def exec_module(self, module: types.ModuleType) -> None:
        exec(compile(self.tree, self.file, "exec"), module.__dict__)


def is_noticed(file: Path, tree: ast.Module, tests: list[str]) -> bool:
    """Whether a test fails, in a child whose module is this one; a child that hangs has been noticed."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        sys.meta_path.insert(0, Mutated(".".join(file.with_suffix("").parts), str(file), tree))
        os._exit(int(pytest.main([*PYTEST, *tests]) != 0))
    return os.waitpid(child, 0)[1] != 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="Mutation testing.")
    parser.add_argument("module", type=Path, help="the file to change, from the root of the repository")
    parser.add_argument("tests", nargs="+", help="what has to notice")
    parser.add_argument("--sample", type=int, default=50, help="how many mutants, drawn at random (50)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    tree = ast.parse(options.module.read_text("utf-8"))
    if is_noticed(options.module, tree, options.tests):
        print("the tests fail without any change")
        return 2
    every = list(mutants(tree))
    drawn = random.Random(options.seed).sample(every, min(options.sample, len(every)))
    noticed = 0
    for count, mutant in enumerate(drawn, start=1):
        if is_noticed(options.module, mutant.tree, options.tests):
            noticed += 1
        else:
            print(f"{options.module}:{mutant.line}\n  - {mutant.before}\n  + {mutant.after}")
        print(f"{noticed} of {count} noticed, of {len(every)} possible", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
