"""The names that stand for those of `hydra.utils`, and what importing them costs."""

from __future__ import annotations

import inspect
import subprocess
import sys

import hydra.utils
import pytest

import safe_instantiate

REPLACED = {"instantiate", "call"}


@pytest.mark.parametrize("name", [name for name in vars(hydra.utils) if not name.startswith("_")])
def test_every_name_of_hydra_utils_is_the_same_thing_here(name: str) -> None:
    if name in REPLACED:
        assert getattr(safe_instantiate, name) is safe_instantiate.instantiate
    else:
        assert getattr(safe_instantiate, name) is getattr(hydra.utils, name)


def test_the_call_form_is_hydra_s() -> None:
    ours, hydras = (inspect.signature(module.instantiate).parameters for module in (safe_instantiate, hydra.utils))
    keyword_only = inspect.Parameter.KEYWORD_ONLY  # Hydra 1.4 spells out two of the keywords
    assert [(p.name, p.kind) for p in ours.values() if p.kind is not keyword_only] == [
        (p.name, p.kind) for p in hydras.values() if p.kind is not keyword_only
    ]


@pytest.mark.parametrize("name", safe_instantiate.__all__)
def test_every_public_name_exists(name: str) -> None:
    assert getattr(safe_instantiate, name) is not None


def test_a_name_that_does_not_exist_does_not_exist() -> None:
    with pytest.raises(AttributeError, match="instantiat_"):
        safe_instantiate.instantiat_  # noqa: B018


@pytest.mark.parametrize(
    "work",
    [
        "",
        "assert safe_instantiate.instantiate({'_target_': 'fractions.Fraction', '_args_': [1, 2]}) * 2 == 1",
        "safe_instantiate.plan({'_target_': 'collections.Counter', '_recursive_': False, 'x': {'a': 1}}).build()",
        "safe_instantiate.Instantiator(leave_configs_to='auto').instantiate({'_target_': 'fractions.Fraction'})",
        "safe_instantiate.is_built(3), safe_instantiate.is_deferred(3), safe_instantiate.instantiate(print)",
        "safe_instantiate.resolve_deferred()",
    ],
)
def test_torch_is_not_imported_until_a_config_does(work: str) -> None:
    program = f"import sys, warnings\nwarnings.simplefilter('ignore')\nimport safe_instantiate\n{work}\n"
    program += "assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "program",
    [
        "import safe_instantiate, sys; assert not {'hydra', 'omegaconf', 'torch'} & set(sys.modules)",
        "import safe_instantiate.plans, safe_instantiate; assert safe_instantiate.plan({}).build() == {}",
        "from safe_instantiate.planning import calls; from safe_instantiate import plan; assert plan({}).build() == {}",
        "from safe_instantiate import *; assert instantiate({}) == {} and callable(to_absolute_path)",
        "import safe_instantiate; assert {'plan', 'GIVEN', 'Instantiator'} <= set(dir(safe_instantiate))",
        "import safe_instantiate; assert safe_instantiate.distributed.resolve_deferred() is not NotImplemented",
        "import safe_instantiate; assert safe_instantiate.__version__[0].isdigit()",
        "from hydra.utils import instantiate; instantiate({'_target_': 'safe_instantiate.plan', 'config': None})",
    ],
)
def test_names_are_found_when_they_are_asked_for(program: str) -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
