"""A plan as the Python program that a person would have written in its place."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import groupby
from pathlib import PurePath
from typing import Any, Final

from omegaconf import DictConfig, ListConfig

from safe_instantiate.config.keys import ConvertName
from safe_instantiate.config.reader import CONTAINERS, allows_objects, contents, structured_type
from safe_instantiate.explaining.expressions import Bracketed, Expression, written
from safe_instantiate.explaining.names import (
    Imports,
    between_double_quotes,
    identifier,
    is_argument_name,
    snake_case,
    variable_names,
)
from safe_instantiate.explaining.outline import waits_for_the_group
from safe_instantiate.planning.built import init_fields, is_structured
from safe_instantiate.planning.nodes import (
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
    PlanNode,
    RawConfig,
    Sequence,
    Shared,
    StructuredObject,
)

_FLAGS: Final = ("flags=", '{"allow_objects": True}')
_CONFIGS: Final = (ConfigDict, ConfigList, ConfigTuple)
#: The values that OmegaConf takes for values.
_PRIMITIVES: Final = (str, bytes, bool, int, float, Enum, PurePath, type(None))
_Path = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A program's text, and the objects that its `build` asks for because no text can contain them, by name."""

    text: str
    given: dict[str, Any]


def program_of(root: Any, full_key: str, arguments: Iterable[str | int] = ()) -> Program:
    """The program of a plan that has no problems.

    Args:
        root: the plan's root.
        full_key: the root's, after which the program's result is named.
        arguments: what the plan leaves to its builds, by name or number; `build` of the program asks for it too.
    """
    name = re.split(r"[.\[]", full_key)[-1].rstrip("]") or _name_of_root(root)
    left = {argument: _parameter_name(argument) for argument in arguments}
    writer = _Writer(variable_names([(name,), *_paths(root, (name,), set())], left.values()), left)
    result = writer.expression(root, (name,))
    return Program(writer.program(result, full_key), writer.given())


def _name_of_root(root: Any) -> str:
    call = root.node if isinstance(root, Shared) else root
    return snake_case(call.target.path.rsplit(".", 1)[-1]) if isinstance(call, Call) else "config"


def _parameter_name(argument: str | int) -> str:
    if isinstance(argument, int):
        return f"argument_{argument}"
    return f"{argument}_" if keyword.iskeyword(argument) else argument


def _paths(node: Any, path: _Path, seen: set[int]) -> Iterator[_Path]:
    """The path of everything in a plan that gets a variable."""
    match node:
        case Shared():
            if id(node) not in seen:
                seen.add(id(node))
                yield from _paths(node.node, path, seen)
        case Held():
            yield from _paths(node.node, path, seen)
        case Call():
            yield path
            for key, child in (*node.built, *((max(index, 0), child) for index, child in node.built_args)):
                yield from _paths(child, (*path, key), seen)
        case Mapping() | Sequence():
            for key, child in node.built:
                yield from _paths(child, (*path, key), seen)


@dataclass(slots=True)
class _Given:
    """A value that no program can contain: the caller of `build` has it."""

    name: str
    value: Any


