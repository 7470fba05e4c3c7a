"""Reading OmegaConf's nodes where they lie. This file and `maker.py` alone know how they are laid out inside.

OmegaConf's public access copies, validates and parses at every step (an interpolated value costs some 140 µs, of
which 62 are the parse of a string seen a thousand times before). Here the nodes are read where they lie, each
interpolation is resolved once per plan, and each distinct interpolation text is parsed once per process.
What is out of the ordinary (errors, typed fields, resolvers) goes through OmegaConf's own functions, so that its
answers and its exceptions stay its own.
"""

from __future__ import annotations

import copy
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final

import omegaconf
from omegaconf import AnyNode, DictConfig, ListConfig, OmegaConf, SCMode
from omegaconf.base import Container, Node, UnionNode
from omegaconf.errors import InterpolationResolutionError, InterpolationToMissingValueError
from omegaconf.grammar_parser import parse
from omegaconf.grammar_visitor import GrammarVisitor

from safe_instantiate.config.keys import ARGS, CONTROL_KEYS, MODE_KEYS, TARGET
from safe_instantiate.config.standing import MISSING, Failed, Unknown

#: All but `_args_`, which is read in its turn, as what it holds is.
_SAY_WHAT_AND_HOW: Final = CONTROL_KEYS - {ARGS}
#: OmegaConf 2.4 keeps tuples, as nodes of a class of their own; for 2.3 a tuple is a list.
TupleConfig: Final = getattr(omegaconf, "TupleConfig", None)
SEQUENCES: Final = frozenset({ListConfig} if TupleConfig is None else {ListConfig, TupleConfig})
#: What a container holds that is neither null nor `???` nor an interpolation.
WHOLE: Final = frozenset({dict, list})
#: The container classes of a config; a value of another class is a value.
CONTAINERS: Final = SEQUENCES | {DictConfig}


