"""What a config may name, and what it may do with it."""

from __future__ import annotations

import builtins
import codecs
import collections
import contextvars
import functools
import importlib.util
import io
import json
import logging
import os
import pathlib
import subprocess
import sys
import types
import unittest.mock
from abc import ABCMeta
from collections.abc import Callable
from typing import Any

import pytest
from hydra.errors import InstantiationException

from safe_instantiate.targets import forbidden, policy
from safe_instantiate.targets.identity import canonical_name, identity, invoked
from safe_instantiate.targets.locate import LocateError, locate
from safe_instantiate.targets.policy import Policy, Refusal, depends_on_environment, needs_argument_check

POLICY = Policy()
CONSENT = "HYDRA_INSTANTIATE_ALLOWLIST_OVERRIDE"
NO_SETTING = "no setting allows it: call it from code, or name a function of your own that does just what is needed"


def refusal(path: str, policy: Policy = POLICY) -> Refusal | None:
    """The verdict on a path, as the rest of the library comes to it."""
    early = policy.path_refusal(path)
    if early is not None:
        return early
    located = locate(path)
    return policy.object_refusal(path, located.obj, located.objects)


def own_names() -> list[str]:
    return [*forbidden.NEVER, *forbidden.NAMED_EFFECTS]


# The built-in list


@pytest.mark.parametrize("name", own_names())
def test_every_listed_name_is_refused(name: str) -> None:
    assert POLICY.path_refusal(name) is not None


@pytest.mark.parametrize("name", own_names())
def test_every_listed_name_that_exists_is_refused_by_what_it_is(name: str) -> None:
    try:
        obj = locate(name).obj
    except LocateError:
        return  # of another platform or version
    if isinstance(obj, types.ModuleType) or callable(obj):
        assert POLICY.verdict("somewhere.harmless", obj) is not None


HYDRA_POLICIES = ("hydra._internal.target_policy", "hydra._internal.execution_policy")
HYDRA_TABLES = ("DEFAULT_BLOCKLISTED_MODULES", "DEFAULT_BLACKLISTED_MODULES", "UNCONTROLLED_EXECUTION_TARGETS")


def hydra_tables() -> list[str]:
    found = [importlib.import_module(name) for name in HYDRA_POLICIES if importlib.util.find_spec(name)]
    names = {name for policy in found for table in HYDRA_TABLES for name in getattr(policy, table, ())}
    names |= {f"{prefix}x" for policy in found for prefix in policy.UNCONTROLLED_EXECUTION_TARGET_PREFIXES}
    return sorted(names)


def test_the_list_holds_all_that_the_installed_hydra_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safe_instantiate.targets.policy.hydra_refusal", lambda path, obj: None)
    assert [name for name in hydra_tables() if POLICY.path_refusal(name) is None] == []


ALIASES = ["torch.os.system", "posix.system", "logging.os.system", "os.system.__call__", "json.codecs.sys._getframe"]
ALIASES += [
    "_operator.attrgetter",
    "_pickle.loads",
    "subprocess.Popen.__init__",
    "subprocess.os.execv",
    "shutil.os.remove",
]
ALIASES += ["asyncio.create_subprocess_shell", "multiprocessing.Process", "abc.abstractproperty", "abc.ABCMeta.__new__"]
ALIASES += ["os.environ.update", "os.environ.__setitem__", "sys.modules.get", "json.loads.__globals__.get"]
ALIASES += ["logging.Formatter.format", "builtins.map.__new__", "builtins.str.format", "enum.DynamicClassAttribute"]
ALIASES += ["hydra._internal.utils._locate", "safe_instantiate.targets.policy.Policy", "torch.ops.load_library"]
ALIASES += ["torch.utils.cpp_extension.load", "torch.hub.load", "os._exit", "os.abort", "pathlib.PosixPath.unlink"]
ALIASES += ["json.decoder.scanner.re.functools.reduce", "yaml.load", "yaml.SafeLoader", "yaml.safe_load.__globals__"]
ALIASES += ["string.whitespace.format", "types.FunctionType.__get__", "builtins.type.__call__"]


@pytest.mark.parametrize("path", ALIASES)
def test_no_way_around_leads_to_a_forbidden_target(path: str) -> None:
    assert refusal(path) is not None


