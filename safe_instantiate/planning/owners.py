"""Who builds a nested config: the engine, or the target that it is an argument of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any

from safe_instantiate.config.keys import TARGET
from safe_instantiate.config.reader import CONTAINERS, SEQUENCES, Reader, has_target_below
from safe_instantiate.planning.datasets import is_dataset, is_dataset_like, wants_object
from safe_instantiate.planning.self_builders import instantiates_for_itself
from safe_instantiate.planning.settings import AUTO, Settings
from safe_instantiate.targets.target import Target, TargetError, find_target


class Owners:
    """Decides by the settings and by what the targets are."""

    __slots__ = ("_reader", "_settings")

    def __init__(self, settings: Settings, reader: Reader) -> None:
        self._settings = settings
        self._reader = reader

    def leaves_configs_to(self, target: Target) -> bool:
        """Whether a target gets the configs of its arguments as they are, though they would be built."""
        patterns = self._settings.leave_configs_to
        if not patterns:
            return False
        if patterns == AUTO:
            return remembered(target, "instantiates_for_itself", instantiates_for_itself)
        return any(fnmatchcase(target.path, each) or fnmatchcase(target.name, each) for each in patterns)

    def is_forced(self, target: Target, parameter: Any, child: Any) -> bool:
        """Whether a nested config is built in spite of `_recursive_: false` (forced datasets)."""
        if not self._settings.force_datasets or not remembered(target, "is_dataset_like", is_dataset_like):
            return False
        if remembered(target, "instantiates_for_itself", instantiates_for_itself):
            return False
        if not has_target_below(child, self._reader):
            return False
        wanted = wants_object(target.obj, parameter) if isinstance(parameter, str) else None
        return self._makes_datasets(child) if wanted is None else wanted

    def _makes_datasets(self, child: Any) -> bool:
        """Whether the config's own target is a dataset's, or, for a list or a group, that of something in it."""
        if child.__class__ in SEQUENCES:
            return self._make_datasets(self._reader.items(child))
        controls = self._reader.controls(child)
        if TARGET not in controls:
            return self._make_datasets(value for _, value in self._reader.entries(child))
        written = controls[TARGET]
        if not isinstance(written, str) and not callable(written):
            return False
        try:
            return remembered(find_target(written, self._settings.policy), "is_dataset", is_dataset)
        except TargetError:
            return False  # a problem of whoever builds it

    def _make_datasets(self, values: Iterable[Any]) -> bool:
        return any(value.__class__ in CONTAINERS and self._makes_datasets(value) for value in values)


def remembered(target: Target, fact: str, ask: Callable[[Any], bool]) -> bool:
    """A fact of a target, asked for once."""
    memo = target.memo
    if fact not in memo:
        memo[fact] = ask(target.obj)
    return bool(memo[fact])