class Reader:
    """Reads the nodes of one config without changing them; remembers what each interpolation in it came to.

    Hydra 1.3 resolves a config in place, in the order of its keys, before it builds anything. A node that was read
    is therefore settled: whoever refers to it later sees the same value, also when a resolver would now give another.
    Where configs are read lazily (Hydra 1.4) nothing is settled, and every look is a new one.
    """

    __slots__ = ("_elsewhere", "_kept", "_part", "_resolving", "_settled", "lazy", "named_controls")

    def __init__(self, part: Container | None = None, *, lazy: bool = False) -> None:
        self.lazy = lazy
        # Of a part of a config Hydra makes a copy, and absolute interpolations lead from there into the original.
        self._part = part
        self._elsewhere = None if part is None else Reader()
        #: The control keys that interpolations referred to, which a call may give in the config's stead.
        self.named_controls: frozenset[str] = frozenset()
        self._settled: dict[int, Any] = {}
        self._kept: list[Any] = []  # nodes made here, so that their ids stay theirs
        self._resolving: set[int] = set()

    def controls(self, config: DictConfig) -> dict[str, Any]:
        """The control keys of a mapping that say what it is and how it is built, with their values."""
        content = config.__dict__["_content"]
        return {key: self.value(content[key]) for key in content.keys() & _SAY_WHAT_AND_HOW}

    def entries(self, config: DictConfig) -> Iterator[tuple[Any, Any]]:
        """The other keys of a mapping with their values: a container node, `MISSING`, a `Failed`, or the value itself.

        Each is read when its turn comes: whoever walks a container before asking for the next value settles it first,
        which is Hydra's order and tells when resolvers count.
        """
        for key, node in config.__dict__["_content"].items():
            if key not in _SAY_WHAT_AND_HOW:
                # The value of most nodes in one look; measured, this loop is a third of planning a flat config.
                value = node.__dict__.get("_val", node)
                if value is node or (isinstance(value, str) and ("${" in value or value == "???")):
                    value = self.value(node)
                yield key, value

    def items(self, config: ListConfig) -> Iterator[Any]:
        """The values of a list, as `entries` gives them."""
        for node in config.__dict__["_content"]:
            if node.__class__ in CONTAINERS and node._content.__class__ in WHOLE:
                value = node
            elif (value := node.__dict__.get("_val", node)) is node or isinstance(value, str):
                value = self.value(node)
            yield value

    def value(self, node: Node) -> Any:
        """What a node stands for: a container node, `MISSING`, a `Failed`, or the value itself."""
        value = self.settled(node)
        if isinstance(value, str) and "${" in value and not self.lazy:
            # An escaped interpolation comes out as the text of one; Hydra then reads that text as one again.
            try:
                return self._resolved(node, value)
            except Exception as error:
                return Failed(error, late=True)
        return value

    def settled(self, node: Node) -> Any:
        """What a node came to when the config was resolved: as `value`, with escaped interpolations still in place."""
        return self._read(node, settle=not self.lazy)

    def _read(self, node: Node, *, settle: bool) -> Any:
        cls = node.__class__
        if cls in CONTAINERS:
            content = node.__dict__["_content"]
            if content.__class__ is dict or content.__class__ is list:
                return node
        elif isinstance(node, UnionNode):
            content = node.__dict__["_content"]
            if isinstance(content, Node):
                return self._read(content, settle=settle)
        elif isinstance(node, Container):
            return node
        else:
            content = node.__dict__["_val"]
        if not isinstance(content, str):
            return content
        if content == "???":
            return MISSING
        if "${" not in content:
            return content
        known = self._settled.get(id(node), MISSING)
        if known is MISSING:
            known = self._tried(node, content, settle=settle)
            if settle and known is not MISSING:
                self._settled[id(node)] = known
        return known

    def _tried(self, node: Node, text: str, *, settle: bool = True) -> Any:
        try:
            value = self._resolved(node, text)
            if settle and isinstance(node, (Container, UnionNode)):
                return self._typed(node, value)
        except InterpolationToMissingValueError as error:
            return Failed(error, late=False) if self.lazy else MISSING
        except Exception as error:
            return Failed(error, late=False)
        return MISSING if isinstance(value, str) and value == "???" else value

    def _typed(self, node: Node, value: Any) -> Any:
        """What a typed container or union makes of the value that it is given, when that is resolved."""
        if isinstance(value, str) and "${" in value:
            return value  # an escaped interpolation, which is judged when it is read
        if value.__class__ in CONTAINERS:
            # What is in it is resolved where it stands, and then put here.
            if (failed := next(failures_below(value, self.value), None)) is not None:
                raise failed[1].error
            resolved = OmegaConf.to_container(value, resolve=True, structured_config_mode=SCMode.DICT_CONFIG)
            value = OmegaConf.create(resolved, flags={"allow_objects": True})
        typed = like(node, node.__dict__["_parent"])
        typed._set_value(value)
        self._kept.append(typed)
        return self.settled(typed)

    def _resolved(self, node: Node, text: str) -> Any:
        """What an interpolation comes to: a value, or the container node that it leads to."""
        parent = node.__dict__["_parent"]
        if isinstance(parent, UnionNode):
            parent = parent.__dict__["_parent"]
        if parent is None:
            raise InterpolationResolutionError("Cannot resolve interpolation for a node without a parent")
        if id(node) in self._resolving:
            raise InterpolationResolutionError("Recursive interpolation detected")
        self._resolving.add(id(node))
        try:
            path = simple_path(text)
            value = MISSING if path is None else self._follow(parent, *path)
            if value is MISSING:
                value = self._evaluate(node, parent, text)
        finally:
            self._resolving.discard(id(node))
        if node.__class__ is AnyNode or (isinstance(node, (Container, UnionNode)) and not self.lazy):
            return value
        key = node.__dict__["_metadata"].key
        converted = parent._validate_and_convert_interpolation_result(
            parent=parent, value=node, key=key, resolved=value, throw_on_resolution_failure=True
        )
        # A typed container may have got the text of an escaped interpolation, and stands for what that leads to.
        escaped = converted.__dict__.get("_content")
        return self._resolved(converted, escaped) if escaped.__class__ is str else _content(converted)

    def _follow(self, parent: Container, levels: int, keys: tuple[str, ...]) -> Any:
        """Where a plain path (`${a.b}`, `${..c}`) leads; MISSING for whatever OmegaConf should judge."""
        reader = self
        at: Any = parent
        if levels:
            for _ in range(levels - 1):
                at = at._get_parent_container()
                if at is None:
                    return MISSING
        else:
            while (above := at.__dict__["_parent"]) is not None:
                at = above
            reader = self._elsewhere or self
        for key in keys:
            if at.__class__ not in CONTAINERS:
                return MISSING
            content = at.__dict__["_content"]
            if content.__class__ is dict:
                child = content.get(key)
            elif content.__class__ is list and key.isdigit() and int(key) < len(content):
                child = content[int(key)]
            else:
                return MISSING
            if child is None:
                return MISSING
            at = reader._peek(child)
        if isinstance(at, Failed):
            raise at.error
        if isinstance(at, Unknown):
            raise InterpolationResolutionError(
                f"'{'.'.join(keys)}' is given when the plan is built, so no interpolation can refer to it"
            )
        if isinstance(at, Container) and self._stands_in(parent, at, absolute=not levels):
            return MISSING
        return at

    def _stands_in(self, node: Container, container: Container, *, absolute: bool) -> bool:
        """Whether an interpolation leads to a container that it stands in, which OmegaConf refuses."""
        ancestors = [node, *reversed(ancestors_of(node))]
        if absolute and self._part is not None and any(each is self._part for each in ancestors):
            # Up to the part these are the copy's nodes, and the container is one of the original's.
            while ancestors.pop(0) is not self._part:
                pass
        return any(each is container for each in ancestors)

    def _peek(self, node: Node) -> Any:
        """The value of a node that another refers to, which doesn't settle it."""
        return self.value(node) if id(node) in self._settled else self._read(node, settle=False)

    def _evaluate(self, node: Node, parent: Container, text: str) -> Any:
        """OmegaConf's own evaluation of an interpolation, with this reader's view of the nodes that it names."""

        def select(inter_key: Any, memo: set[int] | None) -> Any:
            path = _path(getattr(inter_key, "raw", inter_key))
            if path is not None:
                self.named_controls |= _named_controls(path)
            value = MISSING if path is None else self._follow(parent, *path)
            if value is MISSING:
                return parent._resolve_node_interpolation(inter_key=inter_key, memo=memo)
            return value

        def call(name: str, args: tuple[Any, ...], args_str: tuple[str, ...]) -> Any:
            if any(f"{ARGS}." in each for each in args_str):
                self.named_controls |= {ARGS}
            key = node.__dict__["_metadata"].key
            return parent._evaluate_custom_resolver(
                key=key, node=node, inter_type=name, inter_args=args, inter_args_str=args_str
            )

        tree = parsed(text)
        visitor = GrammarVisitor(node_interpolation_callback=select, resolver_interpolation_callback=call, memo=set())
        try:
            return _content(visitor.visit(tree))
        except InterpolationResolutionError:
            raise
        except Exception as error:
            raise InterpolationResolutionError(
                f"{type(error).__name__} raised while resolving interpolation: {error}"
            ) from error


