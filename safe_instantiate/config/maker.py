"""Making OmegaConf's nodes. This file and `reader.py` alone know how they are laid out inside.

OmegaConf's constructors validate and convert every value, at 30 to 50 µs a node. What is made here is made of values
that were validated when the caller's config was made, or that no validation applies to, so the nodes are put
together directly, from templates that OmegaConf itself made. Whatever needs OmegaConf's conversion goes through it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Final

from omegaconf import AnyNode, DictConfig, ListConfig, OmegaConf
from omegaconf.base import Container, Metadata, Node
from omegaconf.errors import GrammarParseError, KeyValidationError

from safe_instantiate.config.copies import copied
from safe_instantiate.config.keys import CONTROL_KEYS, CONVERT, RECURSIVE, TARGET, target_text
from safe_instantiate.config.reader import CONTAINERS, TupleConfig, declared_type, declares_fields, like, parsed
from safe_instantiate.config.standing import MISSING, Failed

_KEY_TYPES: Final = (str, int, float, bool, bytes, Enum)
#: What OmegaConf takes as a value of a config.
VALUE_TYPES: Final = (*_KEY_TYPES, type(None), Path, Node)


_new: Final = object.__new__
#: What resolvers have cached is kept by the root of a config, which a value node never is.
_NO_CACHE: Final = AnyNode(None)._metadata.resolver_cache
_TEMPLATES: Final = (
    OmegaConf.create({}, flags={"allow_objects": True}),
    OmegaConf.create([], flags={"allow_objects": True}),
    DictConfig({}),
    ListConfig([]),
)
_OBJECT_DICT, _OBJECT_LIST, _DICT, _LIST = _TEMPLATES
# Where there are no tuples in a config, a tuple becomes a list.
_TUPLE = _LIST if TupleConfig is None else TupleConfig(())
_OBJECT_TUPLE = _OBJECT_LIST if TupleConfig is None else TupleConfig((), flags={"allow_objects": True})


def value_node(value: Any, parent: Any, key: Any) -> Any:
    """A node that holds a value as it is."""
    # As `like` makes it; written out, since most nodes of a result are made here. Attributes that are set one by one
    # need no dict of their own: less than half the time, and half the memory.
    metadata = _new(Metadata)
    metadata.ref_type = Any
    metadata.object_type = None
    metadata.optional = True
    metadata.key = key
    metadata.flags = {}
    metadata.flags_root = False
    metadata.resolver_cache = _NO_CACHE
    node: Any = _new(AnyNode)
    node._metadata = metadata
    node._parent = parent
    node._flags_cache = None
    node._val = value
    return node


def is_typed(config: DictConfig, key: Any) -> bool:
    """Whether a mapping holds a container of a declared type under a key: a Structured Config, a typed dict or list."""
    node = config.__dict__["_content"].get(key) if config.__dict__["_content"].__class__ is dict else None
    if not isinstance(node, Container):
        return False
    metadata = node.__dict__["_metadata"]
    return metadata.ref_type is not Any or metadata.object_type not in (None, dict, list, tuple)


def has_declared_type(config: DictConfig, key: Any) -> bool:
    """Whether a mapping has something of a declared type under a key, be it a container or not; or is null itself."""
    content = config.__dict__["_content"]
    if content.__class__ is not dict:
        return True
    if key not in content:
        return False
    metadata = content[key].__dict__["_metadata"]
    return metadata.ref_type is not Any or metadata.object_type not in (None, dict, list, tuple)


def from_plain(value: Any, is_config: Callable[[Any], bool], parent: Any = None, key: Any = None) -> Any:
    """The nodes for a plain container, made without OmegaConf's validation of each value.

    Args:
        value: a dict, list or tuple; below, anything.
        is_config: says of an object below whether it is a config; any other stays the object that it is.
        parent: the container that the node belongs to; None for the top, which accepts live objects for all below.
        key: the node's key there.
    """
    if value.__class__ is dict or (isinstance(value, dict) and is_config(value)):
        new = like(_OBJECT_DICT if parent is None else _DICT, parent)
        new.__dict__["_metadata"].key = key
        content: Any = {}
        for name, child in value.items():
            if not isinstance(name, _KEY_TYPES):
                place = new._get_full_key(None)
                raise KeyValidationError(
                    f"Incompatible key type '{type(name).__name__}'" + (f"\nfull_key: {place}" if place else "")
                )
            is_path = name == TARGET and is_config is not _in_result and is_config.__class__ is not _InTuple
            content[name] = from_plain(target_text(child) if is_path else child, is_config, new, name)
    elif value.__class__ is list or value.__class__ is tuple or (isinstance(value, list) and is_config(value)):
        is_tuple = value.__class__ is tuple
        templates = (_OBJECT_TUPLE, _TUPLE) if is_tuple else (_OBJECT_LIST, _LIST)
        new = like(templates[parent is not None], parent)
        new.__dict__["_metadata"].key = key
        if is_tuple and TupleConfig is None:
            is_config = _InTuple(is_config)
        elif is_tuple and TupleConfig is not None and "???" in [item for item in value if item.__class__ is str]:
            TupleConfig(("???",), key=key, parent=parent)  # which OmegaConf refuses
        content = [from_plain(child, is_config, new, index) for index, child in enumerate(value)]
    elif isinstance(value, Node):
        new = copied(value, parent)
        new.__dict__["_metadata"].key = key
        return new
    elif value.__class__ is AtHome:
        new = copied(value.config, value.config.__dict__["_parent"])
        new.__dict__["_metadata"].key = key
        return new
    elif is_config(value):
        return DictConfig(value, key=key, parent=parent, flags={"allow_objects": True})
    else:
        if value.__class__ is str and "${" in value:
            _refuse_malformed(value, parent, key)
        return value_node(value, parent, key)
    new.__dict__["_content"] = content
    return new


def _refuse_malformed(text: str, parent: Any, key: Any) -> None:
    """Refuse a malformed interpolation, as OmegaConf does when one is written, and not when it is read."""
    try:
        parsed(text)
    except GrammarParseError as error:
        place = parent._get_full_key(key)
        raise GrammarParseError(f"{error}\nfull_key: {place}") from None


class _InTuple:
    """Says what is a config in a tuple, where Hydra 1.3 finds no dicts and lists of another class, and no targets."""

    __slots__ = ("_is_config",)

    def __init__(self, is_config: Callable[[Any], bool]) -> None:
        self._is_config = is_config

    def __call__(self, obj: Any) -> bool:
        return not isinstance(obj, (dict, list)) and self._is_config(obj)


def kept_object(value: Any) -> AnyNode:
    """A node that holds `value` as it is, also where OmegaConf would make a config of it."""
    return AnyNode(value, flags={"allow_objects": True})


class Owned:
    """Marks a config that was just made for its one place, so that it is adopted there and not copied."""

    __slots__ = ("config",)

    def __init__(self, config: Any) -> None:
        self.config = config


class AtHome:
    """Marks a config whose interpolations lead to what they lead to where it comes from, wherever it is put."""

    __slots__ = ("config",)

    def __init__(self, config: Container) -> None:
        self.config = config


def merged_node(base: DictConfig, mapping: Any, parent: Container, key: Any) -> DictConfig:
    """The node that comes of merging a mapping into a config, which is only read."""
    new: DictConfig = copied(base, parent)
    metadata = new.__dict__["_metadata"]
    metadata.key = key
    flags = dict(metadata.flags)
    metadata.flags.update(readonly=False)
    # Hydra merges a stand-in for each value first, which no declared type refuses.
    new.merge_with(_stand_ins(mapping))
    new.merge_with(with_target_texts(mapping) if declared_type(base) is not None else objects_kept(mapping, _never))
    metadata.flags = flags
    restore_objects(new, mapping, _never)
    return new


def describe_merged(config: DictConfig, arguments: Mapping[str, Any]) -> None:
    """Put the config that it describes in the place of each dataclass instance that a mapping will be merged into."""
    content = config.__dict__["_content"]
    for key, value in arguments.items():
        node = content.get(key)
        given = value.__dict__["_content"] if value.__class__ is DictConfig else value
        if given.__class__ is not dict or node is None:
            continue
        held = node.__dict__.get("_val")
        if node.__class__ is DictConfig and node.__dict__["_content"].__class__ is dict:
            describe_merged(node, given)
        elif declares_fields(held.__class__):
            content[key] = from_plain(held, lambda _: True, config, key)


def with_target_texts(value: Any) -> Any:
    """A plain container with each callable that is a target written as its path, for a field with a type."""
    if isinstance(value, dict):
        return {key: target_text(child) if key == TARGET else with_target_texts(child) for key, child in value.items()}
    return [with_target_texts(child) for child in value] if isinstance(value, list) else value


def restore_objects(node: Any, given: Any, is_config: Callable[[Any], bool]) -> None:
    """Put dataclass instances and classes that were merged into a config, and are none, back as what they are."""
    content = node.__dict__["_content"]
    of_mapping = given.items() if given.__class__ is dict and content.__class__ is dict else ()
    for key, value in enumerate(given) if isinstance(given, (list, tuple)) else of_mapping:
        if declares_fields(value if isinstance(value, type) else type(value)) and not is_config(value):
            content[key] = value_node(value, node, key)
        elif value.__class__ in (dict, list, tuple) and isinstance(content[key], Container):
            restore_objects(content[key], value, is_config)


def _stand_ins(value: Any) -> Any:
    content = value.__dict__["_content"] if isinstance(value, DictConfig) else value
    if content.__class__ is dict:
        return {key: _stand_ins(child) for key, child in content.items()}
    if value.__class__ is tuple or value.__class__ is TupleConfig:
        return ()
    return [] if isinstance(value, (list, tuple, ListConfig)) else AnyNode("${_}")


def objects_kept(value: Any, is_config: Callable[[Any], bool]) -> Any:
    """A plain container with every object in it held as it is; a dict, list or tuple is none, nor what `is_config`."""
    cls = value.__class__
    if cls is dict:
        path = TARGET if is_config.__class__ is not _InTuple else None
        return {
            key: target_text(child) if key == path else objects_kept(child, is_config) for key, child in value.items()
        }
    if cls is list or cls is tuple:
        if cls is tuple and TupleConfig is None:
            is_config = _InTuple(is_config)
        return cls(objects_kept(child, is_config) for child in value)
    if isinstance(value, VALUE_TYPES) or (not isinstance(value, (dict, list)) and is_config(value)):
        return value
    return kept_object(value)


def dict_of(entries: Iterable[tuple[Any, Any]], object_type: Any = dict) -> DictConfig:
    """The mapping that Hydra returns in mode "none": a DictConfig that holds objects as they are."""
    new: DictConfig = like(_OBJECT_DICT, None)
    new.__dict__["_content"] = {key: _adopted(value, new, key) for key, value in entries}
    new.__dict__["_metadata"].object_type = object_type
    return new


def list_of(values: Iterable[Any]) -> ListConfig:
    """The list that Hydra returns in mode "none"."""
    new: ListConfig = like(_OBJECT_LIST, None)
    new.__dict__["_content"] = [_adopted(value, new, index) for index, value in enumerate(values)]
    return new


def tuple_of(values: Iterable[Any]) -> Any:
    """The tuple that Hydra returns in mode "none", where OmegaConf has tuples."""
    new = like(_OBJECT_TUPLE, None)
    new.__dict__["_content"] = [_adopted(value, new, index) for index, value in enumerate(values)]
    return new


def _adopted(value: Any, parent: Container, key: Any) -> Any:
    """The node for a value among the results: plain containers become configs, as in Hydra, and objects stay."""
    cls = value.__class__
    if cls is Owned:
        node = value.config
        node.__dict__["_parent"] = parent
        node.__dict__["_metadata"].key = key
        return node
    if cls is dict or cls is list or cls is tuple or cls is str or isinstance(value, Node):
        return from_plain(value, _in_result, parent, key)
    return value_node(value, parent, key)


def _never(_: Any) -> bool:
    return False


def _in_result(_: Any) -> bool:
    """Says that nothing is a config in what a target returned, where no path is made of a callable either."""
    return False


def detached(config: Container, read: Callable[[Node], Any], context: Container | None = None) -> Any:
    """A config of its own for a target that builds it itself: resolved, without parent, not struct, not read-only.

    Groups come without their control keys. These are handed down to the target nodes that they governed, so that
    instantiating these later gives the same.

    Args:
        config: what is copied.
        read: gives the value that a node was resolved to, or the node itself where it is to stay as it is written. A
            node that could not be resolved does so too.
        context: a config where these lead to what they would have led to; its parent becomes the copy's too.
    """
    new = _as_root(_resolved_copy(config, read, None, {}))
    if context is not None:
        new.__dict__["_parent"] = context.__dict__["_parent"]
        new.__dict__["_metadata"].flags.update(struct=False, readonly=False)  # whatever holds there
    return new


def stripped(config: DictConfig, read: Callable[[Node], Any]) -> DictConfig:
    """The same for a mapping that is taken for a group, though it may have a target."""
    new: DictConfig = like(config, None)
    _opened(new)
    content = config.__dict__["_content"]
    new.__dict__["_content"] = _group_content(content, read, new, _governing(content, read, {}))
    _as_root(new)
    return new


def _as_root(config: Any) -> Any:
    config.__dict__["_metadata"].key = None
    return config


def _opened(node: Any) -> None:
    flags = node.__dict__["_metadata"].flags
    for name in ("struct", "readonly"):
        if flags.get(name):  # False was said by somebody, and stays
            del flags[name]


def _governing(content: Any, read: Callable[[Node], Any], above: dict[str, Any]) -> dict[str, Any]:
    """The control keys that hold below a group: its own, and where it has none those from above."""
    own = {key: read(content[key]) for key in (RECURSIVE, CONVERT) if key in content}
    return {**above, **{key: value for key, value in own.items() if value is not MISSING}}


def _group_content(content: Any, read: Callable[[Node], Any], parent: Any, governing: dict[str, Any]) -> Any:
    return {
        key: _resolved_child(child, read, parent, key, governing)
        for key, child in content.items()
        if key not in CONTROL_KEYS
    }


def _resolved_copy(node: Any, read: Callable[[Node], Any], parent: Any, governing: dict[str, Any]) -> Any:
    new = like(node, parent)
    _opened(new)
    content = node.__dict__["_content"]
    if content.__class__ is list:
        made: Any = [_resolved_child(child, read, new, index, governing) for index, child in enumerate(content)]
    elif TARGET in content:
        # What a target says of its arguments starts anew with it.
        made = {key: _resolved_child(child, read, new, key, {}) for key, child in content.items()}
        made.update({key: value_node(governing[key], new, key) for key in governing.keys() - content.keys()})
    else:
        made = _group_content(content, read, new, _governing(content, read, governing))
    new.__dict__["_content"] = made
    return new


def _resolved_child(child: Any, read: Callable[[Node], Any], parent: Any, key: Any, governing: dict[str, Any]) -> Any:
    value = read(child)
    if value.__class__ in CONTAINERS:
        new = _resolved_copy(value, read, parent, governing)
        new.__dict__["_metadata"].key = key
        return new
    if value is child or value.__class__ is Failed:
        return copied(child, parent)
    value = "???" if value is MISSING else value
    if "_val" in child.__dict__:
        return like(child, parent, _val=value)
    if isinstance(child.__dict__["_content"], Node):
        return copied(child, parent)  # a union, whose value is a node of the type that fits
    new = like(child, parent)
    plain = value is None or value == "???"
    new.__dict__["_content"] = value if plain else value_node(value, new, key)
    return new


def as_list_item(value: Any) -> Any:
    """What comes of a value that is put into a ListConfig: a config of a plain container, else the value itself."""
    if value.__class__ in (dict, list, tuple):
        config = from_plain(value, _in_result)
        config.__dict__["_metadata"].flags.pop("allow_objects")
        return config
    return value
