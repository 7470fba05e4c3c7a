"""Random cases. One generator serves both a seeded long run and hypothesis: it only asks a `random.Random`.

Cases are kept small, a handful of nodes each: Hydra's time goes by the node, and a difference rarely needs more.
Most of what is drawn is right, and about one case in four has something wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PosixPath
from random import Random
from typing import Any

from hydra.types import ConvertMode

from safe_instantiate.hydra_compat import READS_LAZILY
from tests.differential import targets
from tests.differential.cases import Case, Form, Leaf, Map, Name, Node, Path, Seq, Structured, paths, plain_inside, put
from tests.differential.targets import HERE, Color


@dataclass(frozen=True, slots=True)
class Callee:
    """A target: where it is, the parameters it names, and whether it takes others by name and by position."""

    path: str
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    others: bool = False
    positional: bool = False


def _here(name: str, *required: str, optional: str = "", others: bool = False, positional: bool = False) -> Callee:
    return Callee(f"{HERE}.{name}", required, tuple(optional.split()), others, positional)


#: Targets that answer; the first are drawn more often.
CALLEES = (
    _here("Box", others=True, positional=True),
    _here("join", others=True, positional=True),
    _here("Pair", "left", optional="right", positional=True),
    _here("fixed", "a", optional="b c", positional=True),
    _here("keep", others=True),
    _here("gather", positional=True),
    _here("Outer.Inner", optional="a", others=True),
    _here("Factory.of_class", others=True, positional=True),
    _here("Branch.of_class", others=True, positional=True),
    _here("Factory.static", "a", optional="b"),
    _here("Dot", "x", optional="y"),
    _here("first", optional="b", positional=True),
    _here("wrapped", "a", optional="b c"),
    _here("nothing"),
    _here("edits", others=True),
    _here("Series", optional="source dataset", others=True),
    _here("Loading", "dataset", optional="collate_fn conf"),
    _here("gives_none", others=True),
    _here("gives_list", others=True),
    _here("gives_dict", others=True),
    _here("gives_tuple", others=True),
    _here("gives_config", others=True),
    _here("gives_list_config", others=True),
    _here("gives_target_config", others=True),
    _here("gives_dollar", others=True),
    _here("gives_question", others=True),
    _here("gives_class", others=True),
    _here("gives_path", others=True),
    Callee("builtins.dict", others=True),
    Callee("builtins.list", positional=True),
    Callee("builtins.str", positional=True),
    _here("gives_ordered", others=True),
    Callee("torch.utils.data.DistributedSampler", ("dataset",), ("shuffle", "seed")),
)
#: Targets that raise, are not there, or are no targets.
FAILING = (
    _here("fails_value", others=True),
    _here("fails_type", others=True),
    _here("fails_key", others=True),
    _here("exits", others=True),
    _here("Factory.method", "a"),
    _here("Absent", others=True),
    _here("NUMBER", others=True),
    Callee(HERE, others=True),
    Callee("tests.differential.absent.Box", others=True),
    Callee("absent_package.Box", others=True),
    Callee("", others=True),
    Callee("builtins.len"),
)

STRUCTURED: dict[str, tuple[str, ...]] = {
    "Point": ("x", "y"),
    "Typed": ("n", "name", "maybe", "items", "table", "color", "anything", "either"),
    "Nested": ("maybe", "by_name"),
    "Linked": ("a", "b"),
    "Needs": ("x", "y"),
    "BoxConf": ("a", "inner"),
    "ModalConf": ("inner", "_convert_", "_partial_", "_recursive_"),
    "PointConf": ("x", "y"),
    "HolderConf": (),
    "AttrPoint": ("x", "y"),
    "AttrConf": ("a",),
}
#: The fields that hold only what they are declared to hold.
_TYPED: dict[str, Callable[[Random], Node]] = {
    "x": lambda draw: Leaf(draw.choice([7, 8, "???", "9"])),
    "y": lambda draw: Leaf(draw.choice([7.5, 8, "???"])),
    "n": lambda draw: Leaf(draw.choice([7, 8, "9"])),
    "b": lambda draw: Leaf(draw.choice([7, "${.a}"])),
    "a": lambda draw: Leaf(draw.choice([7, 8, "???"])),
    "name": lambda draw: Leaf(draw.choice(["other", "n-${oc.env:DIFFERENTIAL_NAME}"])),
    "items": lambda draw: Seq(tuple(Leaf(draw.choice([1, 2, "${t.add:1,2}"])) for _ in range(draw.randint(0, 2)))),
    "table": lambda draw: Map((("k", Leaf(draw.randint(0, 9))),)),
    "color": lambda draw: Leaf(draw.choice([Color.BLUE, "RED", "BLUE"])),
    "either": lambda draw: Leaf(draw.choice([4, "five"])),
    "by_name": lambda draw: Map((("q", Structured("Point", (("x", Leaf(draw.randint(0, 9))),))),)),
    "_convert_": lambda draw: Leaf(draw.choice(["none", "partial", "object", "all"])),
    "_partial_": lambda draw: Leaf(draw.random() < 0.3),
    "_recursive_": lambda draw: Leaf(draw.random() < 0.5),
}

CONVERT = ("none", "partial", "object", "all")
#: The keys that lead to the config that is instantiated, where it is a part of a larger one.
_INSIDE: dict[Form, tuple[Any, ...]] = {"child": ("child",), "item": ("child", 0)}
#: Names of the keys in groups and of free arguments.
_KEYS = ("a", "b", "c", "d", "key", "x")
_ODD_KEYS = (1, 0, True, Color.RED, 2.5)
_SCALARS = (0, 1, -3, 2.5, True, False, "text", "", "a.b", "1", None, None, b"bytes", PosixPath("a/b"), Color.BLUE)


class Generator:
    """Draws cases from a source of randomness."""

    def __init__(self, draw: Random) -> None:
        self.draw = draw

    def chance(self, probability: float) -> bool:
        return self.draw.random() < probability

    # ---- whole cases

    def case(self) -> Case:
        draw = self.draw
        root = self._root()
        form: Form = "plain"
        if isinstance(root, (Map, Seq, Structured)) and not (isinstance(root, Structured) and root.bare):
            form = draw.choices(("plain", "config", "child", "item"), (4, 3, 3, 1))[0]
        siblings = Map(())
        if form != "plain":
            root = plain_inside(root)
        if form in _INSIDE:
            names = draw.sample(("a", "b", "lr", "other"), draw.randint(0, 2))
            siblings = Map(tuple((name, plain_inside(self.node(2))) for name in names))
        flags = tuple(flag for flag in ("struct", "readonly") if form != "plain" and self.chance(0.15))
        args: tuple[Node, ...] = ()
        if self.chance(0.25 if _callee_of(root).positional or isinstance(root, Name) else 0.02):
            args = tuple(self._argument(2) for _ in range(draw.randint(1, 2)))
        kwargs = Map(())
        if self.chance(0.4 if isinstance(root, Map) else 0.2):
            kwargs = self._kwargs(root)
        return self._linked(Case(root, form, siblings, flags, args, kwargs))

    def _root(self) -> Node:
        kind = self.draw.choices(("target", "group", "list", "structured", "live", "scalar"), (55, 18, 10, 12, 3, 2))[0]
        if kind == "target":
            return self.target(0)
        if kind == "group":
            return self.group(0)
        if kind == "list":
            return self.sequence(0)
        if kind == "structured":
            return self.structured(bare=self.chance(0.2))
        if kind == "live":
            return Name("t.live('partial')") if self.chance(0.15) else self.live()
        return Leaf(self.draw.choice(_SCALARS))

    def _kwargs(self, root: Node) -> Map:
        """Call-site arguments: some override what the config has, some are new, some are control keys."""
        own = [key for key, _ in root.items if isinstance(key, str)] if isinstance(root, Map) else []
        if isinstance(root, Structured):
            own = list(STRUCTURED[root.cls])
        items: dict[str, Node] = {}
        for _ in range(self.draw.randint(1, 2)):
            key = self._name_for(root, own)
            items[key] = self._control(key, 1) if key in _CONTROL else self._instead(root, key)
        return Map(tuple(items.items()))

    def _name_for(self, root: Node, own: list[str]) -> str:
        """The name of a call-site argument, seldom one that the target does not know."""
        if self.chance(0.25):
            return self.draw.choices(tuple(_CONTROL), (1, 3, 3, 3, 3))[0]
        if own and self.chance(0.5):
            return self.draw.choice(own)
        callee = _callee_of(root)
        known: tuple[str, ...] = (*callee.required, *callee.optional, *(_KEYS if callee.others else ()))
        return self.draw.choice(known if known and self.chance(0.95) else _KEYS)

    def _instead(self, root: Node, key: str) -> Node:
        """An argument, a mapping where it meets a mapping more often than not: the two are merged."""
        own = root.get(key) if isinstance(root, Map) else None
        if isinstance(own, Map) and self.chance(0.6):
            group = self.group(2)
            if own.get("_target_") and self.chance(0.3):
                return Map((*group.items, ("_target_", self._target_value(self._callee()))), group.kind)
            if own.items and self.chance(0.5):
                name = self.draw.choice(own.items)[0]
                if name not in _CONTROL:
                    return Map(((name, self.node(3)),))
            return group
        return self._argument(1)

    def _argument(self, depth: int) -> Node:
        """A value given at the call."""
        kind = self.draw.choices(("node", "live", "config", "tuple"), (70, 18, 10, 2))[0]
        if kind == "live":
            return self.live()
        if kind == "config":
            node = self.draw.choice((self.group, self.target, self.sequence))(depth)
            return replace(node, kind="DictConfig" if isinstance(node, Map) else "ListConfig")
        if kind == "tuple":
            return Seq(tuple(self.node(3) for _ in range(2)), "tuple")
        return self.node(depth)

    # ---- nodes

    def node(self, depth: int) -> Node:
        deep = (10, 4, 3, 3, 2, 1) if depth < 3 else (10, 0, 0, 0, 1, 1)
        kind = self.draw.choices(("scalar", "target", "group", "list", "structured", "live"), deep)[0]
        if kind == "scalar":
            return Leaf("???" if self.chance(0.025) else self.draw.choice(_SCALARS))
        if kind == "target":
            return self.target(depth)
        if kind == "group":
            return self.group(depth)
        if kind == "list":
            return self.sequence(depth)
        if kind == "structured":
            return self.structured(bare=self.chance(0.1))
        return self.live() if self.chance(0.5) else Leaf(self.draw.choice(_SCALARS))

    def live(self) -> Name:
        return Name(f"t.live({self.draw.choice(list(targets.LIVE))!r})")

    def group(self, depth: int) -> Map:
        """A mapping without a target."""
        items: dict[Any, Node] = {}
        for _ in range(self.draw.choices((0, 1, 2, 3), (1, 4, 4, 2))[0]):
            key = self.draw.choice(_ODD_KEYS) if self.chance(0.08) else self.draw.choice(_KEYS)
            items[key] = self.node(depth + 1)
        for key, chance in (("_recursive_", 0.1), ("_convert_", 0.15), ("_partial_", 0.04), ("_args_", 0.02)):
            if self.chance(chance):
                items[key] = self._control(key, depth)
        return Map(self._shuffled(items), "OrderedDict" if self.chance(0.03) else "dict")

    def sequence(self, depth: int) -> Seq:
        size = self.draw.choices((0, 1, 2, 3), (1, 4, 4, 1))[0]
        return Seq(tuple(self.node(depth + 1) for _ in range(size)), "tuple" if self.chance(0.05) else "list")

    def structured(self, *, bare: bool) -> Structured:
        cls = self.draw.choice(list(STRUCTURED))
        if bare:
            return Structured(cls, bare=True)
        fields = {}
        for name in STRUCTURED[cls]:
            if self.chance(0.3):
                typed = _TYPED.get(name)
                fields[name] = typed(self.draw) if typed else self.node(3)
                if typed and self.chance(0.04):
                    fields[name] = Leaf("not that type")
                if cls == "Nested" and name == "maybe":
                    fields[name] = Structured("Point")
        return Structured(cls, tuple(fields.items()))

    def target(self, depth: int) -> Map:
        callee = self._callee()
        items: dict[Any, Node] = {"_target_": self._target_value(callee)}
        named = list(callee.required) + [name for name in callee.optional if self.chance(0.5)]
        if callee.others:
            named += [key for key in self.draw.sample(_KEYS, 2) if self.chance(0.5)]
        if self.chance(0.02) and callee.required:
            named.remove(self.draw.choice(callee.required))
        if self.chance(0.02):
            named.append("unknown")
        for name in named:
            items[name] = self.node(depth + 1)
        if callee.positional and self.chance(0.3):
            items["_args_"] = self._control("_args_", depth)
            for name in callee.required:
                if self.chance(0.8):
                    items.pop(name, None)
        if callee.path.endswith((".Series", ".Loading")) and self.chance(0.5):
            items["dataset"] = self.target(depth + 1) if depth < 3 else Leaf(None)
            items["_recursive_"] = Leaf(False)
        for key, chance in (("_partial_", 0.12), ("_recursive_", 0.15), ("_convert_", 0.3)):
            if self.chance(chance):
                items[key] = self._control(key, depth)
        if self.chance(0.015):
            items[self.draw.choice(MISSPELT)] = Leaf(True)
        return Map(self._shuffled(items))

    def _callee(self) -> Callee:
        if self.chance(0.05):
            return self.draw.choice(FAILING)
        return self.draw.choice(CALLEES[:6]) if self.chance(0.5) else self.draw.choice(CALLEES)

    def _target_value(self, callee: Callee) -> Node:
        odd = self.draw.random()
        if callee.path.startswith(HERE + ".") and odd < 0.06 and not callee.path.endswith(("Absent", "NUMBER")):
            name = callee.path[len(HERE) + 1 :]
            if odd < 0.02:
                return Leaf(f"${{t.path:{name}}}")
            return Name(f"t.{name}")
        if odd > 0.995:
            return Leaf(self.draw.choice((None, 3, "???", "")))
        return Leaf(callee.path)

    def _control(self, key: str, depth: int) -> Node:
        """A value for a control key: mostly one that it may have."""
        if self.chance(0.04):
            return Leaf(self.draw.choice(_WRONG[key]))
        return _CONTROL[key](self, depth)

    def _shuffled(self, items: dict[Any, Node]) -> tuple[tuple[Any, Node], ...]:
        pairs = list(items.items())
        if self.chance(0.2):
            self.draw.shuffle(pairs)
        return tuple(pairs)

    # ---- interpolations

    def _linked(self, case: Case) -> Case:
        """The case with some of its scalars replaced by interpolations."""
        if not isinstance(case.root, (Map, Seq, Structured)):
            return case
        for _ in range(self.draw.choices((0, 1, 2, 3), (8, 5, 3, 1))[0]):
            case = self._link(case)
        return case

    def _link(self, case: Case) -> Case:
        base = _INSIDE.get(case.form, ())
        # Where an interpolation can stand: part of the case, place in that part, keys from the top of the config.
        spots: list[tuple[int, Path, tuple[Any, ...], Node]] = []
        for part, (tree, start) in enumerate(zip(case.parts(), (base, (), None, base), strict=True)):
            if start is None or (part == 1 and not base):
                continue
            spots += [(part, place, (*start, *_keys(tree, place)), node) for place, node in paths(tree) if place]
        rare = self.chance(0.06)
        modes_given = any(key in _CONTROL for key, _ in case.kwargs.items)  # read beside the config, see `t.siblings`
        sources = [
            spot
            for spot in spots
            if isinstance(spot[3], (Leaf, Seq)) and spot[2][-1] != "_target_" and (rare or spot[2][-1] not in _CONTROL)
        ]
        if not sources:
            return case
        part, place, at, _ = self.draw.choice(sources)
        destinations = {
            keys: node
            for _, _, keys, node in spots
            if keys != at[: len(keys)] and _speakable(keys) and not (modes_given and keys[-1] in _CONTROL)
        }
        text = self._reference(at, destinations) if destinations and self.chance(0.75) else self._resolver()
        if "t.siblings" in text and case.kwargs.items and all(key in _CONTROL for key, _ in case.kwargs.items):
            return case  # Hydra merges the call's control keys into the config; we read them beside it
        if ("t.count" in text and _mentions(case, "\\\\$")) or (text[0] == "\\" and _mentions(case, "t.count")):
            return case  # an escaped interpolation is read when all has been counted
        parts = list(case.parts())
        if "${pick" in text:
            to = 1 if base else 0
            holder = parts[to]
            if not isinstance(holder, Map) or holder.get("pick") is not None:
                return case
            text, picked = text.split("\n")
            parts[to] = Map((*holder.items, ("pick", Leaf(picked))), holder.kind)
        parts[part] = put(parts[part], place, Leaf(text))
        return case.with_parts(tuple(parts))

    def _reference(self, at: tuple[Any, ...], destinations: dict[tuple[Any, ...], Node]) -> str:
        to = self.draw.choice(list(destinations))
        form = self.draw.choices(
            ("absolute", "bracket", "relative", "string", "nested", "select", "absent", "escaped"),
            (30, 15, 30, 10, 8, 4, 2, 2),
        )[0]
        absolute = _dotted(to)
        if form == "bracket":
            return "${" + str(to[0]) + "".join(f"[{key}]" for key in to[1:]) + "}"
        if form == "relative":
            shared = 0
            while shared < min(len(at), len(to)) - 1 and at[shared] == to[shared]:
                shared += 1
            rest = to[shared:]
            if rest and not isinstance(rest[0], int):
                return "${" + "." * (len(at) - shared) + _dotted(rest) + "}"
            return "${" + absolute + "}"
        if form == "string" and isinstance(destinations[to], Leaf):
            return "x-${" + absolute + "}-y"
        if form == "nested" and isinstance(to[-1], str) and not to[-1].startswith("_"):
            before = _dotted(to[:-1])
            return "${" + before + ("." if before else "") + "${pick}}\n" + to[-1]
        if form == "select" and to[-1] not in _CONTROL:
            return "${oc.select:" + absolute + "}"
        if form == "absent":
            return self.draw.choice(("${absent}", "${.absent}", "${......x}", "${" + absolute + ".absent}"))
        if form == "escaped" and to[-1] not in _CONTROL:
            # What Hydra makes of an escaped interpolation is read once more, when the control keys are gone: with 1.3
            # in what is handed on, with 1.4 by whoever reads it, in a config that stands elsewhere than ours.
            return "\\${" + ("nowhere" if READS_LAZILY else absolute) + "}"
        return "${" + absolute + "}"

    def _resolver(self) -> str:
        return self.draw.choices(RESOLVER_CALLS, [1 if call in _FAILING_CALLS else 4 for call in RESOLVER_CALLS])[0]


_FAILING_CALLS = ("${oc.env:DIFFERENTIAL_UNSET}", "${t.fail:}", "${t.absent:}", "${unclosed")
RESOLVER_CALLS = (
    "${oc.env:DIFFERENTIAL_NAME}",
    "${oc.env:DIFFERENTIAL_UNSET,fallback}",
    "${oc.env:DIFFERENTIAL_UNSET,null}",
    "${oc.decode:'{a: 1}'}",
    "${oc.decode:${oc.env:DIFFERENTIAL_NAME}}",
    "${oc.select:absent,4}",
    "${oc.create:{a:1,b:[2]}}",
    "${t.add:1,2}",
    "${t.add:a,${oc.env:DIFFERENTIAL_NAME}}",
    "${t.list:1,b}",
    "${t.dict:k,[1,2]}",
    "${t.target:Box}",
    "${t.none:}",
    # Hydra 1.4 doesn't say how often it reads a value, which is what this one comes to.
    *(() if READS_LAZILY else ("${t.count:}", "n${t.count:}")),
    "${t.object:}",
    "${t.siblings:}",
    *_FAILING_CALLS,
)
#: Keys that look like a control key and are none.
MISSPELT = ("_partail_", "_targett_", "_recursiv_", "_covnert_", "_arg_")


def _mentions(case: Case, text: str) -> bool:
    return any(text in node.source() for node in case.nodes() if isinstance(node, Leaf))


_CONTROL: dict[str, Callable[[Generator, int], Node]] = {
    "_target_": lambda self, depth: self._target_value(self._callee()),
    "_args_": lambda self, depth: Seq(tuple(self.node(depth + 2) for _ in range(self.draw.randint(0, 2)))),
    "_partial_": lambda self, depth: Leaf(self.chance(0.7)),
    "_recursive_": lambda self, depth: Leaf(self.chance(0.35)),
    "_convert_": lambda self, depth: Leaf(
        self.draw.choices((*CONVERT, "ALL", "Partial", *ConvertMode), (5, 5, 5, 5, 1, 1, *(1 for _ in ConvertMode)))[0]
    ),
}
#: Values that a control key can't have.
_WRONG: dict[str, tuple[Any, ...]] = {
    "_target_": (None, 3, "absent", ""),
    "_args_": ("text", 3, None),
    "_partial_": ("yes", 1, None, "true"),
    "_recursive_": ("no", 0, None, "false"),
    "_convert_": ("al", "dict", None, 3, True),
}


_BY_PATH = {callee.path: callee for callee in (*CALLEES, *FAILING)}
_GROUP = Callee("", others=True)


def _callee_of(root: Node) -> Callee:
    """What the config calls, as far as it can be told; a group takes any name."""
    path = root.get("_target_") if isinstance(root, Map) else None
    if isinstance(path, Leaf):
        return _BY_PATH.get(str(path.value), _GROUP)
    return _BY_PATH.get(path.expression.replace("t.", f"{HERE}.", 1), _GROUP) if isinstance(path, Name) else _GROUP


def _keys(tree: Node, place: Path) -> tuple[Any, ...]:
    """The keys that lead to a place."""
    keys: list[Any] = []
    for step in place:
        if isinstance(tree, Map):
            keys.append(tree.items[step][0])
        elif isinstance(tree, Structured):
            keys.append(tree.fields[step][0])
        else:
            keys.append(step)
        tree = tree.children()[step]
    return tuple(keys)


def _speakable(keys: tuple[Any, ...]) -> bool:
    """Whether an interpolation can name these keys."""
    return bool(keys) and isinstance(keys[0], str) and all(isinstance(key, (str, int)) for key in keys)


def _dotted(keys: tuple[Any, ...]) -> str:
    return ".".join(str(key) for key in keys)
