"""Change one thing at a time in a module, and see whether its tests notice.

    python -m tests.mutation safe_instantiate/targets/policy.py safe_instantiate/planning
    python -m tests.mutation safe_instantiate/planning/planner.py --sample 60 --seed 1
    python -m tests.mutation safe_instantiate/planning --survivors-of first.log

The tests are collected once; each mutant lives in a fork of that process, in which its functions have other code, and
nothing is written to the disk. Of the tests that `table.py` names for the module, those are asked that run the changed
line. Mutants that none of them notices are printed, with what stood there before and after, and then the score. What
one Hydra's rules let live may die under another's: give the survivors to another interpreter.
"""

from __future__ import annotations

import argparse
import ast
import copy
import gc
import importlib
import importlib.abc
import importlib.util
import os
import pickle
import random
import resource
import signal
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hydra.utils  # noqa: F401 - imported here so that no child has to
import pytest
import torch

from tests.mutation.table import TESTS

SECONDS = 300
#: A mutant that collects without end fails at so many bytes, before the machine does.
MEMORY = 4 * 1024**3
#: Where more tests run a line, so many at most are asked, unless it is about the survivors of an earlier run.
MANY = 150
#: Stands for every test.
ALL = ""
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
}
#: A statement that becomes another, whatever else it says.
OTHER_STATEMENT: dict[type[ast.AST], type[ast.AST]] = {
    ast.Continue: ast.Break,
    ast.Break: ast.Continue,
    ast.Raise: ast.Pass,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed module: where, the lines of the statement, what stood there, and what stands there now."""

    line: int
    lines: range
    before: str
    after: str
    tree: ast.Module


def mutants(tree: ast.Module) -> Iterator[Mutant]:
    """Every mutant of a module, one change each."""
    decorators = {id(part) for node in ast.walk(tree) for each in decorators_of(node) for part in ast.walk(each)}
    lines_of = statement_lines(tree)
    for index, node in enumerate(ast.walk(tree)):
        for name, changed in changes(node) if id(node) not in decorators else ():
            mutated = copy.deepcopy(tree)
            at = next(each for number, each in enumerate(ast.walk(mutated)) if number == index)
            setattr(at, name, changed)
            ast.fix_missing_locations(mutated)
            yield Mutant(
                getattr(node, "lineno", 0), lines_of.get(index, range(0)), ast.unparse(node), ast.unparse(at), mutated
            )


def statement_lines(tree: ast.Module) -> dict[int, range]:
    """By the number of a node, the lines of the statement within a function that it is a part of."""
    numbers = {id(node): number for number, node in enumerate(ast.walk(tree))}
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    found = {}
    for statement in (each for function in functions for each in ast.walk(function) if isinstance(each, ast.stmt)):
        nested: list[ast.stmt] = getattr(statement, "body", [])
        end = max(nested[0].lineno - 1, statement.lineno) if nested else statement.end_lineno or statement.lineno
        lines = range(statement.lineno, end + 1)
        found.update({numbers[id(part)]: lines for part in ast.walk(statement)})  # inner statements come later
    return found


def decorators_of(node: ast.AST) -> list[ast.expr]:
    """What decorates a class or function: `frozen`, `slots` and the like guard against mistakes that no test makes."""
    return getattr(node, "decorator_list", [])


def changes(node: ast.AST) -> Iterator[tuple[str, Any]]:
    """What one node may be changed to: (field, new value)."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
        yield "ops", [SWAPPED[type(node.ops[0])](), *node.ops[1:]]
    elif isinstance(node, ast.BoolOp):
        yield "op", SWAPPED[type(node.op)]()
        for index, value in enumerate(node.values):
            if isinstance(value, ast.UnaryOp):
                yield "values", [*node.values[:index], value.operand, *node.values[index + 1 :]]
    elif isinstance(node, (ast.If, ast.IfExp)):
        yield "test", ast.UnaryOp(ast.Not(), copy.deepcopy(node.test))
    elif isinstance(node, ast.comprehension) and node.ifs:
        yield "ifs", [ast.UnaryOp(ast.Not(), copy.deepcopy(node.ifs[0])), *node.ifs[1:]]
    elif type(node) in OTHER_STATEMENT:
        yield "__class__", OTHER_STATEMENT[type(node)]
    elif gives_or_does(node):
        yield "value", ast.Constant(None)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (bool, int)):
        yield "value", (not node.value) if isinstance(node.value, bool) else node.value + 1
    elif isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        yield "value", ast.Constant(node.value.value + "?")


