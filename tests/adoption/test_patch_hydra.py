from __future__ import annotations

import contextvars
import inspect
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import hydra.utils
import pytest
from adoption_probes import BUILT, CONVERTS, DEFAULT, KEEPS_NESTED, who_answers
from adoption_references import REFERENCES, Trainer
from hydra.errors import InstantiationException

from safe_instantiate import Instantiator
from safe_instantiate.adoption import patch_hydra
from safe_instantiate.planning.self_builders import instantiates_for_itself

HALF = {"_target_": "fractions.Fraction", "_args_": [1, 2]}


@pytest.mark.parametrize("reference", list(REFERENCES))
def test_every_reference_to_hydras_function_is_ours_inside_and_hydras_outside(reference: str) -> None:
    function = REFERENCES[reference]
    with pytest.raises(InstantiationException):
        function(BUILT)
    with patch_hydra():
        assert function(BUILT) is BUILT
    with pytest.raises(InstantiationException):
        function(BUILT)


def test_a_module_that_is_imported_inside_and_kept_goes_back_to_hydras(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "imported_inside_a_patch.py").write_text("from hydra.utils import instantiate as build\n")
    monkeypatch.syspath_prepend(tmp_path)
    with patch_hydra():
        import imported_inside_a_patch  # type: ignore[import-not-found]

        assert who_answers(imported_inside_a_patch.build) == DEFAULT
    assert who_answers(imported_inside_a_patch.build) is None
    assert imported_inside_a_patch.build is hydra.utils.instantiate
    del sys.modules["imported_inside_a_patch"]


def test_the_instantiator_that_was_given_answers() -> None:
    with patch_hydra(CONVERTS):
        assert who_answers() == CONVERTS


def test_arguments_and_control_keys_go_through_as_they_are() -> None:
    with patch_hydra():
        config = {"_target_": "builtins.dict", "a": 1}
        assert hydra.utils.instantiate(config=config, b=2, _convert_="all") == {"a": 1, "b": 2}
        assert hydra.utils.call(HALF, 3, 4) == hydra.utils.get_class("fractions.Fraction")(3, 4)


def test_the_innermost_instantiator_answers_and_the_outer_one_afterwards() -> None:
    with patch_hydra(CONVERTS):
        with patch_hydra(KEEPS_NESTED):
            assert who_answers() == KEEPS_NESTED
        assert who_answers() == CONVERTS


def test_patches_may_end_in_any_order() -> None:
    first, second = patch_hydra(CONVERTS), patch_hydra(KEEPS_NESTED)
    first.start()
    second.start()
    first.stop()
    assert who_answers() == KEEPS_NESTED
    second.stop()
    assert who_answers() is None


def test_one_patch_may_be_open_several_times() -> None:
    patch = patch_hydra()
    with patch:
        with patch:
            assert who_answers() == DEFAULT
        assert who_answers() == DEFAULT
    assert who_answers() is None


def test_an_exception_passes_and_ends_the_patch() -> None:
    with pytest.raises(KeyError), patch_hydra():
        raise KeyError
    assert who_answers() is None


def test_what_a_constructor_instantiates_during_a_build_is_ours_too() -> None:
    with patch_hydra():
        instantiates_what_is_built = {"_target_": "adoption_references.by_default_argument", "config": HALF}
        assert hydra.utils.instantiate(instantiates_what_is_built) == hydra.utils.instantiate(HALF)


def test_mocks_of_the_name_and_patches_may_overlap_in_any_order() -> None:
    patch, mocked = patch_hydra(), mock.patch("hydra.utils.instantiate", return_value="mocked")
    patch.start()
    mocked.start()
    patch.stop()
    assert hydra.utils.instantiate({}) == "mocked"
    mocked.stop()
    assert who_answers(hydra.utils.instantiate) is None


def test_what_hydra_itself_refuses_is_refused_in_hydras_words() -> None:
    with pytest.raises(InstantiationException) as hydras:
        hydra.utils.instantiate(5)
    with patch_hydra(), pytest.raises(InstantiationException) as ours:
        hydra.utils.instantiate(5)
    assert str(hydras.value) in str(ours.value)