HARMLESS = [
    "torch.nn.Linear",
    "torch.optim.AdamW",
    "torch.load",
    "torch.nn.functional.relu",
    "builtins.dict",
    "builtins.open",
]
HARMLESS += ["builtins.type", "builtins.getattr", "functools.partial", "collections.OrderedDict", "logging.getLogger"]
HARMLESS += ["os.environ.get", "os.getenv", "os.path.join", "os.makedirs", "pathlib.Path", "pathlib.Path.home"]
HARMLESS += ["yaml.safe_load", "doctest.Example", "types.SimpleNamespace", "hydra.utils.get_class", "random.seed"]
HARMLESS += ["unittest.mock.NonCallableMock", "itertools.chain", "operator.add", "logging.StreamHandler"]


@pytest.mark.parametrize("path", HARMLESS)
def test_what_is_harmless_passes(path: str) -> None:
    assert refusal(path) is None


def test_a_refusal_says_what_the_path_is_and_why_not() -> None:
    assert refusal("torch.os.system") == Refusal(
        "Target 'torch.os.system' is 'os.system', which is not allowed: it runs programs", NO_SETTING
    )
    assert refusal("os.system") == Refusal("Target 'os.system' is not allowed: it runs programs", NO_SETTING)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("os.environ.pop", "it changes the process environment"),
        ("abc.ABCMeta.__new__", "it makes a class"),
        ("sys.modules.get", "it is the state of loaded modules"),
        ("json.loads.__globals__", "it reaches into the implementation of functions and modules"),
    ],
)
def test_a_refusal_for_what_an_object_holds_says_why(path: str, reason: str) -> None:
    assert refusal(path) == Refusal(f"Target '{path}' is not allowed: {reason}", NO_SETTING)


def test_the_installed_hydra_has_a_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "safe_instantiate.targets.policy.hydra_refusal",
        lambda path, obj: "this one\n  is new" if path == "json.loads" else None,
    )
    assert refusal("json.loads") == Refusal("this one is new", "the installed Hydra refuses it")
    assert refusal("json.dumps") is None


def test_hydras_instantiate_may_be_named_by_its_public_name_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safe_instantiate.targets.policy.hydra_refusal", lambda path, obj: None)
    assert refusal("hydra.utils.instantiate") is None
    assert refusal("hydra.utils.call") is None
    assert refusal("hydra._internal.instantiate._instantiate2.instantiate") is not None
    assert refusal("logging.sys.modules") is not None


# Consent


def test_a_named_effect_can_be_consented_to_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = POLICY.verdict("pathlib.Path.unlink", pathlib.Path.unlink)
    assert refused == Refusal(
        "Target 'pathlib.Path.unlink' is not allowed: it changes files",
        "if it is meant, allow it in code, never in a config: Instantiator(allow=[..., 'pathlib.Path.unlink']), or "
        "execution_whitelist([..., 'pathlib.Path.unlink']) around the call, either of which allows nothing else; or, "
        "with Hydra 1.3, in the environment: HYDRA_INSTANTIATE_ALLOWLIST_OVERRIDE=pathlib.Path.unlink",
    )
    monkeypatch.setenv(CONSENT, "os.kill:pathlib.Path.unlink")
    assert POLICY.verdict("pathlib.Path.unlink", pathlib.Path.unlink) is None
    assert POLICY.verdict("pathlib.Path.rmdir", pathlib.Path.rmdir) is not None


def test_the_environment_opens_nothing_that_runs_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONSENT, "os.system:builtins.eval")
    assert refusal("os.system") is not None
    assert refusal("builtins.eval") is not None


def test_only_verdicts_on_named_effects_depend_on_the_environment() -> None:
    assert depends_on_environment("shutil.os.remove", os.remove)
    assert not depends_on_environment("os.system", os.system)
    assert not depends_on_environment("json.loads", json.loads)


# The allow-list


LISTED = Policy(allow=("torch.*", "json.JSONDecoder", "os.remove", "builtins.getattr", "os.system"))


@pytest.mark.parametrize(
    "path", ["torch.nn.Linear", "torch.relu", "torch.optim.AdamW", "json.JSONDecoder", "os.remove"]
)
def test_what_is_listed_passes(path: str) -> None:
    assert refusal(path, LISTED) is None