def _content(value: Any) -> Any:
    """The value in a value node; a container node as it is, unless it is null."""
    if isinstance(value, Container):
        return None if value._is_none() else value
    value = value.__dict__["_content"] if isinstance(value, UnionNode) else value
    return value._value() if isinstance(value, Node) else value


_SIMPLE: Final = re.compile(r"\$\{(\.*(?:\[\w+\]|[A-Za-z_]\w*|[0-9]+)(?:\.\w+|\[\w+\])*)\}", re.ASCII)
_PATH: Final = re.compile(r"(\.*)((?:\[\w+\]|\w+)(?:\.\w+|\[\w+\])*)", re.ASCII)


@lru_cache(maxsize=4096)
def simple_path(text: str) -> tuple[int, tuple[str, ...]] | None:
    """The number of leading dots and the keys of an interpolation that is one plain path; None for any other."""
    match = _SIMPLE.fullmatch(text)
    path = _path(match[1]) if match else None
    return None if path is not None and _named_controls(path) else path  # rare, so it leaves the short way


def _named_controls(path: tuple[int, tuple[str, ...]]) -> frozenset[str]:
    """The keys on a path that a call may give in the config's stead: a mode at its end, `_args_` anywhere."""
    return MODE_KEYS.intersection(path[1][-1:]).union({ARGS}.intersection(path[1]))


def _path(path: str) -> tuple[int, tuple[str, ...]] | None:
    match = _PATH.fullmatch(path)
    return (len(match[1]), tuple(re.findall(r"\w+", match[2], re.ASCII))) if match else None