def test_hydras_own_modules_keep_hydras() -> None:
    ask = "answer = instantiate(built)"
    with patch_hydra(), patch_hydra(everywhere=True):
        for module in ("hydra.core.plugins", "hydra_plugins.a_launcher", "hydra"):
            names = {"__name__": module, "instantiate": hydra.utils.instantiate, "built": BUILT}
            with pytest.raises(InstantiationException):
                exec(ask, names)
        names = {"__name__": "hydrants", "instantiate": hydra.utils.instantiate, "built": BUILT}
        exec(ask, names)
    assert names["answer"] is BUILT


def test_a_patched_function_shows_hydras_signature_name_and_documentation() -> None:
    function = hydra.utils.instantiate
    before = (inspect.signature(function), function.__name__, function.__qualname__, function.__doc__)
    with patch_hydra():
        assert (inspect.signature(function), function.__name__, function.__qualname__, function.__doc__) == before


def test_a_trainer_counts_as_one_that_instantiates_for_itself_inside_as_outside() -> None:
    with patch_hydra():
        assert instantiates_for_itself(Trainer)
        assert not instantiates_for_itself(dict)


def test_hydras_own_engine_warns_of_the_same_line_while_somebody_else_is_inside() -> None:
    job = compile("\n\ninstantiate(config)", "a_job.py", "exec")
    config = {"_target_": "functools.partial", "_args_": [{"_target_": "builtins.dict", "_partial_": True}]}
    names = {"instantiate": hydra.utils.instantiate, "config": config}

    def warned_lines() -> list[tuple[str, int]]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            exec(job, dict(names))
        return [(warning.filename, warning.lineno) for warning in caught]

    outside = contextvars.Context()
    before = outside.run(warned_lines)
    with patch_hydra():
        assert outside.run(warned_lines) == before
    assert set(before) <= {("a_job.py", 3)}


def test_a_decorated_function_is_inside_at_each_call() -> None:
    @patch_hydra(CONVERTS)
    def work() -> Instantiator | None:
        """Works."""
        return who_answers()

    assert work() == CONVERTS
    assert who_answers() is None
    assert work() == CONVERTS
    assert (work.__name__, work.__doc__) == ("work", "Works.")


def test_a_decorated_function_may_call_itself() -> None:
    @patch_hydra()
    def depth(n: int) -> int:
        assert who_answers() == DEFAULT
        return depth(n - 1) + 1 if n else 0

    assert depth(3) == 3


def test_a_decorated_generator_is_inside_at_its_steps_and_its_consumer_is_not() -> None:
    heard: list[Any] = []

    @patch_hydra()
    def steps() -> Iterator[Instantiator | None]:
        try:
            heard.append((yield who_answers()))
            try:
                yield who_answers()
            except KeyError:
                yield who_answers()
        finally:
            heard.append(who_answers())

    generator: Any = steps()
    assert (next(generator), who_answers()) == (DEFAULT, None)
    assert (generator.send("sent"), who_answers()) == (DEFAULT, None)
    assert (generator.throw(KeyError()), who_answers()) == (DEFAULT, None)
    generator.close()
    assert heard == ["sent", DEFAULT]


def test_a_decorated_generator_hands_on_what_it_returns() -> None:
    @patch_hydra()
    def returns() -> Any:
        yield 1
        return "end"

    def delegates() -> Any:
        return (yield from returns())

    generator = delegates()
    next(generator)
    with pytest.raises(StopIteration, match="end"):
        next(generator)


def test_stop_without_start_says_so() -> None:
    with pytest.raises(RuntimeError, match=r"stop\(\) without start\(\)"):
        patch_hydra().stop()


def test_a_decorator_without_parentheses_says_so() -> None:
    with pytest.raises(TypeError, match=r"got an object of type function; as a decorator .* @patch_hydra\(\)"):

        @patch_hydra  # type: ignore[arg-type]
        def work() -> None: ...


def test_something_else_than_an_instantiator_is_refused() -> None:
    with pytest.raises(TypeError, match=r"patch_hydra takes an Instantiator, got an object of type dict$"):
        patch_hydra({"convert": "all"})  # type: ignore[arg-type]


def test_a_decorated_class_is_refused_with_what_to_use() -> None:
    with pytest.raises(TypeError, match="got the class Trainer; for a class there is safe_setup"):
        patch_hydra()(Trainer)
