"""From a path to an object, and what is said when there is none."""

from __future__ import annotations

import importlib
import json
import os.path
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hydra._internal.utils import _locate as locate_of_hydra

from safe_instantiate.targets.locate import LocateError, close_matches, locate

MakePackage = Callable[[dict[str, str]], None]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakePackage]:
    """Writes modules into a directory of their own that is on sys.path; they are forgotten afterwards."""
    known = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def make(files: dict[str, str]) -> None:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        importlib.invalidate_caches()

    yield make
    for name in set(sys.modules) - known:
        del sys.modules[name]


def failure(path: object) -> LocateError:
    with pytest.raises(LocateError) as caught:
        locate(path)  # type: ignore[arg-type]
    return caught.value


PATHS = ["json", "json.JSONDecoder", "json.decoder.JSONDecoder", "os.path.join", "collections.abc.Mapping"]
PATHS += ["builtins.dict.fromkeys", "logging.handlers.RotatingFileHandler", "omegaconf.OmegaConf.create"]
PATHS += ["xml.etree.ElementTree.parse", "email.mime.text.MIMEText", "torch.nn.Linear"]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_leads_where_it_leads_in_hydra(path: str) -> None:
    assert locate(path).obj == locate_of_hydra(path)


def test_a_submodule_is_imported_where_no_attribute_has_its_name(package: MakePackage) -> None:
    package({"pkg/deep/mod.py": "class A: pass"})
    assert locate("pkg.deep.mod.A").obj.__name__ == "A"  # type: ignore[attr-defined]


def test_an_attribute_comes_before_a_submodule_of_the_same_name(package: MakePackage) -> None:
    package({"pkg/__init__.py": "def train(): pass", "pkg/train.py": "class Trainer: pass"})
    assert callable(locate("pkg.train").obj)


def test_the_objects_on_the_way_are_kept() -> None:
    assert locate("os.path.join").objects == (os, os.path, os.path.join)


# Whether a remembered object is still the one


def test_an_untouched_path_stays_current() -> None:
    for path in PATHS:
        located = locate(path)
        assert located.way.end() == located.obj, path
        assert located.way.end() == located.obj, path


def test_a_reloaded_module_is_noticed(package: MakePackage) -> None:
    package({"pkg.py": "class A: pass"})
    located = locate("pkg.A")
    importlib.reload(sys.modules["pkg"])
    assert located.way.end() is None
    assert locate("pkg.A").obj is sys.modules["pkg"].A


def test_a_class_that_is_defined_anew_in_main_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["__main__"], "Cell", type("Cell", (), {}), raising=False)
    located = locate("__main__.Cell")
    monkeypatch.setattr(sys.modules["__main__"], "Cell", type("Cell", (), {}))
    assert located.way.end() is None


def test_a_module_that_was_removed_is_noticed(package: MakePackage) -> None:
    package({"pkg/mod.py": "class A: pass"})
    located = locate("pkg.mod.A")
    del sys.modules["pkg"]
    assert located.way.end() is None


def test_an_attribute_that_was_deleted_is_noticed(package: MakePackage) -> None:
    package({"pkg.py": "class A:\n    @classmethod\n    def make(cls): pass"})
    located = locate("pkg.A.make")
    assert located.way.end() == located.obj
    del sys.modules["pkg"].A.make
    assert located.way.end() is None


def test_a_replaced_method_is_noticed(package: MakePackage) -> None:
    package({"pkg.py": "class A:\n    @classmethod\n    def make(cls): pass"})
    located = locate("pkg.A.make")
    sys.modules["pkg"].A.make = classmethod(lambda cls: None)
    assert located.way.end() is None


def test_a_name_made_up_on_demand_is_followed_again(package: MakePackage) -> None:
    package({"pkg.py": "made = object()\ndef __getattr__(name):\n    return {'lazy': made}[name]"})
    located = locate("pkg.lazy")
    assert located.way.end() == located.obj
    sys.modules["pkg"].made = object()
    assert located.way.end() is None


# What is said when a path leads to nothing


def test_a_misspelt_name_comes_with_the_right_one() -> None:
    error = failure("torch.nn.Linaer")
    assert (str(error), error.hint) == ("module 'torch.nn' has no 'Linaer'", "did you mean 'torch.nn.Linear'?")
    assert (error.path, error.failing_part, error.reason) == ("torch.nn.Linaer", "Linaer", str(error))
    assert isinstance(error.cause, ModuleNotFoundError)
    assert not error.import_failed


def test_a_misspelt_part_keeps_the_rest_of_the_path() -> None:
    assert failure("json.decodr.JSONDecoder").hint == (
        "did you mean 'json.decoder.JSONDecoder' or 'json.encoder.JSONDecoder'?"
    )


def test_a_misspelt_submodule_that_was_never_imported_is_found(package: MakePackage) -> None:
    package({"pkg/__init__.py": "", "pkg/datasets.py": ""})
    assert failure("pkg.datsets.Coco").hint == "did you mean 'pkg.datasets.Coco'?"


def test_a_misspelt_top_level_module_comes_with_the_right_one() -> None:
    error = failure("tocrh.nn.Linear")
    assert (str(error), error.hint) == ("there is no module 'tocrh'", "did you mean 'torch.nn.Linear'?")


def test_the_wrong_case_is_seen_through() -> None:
    assert failure("json.jsondecoder").hint == "did you mean 'json.JSONDecoder'?"


def test_a_name_that_lives_elsewhere_in_the_package_is_found() -> None:
    importlib.import_module("torch")
    assert failure("torch.Linear").hint == "did you mean 'torch.nn.Linear'?"


