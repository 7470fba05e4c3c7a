"""The probe builds the data part only, and says of its samples what they are and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import probe_data
import pytest
import torch
from omegaconf import OmegaConf

from examples.digits.run import compose_config
from safe_instantiate import ProbeReport, below, in_range, not_empty, probe, with_origin


def loader(name: str, **arguments: Any) -> dict[str, Any]:
    dataset = {"_target_": f"probe_data.{name}", **arguments.pop("dataset", {})}
    return {"_target_": "torch.utils.data.DataLoader", "dataset": dataset, "batch_size": 4, **arguments}


def told(report: ProbeReport) -> list[tuple[str, str]]:
    return [(found.code, found.message) for found in report]


def test_only_the_data_is_built() -> None:
    probe_data.built.clear()
    report = probe({"model": {"_target_": "probe_data.Model"}, "train": {"_target_": "probe_data.Boxes"}})
    assert report.ok and probe_data.built == ["Boxes"]


def test_the_table_says_what_is_in_the_samples() -> None:
    (data,) = probe({"train": {"_target_": "probe_data.Boxes"}}, samples=9).data
    assert (data.full_key, data.target, data.length, data.n_drawn) == ("train", "Boxes", 9, 9)
    image, boxes = data.fields["image"], data.fields["target.boxes"]
    assert (image.types, image.dtypes, image.shapes, image.range) == ("Tensor", "float32", "(3, 8..16, 8)", (0.0, 0.0))
    assert (boxes.shapes, boxes.range, boxes.n_empty) == ("(0..2, 4)", (1.0, 1.0), 3)
    assert data.fields["target.labels"].range == (1.0, 8.0)
    assert "target.boxes   Tensor  (0..2, 4)      float32  1..1   3/9" in str(data)


def test_no_samples_is_an_error_that_names_the_arguments() -> None:
    report = probe({"train": {"_target_": "probe_data.Boxes", "split": "Train"}})
    (found,) = report
    assert (found.code, found.full_key, found.message) == ("probe-empty", "train", "there are no samples")
    assert "Boxes(split='Train')" in found.hint and not report.ok


def test_a_sample_that_raises_is_named_by_its_index() -> None:
    assert told(probe({"a": {"_target_": "probe_data.Faulty"}})) == [
        ("probe-sample", "sample 8 raised KeyError: 'boxes'")
    ]


def test_numbers_that_are_not_finite() -> None:
    assert told(probe({"a": {"_target_": "probe_data.NotFinite"}}, samples=9)) == [
        ("probe-not-finite", "'[0]' is not finite in 1 of 9 samples"),
        ("probe-not-finite", "'[1]' is not finite in 1 of 9 samples"),
    ]


def test_a_config_in_the_place_of_data() -> None:
    codes = told(probe({"a": {"_target_": "probe_data.OfConfigs", "count": 1}}))
    assert codes == [("probe-config", "'meta' in sample 0 is a config, not data")]
    (found,) = probe({"a": {"_target_": "probe_data.OfConfigs"}}, samples=9)
    assert found.message == "'meta' in sample 0 is a config, not data, and so in 8 more of 9"


def test_workers_that_cannot_be_given_the_dataset() -> None:
    (found,) = probe({"train": loader("Unpicklable", num_workers=2)})
    assert found.code == "probe-pickle" and "a worker process can't be given the dataset" in found.message
    assert probe({"train": loader("Unpicklable", num_workers=0)}).ok


def test_a_collate_function_that_fails() -> None:
    (found,) = probe({"train": loader("Boxes")})
    assert found.code == "probe-collate" and "the collate function raised RuntimeError" in found.message


def test_a_dataset_that_cannot_be_built() -> None:
    (found,) = probe({"train": {"_target_": "probe_data.Boxes", "count": 1, "colour": 2}})
    assert (found.code, found.full_key) == ("probe-build", "train") and "colour" in found.message


@pytest.mark.parametrize(
    ("expectation", "complaint"),
    [
        (in_range("boxes", 0, 1), None),
        (in_range("boxes", 0, 0.5), "'target.boxes' is expected in 0..0.5, and goes from 1 to 1"),
        (in_range("image", 0, 0), None),
        (below("labels", 9), None),
        (below("labels", 8), "'target.labels' is expected from 0 to below 8, and goes from 1 to 8"),
        (not_empty("target.boxes", at_least=0.6), None),
        (
            not_empty("boxes", at_least=0.9),
            "'target.boxes' is empty in 3 of 9 samples; expected in at most 10%",
        ),
        (not_empty("masks"), "no sample has 'masks'; there are image, target.boxes, target.labels"),
    ],
)
def test_expectations(expectation: Any, complaint: str | None) -> None:
    report = probe({"a": {"_target_": "probe_data.Boxes"}}, expectation, samples=9)
    assert told(report) == ([] if complaint is None else [("probe-expectation", complaint)])


def test_what_the_collate_function_makes_is_a_field_of_the_batch() -> None:
    report = probe(compose_config([]), in_range("batch.images", -2, 3), below("batch.labels", 10), below("[1]", 10))
    assert report.ok, str(report)
    train, test = report.data
    assert (train.full_key, train.length, test.full_key, test.length) == ("data.train", 1437, "data.test", 360)
    assert test.fields["[0]"].range == (0.0, 16.0) and test.fields["batch.images"].range == (0.0, 1.0)
    assert train.fields["batch.images"].shapes == "(16, 1, 8, 8)"


def test_a_stream_without_a_length() -> None:
    report = probe({"a": {"_target_": "probe_data.Stream"}}, samples=5)
    (data,) = report.data
    assert report.ok and (data.length, data.n_drawn) == (None, 5)
    assert data.fields["tokens"].range == (0.0, 5.0)
    assert "samples without a length" in str(report)


def test_a_stream_that_knows_its_length_is_a_stream() -> None:
    report = probe({"a": {"_target_": "probe_data.StreamWithALength"}}, samples=3)
    (data,) = report.data
    assert report.ok and (data.length, data.n_drawn) == (1000, 3)


def test_a_stream_that_ends_in_an_exception() -> None:
    (found,) = probe({"a": {"_target_": "probe_data.BrokenStream"}})
    assert (found.code, found.message) == ("probe-sample", "sample 1 raised OSError: shard 1 is missing")


def test_a_length_that_raises() -> None:
    (found,) = probe({"a": {"_target_": "probe_data.WithoutAnIndex"}})
    assert (found.code, found.message) == ("probe-sample", "the length raised FileNotFoundError: index.json")


def test_an_exception_names_the_last_line_of_the_projects_own_code() -> None:
    (of_a_sample,) = probe({"a": {"_target_": "probe_data.Faulty"}})
    assert re.fullmatch(r"in .*probe_data\.py:\d+, __getitem__", of_a_sample.hint)
    collate = {"_target_": "probe_data.no_labels", "_partial_": True}
    (of_a_batch,) = probe({"a": loader("OfKind", dataset={"kind": "dict"}, collate_fn=collate)})
    assert re.fullmatch(r"in .*probe_data\.py:\d+, no_labels", of_a_batch.hint)
    (within_torch,) = probe({"a": loader("Boxes")})
    assert (within_torch.code, within_torch.hint) == ("probe-collate", "")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("dict", {"image": "Tensor (2,) float32", "label": "int"}),
        ("tuple", {"[0]": "Tensor (2,) float32", "[1]": "int"}),
        ("dataclass", {"image": "Tensor (2,) float32", "label": "int"}),
        ("namedtuple", {"image": "Tensor (2,) float32", "label": "int"}),
        ("numpy", {"image": "ndarray (2,) float32", "label": "float32 () float32"}),
        ("picture", {"[0]": "Picture (3, 4..7, 3) RGB", "[1]": "Picture (2, 2) L"}),
    ],
)
def test_samples_of_every_kind(kind: str, fields: dict[str, str]) -> None:
    (data,) = probe({"a": {"_target_": "probe_data.OfKind", "kind": kind}}).data
    told = {name: " ".join(filter(None, (f.types, f.shapes, f.dtypes))) for name, f in data.fields.items()}
    assert told == fields


def test_the_range_of_a_picture() -> None:
    (data,) = probe({"a": {"_target_": "probe_data.OfKind", "kind": "picture"}}).data
    assert (data.fields["[0]"].range, data.fields["[1]"].range) == ((0.0, 250.0), (0.0, 255.0))


def test_the_loaders_own_collate_function_makes_the_batch() -> None:
    collate = {"_target_": "probe_data.labels_of", "_partial_": True, "offset": 10}
    report = probe({"a": loader("OfKind", dataset={"kind": "dataclass"}, collate_fn=collate)})
    assert report.ok and report.data[0].fields["batch.labels"].shapes == "(4,)"
    assert sorted(report.data[0].fields["batch.labels"].range or ()) == [10.0, 13.0]


def test_a_loader_with_a_batch_sampler_and_one_without_batches_are_collated_too() -> None:
    sampler = {"_target_": "torch.utils.data.BatchSampler", "sampler": [0, 1, 2], "batch_size": 3, "drop_last": False}
    arguments = {"dataset": {"kind": "tuple"}, "batch_size": 1, "batch_sampler": sampler}
    (batched,) = probe({"a": loader("OfKind", **arguments)}).data
    assert batched.fields["batch[0]"].shapes == "(3, 2)"
    (single,) = probe({"a": loader("OfKind", dataset={"kind": "tuple"}, batch_size=None)}).data
    assert single.fields["batch[0]"].shapes == "(2,)"


def test_every_line_of_the_table_fits_into_a_terminal() -> None:
    (data,) = probe({"a": loader("OfKind", dataset={"kind": "a long name"})}).data
    lines = str(data).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-2:] == [
        "  batch.everything_that_is_known_of_the_right_of_a_sample",
        "         Tensor  (4, 2)  float32  0.5..0.5  0/1",
    ]


def test_a_number_that_misses_a_bound_by_a_little_is_told_with_its_digits() -> None:
    (found,) = probe({"a": {"_target_": "probe_data.OfKind", "kind": "almost"}}, in_range("(all)", 0, 1))
    assert found.message == "'(all)' is expected in 0..1, and goes from 0 to 1.0000001192092896"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: in_range("boxes", 1, 0), r"in_range\('boxes', 1, 0\): no number is in it"),
        (lambda: below("labels", 0), r"below\('labels', 0\): no label is below it"),
        (lambda: not_empty("boxes", at_least=90), r"not_empty\('boxes'\): at_least is a share from 0 to 1, not 90"),
        (lambda: probe([1], samples=0), "samples must be 1 or more, not 0"),
    ],
)
def test_an_expectation_that_nothing_can_meet_is_refused(wrong: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        wrong()


def test_what_is_neither_a_config_nor_data_is_refused() -> None:
    for config in (None, 3, "conf/train.yaml"):
        with pytest.raises(TypeError, match="probe takes a config, a dataset or a DataLoader, not "):
            probe(config)
    with pytest.raises(TypeError, match="an expectation is what in_range, below or not_empty give, not str"):
        probe([1], "boxes")  # type: ignore[arg-type]


def test_a_target_that_cannot_be_found_is_named_for_it_may_be_data() -> None:
    report = probe({"train": {"_target_": "probe_data.Boxs"}, "val": {"_target_": "probe_data.Boxes"}})
    (found,) = report
    assert report.ok and (found.code, found.full_key) == ("probe-unknown", "train")
    assert found.message == "can't be looked at: module 'probe_data' has no 'Boxs'"
    assert [each.code for each in probe({"train": {"_target_": "probe_data.Boxs"}})] == [
        "probe-no-data",
        "probe-unknown",
    ]


def test_a_dataset_that_asks_for_its_rank_gets_one_and_no_group_is_left() -> None:
    assert probe({"a": {"_target_": "probe_data.Sharded"}}).ok
    assert not torch.distributed.is_initialized()


def test_a_dataset_that_is_built_already_is_probed_as_it_is() -> None:
    (data,) = probe(probe_data.Boxes(count=3)).data
    assert data.length == 3


def test_a_config_without_data_is_an_error() -> None:
    assert told(probe({"model": {"_target_": "probe_data.Model"}}))[0][0] == "probe-no-data"


def test_a_finding_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data.yaml").write_text("train:\n  _target_: probe_data.Boxes\n  count: 0\n")
    config = with_origin(OmegaConf.load("data.yaml"), file="data.yaml")
    (found,) = probe(config)
    assert found.where == "data.yaml:2:3"
