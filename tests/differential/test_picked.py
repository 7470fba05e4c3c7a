"""Small cases, each picked for a rule that random ones seldom meet: what mutation testing found them to pass by."""

from __future__ import annotations

from typing import Any

import pytest

from tests.differential import engines
from tests.differential.cases import Case, Leaf, Map, Name, Seq, Structured
from tests.differential.judging import unnamed
from tests.differential.running import differences
from tests.differential.targets import HERE

BOX = {"_target_": f"{HERE}.Box"}
PAIR = {"_target_": f"{HERE}.Pair"}
RAW = {**BOX, "_recursive_": False}
MODES = ("none", "partial", "object", "all")


def node(value: Any) -> Any:
    """What is written in Python's own terms, as part of a case."""
    if isinstance(value, dict):
        return Map(tuple((key, node(child)) for key, child in value.items()))
    if isinstance(value, (list, tuple)):
        return Seq(tuple(map(node, value)), "tuple" if isinstance(value, tuple) else "list")
    return value if isinstance(value, (Map, Seq, Structured, Name)) else Leaf(value)


def as_child(config: Any, /, **siblings: Any) -> Case:
    """The config as a part of a larger one."""
    return Case(node(config), "child", node(siblings))


def called(config: Any, /, *args: Any, **kwargs: Any) -> Case:
    return Case(node(config), args=tuple(map(node, args)), kwargs=node(kwargs))


def config(value: dict[str, Any]) -> Map:
    """A mapping that is a DictConfig when it is given."""
    return Map(node(value).items, "DictConfig")


def assert_same_as_hydra(case: Case) -> None:
    _, found = differences(engines.hydra_engine(), engines.our_engine(), case, lawful=True)
    assert unnamed(case, found) == [], case.snippet()


# ---- configs that nobody builds, in every mode

