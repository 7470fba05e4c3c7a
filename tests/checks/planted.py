"""Mistakes to make in the config of examples/digits: what is written in the place of what, and what is to be found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mistake:
    """`new` takes the place of `old`; the line with `mark`, or else the first one of `new`, is at fault."""

    code: str
    full_key: str
    file: str
    old: str
    new: str
    mark: str = ""
    severity: str = "error"


def after(line: str, *lines: str) -> str:
    return "\n".join([line, *lines])


_ACCURACY = "    _target_: examples.digits.meters.Accuracy"
_METER = "trainer.meters"


def _meter(code: str, name: str, *lines: str, at: str = "", mark: str = "", severity: str = "error") -> Mistake:
    """A mistake in a further meter of the trainer's."""
    written = [f"  {name}:", *(f"    {line}" for line in lines)]
    mark = mark or written[1]
    return Mistake(
        code, f"{_METER}.{name}{at}", "trainer/ddp.yaml", _ACCURACY, after(_ACCURACY, *written), mark, severity
    )


MODEL = "model/cnn.yaml"
DATA = "data/digits.yaml"
OPTIM = "optim/adamw.yaml"
TRAINER = "trainer/ddp.yaml"
_BACKBONE = "  _target_: examples.digits.model.ConvBackbone"
_CLIPPER = "  _target_: examples.digits.optim.GradientClipper"
_SPLIT = "      split: train"
_WRITER = "  _target_: examples.digits.loggers.make_tensorboard_logger"

MISTAKES = (
    Mistake("target-not-found", "model.backbone", MODEL, _BACKBONE, _BACKBONE.replace("Backbone", "Backbon")),
    Mistake("argument-type", "model.head.hidden", MODEL, "  hidden: 128", '  hidden: "128"'),
    Mistake(
        "unknown-argument", "model.head.num_clases", MODEL, "  dropout: 0.2", "  dropout: 0.2\n  num_clases: 10",
        "num_clases",
    ),
    Mistake("missing-value", "model.head.in_features", MODEL, "  in_features: 256", "  in_features: ???"),
    Mistake("argument-choice", "data.train.dataset.dataset.split", DATA, _SPLIT, _SPLIT.replace("train", "trian")),
    Mistake("interpolation", "data.train.dataset.std", DATA, "    std: 1.0", "    std: ${noise.std}"),
    Mistake("argument-type", "data.train.batch_size", DATA, "  batch_size: 16", "  batch_size: [16, 32]"),
    Mistake("none-argument", "data.test.shuffle", DATA, "  shuffle: false", "  shuffle: null", severity="warning"),
    Mistake(
        "control-key", "data.train.collate_fn._partail_", DATA,
        "    _partial_: true", "    _partail_: true",
    ),
    Mistake(
        "target-not-callable", "data.test.dataset", DATA,
        "    _target_: examples.digits.data.DigitImages\n    split: test",
        "    _target_: examples.digits.data\n    split: test",
    ),
    Mistake("missing-argument", "optim.gradient_clip", OPTIM, "  max_norm: 5.0", "", _CLIPPER, "warning"),
    Mistake("argument-type", "optim.optimizer.betas", OPTIM, "  lr: 0.003", "  betas: [0.9]\n  lr: 0.003"),
    Mistake(
        "target-not-allowed", "optim.param_group_modifiers[2]", OPTIM,
        "    lr: 0.0015", "    lr: 0.0015\n  - _target_: os.system\n    command: ls", "os.system",
    ),
    Mistake(
        "plain-secret", "logging.tensorboard_writer.api_key", "logging/tensorboard.yaml",
        "  flush_secs: 10", "  flush_secs: 10\n  api_key: hf_abcdefghij0123456789", "api_key", "warning",
    ),
    Mistake(
        "control-value", "logging.tensorboard_writer._convert_", "logging/tensorboard.yaml",
        _WRITER, after(_WRITER, "  _convert_: al"), "_convert_",
    ),
    Mistake(
        "too-many-arguments", "trainer.loss", TRAINER,
        "  _target_: torch.nn.CrossEntropyLoss",
        "  _target_: torch.nn.CrossEntropyLoss\n  _args_: [null, null, -100, null, mean, 0.0, 1]",
    ),
    _meter("deprecated-target", "old", "_target_: checks_app.OldAccuracy", severity="warning"),
    _meter("target-not-importable", "broken", "_target_: checks_broken.Meter"),
    _meter(
        "missing-path", "confusion", "_target_: checks_app.ConfusionMatrix", "names_file: labels/name.txt",
        at=".names_file", mark="names_file: labels/name.txt", severity="warning",
    ),
    _meter(
        "unknown-argument", "matrix", "_target_: checks_app.ConfusionMatrix", "names_file: labels/names.txt",
        "normalise: true", at=".normalise", mark="normalise",
    ),
    _meter(
        "unbuilt-config", "smoothed", "_target_: checks_app.Smoothed", "_recursive_: false",
        "meter: {_target_: examples.digits.meters.Accuracy}", at=".meter", mark="meter: {", severity="warning",
    ),
    _meter(
        "instance-for-callable", "custom", "_target_: checks_app.Custom",
        "function: {_target_: examples.digits.meters.Accuracy}", at=".function", mark="function: {",
    ),
    _meter(
        "dataclass-fields", "calibration", "_target_: checks_app.Calibration", "thresholds: {hihg: 0.5, low: 0.1}",
        at=".thresholds", mark="thresholds: {",
    ),
    _meter(
        "optimizer-without-params", "averaged", "_target_: checks_app.WeightAverage", "options: {decay: 0.9}",
        "optimizer: {_target_: torch.optim.SGD, lr: 0.1}", at=".optimizer",
        mark="optimizer: {_target_: torch.optim.SGD, lr: 0.1}",
    ),
    _meter(
        "argument-type", "weights", "_target_: checks_app.WeightAverage",
        "options: {_target_: checks_app.Options, decay: 0.9}",
        "optimizer: {_target_: torch.optim.SGD, _partial_: true, lr: 0.1}", at=".options", mark="options: {_target_",
    ),
    _meter(
        "duplicate-argument", "twice", "_target_: checks_app.Smoothed", "_args_: [null, 3]", "window: 4",
        at=".window", mark="window: 4",
    ),
    _meter("args-value", "counted", "_target_: checks_app.Smoothed", "_args_: 3", at="._args_", mark="_args_: 3"),
)  # fmt: skip


def plant(conf: Path) -> list[tuple[Mistake, str, int]]:
    """Make all the mistakes in a copy of the config; says for each the file, and the line that is at fault."""
    for mistake in MISTAKES:
        file = conf / mistake.file
        text = file.read_text("utf-8")
        assert text.count(mistake.old) >= 1, mistake
        file.write_text(text.replace(mistake.old, mistake.new, 1), "utf-8")
    placed = []
    for mistake in MISTAKES:
        lines = (conf / mistake.file).read_text("utf-8").splitlines()
        mark = mistake.mark or mistake.new.splitlines()[0]
        whole = [number for number, line in enumerate(lines, 1) if mark.strip() == line.strip()]
        numbers = whole or [number for number, line in enumerate(lines, 1) if mark in line]
        assert len(numbers) == 1, mistake
        placed.append((mistake, mistake.file, numbers[0]))
    return placed
