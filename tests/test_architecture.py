"""The shape of the house: who may import whom, who may know what, and how long a file may get.

Every check is a function from sources to complaints, so that it can be shown to find a fault before it is trusted to
find none.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from omegaconf import AnyNode, DictConfig, ListConfig

import safe_instantiate

PACKAGE = "safe_instantiate"
ROOT = Path(__file__).parent.parent
LONGEST_FILE = 400

#: From the roof down; a room imports only from floors below its own. docs/architecture.md says what each is for.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("__init__", "__main__"),
    ("public",),
    ("cli", "adoption", "testing"),
    ("probing",),
    ("instantiator", "groups"),
    ("plans",),
    ("explaining",),
    ("building", "checking"),
    ("planning",),
    ("targets", "config"),
    ("distributed", "hydra_compat", "errors"),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

#: What OmegaConf keeps to itself: known in one place, so that one place changes with it.
OMEGACONF_INTERNALS = frozenset(
    name
    for kind in (DictConfig({}), ListConfig([]), AnyNode())
    for name in object.__dir__(kind)  # a config's own __dir__ lists its keys
    if name.startswith("_") and not name.startswith("__")
)
#: Two read its nodes, two make them.
KNOW_OMEGACONF = ("config.reader", "config.glance", "config.copies", "config.maker")
KNOWS_HYDRA = "hydra_compat"


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module, as an absolute dotted name, and the names taken from it."""

    module: str
    names: tuple[str, ...]
    line: int

    @property
    def paths(self) -> tuple[str, ...]:
        """Every dotted path that the statement reaches for; a name may be a module of its own."""
        return tuple(f"{self.module}.{name}" for name in self.names) or (self.module,)


def imports_of(source: str, module: str, *, is_package: bool) -> Iterator[Import]:
    """Every import of a module, inside functions and under TYPE_CHECKING too."""
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, (), node.lineno)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield Import(origin, tuple(alias.name for alias in node.names), node.lineno)


@dataclass(frozen=True, slots=True)
class Module:
    """One file of the package: `name` is its dotted name below the package, `__init__` for the package itself."""

    name: str
    source: str
    is_package: bool = False

    @property
    def room(self) -> str:
        return self.name.split(".")[0]

    @property
    def imports(self) -> tuple[Import, ...]:
        absolute = PACKAGE if self.name == "__init__" else f"{PACKAGE}.{self.name}"
        return tuple(imports_of(self.source, absolute, is_package=self.is_package))


def modules_below(folder: Path) -> tuple[Module, ...]:
    found = []
    for file in sorted(folder.rglob("*.py")):
        parts = file.relative_to(folder).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package and len(parts) > 1 else parts)
        found.append(Module(name, file.read_text("utf-8"), is_package))
    return tuple(found)


def rooms_imported(imported: Import) -> Iterator[str]:
    """The rooms of this package that an import statement enters; `__init__` stands for the package itself."""
    for path in imported.paths:
        head, _, below = path.partition(".")
        if head == PACKAGE:
            room = below.split(".")[0]
            yield room if room in FLOOR_OF else "__init__"


def upward_imports(modules: tuple[Module, ...]) -> list[str]:
    homeless = [module for module in modules if module.room not in FLOOR_OF]
    return [f"{module.name}: the room {module.room!r} stands on no floor; add it to FLOORS" for module in homeless] + [
        f"{module.name}:{imported.line}: {module.room} (floor {FLOOR_OF[module.room]} from the roof) imports {room} "
        f"(floor {FLOOR_OF[room]}); imports go down only"
        for module in modules
        if module not in homeless
        for imported in module.imports
        for room in rooms_imported(imported)
        if room != module.room and FLOOR_OF[room] <= FLOOR_OF[module.room]
    ]


def reached(module: Module) -> Iterator[tuple[int, str]]:
    """Every line with a dotted name that it imports or reads, the longest form of each name first."""
    for imported in module.imports:
        for path in imported.paths:
            yield imported.line, path
    for node in ast.walk(ast.parse(module.source)):
        if isinstance(node, ast.Attribute):
            yield node.lineno, ast.unparse(node)


def is_omegaconfs_own(path: str) -> bool:
    head, *below = path.split(".")
    if head == "omegaconf" and any(part == "base" or part.startswith("_") for part in below):
        return True
    return head not in ("self", "cls") and bool(below) and below[-1] in OMEGACONF_INTERNALS