def to_be_listed(path: str) -> str:
    return (
        f"if it is to be trusted, allow it in code, never in a config: Instantiator(allow=[..., '{path}']), or "
        f"execution_whitelist([..., '{path}']) around the call"
    )


@pytest.mark.parametrize("path", ["torch.os.path.join", "torch.nn.modules.linear.math.sqrt", "torch.os.getcwd"])
def test_a_listed_package_opens_only_what_it_defines(path: str) -> None:
    refused = refusal(path, LISTED)
    assert refused is not None
    assert refused.message.startswith(f"Target '{path}' is '")
    assert refused.message.endswith("', which is not in the allow-list")
    assert refused.hint == to_be_listed(path)


@pytest.mark.parametrize(
    "path", ["json.decoder.JSONDecoder", "json.loads", "torchmetrics.Metric", "collections.Counter"]
)
def test_what_is_not_listed_is_refused(path: str) -> None:
    refused = LISTED.path_refusal(path)
    assert refused is not None
    assert refused.message == f"Target '{path}' is not in the allow-list"


def test_the_worst_is_refused_even_where_it_is_listed() -> None:
    assert refusal("os.system", LISTED) is not None
    assert refusal("builtins.getattr", LISTED) is not None
    assert refusal("torch.hub.load", LISTED) is not None


@pytest.mark.parametrize("path", ["hydra.utils.instantiate", "safe_instantiate.instantiate"])
def test_no_config_instantiates_around_the_allow_list(path: str) -> None:
    refused = Policy(allow=("hydra.*", "safe_instantiate.*", path)).path_refusal(path)
    assert refused is not None
    assert refused.message == f"Target '{path}' is not allowed: it instantiates without the allow-list"


def test_an_empty_allow_list_allows_nothing() -> None:
    assert Policy(allow=()).path_refusal("json.loads") is not None


@pytest.mark.parametrize(
    "entry", ["*", "", "json.", ".*", "a.*.b", "json*", "a..b", "json:loads", " json.*", "json.loads()", "a/b", 3]
)
def test_an_entry_of_another_form_is_an_error(entry: Any) -> None:
    with pytest.raises(InstantiationException, match=r"^Invalid allow-list entry .*: write a full path such as"):
        Policy(allow=("json.*", entry))


@pytest.mark.parametrize("entry", ["json", "my-app.models.*", "app.make.<locals>.<lambda>", "größe.Wert"])
def test_an_entry_is_whatever_may_be_the_path_of_a_target(entry: str) -> None:
    assert Policy(allow=(entry,)).path_refusal(entry.replace(".*", ".Net")) is None


# Arguments


def refused_with(obj: Callable[..., Any], *args: Any, **kwargs: Any) -> str | None:
    assert needs_argument_check(obj), obj
    found = POLICY.argument_refusal(obj, args, kwargs)
    return None if found is None else found.message


WRITING = "it opens a file for writing"
WHERE = "Target '{}' is not allowed with these arguments: {}"


@pytest.mark.parametrize(
    ("obj", "name"), [(open, "io.open"), (io.open, "io.open"), (codecs.open, "codecs.open"), (io.FileIO, "io.FileIO")]
)
def test_files_are_opened_for_reading_only(obj: Callable[..., Any], name: str) -> None:
    assert refused_with(obj, "f") is None
    assert refused_with(obj, "f", "rb") is None
    for mode in ("w", "ab", "r+", "x"):
        assert refused_with(obj, "f", mode) == WHERE.format(name, WRITING)
        assert refused_with(obj, "f", mode=mode) == WHERE.format(name, WRITING)
    assert refused_with(functools.partial(obj, mode="w"), "f") == WHERE.format(name, WRITING)


def test_torch_does_not_unpickle_freely() -> None:
    import torch

    reason = "with weights_only=False the file decides what is run"
    assert refused_with(torch.load, "f") is None
    assert refused_with(torch.load, "f", weights_only=True) is None
    assert refused_with(torch.load, "f", weights_only=False) == WHERE.format("torch.serialization.load", reason)


