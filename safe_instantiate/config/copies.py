"""Copies of a config's nodes, as deep as the nodes go and no deeper: the values in them are shared.

Knows the layout of OmegaConf's nodes, as `reader.py` does.
"""

from __future__ import annotations

from typing import Any

from omegaconf import DictConfig
from omegaconf.base import Container, Node

from safe_instantiate import hydra_compat
from safe_instantiate.config.reader import like


def copied(node: Node, parent: Any = None) -> Any:
    """A copy of a config's nodes that shares their values (live objects are never copied) and nothing else."""
    new = like(node, parent)
    content = node.__dict__.get("_content")
    if content.__class__ is dict:
        new.__dict__["_content"] = {key: copied(child, new) for key, child in content.items()}
    elif content.__class__ is list:
        new.__dict__["_content"] = [copied(child, new) for child in content]
    elif isinstance(content, Node):
        new.__dict__["_content"] = copied(content, new)
    return new


def fresh(template: Container) -> Any:
    """A copy of what was made to be handed on: whoever gets it may change it."""
    return copied(template, template.__dict__["_parent"])


def working_copy(config: DictConfig) -> DictConfig:
    """A copy to merge call-site arguments into: it accepts them whatever flags the caller's config bears."""
    copy: DictConfig = copied(config, config.__dict__["_parent"])
    copy.__dict__["_metadata"].flags.update(allow_objects=True, struct=False, readonly=False)
    return copy


def open_to_arguments(config: DictConfig) -> DictConfig:
    """The mapping that a call's keyword arguments go into: in the place of a missing one an empty one.

    Hydra merges them into nothing at all so, and Hydra 1.4 into None.
    """
    content = config.__dict__["_content"]
    nothing = content == "???" if content.__class__ is str else content is None and hydra_compat.READS_LAZILY
    if not nothing or config.__dict__["_metadata"].ref_type not in (Any, dict):
        return config
    new: DictConfig = like(config, config.__dict__["_parent"])
    new._set_value({})
    return new


def copy_within_whole(config: DictConfig) -> DictConfig:
    """A working copy that stands in a copy of all that the config is part of, so that it is seen from there too."""
    path: list[Any] = []
    at: Any = config
    while (above := at.__dict__["_parent"]) is not None:
        path.append(at.__dict__["_metadata"].key)
        at = above
    copy: Any = copied(at)
    for key in reversed(path):
        content = copy.__dict__["_content"]
        if content.__class__ is list and not (isinstance(key, int) and key < len(content)):
            return working_copy(config)
        if content.__class__ is not list and (content.__class__ is not dict or key not in content):
            return working_copy(config)
        copy = content[key]
    # A config may have its parent for the sake of its interpolations alone.
    return copy if isinstance(copy, DictConfig) else working_copy(config)


def children_of(config: DictConfig) -> dict[Any, Node]:
    """The nodes of a mapping that was made here, by key; another one may be put in a node's place."""
    content: dict[Any, Node] = config.__dict__["_content"]
    return content