@lru_cache(maxsize=4096)
def parsed(text: str) -> Any:
    """The parse tree of an interpolation. It is only ever read, so one serves every reader and thread."""
    return parse(text)


# ---- facts of a node -------------------------------------------------------------------------------------------


def is_whole(config: Container) -> bool:
    """Whether a config is part of no other."""
    return config.__dict__["_parent"] is None


def full_key_of(config: Container) -> str:
    """The dotted key of a config within the one that it is part of; empty for a whole config."""
    text = ""
    at: Any = config
    while at is not None and not is_whole(at):
        key = at.__dict__["_metadata"].key
        text = (f"[{key}]" if isinstance(key, int) else f".{key}") + text
        at = at.__dict__["_parent"]
    return text.removeprefix(".")


def ancestors_of(config: Container) -> list[Container]:
    """The containers that a config stands in, the outermost first."""
    found: list[Container] = []
    at: Any = config.__dict__["_parent"]
    while at is not None:
        found.append(at)
        at = at.__dict__["_parent"]
    return found[::-1]


def structured_type(config: DictConfig) -> type | None:
    """The dataclass or attrs class of a Structured Config; None for a plain mapping."""
    object_type = config.__dict__["_metadata"].object_type
    return None if object_type in (None, dict) else object_type


def allows_objects(config: Container) -> bool:
    """Whether a config says of itself that it may hold any object."""
    return bool(config.__dict__["_metadata"].flags.get("allow_objects"))


def contents(config: Container) -> Iterator[tuple[Any, Any]]:
    """What a config holds, unresolved: its keys or indices, each with a container node or a value as it is written."""
    content = config.__dict__["_content"]
    for key, node in content.items() if content.__class__ is dict else enumerate(content):
        while isinstance(node, Node) and (
            node.__class__ not in CONTAINERS or node.__dict__["_content"].__class__ not in (dict, list)
        ):
            node = node.__dict__["_val" if "_val" in node.__dict__ else "_content"]
        yield key, node


def declared_type(config: DictConfig) -> Any:
    """The class of a Structured Config, or that of the field that it stands in; None where neither is declared."""
    ref_type = config.__dict__["_metadata"].ref_type
    return structured_type(config) or (ref_type if declares_fields(ref_type) else None)


def declares_fields(cls: Any) -> bool:
    """Whether something is a dataclass or attrs class."""
    return isinstance(cls, type) and (hasattr(cls, "__dataclass_fields__") or hasattr(cls, "__attrs_attrs__"))


def failures_below(config: Container, read: Callable[[Node], Any]) -> Iterator[tuple[tuple[Any, ...], Failed]]:
    """The interpolations below a config that could not be resolved, each with its keys; `read` gives a node's value."""
    children = config.__dict__["_content"]
    for key, child in children.items() if children.__class__ is dict else enumerate(children):
        value = read(child)
        if value.__class__ is Failed:
            yield (key,), value
        elif value.__class__ in CONTAINERS:
            for path, failed in failures_below(value, read):
                yield (key, *path), failed


def has_target_below(config: Container, reader: Reader) -> bool:
    """Whether there is anything to build in a config: a `_target_`, its own or one in it."""
    content = config.__dict__["_content"]
    if content.__class__ is dict and TARGET in content:
        return True
    values = (reader.value(child) for child in (content.values() if content.__class__ is dict else content))
    return any(value.__class__ in CONTAINERS and has_target_below(value, reader) for value in values)


def like(node: Node, parent: Any, **content: Any) -> Any:
    """A new node of the class, types and flags of `node`, without going through OmegaConf's constructors."""
    new = node.__class__.__new__(node.__class__)
    state = new.__dict__
    state.update(node.__dict__)
    old = node.__dict__["_metadata"]
    metadata = old.__class__.__new__(old.__class__)
    metadata.__dict__.update(old.__dict__)
    metadata.flags = dict(old.flags) if old.flags else {}
    if "_content" in state:
        # What resolvers have cached belongs to one config; a value node is never the root that keeps it.
        metadata.resolver_cache = copy.deepcopy(old.resolver_cache) if old.resolver_cache else defaultdict(dict)
    state["_metadata"] = metadata
    state["_parent"] = parent
    state["_flags_cache"] = None
    state.update(content)
    return new
