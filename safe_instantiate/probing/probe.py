"""The probe: builds the data part of a config, and nothing else, and looks at samples of it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
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
    from .parts import DataPart

_BATCH: Final = "batch"


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
        parts = list(data_parts(config, instantiator.plan_for_check(config), instantiator))
        for part in parts:
            probed, complaints = _probed(part, expectations, samples, seed, instantiator)
            data += probed
            found += (at_place(each, config) for each in complaints)
        if not parts:
            found = [Diagnostic("probe-no-data", "error", "", "there is no dataset and no DataLoader in this config")]
        return merged(data, found)


def _as_config(config: Any) -> Any:
    made = OmegaConf.create(config, flags={"allow_objects": True})
    has_targets = "_target_" in str(config)
    return made if has_targets else config


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
    try:
        for index, sample in draws(source.dataset, samples, seed):
            for name in configs_in(sample):
                where = f"{name!r} in sample {index}" if name else f"sample {index}"
                complain("config", f"{where} is a config, not data", "Something below was left unbuilt: _recursive_?")
            drawn.append(sample)
    except SampleError as error:
        complain("sample", str(error))
    except Exception as error:
        complain("sample", f"sample {len(drawn)} raised {type(error).__name__}: {error}")
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
    return [ProbedData(key, target, length_of(source.dataset), fields, len(drawn))], found


def _not_for_workers(source: Source) -> Iterator[str]:
    if source.num_workers == 0:
        return
    for name, each in (("the dataset", source.dataset), ("the collate function", source.collate)):
        reason = unpicklable(each)
        if reason is not None:
            yield f"{name} where workers are spawned: {reason}"


def _batch(source: Source, drawn: list[Any], complain: Any) -> dict[str, Field]:
    """What the collate function makes of the samples."""
    if source.collate is None or source.batch_size is None:
        return {}
    try:
        batch = source.collate(drawn[: source.batch_size])
    except Exception as error:
        complain("collate", f"the collate function raised {type(error).__name__}: {error}")
        return {}
    return fields_of([batch], _BATCH)


@contextlib.contextmanager
def _some_process_group() -> Iterator[None]:
    """A world of one, where torch is there, nobody has started a group, and nobody has launched several processes."""
    launched = any(name in os.environ for name in ("RANK", "WORLD_SIZE"))
    if "torch" not in sys.modules or launched or not no_group_yet():
        yield
        return
    with ensure_process_group("gloo"):
        yield