def test_iter_does_not_call_back() -> None:
    assert refused_with(iter, [1]) is None
    assert refused_with(iter, len, 3) == WHERE.format("builtins.iter", "with two arguments it calls what it is given")


def test_type_tells_types_and_makes_none() -> None:
    assert refused_with(type, 3) is None
    assert refused_with(type, "A", (), {}) == WHERE.format("builtins.type", "it makes a class")
    assert refused_with(ABCMeta, "A", (), {}) == WHERE.format("abc.ABCMeta", "it makes a class")
    assert POLICY.argument_refusal(type, (), {}, partial=True) is None


def test_a_mock_gets_no_behaviour() -> None:
    mock = unittest.mock.NonCallableMock
    assert refused_with(mock, name="x") is None
    assert refused_with(mock, side_effect=len) == WHERE.format(
        "unittest.mock.NonCallableMock", "it may be given a specification and a name, but no behaviour"
    )


class Model:
    size = 1


CHANGES = "it changes functions, classes or modules"
READS = "it reaches into the implementation of functions and modules"
ENVIRONMENT = "it changes the process environment"


@pytest.mark.parametrize(
    ("obj", "args", "reason"),
    [
        (setattr, (Model, "size", 2), CHANGES),
        (setattr, (json, "loads", len), CHANGES),
        (delattr, (refusal, "__doc__"), CHANGES),
        (object.__setattr__, (refusal, "__doc__", ""), CHANGES),
        (type.__setattr__, (Model, "size", 2), CHANGES),
        (dict.update, (vars(json), {}), "it is the state of loaded modules"),
        (dict.pop, (sys.modules, "json"), "it is the state of loaded modules"),
        (getattr, (refusal, "__globals__"), READS),
        (object.__getattribute__, (refusal, "__code__"), READS),
        (collections.abc.MutableMapping.update, (os.environ, {}), ENVIRONMENT),
        (setattr, (os.environ, "_data", {}), ENVIRONMENT),
    ],
)
def test_no_argument_leads_to_the_interpreter(obj: Callable[..., Any], args: tuple[Any, ...], reason: str) -> None:
    assert refused_with(obj, *args) == WHERE.format(identity(obj), reason)


def test_a_setting_of_an_ordinary_object_passes() -> None:
    assert refused_with(setattr, Model(), "size", 2) is None
    assert refused_with(getattr, Model(), "size") is None
    assert refused_with(dict.update, {}, {}) is None


def test_a_function_that_is_called_update_may_be_given_a_class() -> None:
    def update(cls: type) -> None: ...

    assert refused_with(update, Model) is None


@pytest.mark.parametrize("path", ["os.system", "json.loads.__globals__"])
def test_a_path_that_is_looked_up_is_judged_like_a_target(path: str) -> None:
    from hydra.utils import get_method

    assert refused_with(get_method, path) is not None
    assert refused_with(get_method, path=path) is not None
    assert refused_with(get_method, "json.loads") is None


def test_the_installed_hydra_has_a_say_in_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safe_instantiate.targets.policy.hydra_argument_refusal", lambda *args, **kwargs: "not\nthis")
    assert POLICY.argument_refusal(open, ("f",), {}) == Refusal("not this", "the installed Hydra refuses it")


@pytest.mark.parametrize("obj", [Model, json.loads, logging.StreamHandler, lambda: None, len, dict])
def test_few_targets_are_judged_by_their_arguments(obj: object) -> None:
    assert not needs_argument_check(obj)


# Results


@pytest.mark.parametrize(
    "result",
    [
        os.system,
        subprocess.Popen,
        functools.partial(os.system, "true"),
        os.system.__call__,
        os.environ.update,
        "{0.__class__}".format,
        sys.modules,
        vars(json),
        refusal.__code__,
        sys._getframe(),
        unittest.mock.Mock(),
        functools.partial(setattr, Model, "size"),
        types.ModuleType("inspect"),
    ],
    ids=lambda result: type(result).__name__,
)
def test_what_is_forbidden_as_a_target_is_forbidden_as_a_result(result: object) -> None:
    assert POLICY.result_refusal(result) is not None


@pytest.mark.parametrize(
    "result", [3, Model(), Model, json.loads, {}, {"__name__": "json"}, functools.partial(Model), len, None, [].append]
)
def test_an_ordinary_result_passes(result: object) -> None:
    assert POLICY.result_refusal(result) is None