def omegaconf_internals_used(modules: tuple[Module, ...]) -> list[str]:
    return [
        f"{module.name}:{line}: {what} is OmegaConf's own; only {' and '.join(KNOW_OMEGACONF)} may know it"
        for module in modules
        if module.name not in KNOW_OMEGACONF
        for line, what in reached(module)
        if is_omegaconfs_own(what)
    ]


def asks_which_hydra(path: str) -> bool:
    # What somebody has registered says nothing about versions.
    return path != "importlib.metadata.entry_points" and path.startswith(
        ("hydra._internal", "hydra.version", "hydra.__version__", "omegaconf.__version__", "importlib.metadata")
    )


def hydra_internals_used(modules: tuple[Module, ...]) -> list[str]:
    return [
        f"{module.name}:{line}: {what} is for {KNOWS_HYDRA} to ask; give it a question with a name instead"
        for module in modules
        if module.room != KNOWS_HYDRA
        for line, what in reached(module)
        if asks_which_hydra(what)
    ]


def too_long(modules: tuple[Module, ...]) -> list[str]:
    lengths: Mapping[str, int] = {module.name: len(module.source.splitlines()) for module in modules}
    return [
        f"{name} has {length} lines, over {LONGEST_FILE}: do two rooms share one name?"
        for name, length in lengths.items()
        if length > LONGEST_FILE
    ]


def documentation_faults(names: Mapping[str, object]) -> list[str]:
    """The public names of this package's own that lack a docstring, or an example in it."""
    complaints = []
    for name, value in names.items():
        if not str(getattr(value, "__module__", "")).startswith(PACKAGE):
            continue  # Hydra's names, passed on
        docstring = value.__doc__ or ""
        if not docstring.strip():
            complaints.append(f"{name} has no docstring")
        elif ">>> " not in docstring:
            complaints.append(f"{name}: its docstring has no example (>>>)")
    return complaints


@pytest.fixture(scope="module")
def house() -> tuple[Module, ...]:
    return modules_below(ROOT / PACKAGE)


def test_the_check_reads_every_file_of_the_package(house: tuple[Module, ...]) -> None:
    assert {"__init__", "instantiator", "plans", "planning", "planning.nodes", "errors"} <= {m.name for m in house}


def test_imports_go_downward_only(house: tuple[Module, ...]) -> None:
    assert upward_imports(house) == []


def test_only_the_files_that_look_at_nodes_or_make_them_know_omegaconfs_inner_layout(house: tuple[Module, ...]) -> None:
    assert omegaconf_internals_used(house) == []


def test_only_one_module_asks_what_the_installed_hydra_is(house: tuple[Module, ...]) -> None:
    assert hydra_internals_used(house) == []


def test_no_file_is_longer_than_a_reader_can_hold(house: tuple[Module, ...]) -> None:
    assert too_long(house) == []


def test_every_public_name_has_a_docstring_with_an_example() -> None:
    public = {name: getattr(safe_instantiate, name) for name in safe_instantiate.__all__}
    assert documentation_faults(public) == []


@pytest.mark.parametrize(
    "statement",
    [
        "from safe_instantiate.building import builder",
        "from safe_instantiate.building.builder import build",
        "import safe_instantiate.building.builder",
        "from ..building import builder",
        "from .. import building",
        "from safe_instantiate import instantiate",
        "import safe_instantiate",
        "def late():\n    from safe_instantiate.plans import Plan",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from safe_instantiate.plans import Plan",
    ],
)
def test_an_import_that_goes_up_is_found_however_it_is_written(statement: str) -> None:
    (complaint,) = upward_imports((Module("planning.nodes", statement),))
    assert complaint.startswith("planning.nodes:") and complaint.endswith("imports go down only")


def test_an_import_of_a_neighbour_on_the_same_floor_is_found() -> None:
    assert upward_imports((Module("building.builder", "from safe_instantiate.checking import check"),))


@pytest.mark.parametrize(
    "statement",
    [
        "from safe_instantiate.errors import Problem",
        "from safe_instantiate import errors",
        "from . import datasets",
        "from .datasets import is_dataset",
        "from ..targets.target import Target",
        "import torch",
    ],
)
def test_an_import_that_goes_down_or_stays_in_its_room_is_fine(statement: str) -> None:
    assert upward_imports((Module("planning.nodes", statement),)) == []