def test_a_package_that_is_not_installed_is_named() -> None:
    error = failure("nosuchpackage.models.Net")
    assert str(error) == "there is no module 'nosuchpackage'"
    assert error.hint == "is the package that provides 'nosuchpackage' installed in this environment?"


def test_a_package_in_the_working_directory_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "qqresearch").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry not in ("", ".")])
    assert failure("qqresearch.Net").hint == (
        "'qqresearch' lies in the working directory, which is not on sys.path: install it, or set PYTHONPATH"
    )


def test_a_missing_attribute_of_a_class_is_named() -> None:
    error = failure("json.JSONDecoder.decod")
    assert str(error) == "class 'json.JSONDecoder' has no 'decod'"
    assert error.hint is not None
    assert error.hint.startswith("did you mean 'json.JSONDecoder.decode'")


def test_a_function_that_hides_a_module_is_named(package: MakePackage) -> None:
    package({"pkg/__init__.py": "from pkg.train import train", "pkg/train.py": "def train(): pass"})
    error = failure("pkg.train.Trainer")
    assert str(error) == "function 'pkg.train' has no 'Trainer'"
    assert error.hint == "'pkg.train' names a function here, which hides the module of the same name"


def test_a_missing_dependency_is_named(package: MakePackage) -> None:
    package({"pkg/__init__.py": "", "pkg/mod.py": "import nosuchdependency.sub"})
    error = failure("pkg.mod.A")
    assert str(error) == "importing 'pkg.mod' needs the module 'nosuchdependency', which could not be found"
    assert error.hint == "install what provides 'nosuchdependency'"
    assert error.failing_part == "mod"
    assert error.import_failed


def test_a_missing_part_of_an_installed_dependency_is_told_apart(package: MakePackage) -> None:
    package({"pkg.py": "import json.nosuchpart"})
    error = failure("pkg.A")
    assert str(error) == "importing 'pkg' needs the module 'json.nosuchpart', which could not be found"
    assert error.hint == "'json' itself is there: look at what 'pkg' imports, and at the version of 'json'"


def test_an_import_that_raises_is_told_with_its_error(package: MakePackage) -> None:
    package({"pkg/__init__.py": "", "pkg/mod.py": "raise ZeroDivisionError('by nothing\\nsecond line')"})
    error = failure("pkg.mod.A")
    assert str(error) == "importing 'pkg.mod' raised ZeroDivisionError: by nothing"
    assert error.hint == 'python -c "import pkg.mod" shows the whole traceback'
    assert isinstance(error.cause, ZeroDivisionError)
    assert error.import_failed


def test_a_module_that_raises_without_a_name_is_told_with_its_error(package: MakePackage) -> None:
    package({"pkg.py": "raise ModuleNotFoundError('not for this platform')"})
    assert str(failure("pkg.A")) == "importing 'pkg' raised ModuleNotFoundError: not for this platform"


@pytest.mark.parametrize("error", ["KeyboardInterrupt", "SystemExit"])
def test_what_is_no_exception_passes_through(error: str, package: MakePackage) -> None:
    package({"pkg.py": f"raise {error}"})
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        locate("pkg.A")


def test_a_module_that_is_still_being_imported_is_named(package: MakePackage) -> None:
    text = """
from safe_instantiate.targets.locate import LocateError, locate
try:
    locate("pkg.A")
except LocateError as error:
    hint = error.hint
class A: pass
"""
    package({"pkg.py": text})
    expected = "'pkg' is still being imported: what it defines further down doesn't exist yet"
    assert importlib.import_module("pkg").hint == expected


def test_an_attribute_that_raises_is_told_with_its_error(package: MakePackage) -> None:
    package({"pkg.py": "def __getattr__(name):\n    raise RuntimeError('no ' + name)"})
    error = failure("pkg.lazy")
    assert str(error) == "reading 'lazy' of 'pkg' raised RuntimeError: no lazy"
    assert isinstance(error.cause, RuntimeError)


def test_a_directory_listing_that_raises_costs_only_the_suggestion(package: MakePackage) -> None:
    package({"pkg.py": "def __dir__():\n    raise RuntimeError"})
    error = failure("pkg.lazy")
    assert (str(error), error.hint) == ("module 'pkg' has no 'lazy'", None)


@pytest.mark.parametrize(
    ("path", "reason", "hint"),
    [
        ("", "the path is empty", None),
        (".json", "the path begins with a dot, and relative paths are not supported", "write the path from the"),
        ("json..loads", "the path has a dot too many: a part of it is empty", "did you mean 'json.loads'?"),
        ("json.loads.", "the path has a dot too many: a part of it is empty", "did you mean 'json.loads'?"),
        (3, "a path is a string such as 'package.module.Class', not int", None),
        (None, "a path is a string such as 'package.module.Class', not NoneType", None),
    ],
)
def test_a_malformed_path_is_told_why(path: object, reason: str, hint: str | None) -> None:
    error = failure(path)
    assert (str(error), error.failing_part, error.cause) == (reason, "", None)
    assert (error.hint is None) == (hint is None)
    assert (error.hint or "").startswith(hint or "")


def test_private_names_are_suggested_for_private_names_only() -> None:
    assert close_matches("decode", ["_decode"]) == []
    assert close_matches("_decod", ["_decode"]) == ["_decode"]


def test_a_path_with_a_module_as_its_end_is_found() -> None:
    assert isinstance(locate("json.decoder").obj, ModuleType)
    assert locate("json").obj is json