HANDED_ON = {
    "values": {"a": 1, "b": [1, {"c": 2.5}], "leaf": {**BOX, "x": 1}},
    "control keys": {"_convert_": "all", "_recursive_": True, "leaf": {**BOX, "_partial_": True}},
    "references": {"a": "${b}", "d": ["${b}", "${..a}"], "e": {"deep": "${node}"}},
    "a reference to nothing": {"a": {"b": ["${absent}", "${also.absent}"]}},
    "a reference to nothing beside one that leads somewhere": {"a": "${absent}", "b": "${b}"},
    "an escaped reference": {"a": r"\${b}", "b": [r"\${b}"]},
    "an escaped reference to nothing": {"a": r"\${absent}"},
    "a missing value": {"a": {"b": "???"}, "c": "???"},
    "a Structured Config": Structured("Typed"),
    "a Structured Config that lacks a field": Structured("Needs"),
    "Structured Configs": {"one": Structured("Point"), "list": [Structured("Needs"), Structured("Linked")]},
    "a Structured Config with a reference": {"typed": Structured("Typed", (("n", Leaf("${b}")),))},
    "a Structured Config with a reference to nothing": {"typed": Structured("Typed", (("n", Leaf("${absent}")),))},
    "a list": [1, {"a": "${b}"}, [BOX]],
    "a tuple": ({"a": 1}, "${b}"),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", HANDED_ON)
def test_a_config_that_is_handed_on_is_hydras(name: str, mode: str) -> None:
    conf = {**RAW, "_convert_": mode, "conf": HANDED_ON[name], "again": "${conf}", "b": 3, "node": {"c": 1}}
    assert_same_as_hydra(called(conf))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", HANDED_ON)
def test_a_config_that_is_handed_on_from_within_a_larger_one_is_hydras(name: str, mode: str) -> None:
    made = {**RAW, "_convert_": mode, "conf": HANDED_ON[name], "other": "${other}", "again": "${other}"}
    assert_same_as_hydra(as_child({"first": BOX, "made": made}, b=3, node={"c": 1}, other=HANDED_ON[name]))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", [r"\\\${b}", r"x-\\\${absent}", r"\\\\\\\${b}", r"x-\${t.count:}"])
def test_a_text_that_is_handed_on_is_read_as_often_as_by_hydra(text: str, mode: str) -> None:
    assert_same_as_hydra(called({**RAW, "_convert_": mode, "conf": {"a": text, "c": [text]}, "b": 3}))


@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_built_before_a_text_that_stands_in_itself_is_read(mode: str) -> None:
    raw = {**RAW, "left": "${child.conf.right}", "right": {"key": "x-${child.conf.left}-y"}}
    assert_same_as_hydra(as_child({"first": BOX, "conf": raw, "_convert_": mode}))


GIVEN = {
    "a mapping": {"conf": {"a": [1], "b": {"c": 2}}},
    "a list": {"conf": [{"a": 1}, [2]]},
    "a tuple": {"conf": ({"a": 1}, [2])},
    "a mapping in place of a mapping": {"old": {"a": [1]}},
    "a mapping that is merged into a target": {"point": {"x": {"y": [1]}}},
    "what a given target is given": {"conf": {"leaf": {**RAW, "a": {"b": [1]}}}},
    "what a target in a given list is given": {"conf": [0, {**RAW, "a": {"b": [1]}, "_args_": [{"c": 1}]}]},
    "positional arguments": {"_args_": [{"a": 1}, [2]]},
    "a config": {"conf": config({"a": {"b": "${.c}", "c": [1]}})},
    "a config in a mapping": {"conf": {"in": config({"a": {"b": 1}})}},
    "a config in a list": {"conf": [config({**RAW, "a": {"b": 1}})]},
    "a dataclass": {"conf": {"in": Structured("Point")}},
    "control keys in a mapping": {"conf": {"_convert_": "all", "a": {"_recursive_": True}}},
    "an object with a meaning of its own": {"conf": {"a": Name("t.live('ordered')"), "b": [Name("t.live('named')")]}},
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("recursive", [True, False])
@pytest.mark.parametrize("name", GIVEN)
def test_what_the_call_gives_arrives_as_with_hydra(name: str, recursive: bool, mode: str) -> None:
    own = {"old": {"a": {"z": 0}}, "point": {**PAIR, "left": 1, "x": {"y": 0}}, "seen": "${conf}"}
    own = {key: value for key, value in own.items() if key != "seen" or "conf" in GIVEN[name]}
    assert_same_as_hydra(called({**BOX, "_recursive_": recursive, "_convert_": mode, **own}, **GIVEN[name]))


OLD = {"list": [2], "tuple": (2,), "mapping": {"b": 2}, "structured": Structured("Point"), "text": "old"}
NEW = {
    "list": [1],
    "tuple": (1,),
    "mapping": {"a": 1},
    "config": config({"a": 1}),
    "text": "new",
    "null": None,
    "namedtuple": Name("t.live('named')"),
}


@pytest.mark.parametrize("new", NEW)
@pytest.mark.parametrize("old", OLD)
@pytest.mark.parametrize("into", [{}, PAIR], ids=["group", "target"])
def test_what_takes_the_place_of_another_in_a_mapping_is_judged_as_by_hydra(into: Any, old: str, new: str) -> None:
    own = {"to": {**into, "left": OLD[old]}}
    assert_same_as_hydra(called({**BOX, **own}, to={"left": NEW[new]}))
    assert_same_as_hydra(called(own, to={"left": NEW[new]}))
    assert_same_as_hydra(called(own, to=config({"left": NEW[new]})))


# ---- where an interpolation leads

COUNTED = {"a": "${t.count:}", "b": "${a}", "c": ["${a}", "${t.count:}"], "d": {**BOX, "a": "${a}", "e": "${.a}"}}


def test_a_resolver_that_counts_is_asked_as_often_as_by_hydra() -> None:
    assert_same_as_hydra(called(COUNTED))


def test_a_resolver_that_counts_is_asked_as_often_as_by_hydra_in_a_part_of_a_config() -> None:
    assert_same_as_hydra(as_child({**COUNTED, "in": "${child.a}", "out": "${a}", "again": "${.a}"}, a="${t.count:}"))


# ---- control keys of the call

REFERRED = {
    "a mode of the call": called({**BOX, "_convert_": "none", "told": "${_convert_}", "a": [1]}, _convert_="all"),
    "a mode of the call alone": called({**BOX, "told": "${_convert_}", "a": [1]}, _convert_="all"),
    "whether it is recursive": called({**BOX, "told": "${._recursive_}", "a": BOX}, _recursive_=False),
    "a part of a partial": called({**BOX, "_partial_": True, "told": "${_partial_}"}, _partial_=False),
    "the arguments of the call": called({**BOX, "_args_": [1], "told": "${_args_}"}, 2, 3),
    "one of the arguments of the call": called({**BOX, "_args_": [1], "told": "${_args_.0}"}, 2, 3),
    "an argument that only the call has": called({**BOX, "told": "${_args_.1}"}, 2, 3),
    "a mode that is a reference": called({**BOX, "mode": "all", "a": [1]}, _convert_="${mode}"),
    "a mode of the group": called({"_convert_": "none", "a": {"told": "${_convert_}"}}, _convert_="all"),
    "a mode of a list": called([{**BOX, "a": [1]}], _convert_="all"),
    "a wrong mode of a list": called([{**BOX, "a": [1]}], _convert_="every"),
    "a mode for a Structured Config": called(Structured("ModalConf"), _convert_="all"),
    "a wrong mode for a Structured Config": called(Structured("ModalConf"), _recursive_="no"),
    "a mode that is missing": called({**BOX, "a": [1]}, _convert_="???"),
    "a list that is partial": called([BOX], _partial_=True),
    "a list that is not partial": called([BOX], _partial_=False),
    "a list that is partial and given an argument": called([BOX], _partial_=True, a=1),
    "an argument named isolate": called(BOX, isolate=False),
    "an argument named isolate that is no bool": called(BOX, isolate="yes"),
    "null": called(None),
    "null with arguments": called(None, 1, a=2),
}


@pytest.mark.parametrize("name", REFERRED)
def test_what_the_call_says_is_heard_as_by_hydra(name: str) -> None:
    assert_same_as_hydra(REFERRED[name])


# ---- positional arguments

ARGS: dict[str, Any] = {
    "values": [1, "two", None],
    "nodes": [{**BOX, "x": 1}, {"a": BOX}, [BOX]],
    "a tuple": (1, BOX),
    "nothing": [],
    "null": None,
    "a number": 3,
    "a text": "12",
    "a mapping": {"a": 1},
    "a missing list": "???",
    "a list with missing items": ["???", 1, "???"],
    "a reference": "${items}",
    "a reference to nothing": "${absent}",
    "a list with a reference to nothing": [1, "${absent}"],
    "a resolver's list": "${t.list:1,2}",
    "a list with a resolver's list and mapping": ["${t.list:1,2}", "${t.dict:a,1}"],
    "a resolver that fails": "${t.fail:}",
    "a target that makes a list": {"_target_": f"{HERE}.gives_list", "x": 1},
    "a target that makes something else": {"_target_": f"{HERE}.gives_none"},
    "a target that can't be found": {"_target_": f"{HERE}.Absent"},
}


@pytest.mark.parametrize("given", [False, True], ids=["", "replaced"])
@pytest.mark.parametrize(
    "control",
    [{}, {"_recursive_": False}, {"_recursive_": False, "_convert_": "all"}, {"_convert_": "all"}, {"_partial_": True}],
    ids=str,
)
@pytest.mark.parametrize("name", ARGS)
def test_args_are_read_as_by_hydra(name: str, control: dict[str, Any], given: bool) -> None:
    config = {"inner": {**BOX, **control, "_args_": ARGS[name]}, "items": [5, {"c": 1}]}
    outer = {**BOX, **control, "_args_": ARGS[name], "items": [5, {"c": 1}]}
    assert_same_as_hydra(called(outer, 7, {"d": 1}) if given else called(config))


# ---- mistakes

MISTAKES: dict[str, Any] = {
    "a misspelt key": {**BOX, "_partail_": True},
    "a misspelt key that the target doesn't take": {**PAIR, "left": 1, "_partail_": True},
    "a misspelt key in a partial": {**PAIR, "left": 1, "_partial_": True, "_covnert_": "all"},
    "misspelt positional arguments": {**PAIR, "_arg_": [1]},
    "a misspelt key in a group": {"_recursiv_": False, "a": 1},
    "a misspelt key beside an unknown argument": {**PAIR, "left": 1, "unknown": 2, "_covnert_": "all"},
    "a missing target": {"_target_": "???", "a": 1},
    "a target that is a reference to nothing": {"_target_": "${absent}", "a": 1},
    "a target that is a number": {"_target_": 3},
    "a target that is a list": {"_target_": [1]},
    "a mode that is a list": {**BOX, "_convert_": ["all"]},
    "a missing mode": {**BOX, "_convert_": "???"},
    "a missing mode in a group": {"_recursive_": "???", "a": 1},
    "a mode that is a reference to nothing": {**BOX, "_convert_": "${absent}"},
    "a wrong flag": {**BOX, "_recursive_": "no", "_partial_": 1},
    "a missing value before a reference to nothing": {"a": "???", "b": "${absent}"},
    "a reference to nothing before a missing value": {"a": "${absent}", "b": "???"},
    "a missing value before an escaped reference to nothing": {"a": "???", "b": r"\${absent}"},
    "a missing value in a group before a target that fails": {"a": "???", "b": {"_target_": f"{HERE}.fails_value"}},
    "a target that fails before a missing value in a group": {"a": {"_target_": f"{HERE}.fails_value"}, "b": "???"},
    "a missing value of a partial": {**BOX, "_partial_": True, "a": "???", "b": 1},
    "a missing value of a target": {**BOX, "a": "???", "b": {**PAIR}},
    "a resolver's list that is too long": [BOX, {**PAIR, "_args_": "${t.list:1,2,3}"}],
    "an unknown argument beside a list that a target makes": {
        **PAIR,
        "_args_": {"_target_": f"{HERE}.gives_list", "x": 1},
        "unknown": 1,
    },
    "a text that is too long": [BOX, {**PAIR, "_args_": "123"}],
    "a list with mistakes": ["???", "${absent}", {**PAIR}],
    "positional arguments of a group": {"_args_": [{**PAIR}], "a": 1},
    "missing positional arguments of a group": {"_args_": "???", "a": 1},
    "positional arguments of a group that fail, of which a part is referred to": {
        "_args_": [{"_target_": f"{HERE}.fails_type", "b": 1}],
        "a": "${._args_.0.b}",
    },
}


@pytest.mark.parametrize("where", ["top", "group", "list", "raw"])
@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_what_it_is_for_hydra(name: str, where: str) -> None:
    config = MISTAKES[name]
    places: dict[str, Any] = {
        "top": config,
        "group": {"a": {"b": config}},
        "list": [config],
        "raw": {**RAW, "conf": config, "_args_": [config]},
    }
    assert_same_as_hydra(called(places[where]))
