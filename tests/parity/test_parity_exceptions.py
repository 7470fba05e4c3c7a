"""What a caller can catch, and what a person can read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hydra.errors import InstantiationException
from omegaconf import OmegaConf
from omegaconf.errors import (
    ConfigKeyError,
    InterpolationKeyError,
    InterpolationResolutionError,
    MissingMandatoryValue,
    OmegaConfBaseException,
    UnsupportedInterpolationType,
)
from parity_failures import chain, everything_said
from parity_targets import QuietError

Instantiate = Callable[..., Any]
Form = Callable[[Any], Any]


@pytest.mark.parametrize(
    ("config", "type_name"),
    [("text", "str"), (3, "int"), (2.5, "float"), (True, "bool"), (b"raw", "bytes")],
    ids=["str", "int", "float", "bool", "bytes"],
)
def test_a_bare_scalar_is_no_config(instantiate: Instantiate, config: object, type_name: str) -> None:
    with pytest.raises(InstantiationException, match=f"Cannot instantiate config of type {type_name}"):
        instantiate(config)


@pytest.mark.parametrize(
    "target",
    ["not_a_module_at_all.Thing", "parity_targets.NotThere", "parity_targets.Point.not_there", "", ".x", "a..b", "x."],
    ids=["module", "attribute", "attribute_of_class", "empty", "relative", "double_dot", "trailing_dot"],
)
def test_a_target_that_cannot_be_located_is_named(instantiate: Instantiate, form: Form, target: str) -> None:
    with pytest.raises(InstantiationException) as failure:
        instantiate(form({"_target_": target}))
    assert f"Error locating target '{target}'" in str(failure.value)
    assert isinstance(failure.value.__cause__, (ImportError, ValueError))


def test_the_full_key_of_a_target_that_cannot_be_located_is_named(instantiate: Instantiate) -> None:
    config = OmegaConf.create({"foo": {"bar": {"_target_": "not_a_module_at_all.Thing"}}})
    with pytest.raises(InstantiationException) as failure:
        instantiate(config)
    assert "Error locating target 'not_a_module_at_all.Thing'" in str(failure.value)
    assert "full_key: foo.bar" in str(failure.value)


def test_the_full_key_is_counted_from_the_top_of_the_whole_config(instantiate: Instantiate) -> None:
    config = OmegaConf.create({"foo": {"bar": [{"baz": {"_target_": "not_a_module_at_all.Thing"}}]}})
    with pytest.raises(InstantiationException, match=r"full_key: foo\.bar\[0\]\.baz"):
        instantiate(config.foo.bar[0].baz)


@pytest.mark.parametrize(
    ("target", "type_name"),
    [("parity_targets.NOT_CALLABLE", "int"), ("parity_targets", "module"), ("parity_targets.Colour.RED", "Colour")],
    ids=["number", "module", "enum_member"],
)
def test_a_target_that_is_not_callable_is_refused(
    instantiate: Instantiate, form: Form, target: str, type_name: str
) -> None:
    with pytest.raises(InstantiationException, match=f"Expected a callable target, got .* of type '{type_name}'"):
        instantiate(form({"_target_": target}))


@pytest.mark.parametrize(
    ("target", "type_name"), [(None, "NoneType"), (3, "int"), (True, "bool")], ids=["none", "int", "bool"]
)
def test_a_target_that_is_no_name_is_refused(
    instantiate: Instantiate, form: Form, target: object, type_name: str
) -> None:
    with pytest.raises(InstantiationException) as failure:
        instantiate(form({"foo": {"_target_": target}}))
    assert f"Expected a callable target, got '{target}' of type '{type_name}'" in str(failure.value)
    assert "foo" in str(failure.value)


def test_what_a_target_raises_can_be_read(instantiate: Instantiate, form: Form) -> None:
    with pytest.raises(InstantiationException) as failure:
        instantiate(form({"foo": {"_target_": "parity_targets.raise_value_error"}}))
    assert "image size must be a multiple of 14" in everything_said(failure.value)
    assert "foo" in everything_said(failure.value)
    assert any(isinstance(link, ValueError) for link in chain(failure.value))


def test_what_a_target_raises_is_the_cause_of_an_instantiation_exception(instantiate: Instantiate) -> None:
    config = OmegaConf.create({"foo": {"bar": {"_target_": "parity_targets.raise_value_error"}}})
    with pytest.raises(InstantiationException) as failure:
        instantiate(config)
    assert "Error in call to target 'parity_targets.raise_value_error'" in str(failure.value)
    assert "ValueError('image size must be a multiple of 14')" in str(failure.value)
    assert "full_key: foo.bar" in str(failure.value)
    assert type(failure.value.__cause__) is ValueError


def test_the_target_is_named_by_where_it_is_defined(instantiate: Instantiate) -> None:
    with pytest.raises(InstantiationException, match=r"Error in call to target 'parity_targets\.Fails'"):
        instantiate({"_target_": "parity_targets.Fails"})


def test_the_traceback_of_the_target_can_be_reached(instantiate: Instantiate, form: Form) -> None:
    with pytest.raises(InstantiationException) as failure:
        instantiate(form({"_target_": "parity_targets.raise_value_error"}))
    traceback = next(link for link in chain(failure.value) if isinstance(link, ValueError)).__traceback__
    names = []
    while traceback is not None:
        names.append(traceback.tb_frame.f_code.co_name)
        traceback = traceback.tb_next
    assert names[-1] == "raise_value_error"


def test_an_exception_that_takes_no_arguments_survives(instantiate: Instantiate, form: Form) -> None:
    with pytest.raises(InstantiationException) as failure:
        instantiate(form({"_target_": "parity_targets.raise_quiet_error"}))
    assert any(type(link) is QuietError for link in chain(failure.value))
    assert "said by the exception itself" in everything_said(failure.value)


def test_a_chain_of_causes_survives(instantiate: Instantiate, form: Form) -> None:
    with pytest.raises(InstantiationException) as failure:
        instantiate(form({"_target_": "parity_targets.raise_from_another"}))
    links = [type(link) for link in chain(failure.value)]
    assert links[-2:] == [RuntimeError, KeyError]


def test_a_failure_inside_a_nested_node_is_reported_once(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": "parity_targets.Recorder", "a": {"b": {"_target_": "parity_targets.Fails"}}})
    with pytest.raises(InstantiationException) as failure:
        instantiate(config)
    assert [type(link) for link in chain(failure.value)].count(RuntimeError) == 1
    assert len(list(chain(failure.value))) == 2


@pytest.mark.parametrize(
    ("target", "kind"),
    [("raise_system_exit", SystemExit), ("raise_keyboard_interrupt", KeyboardInterrupt)],
    ids=["SystemExit", "KeyboardInterrupt"],
)
def test_what_ends_the_program_passes_through(
    instantiate: Instantiate, form: Form, target: str, kind: type[BaseException]
) -> None:
    with pytest.raises(kind) as failure:
        instantiate(form({"a": {"_target_": f"parity_targets.{target}"}}))
    assert type(failure.value) is kind
    assert failure.value.__cause__ is None


@pytest.mark.parametrize("arguments", [{}, {"x": 1, "z": 3}], ids=["missing_argument", "unknown_argument"])
def test_arguments_that_do_not_fit_are_an_error_that_names_the_target(
    instantiate: Instantiate, form: Form, arguments: dict[str, int]
) -> None:
    with pytest.raises(InstantiationException) as failure:
        instantiate(form({"foo": {"_target_": "parity_targets.Point", **arguments}}))
    said = everything_said(failure.value)
    assert "Point" in said
    assert ("z" if arguments else "x") in said
    assert "foo" in said


@pytest.mark.parametrize("key", ["_recursive_", "_partial_"])
@pytest.mark.parametrize("value", ["no", "true", 1, None], ids=["no", "true", "int", "none"])
def test_control_keys_that_have_to_be_bool_refuse_anything_else(
    instantiate: Instantiate, form: Form, key: str, value: object
) -> None:
    with pytest.raises(TypeError) as failure:
        instantiate(form({"_target_": "parity_targets.Recorder", key: value}))
    assert key in str(failure.value)


@pytest.mark.parametrize("key", ["_recursive_", "_partial_"])
def test_control_keys_that_have_to_be_bool_name_their_place(instantiate: Instantiate, key: str) -> None:
    config = OmegaConf.create({"foo": {"bar": {"_target_": "parity_targets.Recorder", key: "no"}}})
    with pytest.raises(TypeError, match=r"foo\.bar"):
        instantiate(config)


def test_an_interpolation_to_nowhere_is_a_key_error_of_omegaconf(instantiate: Instantiate, form: Form) -> None:
    with pytest.raises(InterpolationKeyError, match=r"nowhere\.at\.all"):
        instantiate(form({"_target_": "parity_targets.Recorder", "a": {"b": "${nowhere.at.all}"}}))


def test_an_unknown_resolver_is_named(instantiate: Instantiate, form: Form) -> None:
    with pytest.raises(UnsupportedInterpolationType, match="no_such_resolver"):
        instantiate(form({"_target_": "parity_targets.Recorder", "a": "${no_such_resolver:1}"}))


def test_what_a_resolver_raises_is_reported(instantiate: Instantiate, form: Form) -> None:
    def fails() -> None:
        raise LookupError("the table is empty")

    OmegaConf.register_new_resolver("parity.fails", fails)
    try:
        with pytest.raises(InterpolationResolutionError, match="the table is empty"):
            instantiate(form({"_target_": "parity_targets.Recorder", "a": "${parity.fails:}"}))
    finally:
        OmegaConf.clear_resolver("parity.fails")


@pytest.mark.parametrize(
    "config",
    [{"a": "${b}", "b": "${a}"}, {"a": "${a}"}, {"a": {"b": "${a}"}}, {"a": ["${a}"]}],
    ids=["two_values", "itself", "its_mapping", "its_list"],
)
def test_a_cyclic_interpolation_is_an_error(instantiate: Instantiate, config: dict[str, Any]) -> None:
    with pytest.raises((OmegaConfBaseException, RecursionError)):
        instantiate(OmegaConf.create({"_target_": "parity_targets.Recorder", **config}))


@pytest.mark.parametrize("place", ["argument", "nested", "group", "list"])
def test_a_missing_value_is_an_error(instantiate: Instantiate, form: Form, place: str) -> None:
    config = {
        "argument": {"_target_": "parity_targets.Recorder", "a": "???"},
        "nested": {"_target_": "parity_targets.Recorder", "a": {"b": "???"}},
        "group": {"a": {"b": "???"}},
        "list": {"a": ["???"]},
    }[place]
    with pytest.raises(MissingMandatoryValue, match="a"):
        instantiate(form(config))


def test_a_reference_to_a_missing_value_is_an_error(instantiate: Instantiate, form: Form) -> None:
    with pytest.raises((MissingMandatoryValue, InterpolationResolutionError)):
        instantiate(form({"_target_": "parity_targets.Recorder", "a": "${b}", "b": "???"}))


def test_a_missing_value_under_a_target_that_is_not_recursive_is_the_target_s_own_business(
    instantiate: Instantiate, form: Form
) -> None:
    config = form({"_target_": "parity_targets.Recorder", "_recursive_": False, "later": {"path": "???"}})
    later = instantiate(config).kwargs["later"]
    assert OmegaConf.is_missing(later, "path")


def test_a_key_that_a_received_config_does_not_have_is_a_config_key_error(instantiate: Instantiate, form: Form) -> None:
    received = instantiate(form({"_target_": "parity_targets.Recorder", "options": {"a": 1}})).kwargs["options"]
    with pytest.raises(ConfigKeyError, match="Missing key b"):
        received["b"]


def test_nothing_of_a_failed_call_is_remembered(instantiate: Instantiate, form: Form) -> None:
    config = form({"_target_": "parity_targets.Point"})
    for _ in range(2):
        with pytest.raises(Exception, match="x"):
            instantiate(config)
    assert instantiate(config, x=1).x == 1