def test_a_forbidden_result_says_what_came_out() -> None:
    assert POLICY.result_refusal(functools.partial(os.system)) == Refusal(
        "A target returned 'os.system', which is not allowed: it runs programs", NO_SETTING
    )


def test_a_partial_that_may_hide_what_it_calls_is_refused() -> None:
    class Hidden(functools.partial):  # type: ignore[type-arg]
        pass

    assert POLICY.result_refusal(Hidden(len)) == Refusal(
        "A target returned an object of type 'Hidden', a subclass of functools.partial",
        "return a plain functools.partial, or write _partial_: true",
    )


def test_under_an_allow_list_a_callable_that_comes_out_must_be_listed() -> None:
    listed = Policy(allow=("json.JSONDecoder", "logging.*"))
    assert listed.result_refusal(json.JSONDecoder) is None  # defined elsewhere, and the very object
    assert listed.result_refusal(logging.getLogger) is None
    assert listed.result_refusal(json.loads) == Refusal(
        "A target returned 'json.loads', which is not in the allow-list",
        to_be_listed("json.loads"),
    )
    assert listed.result_refusal(Model()) is None


# Names


@pytest.mark.parametrize(
    ("obj", "name"),
    [
        (os.system, "os.system"),
        (open, "io.open"),
        (json, "json"),
        (Model, f"{__name__}.Model"),
        (Model(), f"{__name__}.Model"),
        (functools.partial(functools.partial(os.system)), "os.system"),
        (os.system.__call__.__call__, "os.system"),
        ("".join, "builtins.str.join"),
        (str.join, "builtins.str.join"),
        (dict.fromkeys, "builtins.dict.fromkeys"),
        (map.__new__, "builtins.map"),
        (type.__new__, "builtins.type.__new__"),
        ({}.__setitem__, "builtins.dict.__setitem__"),
        (contextvars.copy_context().run, "contextvars.Context.run"),
        (builtins.eval, "builtins.eval"),
    ],
)
def test_an_object_has_one_name(obj: object, name: str) -> None:
    assert identity(obj) == name


def test_an_object_that_answers_oddly_goes_by_its_class() -> None:
    class Odd:
        __name__ = ["unhashable"]

        def __getattr__(self, name: str) -> object:
            raise RuntimeError(name)

        def __call__(self) -> None: ...

    assert identity(Odd()) == f"{__name__}.{Odd.__qualname__}"
    assert not needs_argument_check(Odd())


def test_the_aliases_of_a_name_are_replaced_in_front_only() -> None:
    assert canonical_name("posix.system") == "os.system"
    assert canonical_name("pkg.posix.system") == "pkg.posix.system"


def test_a_partial_that_calls_itself_is_unwrapped_once() -> None:
    partial: functools.partial[Any] = functools.partial(len)
    partial.__setstate__((partial, (1,), {}, {}))
    assert invoked(partial, (), {})[0] is partial


@pytest.mark.parametrize(
    "path",
    ["safe_instantiate.building.compiled.CompiledPlan", "safe_instantiate.plans.Plan", "safe_instantiate.public"],
)
def test_no_config_reaches_what_writes_programs_and_holds_plans(path: str) -> None:
    assert refusal(path) is not None


def test_what_hydra_refuses_is_refused_as_a_result_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "hydra_refusal", lambda path, obj: "not allowed by Hydra" if "json" in path else None)
    for result in (json.loads, functools.partial(json.loads)):
        refusal = POLICY.result_refusal(result)
        assert refusal is not None and refusal.message == "not allowed by Hydra"
    assert POLICY.result_refusal(os.path.join) is None


def test_a_partial_that_may_still_ask_for_a_type_is_no_class_statement() -> None:
    assert POLICY.result_refusal(functools.partial(type)) is None
    assert POLICY.argument_refusal(type, (), {}, partial=True) is None
    assert POLICY.argument_refusal(type, (), {}) is not None


def test_an_entry_that_leads_nowhere_opens_no_result() -> None:
    assert Policy(allow=("no_such_package.name", "fractions.Fraction")).result_refusal(json.loads) is not None