def gives_or_does(node: ast.AST) -> bool:
    """Whether a statement returns or yields something, or only calls."""
    if isinstance(node, ast.Return):
        return node.value is not None and not is_bare(node.value)
    return isinstance(node, ast.Expr) and isinstance(node.value, (ast.Call, ast.Yield, ast.YieldFrom))


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


class Trials:
    """A pytest plugin: collects the tests once, and tries each mutant in a fork, with other code in its functions.

    Left over are mutants of what runs when the module is imported: these take a process that has not imported it.
    """

    def __init__(self, file: Path, mutants: list[Mutant], at_most: int | None) -> None:
        self.file = str(file.resolve())
        self.name = module_name(file)
        self.mutants = mutants
        self.at_most = at_most
        self.test = ALL
        self.ran: dict[int, set[str]] = {}
        self.answer = Answer()

    # ---- which tests run which lines ---------------------------------------------------------------------------

    def pytest_configure(self) -> None:
        sys.settrace(self.entered)  # what runs before the first test counts for all

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        self.test = item.nodeid
        sys.settrace(self.entered if self.recording else None)  # some tests switch it off

    def entered(self, frame: types.FrameType, _event: str, _arg: object) -> Any:
        return self.line_ran if frame.f_code.co_filename == self.file else None

    def line_ran(self, frame: types.FrameType, _event: str, _arg: object) -> Any:
        self.ran.setdefault(frame.f_lineno, set()).add(self.test)
        return self.line_ran

    # ---- the mutants ---------------------------------------------------------------------------------------------

    recording = True

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        importlib.import_module(self.name)  # tests that import it when they run would get it unchanged
        functions = [each for each in gc.get_objects() if type(each) is types.FunctionType]
        ours = [each for each in functions if each.__code__.co_filename == self.file]
        gc.freeze()  # so that a fork copies less

        def record() -> bytes:
            run_items(session, session.items)
            return b"" if session.testsfailed else pickle.dumps(self.ran)

        recorded = in_child(record, 1800)
        if not recorded:
            return True
        self.ran = pickle.loads(recorded)
        self.recording = False
        sys.settrace(None)
        self.answer.passes = True
        for number, mutant in enumerate(self.mutants):
            tests = set().union(*(self.ran.get(line, ()) for line in mutant.lines)) if mutant.lines else {ALL}
            if ALL in tests:
                self.answer.left_over.add(number)
            elif tests and self.is_noticed(session, mutant, ours, tests):
                self.answer.noticed.add(number)
        return True

    def is_noticed(
        self, session: pytest.Session, mutant: Mutant, functions: list[types.FunctionType], tests: set[str]
    ) -> bool:
        def run() -> bytes:
            codes = {each: code for code in codes_in(compile(mutant.tree, self.file, "exec")) for each in [place(code)]}
            for function in functions:
                function.__code__ = codes.get(place(function.__code__), function.__code__)
            items = spread([item for item in session.items if item.nodeid in tests])
            run_items(session, items[:: -(-len(items) // (self.at_most or len(items)))])
            return b"" if session.testsfailed else b"lives"

        return in_child(run, SECONDS) != b"lives"


@dataclass(slots=True)
class Answer:
    """What came of trying mutants, by their numbers; `passes` says that all tests pass without any change."""

    passes: bool = False
    noticed: set[int] = field(default_factory=set)
    left_over: set[int] = field(default_factory=set)


def spread(items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests in an order in which those of one file are far apart, since they mostly notice the same."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.nodeid.partition("::")[0], []).append(item)
    places = [(number / len(each), item) for each in files.values() for number, item in enumerate(each)]
    return [item for _, item in sorted(places, key=lambda placed: placed[0])]


def run_items(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Run tests, up to the first that fails."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return


def codes_in(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield from codes_in(each)


def module_name(file: Path) -> str:
    return ".".join(file.with_suffix("").parts)


def place(code: types.CodeType) -> tuple[str, int]:
    return code.co_name, code.co_firstlineno


def in_child(work: Callable[[], bytes], seconds: int) -> bytes | None:
    """What a function returns in a process forked for it; None if that hangs, dies or takes too much memory."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(seconds)
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(work())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    return answer if os.waitpid(child, 0)[1] == 0 else None


def silently(work: Callable[[], bytes]) -> Callable[[], bytes]:
    """The same, with nothing to read from and nowhere to print."""

    def run() -> bytes:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        return work()

    return run


def answer_for(file: Path, mutants: list[Mutant], tests: tuple[str, ...], at_most: int | None) -> Answer:
    def run() -> bytes:
        trials = Trials(file, mutants, at_most)
        pytest.main([*PYTEST, *tests], plugins=[trials])
        return pickle.dumps(trials.answer)

    answer: Answer = pickle.loads(in_child(silently(run), 36_000) or pickle.dumps(Answer()))
    for number in answer.left_over:
        mutant = mutants[number]

        def run_all(mutant: Mutant = mutant) -> bytes:
            sys.meta_path.insert(0, Mutated(module_name(file), str(file), mutant.tree))
            return b"lives" if pytest.main([*PYTEST, *tests]) == 0 else b""

        if in_child(silently(run_all), SECONDS) != b"lives":
            answer.noticed.add(number)
    return answer


def told(module: Path, mutant: Mutant) -> str:
    """How a survivor is printed."""
    return f"{module}:{mutant.line}\n  - {mutant.before}\n  + {mutant.after}\n"


def tried(module: Path, sample: int | None, seed: int, among: str | None) -> tuple[int, int]:
    """Try a module's mutants: how many were noticed, and how many were tried."""
    tests = TESTS.get(module.as_posix()) or TESTS[module.parent.as_posix()]
    tree = ast.parse(module.read_text("utf-8"))
    drawn = [mutant for mutant in mutants(tree) if among is None or told(module, mutant) in among]
    if sample is not None:
        drawn = random.Random(seed).sample(drawn, min(sample, len(drawn)))
    if not drawn:
        return 0, 0
    answer = answer_for(module, drawn, tests, MANY if among is None else None)
    if not answer.passes:
        sys.exit(f"{module}: its tests fail without any change")
    for number, mutant in enumerate(drawn):
        if number not in answer.noticed:
            print(told(module, mutant), end="", flush=True)
    return len(answer.noticed), len(drawn)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="Mutation testing.")
    parser.add_argument("modules", nargs="+", type=Path, help="files or folders, from the root of the repository")
    parser.add_argument("--sample", type=int, help="how many mutants of each module, drawn at random (all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--survivors-of", type=Path, metavar="LOG", help="only those that an earlier run printed")
    options = parser.parse_args()
    among = options.survivors_of and options.survivors_of.read_text("utf-8")
    torch.set_num_threads(1)
    files = [file for given in options.modules for file in (sorted(given.glob("*.py")) if given.is_dir() else [given])]
    scores = []
    for file in files:
        noticed, count = tried(file, options.sample, options.seed, among)
        scores.append((noticed, count))
        if count:
            print(f"{file}: {noticed} of {count} noticed", flush=True)
    print(f"all: {sum(noticed for noticed, _ in scores)} of {sum(count for _, count in scores)} noticed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
