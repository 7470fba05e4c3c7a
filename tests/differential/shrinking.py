"""Cutting a case down while what is wrong with it stays wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.differential.cases import Case, Leaf, Map, Node, Seq, Structured, paths, put


def shrink(case: Case, still_fails: Callable[[Case], bool], attempts: int = 1500) -> Case:
    """The smallest case found by taking one step at a time for as long as `still_fails`."""
    tried: set[Case] = {case}
    progress = True
    while progress:
        progress = False
        for smaller in _steps(case):
            if attempts <= 0:
                return case
            if smaller in tried:
                continue
            tried.add(smaller)
            attempts -= 1
            if still_fails(smaller):
                case, progress = smaller, True
                break
    return case


def _steps(case: Case) -> Iterator[Case]:
    """The cases that are a step smaller, the largest steps first."""
    if case.kwargs.items:
        yield replace(case, kwargs=Map(()))
    if case.args:
        yield replace(case, args=())
    if case.flags:
        yield replace(case, flags=())
    if case.siblings.items:
        yield replace(case, siblings=Map(()))
    if case.form == "item":
        yield replace(case, form="child")
    if case.form in ("child", "item"):
        yield replace(case, form="config", siblings=Map(()))
    if case.form == "config":
        yield replace(case, form="plain", flags=())
    for index, part in enumerate(case.parts()):
        for place, node in paths(part):
            for smaller in _smaller(node, whole=not place and index > 0):
                parts = list(case.parts())
                parts[index] = put(part, place, smaller)
                yield case.with_parts(tuple(parts))


_SIMPLEST = Leaf(1)


def _smaller(node: Node, *, whole: bool) -> Iterator[Node]:
    """What may stand in a node's place; the trees of arguments and siblings stay what they are as a whole."""
    if not whole:
        if isinstance(node, Leaf):
            if node != _SIMPLEST and node.value is not None:
                yield _SIMPLEST
            return
        yield _SIMPLEST
        yield from node.children()
        if isinstance(node, Map) and node.kind == "OrderedDict":
            yield Map(node.items)
        if isinstance(node, Map) and node.kind == "DictConfig":
            yield Map(node.items)
        if isinstance(node, Seq) and node.kind in ("ListConfig", "tuple"):
            yield Seq(node.items)
        if isinstance(node, Structured) and node.bare:
            yield Structured(node.cls)
    if isinstance(node, Map):
        for index in range(len(node.items)):
            yield Map(node.items[:index] + node.items[index + 1 :], node.kind)
    elif isinstance(node, Seq):
        for index in range(len(node.items)):
            yield Seq(node.items[:index] + node.items[index + 1 :], node.kind)
    elif isinstance(node, Structured):
        for index in range(len(node.fields)):
            yield Structured(node.cls, node.fields[:index] + node.fields[index + 1 :])
    if isinstance(node, Map) and isinstance(target := node.get("_target_"), Leaf):
        simple = "tests.differential.targets.Box"
        if target.value != simple:
            yield node.with_children(tuple(Leaf(simple) if key == "_target_" else value for key, value in node.items))
