"""Which config a command is about: one that Hydra composes, or a YAML file; whole, or what stands at one key."""

from __future__ import annotations

import difflib
import importlib
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from hydra.errors import MissingConfigException
from omegaconf import DictConfig, ListConfig, OmegaConf, open_dict
from yaml import MarkedYAMLError

from safe_instantiate import hydra_compat
from safe_instantiate.checking.origins import with_origin

_YAML = (".yaml", ".yml")


class CannotLookError(Exception):
    """There is no config to look at, and why."""


def import_first(module: str) -> None:
    """Import what a config needs before it can be composed or read, as the program that uses the config does.

    Raises:
        CannotLookError: the module can't be imported.
    """
    try:
        importlib.import_module(module)
    except Exception as error:
        raise CannotLookError(f"--import {module}: {type(error).__name__}: {error}") from error


@dataclass(frozen=True, slots=True)
class Input:
    """What a command line says of its config.

    Attributes:
        words: a YAML file, unless a directory is given, and overrides.
        config_dir: Hydra's config directory.
        config_name: the primary config there.
        key: the part of the config that is meant; the whole of it if empty.
    """

    words: tuple[str, ...]
    config_dir: Path | None
    config_name: str
    key: str

    @contextmanager
    def config(self) -> Iterator[Any]:
        """The config, while `${hydra:...}` in it is answered as in an application.

        Raises:
            CannotLookError: there is no such config, or no such key in it.
        """
        directory, name, file, overrides = self._found()
        if file is not None:
            whole = _loaded(file, overrides)
            if isinstance(whole, DictConfig) and "defaults" in whole:  # a primary config of Hydra's
                directory, name = file.resolve().parent, file.stem
        if directory is None:
            yield self._part(with_origin(whole, file=file, overrides=overrides))
            return
        with _composed(directory, name, overrides) as whole:
            yield self._part(with_origin(whole, config_dir=directory, config_name=name, overrides=overrides))

    def _found(self) -> tuple[Path | None, str, Path | None, tuple[str, ...]]:
        if self.config_dir is not None:
            if not self.config_dir.is_dir():
                raise CannotLookError(f"there is no directory {self.config_dir}")
            for word in self.words:
                if "=" not in word and not word.startswith("~"):
                    raise CannotLookError(f"{word!r} is no override (KEY=VALUE); a config is named with --config-name")
            return self.config_dir, self.config_name, None, self.words
        if not self.words or "=" in self.words[0]:
            raise CannotLookError("no config is given: name a YAML file, or a directory with --config-dir")
        file = Path(self.words[0])
        if file.is_dir():
            raise CannotLookError(f"{file} is a directory: --config-dir {file}")
        if not file.is_file():
            raise CannotLookError(f"there is no file {file}")
        return None, "", file, self.words[1:]

    def _part(self, whole: Any) -> Any:
        if not self.key:
            return whole
        try:
            part = OmegaConf.select(whole, self.key)
        except Exception as error:
            raise CannotLookError(f"the key {self.key!r} can't be read: {error}") from error
        if part is None:
            near = difflib.get_close_matches(self.key, list(_keys(OmegaConf.to_container(whole), "")), 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise CannotLookError(f"the config has nothing at {self.key!r}{hint}")
        if not isinstance(part, (DictConfig, ListConfig)):
            raise CannotLookError(f"what stands at {self.key!r} is no config but a value ({type(part).__name__})")
        return part


def _loaded(file: Path, overrides: Sequence[str]) -> Any:
    if file.suffix not in _YAML:
        raise CannotLookError(f"{file} is no YAML file: its name ends with neither .yaml nor .yml")
    try:
        config = OmegaConf.load(file)
    except Exception as error:
        raise CannotLookError(_syntax_error(error) or f"{file} can't be read: {error}") from error
    for text in overrides:
        try:
            override = hydra_compat.value_override(text)
            if override.keys == ("",):
                raise ValueError("it names no key")
            OmegaConf.update(config, ".".join(override.keys), override.value, force_add=True)
        except Exception as error:
            raise CannotLookError(f"the override {text!r} can't be applied: {error}") from error
    return config


def _syntax_error(error: Exception) -> str:
    """What is wrong with the YAML, at its file, line and column; empty if the error is another."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return ""
    mark = error.problem_mark
    file = Path(mark.name)
    shown = file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
    context = f" ({error.context})" if error.context else ""
    return f"{shown}:{mark.line + 1}:{mark.column + 1}: {error.problem}{context}"


@contextmanager
def _composed(directory: Path, name: str, overrides: Sequence[str]) -> Iterator[Any]:
    known = HydraConfig.instance().cfg
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # which versions of Hydra deprecate version_base is nothing to a user here
            with initialize_config_dir(str(directory.resolve()), version_base="1.3"):
                whole = compose(name, list(overrides), return_hydra_config=True)
    except Exception as error:
        said = _syntax_error(error) or f"{directory / name} can't be composed: {error}{_near(directory, name, error)}"
        raise CannotLookError(said) from error
    try:
        with open_dict(whole):
            # What an application knows once it runs, and configs refer to for their paths.
            whole.hydra.runtime.output_dir = whole.hydra.runtime.cwd = str(Path.cwd())
            whole.hydra.job.name = whole.hydra.job.config_name = name
            HydraConfig.instance().set_config(whole)
            del whole["hydra"]
        yield whole
    finally:
        HydraConfig.instance().cfg = known


def _near(directory: Path, name: str, error: Exception) -> str:
    """The primary config that was meant, where there is none of the name."""
    if not isinstance(error, MissingConfigException) or (directory / name).with_suffix(".yaml").is_file():
        return ""
    near = difflib.get_close_matches(Path(name).stem, primary_configs(directory), 1)
    return f"\ndid you mean --config-name {near[0]}?" if near else ""


def primary_configs(directory: Path) -> list[str]:
    """The names of the configs that stand in a directory itself."""
    return sorted(file.stem for file in directory.glob("*.yaml"))


def _keys(config: Any, prefix: str) -> Iterator[str]:
    """Every dotted key of plain containers."""
    if isinstance(config, dict):
        for key, child in config.items():
            yield f"{prefix}{key}"
            yield from _keys(child, f"{prefix}{key}.")