def test_a_room_that_stands_on_no_floor_is_found() -> None:
    (complaint,) = upward_imports((Module("attic.trunk", ""),))
    assert complaint == "attic.trunk: the room 'attic' stands on no floor; add it to FLOORS"


@pytest.mark.parametrize(
    "statement",
    [
        "from omegaconf.base import Node",
        "from omegaconf import base",
        "from omegaconf._impl import select_node",
        "import omegaconf._utils",
        "import omegaconf\nomegaconf.base.Node",
        "def raw(cfg):\n    return cfg._content",
        "def raw(cfg):\n    return cfg.node._metadata.ref_type",
        "def raw(cfg):\n    return cfg._get_node('key')",
    ],
)
def test_knowledge_of_omegaconfs_inner_layout_is_found(statement: str) -> None:
    complaint = omegaconf_internals_used((Module("planning.planner", statement),))[0]
    assert complaint.startswith("planning.planner:") and complaint.endswith(
        "only config.reader and config.glance and config.copies and config.maker may know it"
    )
    assert omegaconf_internals_used(tuple(Module(name, statement) for name in KNOW_OMEGACONF)) == []


def test_use_of_omegaconfs_public_names_is_fine() -> None:
    source = "from omegaconf import DictConfig, OmegaConf\nfrom omegaconf.errors import ValidationError\nself._parent\n"
    assert omegaconf_internals_used((Module("planning.planner", source),)) == []


@pytest.mark.parametrize(
    "statement",
    [
        "from hydra._internal.utils import _locate",
        "from hydra import version",
        "import hydra\nhydra.__version__",
        "from importlib import metadata",
        "from importlib.metadata import version",
        "import hydra\ndef late():\n    return hydra._internal",
    ],
)
def test_a_question_about_the_installed_hydra_is_found(statement: str) -> None:
    complaint = hydra_internals_used((Module("building.builder", statement),))[0]
    assert complaint.startswith("building.builder:")
    assert hydra_internals_used((Module(KNOWS_HYDRA, statement),)) == []


def test_a_file_that_is_too_long_is_found() -> None:
    (complaint,) = too_long(
        (Module("plan", "x = 1\n" * (LONGEST_FILE + 1)), Module("errors", "x = 1\n" * LONGEST_FILE))
    )
    assert complaint.startswith("plan has 401 lines")


def test_a_public_name_without_docstring_or_example_is_found() -> None:
    def silent() -> None: ...

    def vague() -> None:
        """Does something."""

    def shown() -> None:
        """Does something.

        >>> shown()
        """

    for function in (silent, vague, shown):
        function.__module__ = PACKAGE
    faults = documentation_faults({"silent": silent, "vague": vague, "shown": shown, "hydras": Path})
    assert faults == ["silent has no docstring", "vague: its docstring has no example (>>>)"]


#: Runs in an interpreter of its own: this one has imported torch long since.
WHAT_AN_IMPORT_DOES = """
import json, sys
import hydra.utils
from omegaconf.basecontainer import BaseContainer

def world():
    return {
        "hydra.utils": dict(vars(hydra.utils)),
        "resolvers": dict(BaseContainer._resolvers),
        "excepthook": sys.excepthook,
        "import system": [list(sys.meta_path), list(sys.path), list(sys.path_hooks)],
    }

before = world()
import safe_instantiate
after = world()
print(json.dumps({
    "torch": sorted(name for name in sys.modules if name.split(".")[0] == "torch"),
    "changed": [name for name in before if before[name] != after[name]],
}))
"""

WHAT_AN_IMPORT_DOES_TO_TORCH = """
import json
import torch
from torch.utils.data import DataLoader, DistributedSampler
watched = {"DistributedSampler": DistributedSampler, "DataLoader": DataLoader, "Module": torch.nn.Module}
before = {name: dict(vars(owner)) for name, owner in watched.items()}
import safe_instantiate
print(json.dumps([name for name, owner in watched.items() if dict(vars(owner)) != before[name]]))
"""


def answer_of_a_fresh_interpreter(program: str) -> object:
    finished = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def test_importing_the_package_imports_no_torch_and_changes_nothing_global() -> None:
    assert answer_of_a_fresh_interpreter(WHAT_AN_IMPORT_DOES) == {"torch": [], "changed": []}


def test_importing_the_package_changes_no_class_of_torch() -> None:
    assert answer_of_a_fresh_interpreter(WHAT_AN_IMPORT_DOES_TO_TORCH) == []
