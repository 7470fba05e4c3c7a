"""Which file, or which override, set a value of a config last."""

from __future__ import annotations

import importlib.util
import warnings
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from safe_instantiate import hydra_compat
from safe_instantiate.checking.declarations import Declared
from safe_instantiate.checking.positions import TextFile, YamlFile, read_yaml
from safe_instantiate.checking.secrets import is_secret

_Config = TypeVar("_Config")
#: What Hydra keeps for itself of a composed config.
_NOT_THE_PROGRAMS: Final = frozenset({"hydra", "defaults"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was set: in a file, or on the command line."""

    file: TextFile | None = None
    line: int | None = None
    column: int | None = None
    override: str | None = None

    def ignores(self, code: str) -> bool:
        """Whether its line bears the comment that findings of a code are meant to be there."""
        return self.file is not None and self.line is not None and self.file.ignores(self.line, code)


@dataclass(frozen=True, slots=True)
class _Layer:
    """A file, or what a ConfigStore has in the place of one, and the package it was put into."""

    source: YamlFile | Declared
    package: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """Everything that a config was made from, the earliest first."""

    layers: tuple[_Layer, ...] = ()
    overrides: tuple[hydra_compat.ComposedOverride, ...] = ()

    def place_of(self, keys: Sequence[Any]) -> Place | None:
        """Where what stands at the end of a path of keys was set last; failing that, what it would stand in."""
        for override in reversed(self.overrides):
            if _sets(override, keys):
                return Place(override=_shown(override))
        best: tuple[int, Place] | None = None
        for layer in reversed(self.layers):
            shared = min(len(layer.package), len(keys))
            if tuple(map(str, keys[:shared])) != layer.package[:shared]:
                continue
            found = layer.source.find(keys[shared:])
            depth, place = shared + found.depth, Place(found.file, found.line, found.column)
            if found.decides and len(keys) > len(layer.package):
                return place
            if depth and (best is None or depth > best[0]):
                best = (depth, place)
        return best[1] if best else None

    def has_made(self, config: Mapping[Any, Any]) -> bool:
        """Whether a config comes from here, as far as its top-level keys tell: code may add some, or remove some."""
        made = {override.keys[0] for override in self.overrides}
        for layer in self.layers:
            made.update(layer.package[:1] or layer.source.top_keys)
        keys = {str(key) for key in config}
        return bool(keys) and (keys <= made or made <= keys | _NOT_THE_PROGRAMS)


@dataclass(frozen=True, slots=True)
class _Recipe:
    """What an origin is read from when somebody asks."""

    file: Path | None
    config_dir: str | None
    config_name: str | None
    overrides: tuple[str, ...]

    def read(self) -> Origin | None:
        if self.file is not None:
            file = read_yaml(self.file)
            overrides = tuple(hydra_compat.value_override(text) for text in self.overrides)
            return None if file is None else Origin((_Layer(file, ()),), overrides)
        if self.config_dir is None or self.config_name is None:
            return None
        return _composed(self.config_dir, self.config_name, self.overrides)


#: By id, since configs are compared by what is in them; the reference tells whether an id is still its own.
_recipes: dict[int, tuple[weakref.ref[Any], _Recipe]] = {}


def with_origin(
    config: _Config,
    *,
    file: str | Path | None = None,
    config_dir: str | Path | None = None,
    config_name: str | None = None,
    overrides: Sequence[str] = (),
) -> _Config:
    r"""Remember what a config was read from, so that findings in it name the file and the line.

    Within an application of `hydra.main` that isn't necessary: what was composed is known there.

    Args:
        config: the DictConfig or ListConfig, whole; the same object is returned.
        file: the YAML file that `OmegaConf.load` read.
        config_dir: the directory that Hydra's `compose` was initialised with, or `pkg://` and a package ...
        config_name: ... and the name of the primary config.
        overrides: what was given on the command line.

    Raises:
        TypeError: neither a file, nor a directory with a name, is given.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from omegaconf import OmegaConf
    >>> from safe_instantiate import check
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "train.yaml")
    ...     _ = file.write_text("seed: 1\nlr: ???\n")
    ...     (finding,) = check(with_origin(OmegaConf.load(file), file=file)).diagnostics
    >>> finding.line, finding.column
    (2, 1)
    """
    if (file is None) == (config_dir is None) or (config_dir is None) != (config_name is None):
        raise TypeError("with_origin takes either a file, or a config_dir with a config_name")
    recipe = _Recipe(
        None if file is None else Path(file),
        None if config_dir is None else _search_path(config_dir),
        config_name,
        tuple(overrides),
    )
    key = id(config)
    _recipes[key] = (weakref.ref(config, lambda _: _recipes.pop(key, None)), recipe)
    return config


def _search_path(config_dir: str | Path) -> str:
    return config_dir if isinstance(config_dir, str) and "://" in config_dir else str(Path(config_dir).resolve())


def origin_of(config: Any, content: Mapping[Any, Any]) -> Origin | None:
    """What a whole config was made from, if that is known.

    Args:
        config: the root.
        content: what is in it.
    """
    known = _recipes.get(id(config))
    if known is not None and known[0]() is config:
        return known[1].read()
    composing = hydra_compat.composing_application(config)
    if composing is not None:
        return _composed(*composing)
    application = hydra_compat.running_application()
    if application is None:
        return None
    origin = _composed(*application)
    return origin if origin is not None and origin.has_made(content) else None


def _composed(search_path: list[tuple[str, str]] | str, config_name: str, overrides: Sequence[str]) -> Origin | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # whoever composed it has had them
            composition = hydra_compat.composition(search_path, config_name.removesuffix(".yaml"), overrides)
    except Exception:  # whatever keeps Hydra from composing it: the findings stand without their lines
        return None
    layers = []
    for composed in composition.files:
        path = _path_of(composed)
        source = Declared(composed.config) if composed.is_declared else None if path is None else read_yaml(path)
        if source is not None:
            layers.append(_Layer(source, composed.package))
    return Origin(tuple(layers), composition.overrides)


def _path_of(composed: hydra_compat.ComposedFile) -> Path | None:
    """The file of a part of a composition; None for what is in no file."""
    source = urlsplit(composed.source)
    name = composed.config_path if composed.config_path.endswith((".yaml", ".yml")) else f"{composed.config_path}.yaml"
    if source.scheme == "file":
        return Path(composed.source.removeprefix("file://")) / name
    if source.scheme == "pkg":
        module, _, below = composed.source.removeprefix("pkg://").partition("/")
        if module.partition(".")[0] == "hydra":
            return None  # Hydra's own settings, which nobody checks
        spec = importlib.util.find_spec(module)
        folders = spec.submodule_search_locations if spec is not None else None
        return Path(next(iter(folders)), below, name) if folders else None
    return None


def _shown(override: hydra_compat.ComposedOverride) -> str:
    """An override as it was given, but for the secrets that it may hold."""
    if isinstance(override.value, (Mapping, list)) or is_secret(override.keys[-1], str(override.value)):
        return f"{override.text.partition('=')[0]}=..."
    return override.text


def _sets(override: hydra_compat.ComposedOverride, keys: Sequence[Any]) -> bool:
    """Whether an override says what stands at the end of a path."""
    given = override.keys
    if tuple(map(str, keys[: len(given)])) != given:
        return False
    value = override.value
    for key in keys[len(given) :]:
        if not isinstance(value, Mapping):
            return True
        if key not in value:
            return False
        value = value[key]
    return True
