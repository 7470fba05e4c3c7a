"""Configs that are wrong, odd, endless or locked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hydra.utils
import pytest
from bad_targets import Colour, Flag, Keeper
from config_facts import facts, locked
from hydra.errors import InstantiationException
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import InterpolationResolutionError, ReadonlyConfigError

from safe_instantiate import instantiate, strip_control_keys
from safe_instantiate.hydra_compat import READS_LAZILY


def hydra_s_exception(config: Any) -> type[BaseException]:
    """The class of what the installed Hydra raises for this config."""
    with pytest.raises(Exception) as failure:  # noqa: PT011 - any class will do, it is the answer
        hydra.utils.instantiate(config)
    return type(failure.value)


def refused(config: Any, match: str, **kwargs: Any) -> InstantiationException:
    """The exception that `config` meets, which is clear and leaves it as it was."""
    before = facts(config)
    with pytest.raises(InstantiationException, match=match) as failure:
        instantiate(config, **kwargs)
    assert facts(config) == before
    return failure.value


@pytest.mark.parametrize(
    ("config", "type_name"),
    [
        ("text", "str"),
        ("", "str"),
        (3, "int"),
        (10**400, "int"),
        (2.5, "float"),
        (True, "bool"),
        (b"raw", "bytes"),
        (1j, "complex"),
    ],
    ids=["str", "empty_str", "int", "huge_int", "float", "bool", "bytes", "complex"],
)
def test_a_scalar_at_top_level_is_refused_by_its_type(config: object, type_name: str) -> None:
    refused(config, f"Cannot instantiate config of type {type_name}")


CYCLES: dict[str, dict[str, Any]] = {
    "two_values": {"a": "${b}", "b": "${a}"},
    "one_value": {"a": "${a}"},
    "its_mapping": {"a": {"b": "${a}"}},
    "its_list": {"a": ["${a}"]},
    "three_mappings": {"a": {"x": "${b}"}, "b": {"x": "${c}"}, "c": {"x": "${a}"}},
    "inside_a_string": {"a": "x${b}", "b": "y${a}"},
    "its_target_node": {"a": {"_target_": "bad_targets.Keeper", "b": "${a}"}},
    "itself_through_a_list": {"a": [1, {"b": "${a[1]}"}]},
}


@pytest.mark.parametrize("make", [dict, OmegaConf.create, locked], ids=["plain", "omegaconf", "locked"])
@pytest.mark.parametrize("cycle", CYCLES)
def test_a_cyclic_interpolation_is_refused(make: Callable[[Any], Any], cycle: str) -> None:
    config = make({"_target_": "bad_targets.Keeper", **CYCLES[cycle]})
    error = refused(config, r"\ba\b|\bb\b|\bc\b")
    assert isinstance(error, hydra_s_exception(config))


def nested(levels: int, kind: str) -> Any:
    config: Any = {"_target_": "bad_targets.Keeper"} if kind == "targets" else "innermost"
    for _ in range(levels):
        config = {
            "dicts": {"k": config},
            "lists": [config],
            "targets": {"_target_": "bad_targets.Keeper", "k": config},
        }[kind]
    return config


def depth(built: Any) -> int:
    levels = 0
    while isinstance(built, (dict, list, DictConfig, ListConfig, Keeper)):
        levels += 1
        if isinstance(built, Keeper):
            built = built.kwargs.get("k")
        else:
            built = built["k"] if isinstance(built, (dict, DictConfig)) else built[0]
    return levels


@pytest.mark.parametrize("mode", ["none", "all"])
@pytest.mark.parametrize("kind", ["dicts", "lists", "targets"])
def test_fifty_levels_of_nesting_are_built(kind: str, mode: str) -> None:
    config = nested(50, kind)
    before = facts(config)
    assert depth(instantiate(config, _convert_=mode)) == 50 + (kind == "targets")
    assert facts(config) == before


@pytest.mark.parametrize("mode", ["none", "all"])
@pytest.mark.parametrize("kind", ["dicts", "lists", "targets"])
def test_two_hundred_levels_of_nesting_are_built_or_refused_for_their_depth(kind: str, mode: str) -> None:
    config = nested(200, kind)
    before = facts(config)
    built, refusal = None, None
    try:
        built = instantiate(config, _convert_=mode)
    except InstantiationException as error:
        refusal = error
    assert depth(built) == 200 + (kind == "targets") if refusal is None else "nested" in str(refusal)
    assert facts(config) == before


@pytest.mark.parametrize("kind", ["dicts", "lists", "targets"])
def test_five_thousand_levels_of_nesting_are_refused_for_their_depth(kind: str) -> None:
    refused(nested(5000, kind), "nested")


@pytest.mark.parametrize("kind", ["dict", "list", "target"])
def test_a_container_that_holds_itself_is_refused(kind: str) -> None:
    config: Any = {"dict": {"a": 1}, "list": [1], "target": {"_target_": "bad_targets.Keeper"}}[kind]
    if isinstance(config, list):
        config.append(config)
    else:
        config["again"] = config
    refused(config, "nested|itself")


def test_a_config_with_both_locks_is_built_and_stays_locked() -> None:
    config = locked({"node": {"_target_": "bad_targets.Keeper", "a": {"b": ["${n}"]}, "x": 1}, "n": 5})
    before = facts(config)
    built = instantiate(config.node, a={"new": 1}, x=2, y=3)
    merged = {} if READS_LAZILY else {"b": [5]}
    assert built.kwargs == {"a": {**merged, "new": 1}, "x": 2, "y": 3}
    assert instantiate(config)["node"].kwargs["x"] == 1
    assert facts(config) == before


@pytest.mark.parametrize("recursive", [True, False], ids=["recursive", "not_recursive"])
def test_locks_on_parts_of_a_config_hold_nothing_up(recursive: bool) -> None:
    config = OmegaConf.create({"_target_": "bad_targets.Keeper", "a": {"b": {"c": 1}}, "l": [{"m": "${n}"}], "n": 2})
    OmegaConf.set_readonly(config.a, True)
    OmegaConf.set_struct(config.l, True)
    before = facts(config)
    kwargs = instantiate(config, _recursive_=recursive).kwargs
    kwargs["a"].b.d = 2
    assert (kwargs["a"], kwargs["l"]) == ({"b": {"c": 1, "d": 2}}, [{"m": 2}])
    assert facts(config) == before


def test_a_part_that_is_read_only_itself_is_not_merged_into_from_the_call() -> None:
    config = OmegaConf.create({"_target_": "bad_targets.Keeper", "a": {"b": 1}})
    OmegaConf.set_readonly(config.a, True)
    if READS_LAZILY:
        assert instantiate(config, a={"c": 2}).kwargs == {"a": {"c": 2}}  # replaced, as Hydra 1.4 does
    else:
        assert isinstance(refused(config, r"read-only(.|\n)*a\.c", a={"c": 2}), ReadonlyConfigError)


@pytest.mark.parametrize(
    "key",
    [1, -1, 2.5, True, b"raw", Colour.RED, Flag.ON],
    ids=["int", "minus", "float", "bool", "bytes", "enum", "int_enum"],
)
@pytest.mark.parametrize("make", [dict, locked], ids=["plain", "locked"])
def test_a_group_may_have_keys_that_are_no_strings(make: Callable[[Any], Any], key: Any) -> None:
    config = make({key: {"_target_": "bad_targets.Keeper", "a": {key: "${n}"}}, "n": 7})
    before = facts(config)
    built = instantiate(config)
    assert list(built) == [key, "n"]
    assert built[key].kwargs["a"] == {key: 7}
    assert facts(config) == before


@pytest.mark.parametrize(
    "key",
    [1, 2.5, True, b"raw", Colour.RED, None, (1, 2)],
    ids=["int", "float", "bool", "bytes", "enum", "none", "tuple"],
)
def test_a_target_with_a_key_that_is_no_string_is_refused(key: Any) -> None:
    config = {"node": {"_target_": "bad_targets.Keeper", key: 1}}
    assert isinstance(refused(config, "(?i)key"), hydra_s_exception(config))


@pytest.mark.parametrize("key", [None, (1, 2), frozenset()], ids=["none", "tuple", "frozenset"])
def test_a_group_with_a_key_that_omegaconf_has_no_place_for_is_refused(key: Any) -> None:
    config = {"a": {key: 1}}
    assert isinstance(refused(config, "(?i)key"), hydra_s_exception(config))


@pytest.mark.parametrize(
    ("target", "match"),
    [
        (None, "Expected a callable target, got 'None' of type 'NoneType'"),
        (3, "Expected a callable target, got '3' of type 'int'"),
        (True, "Expected a callable target, got 'True' of type 'bool'"),
        (2.5, "Expected a callable target, got '2.5' of type 'float'"),
        ("", "Error locating target ''"),
        (".x", r"Error locating target '\.x'"),
        ("a..b", r"Error locating target 'a\.\.b'"),
        ("x.", r"Error locating target 'x\.'"),
        (".", r"Error locating target '\.'"),
        (" ", "Error locating target ' '"),
        ("bad_targets.Keeper()", r"Error locating target 'bad_targets\.Keeper\(\)'"),
        ("bad_targets:Keeper", "Error locating target 'bad_targets:Keeper'"),
        ("bad targets.Keeper", "Error locating target 'bad targets.Keeper'"),
        ("???", "Missing mandatory value"),
        (["bad_targets.Keeper"], "Expected a callable target"),
        ({"a": 1}, "Expected a callable target"),
        ("bad_targets", "Expected a callable target"),
        ("bad_targets.SABOTAGE", "Expected a callable target"),
        ("x" * 10_000, "Error locating target 'xxx"),
        ("bad_targets." + ".".join("y" * 300), "Error locating target"),
        ("bad_targets.K\u00e9eper", "Error locating target"),
        ("bad_targets.\x00", "Error locating target"),
    ],
    ids=[
        "none",
        "int",
        "bool",
        "float",
        "empty",
        "relative",
        "double_dot",
        "trailing_dot",
        "dot",
        "blank",
        "call",
        "colon",
        "space",
        "missing",
        "list",
        "mapping",
        "module",
        "not_callable",
        "endless_name",
        "endless_path",
        "accent",
        "null_byte",
    ],
)
@pytest.mark.parametrize("make", [dict, locked], ids=["plain", "locked"])
def test_what_cannot_be_a_target_is_refused_with_its_place(
    make: Callable[[Any], Any], target: object, match: str
) -> None:
    config = make({"foo": {"bar": [{"_target_": target}]}})
    error = refused(config, match)
    assert "foo.bar[0]" in str(error)
    assert isinstance(error, hydra_s_exception(config))


def test_a_config_that_contains_itself_is_refused_as_hydra_refuses_it_whatever_else_is_wrong() -> None:
    config = {"_target_": 1, "x": {"a": {"c": "${x.b}"}, "b": ["${x.a}"]}}
    assert isinstance(refused(config, "Expected a callable target"), hydra_s_exception(config))


def test_an_interpolation_through_a_thousand_others_is_refused_by_its_key() -> None:
    chain = {f"k{number}": f"${{chain.k{number + 1}}}" for number in range(1000)}
    config = {"chain": {**chain, "k1000": 1}, "foo": {"_target_": "bad_targets.Keeper", "bar": ["${chain.k990}", 1]}}
    error = refused(config, "interpolation at 'chain.k0' goes deeper than Python's recursion limit")
    assert isinstance(error, InterpolationResolutionError)
    assert "full_key: chain.k0\n" in str(error)


@pytest.mark.parametrize("arguments", [{"a": 1}, {"_target_": "builtins.dict", "a": 1}, {"_convert_": "all"}], ids=str)
@pytest.mark.parametrize("nothing", ["???", None] if READS_LAZILY else ["???"])
def test_arguments_for_a_mapping_that_is_missing_or_none_make_one_where_hydra_does(
    nothing: str | None, arguments: dict[str, Any]
) -> None:
    config = DictConfig(nothing)
    built, expected = instantiate(config, **arguments), hydra.utils.instantiate(config, **arguments)
    assert (built, type(built)) == (expected, type(expected))
    assert config == DictConfig(nothing)


@pytest.mark.parametrize("depth", [1000, 100_000])
def test_a_group_nested_deeper_than_python_recurses_is_not_stripped_and_says_so(depth: int) -> None:
    group: dict[str, Any] = {}
    for _ in range(depth):
        group = {"a": group}
    with pytest.raises(InstantiationException, match="nested deeper than Python's recursion limit allows"):
        strip_control_keys(group)


def test_a_config_that_contains_itself_is_no_convert_mode() -> None:
    config = {"d": [{"c": "${d.1}", "_recursive_": False}, {"_target_": "builtins.dict", "_convert_": "${d.0}"}]}
    refused(config, "_convert_ must be one of none, partial, object, all, got a DictConfig|contains itself")


@pytest.mark.parametrize(
    ("args", "type_name"),
    [(3, "int"), ({"a": 1}, "DictConfig"), (None, "NoneType"), (True, "bool")],
    ids=["int", "mapping", "none", "bool"],
)
@pytest.mark.parametrize("make", [dict, locked], ids=["plain", "locked"])
def test_args_that_are_no_sequence_are_refused_with_their_place(
    make: Callable[[Any], Any], args: object, type_name: str
) -> None:
    error = refused(make({"foo": {"_target_": "bad_targets.Keeper", "_args_": args}}), f"_args_.*{type_name}")
    assert "foo" in str(error)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("_recursive_", "no"),
        ("_recursive_", 0),
        ("_recursive_", None),
        ("_recursive_", []),
        ("_partial_", "yes"),
        ("_partial_", 1),
        ("_partial_", {}),
        ("_convert_", "al"),
        ("_convert_", 3),
        ("_convert_", ["all"]),
        ("_partail_", True),
        ("_recursiv_", False),
        ("_traget_", "bad_targets.Keeper"),
    ],
    ids=lambda value: str(value) or "empty",
)
@pytest.mark.parametrize("make", [dict, locked], ids=["plain", "locked"])
def test_a_wrong_control_key_is_refused_with_its_place(make: Callable[[Any], Any], key: str, value: object) -> None:
    config = make({"foo": {"_target_": "bad_targets.Keeper", key: value}})
    error = refused(config, key)
    assert "foo" in str(error)


def test_a_missing_value_is_refused_with_its_place() -> None:
    config = locked({"foo": {"_target_": "bad_targets.Keeper", "a": {"b": "???"}}})
    assert isinstance(refused(config, r"foo\.a\.b"), hydra_s_exception(config))


def test_an_interpolation_to_nowhere_is_refused_with_its_place() -> None:
    config = locked({"foo": {"_target_": "bad_targets.Keeper", "a": {"b": "${nowhere}"}}})
    error = refused(config, "nowhere")
    assert "foo.a.b" in str(error)
    assert isinstance(error, hydra_s_exception(config))


@pytest.mark.parametrize("text", ["${", "${a", "${a:", "${..}", "${a b}", "${:}"], ids=str)
def test_an_interpolation_that_cannot_be_read_meets_hydra_s_class_of_error(text: str) -> None:
    plain = {"_target_": "bad_targets.Keeper", "a": text}
    expected = hydra_s_exception(plain)
    before = facts(plain)
    with pytest.raises(expected):
        instantiate(plain)
    assert facts(plain) == before