@dataclass(slots=True)
class _Writer:
    _names: dict[_Path, str]
    #: What is left to each build, and the name of its parameter.
    _left: dict[str | int, str]
    _imports: Imports = field(init=False)
    _body: list[str] = field(default_factory=list)
    _indent: str = "    "
    _shared: dict[int, str] = field(default_factory=dict)
    _given: dict[int, _Given] = field(default_factory=dict)
    _asks_the_group: bool = False

    def __post_init__(self) -> None:
        self._imports = Imports([*self._names.values(), *self._left.values()])

    def given(self) -> dict[str, Any]:
        """What the caller of `build` has to give."""
        return {each.name: each.value for each in self._given.values()}

    def program(self, result: Expression, full_key: str) -> str:
        """The whole text, with `result` as what `build` returns."""
        what = f"`{full_key}` of the config" if full_key else "the config"
        body = [*self._body, written("return ", result, "    ")]
        if self._asks_the_group:
            ensure = self._imports.name("safe_instantiate", "ensure_process_group")
            body.insert(0, f"    {ensure}()  # a sampler below learns its rank and world size from the group")
        imports = self._imports.lines()
        about = f'"""What {between_double_quotes(what)} means, as Python."""'
        head = [about, *(["", *imports] if imports else []), "", ""]
        parameters = [f"{name}: what this build is given." for name in self._left.values()]
        parameters += [
            f"{each.name}: a {_class_name(each.value)} that was built before." for each in self._given.values()
        ]
        if parameters:
            docstring = ['    """Build it.', "", "    Args:", *(f"        {each}" for each in parameters)]
            names = [*self._left.values(), *self.given()]
            signature = Bracketed("build(", tuple(("", name) for name in names), ")")
            return "\n".join([*head, written("def ", signature, "", ":"), *docstring, '    """', *body, ""])
        start = ["", "", 'if __name__ == "__main__":', "    build()"]
        return "\n".join([*head, "def build():", *body, *start, ""])

    def expression(self, node: Any, path: _Path, *, in_config: bool = False) -> Expression:
        """The expression for anything in a plan; statements that it needs are written before."""
        match node:
            case Call():
                return self._call(node, path)
            case Shared():
                if id(node) not in self._shared:
                    made = self.expression(node.node, path)
                    self._shared[id(node)] = made if isinstance(made, str) else self._assigned(path, made)
                return self._shared[id(node)]
            case Held():
                return self._held(node, path)
            case StructuredObject():
                name = self._importable(node.object_type) or self._parameter(node.object_type, path)
                items = tuple((f"{key}=", item) for key, item in self._entries(node, path, in_config=False))
                return Bracketed(f"{name}(", items, ")")
            case ConfigDict() if self._is_plain_structured(node):
                items = tuple((f"{key}=", item) for key, item in self._entries(node, path, in_config=True))
                instance = Bracketed(f"{self._importable(node.object_type)}(", items, ")")
                return instance if in_config else self._config(instance, with_objects=True, structured=True)
            case Mapping():
                in_this = in_config or isinstance(node, _CONFIGS)
                entries = self._entries(node, path, in_config=in_this)
                whole = Bracketed("{", tuple((f"{self._key(key)}: ", item) for key, item in entries), "}")
                return self._container(node, whole, in_config=in_config)
            case Sequence():
                in_this = in_config or isinstance(node, _CONFIGS)
                nodes = dict(node.built)
                items = tuple(
                    ("", self._item(nodes, index, value, path, in_config=in_this))
                    for index, value in enumerate(node.values)
                )
                brackets = "()" if type(node).__name__.endswith("Tuple") else "[]"
                return self._container(node, Bracketed(brackets[0], items, brackets[1]), in_config=in_config)
            case RawConfig():
                return self._raw(node, path)
            case FreshContainer():
                return self._value(node.value, path)
            case Completion():
                arguments = [("", self.expression(value, (*path, index))) for index, value in enumerate(node.args)]
                named = [(key, self.expression(value, (*path, key))) for key, value in node.kwargs.items()]
                arguments += self._keywords(named)
                return Bracketed(f"{self._parameter(node.partial, ('partial',))}(", tuple(arguments), ")")
            case Argument():
                return self._left[node.name]
        return self._value(node, path)

    def _call(self, node: Call, path: _Path) -> str:
        self._asks_the_group |= waits_for_the_group(node)
        # In the order in which the builder makes them, so that what they draw from a generator is the same.
        built = {key: self._argument(child, node, (*path, key)) for key, child in node.built}
        at = {index: self.expression(child, (*path, max(index, 0))) for index, child in node.built_args}
        arguments: list[tuple[str, Expression]] = [
            ("", at[index] if index in at else self._value(value, (*path, index)))
            for index, value in enumerate(node.args)
        ]
        if WHOLE in at and not node.args:
            arguments.append(("*", at[WHOLE]))
        arguments += self._keywords(
            [
                (key, built[key] if key in built else self._value(value, (*path, key)))
                for key, value in node.kwargs.items()
            ]
        )
        target = node.target
        callee = self._imports.path(target.path, target.obj) or self._parameter(target.obj, path)
        if node.partial:
            call = Bracketed(f"{self._imports.name('functools', 'partial')}(", (("", callee), *arguments), ")")
        else:
            call = Bracketed(f"{callee}(", tuple(arguments), ")")
        return self._assigned(path, call)

    def _keywords(self, items: Iterable[tuple[str, Expression]]) -> Iterator[tuple[str, Expression]]:
        """The keyword arguments of a call, in their order; those whose keys are no names of Python's in dicts."""
        for is_name, group in groupby(items, key=lambda item: is_argument_name(item[0])):
            if is_name:
                yield from ((f"{key}=", item) for key, item in group)
            else:
                yield "**", Bracketed("{", tuple((f"{self._key(key)}: ", item) for key, item in group), "}")

    def _argument(self, child: PlanNode, parent: Call, path: _Path) -> Expression:
        # A target that wants plain containers gets them, also from a group that says it makes configs.
        wants_plain = parent.convert != "none" and isinstance(child, _CONFIGS)
        stays = isinstance(child, ConfigDict) and parent.convert == "partial" and self._is_plain_structured(child)
        return self.expression(child, path, in_config=wants_plain and not stays)

    def _held(self, node: Held, path: _Path) -> str:
        name = f"make_{self._name(path)}"
        outer, self._body = self._body, []
        self._indent += "    "
        result = self.expression(node.node, path)
        inner = [*self._body, written("return ", result, self._indent)]
        self._indent = self._indent[4:]
        self._body = [*outer, "", f"{self._indent}def {name}():", *inner, ""]
        return name

    def _entries(self, node: Mapping, path: _Path, *, in_config: bool) -> list[tuple[Any, Expression]]:
        nodes = dict(node.built)
        return [(key, self._item(nodes, key, value, path, in_config=in_config)) for key, value in node.entries.items()]

    def _item(self, nodes: dict[Any, PlanNode], key: Any, value: Any, path: _Path, *, in_config: bool) -> Expression:
        child = nodes.get(key, value)
        item = self.expression(child, (*path, key), in_config=in_config)
        return self._kept(item) if in_config and _omegaconf_would_convert(child) else item

    def _is_plain_structured(self, node: ConfigDict) -> bool:
        """Whether a group of a Structured Config's class can be written as an instance of it."""
        cls = node.object_type
        if cls is dict or self._importable(cls) is None or any(_makes_objects(child) for _, child in node.built):
            return False
        return {each.name for each in init_fields(cls)} == set(node.entries)

    def _container(self, node: PlanNode, container: Bracketed, *, in_config: bool) -> Expression:
        if in_config or not isinstance(node, _CONFIGS):
            return container
        return self._config(container, with_objects=True)

    def _config(self, container: Expression, *, with_objects: bool = False, structured: bool = False) -> Expression:
        maker = f"{self._imports.name('omegaconf', 'OmegaConf')}.{'structured' if structured else 'create'}("
        return Bracketed(maker, (("", container), *([_FLAGS] if with_objects else [])), ")")

    def _raw(self, node: RawConfig, path: _Path) -> Expression:
        template = node.template
        if node.convert != "none":
            return self._written_config(template, path, node.convert)
        inner = self._written_config(template, path, "none")
        with_objects = allows_objects(template) or _holds_objects(template)
        return self._config(inner, with_objects=with_objects, structured=self._field_names(template) != ())

    def _written_config(self, config: Any, path: _Path, convert: ConvertName) -> Expression:
        """A config as plain containers and dataclass instances, for a mode or (mode "none") for OmegaConf to read."""
        items = [(key, self._written_item(item, (*path, key), convert)) for key, item in contents(config)]
        if not isinstance(config, DictConfig):
            brackets = "[]" if isinstance(config, ListConfig) else "()"
            return Bracketed(brackets[0], tuple(("", item) for _, item in items), brackets[1])
        fields = () if convert == "all" else self._field_names(config)
        if fields:
            cls = structured_type(config)
            instance = Bracketed(f"{self._importable(cls)}(", tuple((f"{key}=", item) for key, item in items), ")")
            return self._config(instance, structured=True) if convert == "partial" else instance
        return Bracketed("{", tuple((f"{self._key(key)}: ", item) for key, item in items), "}")

    def _written_item(self, item: Any, path: _Path, convert: ConvertName) -> Expression:
        if item.__class__ in CONTAINERS:
            return self._written_config(item, path, convert)
        value = self._value(item, path)
        return self._kept(value) if convert == "none" and _omegaconf_would_convert(item) else value

    def _field_names(self, config: Any) -> tuple[str, ...]:
        """The fields of a Structured Config that can be written as an instance of its class; else none."""
        cls = structured_type(config) if isinstance(config, DictConfig) else None
        if cls is None or self._importable(cls) is None:
            return ()
        names = tuple(each.name for each in init_fields(cls))
        return names if set(names) == {key for key, _ in contents(config)} else ()

    def _importable(self, cls: type | None) -> str | None:
        return None if cls is None else self._imports.path(f"{cls.__module__}.{cls.__qualname__}", cls)

    def _kept(self, value: Expression) -> Expression:
        """Within a config: an object that OmegaConf would make a config of, were it not told."""
        return Bracketed(f"{self._imports.name('omegaconf', 'AnyNode')}(", (("", value), _FLAGS), ")")

    def _value(self, value: Any, path: _Path) -> Expression:
        literal = self._imports.literal(value)
        if literal is not None:
            return literal
        if type(value) is dict:
            items = tuple((f"{self._key(key)}: ", self._value(item, (*path, key))) for key, item in value.items())
            return Bracketed("{", items, "}")
        if type(value) in (list, tuple):
            brackets = "[]" if type(value) is list else "()"
            items = tuple(("", self._value(item, (*path, index))) for index, item in enumerate(value))
            return Bracketed(brackets[0], items, brackets[1])
        return self._parameter(value, path)

    def _key(self, key: Any) -> str:
        literal = self._imports.literal(key)
        return literal if isinstance(literal, str) else repr(key)

    def _parameter(self, value: Any, path: _Path) -> str:
        if id(value) not in self._given:
            self._given[id(value)] = _Given(self._imports.free_name(identifier(path[-1:])), value)
        return self._given[id(value)].name

    def _assigned(self, path: _Path, value: Expression) -> str:
        name = self._name(path)
        self._body.append(written(f"{name} = ", value, self._indent))
        return name

    def _name(self, path: _Path) -> str:
        if path not in self._names:
            self._names[path] = self._imports.free_name(identifier(path[-1:]))
        return self._names[path]


def _holds_objects(config: Any) -> bool:
    """Whether there is something in a config that OmegaConf takes only where it is told to."""
    items = [item for _, item in contents(config)]
    if any(item.__class__ not in CONTAINERS and not isinstance(item, _PRIMITIVES) for item in items):
        return True
    return any(item.__class__ in CONTAINERS and _holds_objects(item) for item in items)


def _makes_objects(node: PlanNode) -> bool:
    if isinstance(node, (Mapping, Sequence)):
        return any(_makes_objects(child) for _, child in node.built)
    return not isinstance(node, (RawConfig, FreshContainer))


def _omegaconf_would_convert(child: Any) -> bool:
    """Whether something in a plan comes out as an object that OmegaConf, left to itself, would make a config of."""
    child = child.node if isinstance(child, Shared) else child
    if isinstance(child, Call):
        cls = child.target.obj
        return not child.partial and isinstance(cls, type) and _is_like_a_config(cls)
    return not isinstance(child, PlanNode) and _is_like_a_config(child if isinstance(child, type) else type(child))


def _is_like_a_config(cls: type) -> bool:
    return is_structured(cls) or (issubclass(cls, (dict, list, tuple)) and cls not in (dict, list, tuple))


def _class_name(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"
