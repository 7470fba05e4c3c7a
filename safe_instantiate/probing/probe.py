"""The probe: builds the data part of a config, and nothing else, and looks at samples of it."""

from __future__ import annotations

import contextlib
import os
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from omegaconf import DictConfig, ListConfig, OmegaConf

from safe_instantiate.checking.diagnostic import Diagnostic
from safe_instantiate.distributed import ensure_process_group, no_group_yet
from safe_instantiate.instantiator import DEFAULT, Instantiator
from safe_instantiate.planning.built import is_built

from .drawing import SampleError, Source, draws, length_of, source_of, unpicklable
from .expectations import Expectation
from .fields import Field, configs_in, fields_of
from .report import ProbedData, ProbeReport, merged

if TYPE_CHECKING:
    from safe_instantiate.plans import Plan

    from .parts import DataPart

_BATCH: Final = "batch"
#: Where code is that a project only uses: what is installed, what Python brings along, and this.
_INSTALLED: Final = (
    *(sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib")),
    str(Path(__file__).parents[1]),
)


def probe(
    config: Any, *expectations: Expectation, samples: int = 16, seed: int = 0, instantiator: Instantiator = DEFAULT
) -> ProbeReport:
    """Build the data part of a config, draw samples, and say what is in them and what is wrong with them.

    Without a process group, this process is a world of one meanwhile. What is not data is not built.

    Args:
        config: a config, of a dataset or of a whole application; or a dataset or DataLoader that is built already.
        *expectations: what is expected of fields: `in_range`, `below`, `not_empty`.
        samples: how many samples to draw of each dataset: the first, the last, and others at random.
        seed: of the draw.
        instantiator: the settings to build with.

    Raises:
        TypeError: the config is neither a config nor anything with samples, or an expectation isn't one.
        ValueError: no sample is to be drawn.

    Returns:
        A report with a table for each dataset. An error is: no samples; one that raises, that is or holds a config, or
        that has numbers which are not finite; a dataset that its workers can't be given; a collate function that fails;
        and an expectation that isn't met. A config without any data is one too.

    >>> from safe_instantiate import below
    >>> loader = {"_target_": "torch.utils.data.DataLoader", "_convert_": "all", "batch_size": 2}
    >>> loader["dataset"] = [{"label": 2}, {"label": 7}]
    >>> print(probe({"model": {"_target_": "torch.nn.Identity"}, "train": loader}, below("label", 7)))
    train: DataLoader, 2 samples, 2 drawn
      field        type    shape  dtype  range  empty
      label        int                   2..7   0/2
      batch.label  Tensor  (2,)   int64  2..7   0/1
    error: train: 'label' is expected from 0 to below 7, and goes from 2 to 7 [probe-expectation]
    1 error
    """
    _ensure_sense(config, expectations, samples)
    if isinstance(config, (dict, list)) and not is_built(config):
        with contextlib.suppress(Exception):  # what no config can be made of is taken for a list of samples
            config = _as_config(config)
    # Who only builds needs none of these.
    from safe_instantiate.checking.places import at_place

    from .parts import data_parts

    with _some_process_group():
        if not isinstance(config, (DictConfig, ListConfig)):
            return merged(*_looked_into("", config, "", expectations, samples, seed))
        found: list[Diagnostic] = []
        data: list[ProbedData] = []
        plan = instantiator.plan_for_check(config)
        parts = list(data_parts(config, plan, instantiator))
        for part in parts:
            probed, complaints = _probed(part, expectations, samples, seed, instantiator)
            data += probed
            found += (at_place(each, config) for each in complaints)
        if not parts:
            found = [Diagnostic("probe-no-data", "error", "", "there is no dataset and no DataLoader in this config")]
        found += (at_place(each, config) for each in _unknown_targets(plan))
        return merged(data, found)


def _ensure_sense(config: Any, expectations: tuple[Any, ...], samples: int) -> None:
    if config is None or isinstance(config, (str, bytes, int, float)):
        raise TypeError(f"probe takes a config, a dataset or a DataLoader, not {type(config).__name__}")
    for each in expectations:
        if not isinstance(each, Expectation):
            raise TypeError(f"an expectation is what in_range, below or not_empty give, not {type(each).__name__}")
    if samples < 1:
        raise ValueError(f"samples must be 1 or more, not {samples}")


def _as_config(config: Any) -> Any:
    made = OmegaConf.create(config, flags={"allow_objects": True})
    has_targets = isinstance(config, dict) or "_target_" in str(config)
    return made if has_targets else config


def _unknown_targets(plan: Plan) -> Iterator[Diagnostic]:
    """What couldn't be looked at, and may be data: that is not known of a target which can't be found."""
    from safe_instantiate.checking.conversion import diagnostic_of

    for problem in plan.problems:
        if problem.code.startswith("target-"):
            told = diagnostic_of(problem)
            yield Diagnostic("probe-unknown", "info", told.full_key, f"can't be looked at: {told.message}", told.hint)


def _probed(
    part: DataPart, expectations: tuple[Expectation, ...], samples: int, seed: int, instantiator: Instantiator
) -> tuple[list[ProbedData], list[Diagnostic]]:
    try:
        built = instantiator.instantiate(part.config)
    except Exception as error:
        return [], [Diagnostic("probe-build", "error", part.full_key, f"{type(error).__name__}: {error}")]
    return _looked_into(part.full_key, built, part.arguments, expectations, samples, seed)


def _looked_into(
    key: str, built: Any, arguments: str, expectations: tuple[Expectation, ...], samples: int, seed: int
) -> tuple[list[ProbedData], list[Diagnostic]]:
    source = source_of(built)
    found: list[Diagnostic] = []

    def complain(code: str, message: str, hint: str = "") -> None:
        found.append(Diagnostic(f"probe-{code}", "error", key, message, hint))

    drawn: list[Any] = []
    length: int | None = None
    configs: dict[str, list[int]] = {}
    try:
        length = length_of(source.dataset)
        for index, sample in draws(source.dataset, samples, seed):
            drawn.append(sample)
            for name in configs_in(sample):
                configs.setdefault(name, []).append(index)
    except SampleError as error:
        complain("sample", str(error), _raised_at(error.__cause__))
    for name, (first, *others) in configs.items():
        where = f"{name!r} in sample {first}" if name else f"sample {first}"
        more = f", and so in {len(others)} more of {len(drawn)}" if others else ""
        complain("config", f"{where} is a config, not data{more}", "Something below was left unbuilt: _recursive_?")
    if not drawn and not found:
        complain("empty", "there are no samples", f"It comes from {arguments}." if arguments else "")
    fields = fields_of(drawn)
    for name, each in fields.items():
        wrong = sum(not leaf.finite for leaf in each.leaves)
        if wrong:
            complain("not-finite", f"{name!r} is not finite in {wrong} of {len(each.leaves)} samples")
    for reason in _not_for_workers(source):
        complain("pickle", f"a worker process can't be given {reason}")
    fields.update(_batch(source, drawn, complain) if drawn and not found else {})
    for expectation in expectations:
        unmet = expectation.unmet(fields)
        if unmet is not None and drawn:
            complain("expectation", unmet)
    target = type(built).__qualname__
    return [ProbedData(key, target, length, fields, len(drawn))], found


def _raised_at(error: BaseException | None) -> str:
    """The last line of the project's own code on the way to an exception."""
    from safe_instantiate.checking.places import shown

    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    own = [each for each in frames if not each.filename.startswith(_INSTALLED)]
    return f"in {shown(Path(own[-1].filename))}:{own[-1].lineno}, {own[-1].name}" if own else ""


def _not_for_workers(source: Source) -> Iterator[str]:
    if source.num_workers == 0:
        return
    for name, each in (("the dataset", source.dataset), ("the collate function", source.collate)):
        reason = unpicklable(each)
        if reason is not None:
            yield f"{name} where workers are spawned: {reason}"


def _batch(source: Source, drawn: list[Any], complain: Any) -> dict[str, Field]:
    """What the collate function makes of the samples."""
    if source.collate is None:
        return {}
    try:
        batch = source.collate(drawn[0] if source.batch_size is None else drawn[: source.batch_size])
    except Exception as error:
        complain("collate", f"the collate function raised {type(error).__name__}: {error}", _raised_at(error))
        return {}
    return fields_of([batch], _BATCH)


@contextlib.contextmanager
def _some_process_group() -> Iterator[None]:
    """A world of one, where torch is there, nobody has started a group, and nobody has launched several processes."""
    launched = any(name in os.environ for name in ("RANK", "WORLD_SIZE"))
    if "torch" not in sys.modules or launched or not no_group_yet():
        yield
        return
    hook = sys.excepthook
    try:
        with ensure_process_group("gloo"):
            yield
    finally:
        sys.excepthook = hook  # torch puts the rank before each line of a traceback, for good
