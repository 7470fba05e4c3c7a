"""What a type checker knows of the public names. Checked, not run: `make types` reads it with mypy and with pyright.

Lines that must not type-check carry an ignore for each checker; both checkers complain of an ignore that is not needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig, OmegaConf
from typing_extensions import assert_type

import safe_instantiate
from safe_instantiate import (
    Diagnostic,
    Finding,
    Instantiator,
    Plan,
    ProbeReport,
    Report,
    below,
    call,
    check,
    ensure_process_group,
    get_class,
    get_method,
    house_rule,
    in_range,
    instantiate,
    instantiate_all,
    is_built,
    is_deferred,
    patch_hydra,
    plan,
    probe,
    rank_zero_only,
    resolve_deferred,
    safe_setup,
    strip_control_keys,
    to_dataclass,
    with_origin,
)
from safe_instantiate.checking.subject import Subject


@dataclass
class Logging:
    every: int = 10


cfg: DictConfig = OmegaConf.create({"_target_": "fractions.Fraction", "numerator": 1})

# What a config builds is known when it is read, so the answer is Any and goes wherever it is put.
assert_type(instantiate(cfg), Any)
assert_type(instantiate(cfg, 1, 2, denominator=3, _convert_="all", _recursive_=False), Any)
assert_type(call(cfg), Any)
width: int = instantiate({"_target_": "builtins.int"})
assert_type(instantiate_all({"a": cfg}), list[Any])

# Settings are keyword-only and a changed copy is of the same class.
careful = Instantiator(convert="all", share=True, leave_configs_to="auto", allow=["torch"])
assert_type(careful, Instantiator)
assert_type(careful.replace(recursive=False), Instantiator)
assert_type(careful.instantiate(cfg, 1, denominator=3), Any)
assert_type(Instantiator(leave_configs_to=["my_project.Trainer"]), Instantiator)

assert_type(plan(cfg), Plan)
assert_type(careful.plan(cfg, 1), Plan)
assert_type(plan(cfg).build(), Any)

assert_type(check(cfg, lr=1), Report)
assert_type(careful.check(cfg), Report)
assert_type(plan(cfg).check().diagnostics, tuple[Diagnostic, ...])
assert_type(with_origin(cfg, file="train.yaml"), DictConfig)
assert_type(probe(cfg, in_range("boxes", 0, 1), below("label", 9), samples=8), ProbeReport)


@house_rule("seeded", severity="info")
def seeded(subject: Subject) -> Iterator[Finding]:
    for call_site in subject.calls:
        yield Finding(call_site.full_key, "has a seed", severity="warning")


assert_type(is_built(cfg), bool)
assert_type(is_deferred(cfg), bool)
resolve_deferred()

assert_type(to_dataclass(Logging, cfg), Logging)
assert_type(rank_zero_only(Logging, every=3), Logging)
with ensure_process_group() as group:
    assert_type(group.rank, int)


class Trainer:
    def setup(self) -> int:
        return 1


with patch_hydra():
    assert_type(safe_setup(Trainer)().setup(), int)
strip_control_keys(cfg)

# Hydra's own names come through with Hydra's types.
assert_type(get_class("fractions.Fraction"), type)
get_method("math.sqrt")

Instantiator(convert="al")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Instantiator("all")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Instantiator(recusrive=False)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
careful.share = False  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
safe_instantiate.instanciate  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
