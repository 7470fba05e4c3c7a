"""Compiling a plan: one Python function with its calls written out, in the order in which the builder makes them.

Every call is a statement of its own, so that the line of a traceback tells which node it was: what a failure or a
deferred sampler has to know costs nothing while all goes well. What is rare is left to the builder, one statement each.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from safe_instantiate.building.builder import (
    FRESH_CONFIGS,
    JUDGED,
    JUDGED_WITH_SUBCLASSES,
    KEPT_AS_ITEMS,
    Run,
    converted,
    is_judged,
    make,
    whole_args,
)
from safe_instantiate.building.writing import Names, bracketed, dict_display, keyword_argument
from safe_instantiate.config import converting, maker
from safe_instantiate.config.keys import ConvertName
from safe_instantiate.config.reader import CONTAINERS
from safe_instantiate.planning.nodes import (
    DROPPED,
    WHOLE,
    Argument,
    Call,
    Completion,
    ConfigDict,
    ConfigList,
    ConfigTuple,
    FreshContainer,
    Held,
    Mapping,
    Observed,
    Place,
    PlainDict,
    PlainList,
    PlainTuple,
    PlanNode,
    RawConfig,
    Sequence,
    Shared,
    StructuredObject,
    full_key,
    path_of,
)
from safe_instantiate.targets.guarded import guarded
from safe_instantiate.targets.policy import Policy, Refusal

_INDENT: Final = "    "
#: Python's own limit for nested brackets is 200.
_DEEPEST: Final = 40


class RefusedResult(Exception):  # noqa: N818  (never seen by a caller: it becomes the exception that the builder raises)
    """The policy forbids what a call returned."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of the program: the line it begins at, the call in it, and that call's arguments as written.

    `call` is None where the statement speaks for itself when it fails.
    """

    line: int
    call: Call | None
    arguments: str


@dataclass(frozen=True, slots=True)
class Program:
    """A generated function: its source, the objects that it names, and its statements in the order of their lines."""

    source: str
    values: dict[str, Any]
    statements: tuple[Statement, ...]
    run_name: str


def write(root: Any, given: tuple[str | int, ...], prefix: str, policy: Policy) -> Program:
    """The program of a plan.

    Args:
        root: the plan's root.
        given: the arguments that the plan leaves to its builds, by name or number.
        prefix: the full key of the root within the config that it came from.
        policy: judges what calls return.
    """
    return _Writer(given, prefix, policy).program(root)


class _Writer:
    def __init__(self, given: tuple[str | int, ...], prefix: str, policy: Policy) -> None:
        self._given = {name: name if isinstance(name, str) else f"given_{name}" for name in given}
        self._names = Names(("build", *self._given.values()))
        self._lines: list[str] = []
        self._n_lines = 1
        self._statements: list[Statement] = []
        self._shared: dict[int, str] = {}
        self._helpers: dict[str, str] = {}
        self._objects: dict[int, str] = {}
        self._prefix = prefix
        self._runs = functools.partial(Run, prefix, policy)
        self._judge = functools.partial(_judged, policy)
        self._run_name = ""
        self._place: Place = None
        self._depth = 0

    def program(self, root: Any) -> Program:
        result = self._expression(root) if isinstance(root, PlanNode) else self._names.literal(root, "value")
        positional = [text for name, text in self._given.items() if isinstance(name, int)]
        keywords = [text for name, text in self._given.items() if isinstance(name, str)]
        parameters = ", ".join([*positional, *(["/"] if positional else []), *(["*"] if keywords else []), *keywords])
        source = "\n".join([f"def build({parameters}):", *self._lines, f"{_INDENT}return {result}", ""])
        return Program(source, self._names.values, tuple(self._statements), self._run_name)

    # ---- statements ----------------------------------------------------------------------------------------------

    def _assigned(self, text: str, wanted: str, call: Call | None = None, arguments: str = "") -> str:
        """A statement that gives what is written a name."""
        name = self._names.new(wanted)
        self._append(f"{name} = {text}", call, arguments)
        return name

    def _append(self, text: str, call: Call | None, arguments: str) -> None:
        self._statements.append(Statement(self._n_lines + 1, call, arguments))
        self._lines.append(f"{_INDENT}{text}")
        self._n_lines += text.count("\n") + 1

    def _wanted(self, suffix: str = "") -> str:
        return "_".join([*map(str, path_of(self._place)), *([suffix] if suffix else [])]) or "result"

    def _helper(self, name: str, value: Any) -> str:
        if name not in self._helpers:
            self._helpers[name] = self._names.constant(value, name)
        return self._helpers[name]

    def _run(self) -> str:
        """The name of what the nodes that are left to the builder know of each other."""
        if not self._run_name:
            self._run_name = self._names.new("run")
            given = ", ".join(f"{name!r}: {text}" for name, text in self._given.items())
            arguments = f"given={{{given}}}" if given else ""
            line = f"{_INDENT}{self._run_name} = {self._helper('new_run', self._runs)}({arguments})"
            self._lines.insert(0, line)
            self._n_lines += 1
            self._statements = [Statement(each.line + 1, each.call, each.arguments) for each in self._statements]
        return self._run_name

    # ---- calls ---------------------------------------------------------------------------------------------------

    def _expression(self, node: PlanNode) -> str:
        """What stands for a node, once the statements that it needs are written."""
        return _WRITERS[node.__class__](self, node)

    def _call(self, node: Call) -> str:
        # The builder makes keyword arguments first.
        built = {key: self._argument(child, node, key) for key, child in node.built}
        built_args = {index: self._positional(child, node, index) for index, child in node.built_args}
        self._place = node.place
        args = [
            built_args[index] if index in built_args else self._names.literal(value, self._wanted(str(index)))
            for index, value in enumerate(node.args)
        ]
        if node.checked or WHOLE in built_args or not all(isinstance(key, str) for key in node.kwargs):
            return self._judged_call(node, built, args, built_args.get(WHOLE))
        kwargs = [
            keyword_argument(key, built[key] if key in built else self._names.literal(value, self._wanted(key)))
            for key, value in node.kwargs.items()
        ]
        arguments = [*args, *kwargs]
        function = self._target(node)
        given = bracketed("(", arguments, ")", _INDENT)
        if node.partial:
            text = bracketed(f"{self._helper('partial', functools.partial)}(", [function, *arguments], ")", _INDENT)
        else:
            text = bracketed(f"{function}(", arguments, ")", _INDENT)
            if not makes_instances(node.target.obj):
                text = f"{self._helper('judged', self._judge)}({text})"
        return self._assigned(text, self._wanted(), node, given)

    def _judged_call(self, node: Call, built: dict[str, str], args: list[str], whole: str | None) -> str:
        """A call whose arguments have to be looked at before it is made."""
        run, name = self._run(), self._names.constant(node, "call")
        if whole is not None:
            helper = self._helper("whole_args", whole_args)
            given = self._assigned(f"{helper}({name}, {whole}, {run})", self._wanted("args"))
        else:
            given = bracketed("(", args, ",)" if args else ")", _INDENT)
        kwargs = {
            self._names.literal(key, "key"): built[key] if key in built else self._names.literal(value, "value")
            for key, value in node.kwargs.items()
        }
        text = f"{self._helper('call', _call)}({name}, {given}, {dict_display(kwargs, _INDENT)}, {run})"
        return self._assigned(text, self._wanted())

    def _target(self, node: Call) -> str:
        return self._named(node.target.obj, node.target.path.rpartition(".")[2])

    def _named(self, obj: Any, wanted: str) -> str:
        """The name of a class or function, the same wherever it is used."""
        if id(obj) not in self._objects:
            self._objects[id(obj)] = self._names.constant(obj, wanted)
        return self._objects[id(obj)]

    def _argument(self, child: PlanNode, node: Call, key: Any) -> str:
        self._place = (node.place, key)
        text = self._expression(child)
        if node.convert != "none" and may_be_config(child):
            self._place = (node.place, key)
            helper = self._helper("as_plain", _converted)
            at = full_key(self._prefix, self._place)
            return self._assigned(f"{helper}({text}, {node.convert!r}, {at!r})", self._wanted("plain"))
        return text

    def _positional(self, child: PlanNode, node: Call, index: int) -> str:
        self._place = (node.place, "args" if index in (WHOLE, DROPPED) else index)
        text = self._expression(child)
        keeps = index in (WHOLE, DROPPED) or node.convert != "none" or child.__class__ in KEPT_AS_ITEMS
        if keeps or (isinstance(child, Call) and makes_instances(child.target.obj)):
            return text
        self._place = (node.place, index)
        return self._assigned(f"{self._helper('as_list_item', maker.as_list_item)}({text})", self._wanted("item"))

    # ---- containers ----------------------------------------------------------------------------------------------

    def _entries(self, node: Mapping, *, adopt: bool) -> str:
        place = self._place
        copied = None if node.built or adopt else self._names.copy_of(node.entries, self._wanted("entries"))
        if copied is not None:
            return copied
        built = {key: self._child(child, (place, key), adopt=adopt) for key, child in node.built}
        self._place = place
        written = {
            self._names.literal(key, self._wanted("key")): built[key]
            if key in built
            else self._names.literal(value, self._wanted(str(key)))
            for key, value in node.entries.items()
        }
        return dict_display(written, _INDENT)

    def _items(self, node: Sequence, *, adopt: bool) -> list[str]:
        place = self._place
        built = {index: self._child(child, (place, index), adopt=adopt) for index, child in node.built}
        self._place = place
        return [
            built[index] if index in built else self._names.literal(value, self._wanted(str(index)))
            for index, value in enumerate(node.values)
        ]

    def _child(self, child: PlanNode, place: Place, *, adopt: bool) -> str:
        self._place = place
        self._depth += 1
        text = self._expression(child)
        self._depth -= 1
        self._place = place
        if adopt and child.__class__ in FRESH_CONFIGS:
            return f"{self._helper('owned', maker.Owned)}({text})"
        if self._depth % _DEEPEST == _DEEPEST - 1:
            return self._assigned(text, self._wanted())
        return text

    def _plain_dict(self, node: PlainDict) -> str:
        return self._entries(node, adopt=False)

    def _plain_list(self, node: PlainList) -> str:
        copied = None if node.nodes else self._names.copy_of(node.values, self._wanted("values"))
        return copied or bracketed("[", self._items(node, adopt=False), "]", _INDENT)

    def _plain_tuple(self, node: PlainTuple) -> str:
        items = self._items(node, adopt=False)
        return bracketed("(", items, ",)" if items else ")", _INDENT)

    def _config_dict(self, node: Mapping) -> str:
        return self._config("config_dict", _config_dict, self._entries(node, adopt=True), node.object_type)

    def _structured_object(self, node: Mapping) -> str:
        return self._config("structured", _structured_object, self._entries(node, adopt=True), node.object_type)

    def _config(self, name: str, function: Callable[..., Any], entries: str, object_type: Any) -> str:
        cls = "" if object_type is dict else f", {self._constant_type(object_type)}"
        return self._assigned(f"{self._helper(name, function)}({entries}{cls})", self._wanted())

    def _constant_type(self, cls: Any) -> str:
        return "None" if cls is None else self._named(cls, cls.__name__)

    def _config_list(self, node: Sequence) -> str:
        wanted = self._wanted()
        name, function = (
            ("config_tuple", maker.tuple_of) if node.__class__ is ConfigTuple else ("config_list", maker.list_of)
        )
        copied = None if node.nodes else self._names.copy_of(node.values, self._wanted("values"))
        items = copied or bracketed("[", self._items(node, adopt=True), "]", _INDENT)
        return self._assigned(f"{self._helper(name, function)}({items})", wanted)

    # ---- the rest ------------------------------------------------------------------------------------------------

    def _left_to_the_builder(self, node: PlanNode) -> str:
        name = self._names.constant(node, self._wanted("node"))
        return self._assigned(f"{self._helper('make', make)}({name}, {self._run()})", self._wanted())

    def _shared_node(self, node: Shared) -> str:
        if id(node) not in self._shared:
            self._shared[id(node)] = self._expression(node.node)
        return self._shared[id(node)]

    def _argument_of_the_build(self, node: Argument) -> str:
        return self._given[node.name]


def makes_instances(target: Any) -> bool:
    """Whether calling a target surely gives an instance of it, about which the policy need not be asked again."""
    return (
        isinstance(target, type)
        and type(target).__call__ is type.__call__
        and target.__new__ is object.__new__  # type: ignore[comparison-overlap]
        and target not in JUDGED
        and not issubclass(target, JUDGED_WITH_SUBCLASSES)
        and target not in CONTAINERS
    )


def may_be_config(node: PlanNode) -> bool:
    """Whether a node may come out as a config, which a target that wants plain containers gets converted."""
    call = node.node if isinstance(node, Shared) else node
    if isinstance(call, Call):
        return not call.partial and not makes_instances(call.target.obj)
    return not isinstance(call, (PlainDict, PlainList, PlainTuple, RawConfig, FreshContainer))


def _judged(policy: Policy, result: Any) -> Any:
    if is_judged(result):
        refusal = policy.result_refusal(result)
        if refusal is not None:
            raise RefusedResult(refusal)
        return guarded(result, policy)
    return result


def _call(node: Call, args: tuple[Any, ...], kwargs: dict[Any, Any], run: Run) -> Any:
    """The builder's call of a node, with arguments that are made already."""
    made = Call(
        node.target,
        args,
        kwargs,
        (),
        (),
        partial=node.partial,
        checked=node.checked,
        convert=node.convert,
        recursive=node.recursive,
        place=node.place,
    )
    return make(made, run)


def _converted(value: Any, convert: ConvertName, key: str) -> Any:
    return converted(value, convert, lambda: key) if value.__class__ in CONTAINERS else value


def _config_dict(entries: dict[Any, Any], object_type: Any = dict) -> Any:
    return maker.dict_of(entries.items(), object_type)


def _structured_object(entries: dict[Any, Any], object_type: Any = dict) -> Any:
    return converting.object_of(maker.dict_of(entries.items(), object_type))


_WRITERS: Final[dict[type, Callable[[_Writer, Any], str]]] = {
    Call: _Writer._call,
    PlainDict: _Writer._plain_dict,
    ConfigDict: _Writer._config_dict,
    StructuredObject: _Writer._structured_object,
    PlainList: _Writer._plain_list,
    ConfigList: _Writer._config_list,
    PlainTuple: _Writer._plain_tuple,
    ConfigTuple: _Writer._config_list,
    RawConfig: _Writer._left_to_the_builder,
    Shared: _Writer._shared_node,
    Held: _Writer._left_to_the_builder,
    Observed: _Writer._left_to_the_builder,
    FreshContainer: _Writer._left_to_the_builder,
    Argument: _Writer._argument_of_the_build,
    Completion: _Writer._left_to_the_builder,
}
