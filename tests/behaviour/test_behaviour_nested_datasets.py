"""Who builds a nested config: datasets, loaders and loader factories never receive the config of a dataset."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from behaviour_app import data, trainers
from behaviour_app.data import Indexed, Numbers, Wrapper
from omegaconf import DictConfig, ListConfig, OmegaConf
from torch.utils.data import BatchSampler, ConcatDataset, DataLoader, Dataset, SequentialSampler

from safe_instantiate import Instantiator, instantiate

HERE = "behaviour_app.data"
NUMBERS = {"_target_": f"{HERE}.Numbers", "size": 3}
FUNCTION = {"_target_": f"{HERE}.numbers", "size": 3}
INDEXED = {"_target_": f"{HERE}.Indexed"}
CODEC = {"_target_": f"{HERE}.codec"}
COLLATE = {"_target_": f"{HERE}.collate", "_partial_": True, "scale": 2}
WRAPPER = {"_target_": f"{HERE}.Wrapper", "_recursive_": False}
LOADER = {"_target_": "torch.utils.data.DataLoader", "_recursive_": False}
no_force = Instantiator(force_datasets=False)


def under(target: Any, child: Any, name: str = "inner", **settings: Any) -> Any:
    """What a target that is not recursive receives for a config."""
    built = Instantiator(**settings).instantiate({"_target_": target, "_recursive_": False, name: child})
    return getattr(built, name)


# by the child's own target


@pytest.mark.parametrize("child", [NUMBERS, INDEXED], ids=["a torch dataset", "a dataset by what it can do"])
@pytest.mark.parametrize("name", ["inner", "other"])
def test_a_dataset_in_a_dataset_is_built(child: dict[str, Any], name: str) -> None:
    assert isinstance(under(f"{HERE}.Wrapper", child, name), (Numbers, Indexed))


def test_a_dataset_in_a_class_that_is_indexed_is_built() -> None:
    assert isinstance(under(f"{HERE}.IndexedWrapper", NUMBERS), Numbers)


def test_a_dataset_in_a_loader_factory_is_built() -> None:
    factory = f"{HERE}.LoaderFactory"
    assert isinstance(under(factory, NUMBERS, "dataset"), Numbers)
    built = instantiate({"_target_": factory, "_recursive_": False, "dataset": {}, "source": NUMBERS})
    assert isinstance(built.source, Numbers)


def test_lists_of_datasets_are_built() -> None:
    concatenated = instantiate(
        {"_target_": "torch.utils.data.ConcatDataset", "_recursive_": False, "datasets": [NUMBERS, INDEXED]}
    )
    assert isinstance(concatenated, ConcatDataset) and len(concatenated) == 4
    nested = under(f"{HERE}.Wrapper", [[NUMBERS], [NUMBERS, NUMBERS]])
    assert [[type(each) for each in items] for items in nested] == [[Numbers], [Numbers, Numbers]]


def test_a_mapping_of_datasets_is_built() -> None:
    for name in ("datasets", "inner"):
        found = under(f"{HERE}.Wrapper", {"train": NUMBERS, "test": NUMBERS}, name)
        assert isinstance(found["train"], Numbers) and isinstance(found["test"], Numbers), name


def test_a_dataset_in_positional_arguments_is_built() -> None:
    loader = instantiate({**LOADER, "_args_": [NUMBERS, 2]})
    assert isinstance(loader.dataset, Numbers)
    assert [batch.tolist() for batch in loader] == [[0, 1], [2]]


def test_what_makes_a_dataset_is_built_in_positional_arguments_too() -> None:
    assert isinstance(instantiate({**LOADER, "_args_": [FUNCTION]}).dataset, Numbers)


def test_datasets_are_built_however_deep() -> None:
    config = {**LOADER, "dataset": {**WRAPPER, "inner": {**WRAPPER, "inner": {**WRAPPER, "inner": NUMBERS}}}}
    inner = instantiate(config).dataset.inner.inner.inner
    assert isinstance(inner, Numbers) and inner.size == 3


def test_a_dataset_that_is_referred_to_is_built() -> None:
    config = OmegaConf.create({"train": NUMBERS, "loader": {**LOADER, "dataset": "${train}"}})
    assert isinstance(instantiate(config.loader).dataset, Numbers)


def test_a_dataset_given_in_the_call_is_built() -> None:
    assert isinstance(instantiate(LOADER, dataset=NUMBERS).dataset, Numbers)
    assert isinstance(
        instantiate({"_target_": LOADER["_target_"], "dataset": NUMBERS}, _recursive_=False).dataset, Numbers
    )


def test_a_partial_of_a_dataset_is_built_as_a_partial() -> None:
    made = under(f"{HERE}.Wrapper", {**NUMBERS, "_partial_": True})
    assert isinstance(made, functools.partial) and isinstance(made(), Numbers)


def test_a_dataset_under_a_group_that_is_not_recursive_is_built_as_soon_as_its_loader_is() -> None:
    config = {"_recursive_": False, "loader": {"_target_": LOADER["_target_"], "dataset": NUMBERS}}
    loader = instantiate(config).loader  # with Hydra 1.4 still a config
    assert isinstance(instantiate(loader, _recursive_=False).dataset, Numbers)


def test_a_dataset_under_an_instantiator_that_is_not_recursive_is_built() -> None:
    config = {"_target_": LOADER["_target_"], "dataset": NUMBERS}
    assert isinstance(Instantiator(recursive=False).instantiate(config).dataset, Numbers)


# by the annotation


@pytest.mark.parametrize("kind", data.ANNOTATIONS)
def test_a_parameter_that_is_annotated_as_an_object_gets_one(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "Annotated", data.annotated(data.ANNOTATIONS[kind]), raising=False)
    if any(word in kind for word in ("list", "sequence", "tuple")):
        assert type(under(f"{HERE}.Annotated", [CODEC])[0]) is data.Codec
    elif any(word in kind for word in ("dict", "mapping")):
        assert type(under(f"{HERE}.Annotated", {"a": CODEC})["a"]) is data.Codec
    else:
        assert type(under(f"{HERE}.Annotated", CODEC)) is data.Codec


@pytest.mark.parametrize("child", [CODEC, NUMBERS], ids=["anything", "a dataset"])
@pytest.mark.parametrize("kind", data.CONFIG_ANNOTATIONS)
def test_a_parameter_that_is_annotated_as_a_config_gets_one(
    kind: str, child: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "Annotated", data.annotated(data.CONFIG_ANNOTATIONS[kind]), raising=False)
    found = under(f"{HERE}.Annotated", child)
    assert isinstance(found, DictConfig) and found == child


@pytest.mark.parametrize("annotation", [Any, "Any", "object", "int | None", "list", "list[int]", "Unknown"])
def test_an_annotation_that_does_not_tell_leaves_it_to_the_child(
    annotation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "Annotated", data.annotated(annotation), raising=False)
    assert isinstance(under(f"{HERE}.Annotated", CODEC), DictConfig)
    assert isinstance(under(f"{HERE}.Annotated", NUMBERS), Numbers)


def test_an_annotation_for_type_checkers_only_does_no_harm() -> None:
    assert isinstance(under(f"{HERE}.Hidden", NUMBERS), Numbers)


# by the loader's own names


def test_the_parts_of_a_loader_are_built() -> None:
    config = {
        **LOADER,
        "dataset": FUNCTION,
        "sampler": {"_target_": "torch.utils.data.SequentialSampler", "data_source": FUNCTION},
        "collate_fn": COLLATE,
        "batch_size": 2,
        "worker_init_fn": {**COLLATE, "scale": 1},
        "generator": {"_target_": "torch.Generator"},
    }
    loader = instantiate(config)
    assert isinstance(loader.sampler, SequentialSampler) and isinstance(loader.sampler.data_source, Numbers)
    assert list(loader) == [[0, 2], [4]]
    assert isinstance(loader.worker_init_fn, functools.partial)


def test_a_batch_sampler_is_built_with_the_sampler_in_it() -> None:
    sampler = {"_target_": "torch.utils.data.SequentialSampler", "data_source": NUMBERS}
    batches = {"_target_": "torch.utils.data.BatchSampler", "sampler": sampler, "batch_size": 2, "drop_last": False}
    loader = instantiate({**LOADER, "dataset": NUMBERS, "batch_sampler": batches})
    assert isinstance(loader.batch_sampler, BatchSampler)
    assert [batch.tolist() for batch in loader] == [[0, 1], [2]]


def test_the_loader_s_names_count_in_a_dataset_and_in_a_loader_factory() -> None:
    for target in ("Wrapper", "LoaderFactory"):
        config = {"_target_": f"{HERE}.{target}", "_recursive_": False, "dataset": FUNCTION, "collate_fn": COLLATE}
        built = instantiate(config)
        assert isinstance(built.dataset, Numbers) and callable(built.collate_fn)


def test_a_group_without_anything_to_build_stays_a_config() -> None:
    found = under(f"{HERE}.Wrapper", {"path": "data", "_convert_": "all"}, "dataset")
    assert isinstance(found, DictConfig) and found == {"path": "data"}


def test_a_child_that_is_no_dataset_stays_raw_where_nothing_else_tells() -> None:
    assert isinstance(under(f"{HERE}.Wrapper", CODEC), DictConfig)
    assert isinstance(under(f"{HERE}.Wrapper", [CODEC]), ListConfig)


# nobody else is concerned


@pytest.mark.parametrize(
    "target",
    [f"{HERE}.Trainer", f"{HERE}.Sized", "behaviour_app.objects.Box", "behaviour_app.trainers.Plain", f"{HERE}.Layers"],
)
def test_any_other_parent_gets_its_configs_raw(target: str) -> None:
    name = {"behaviour_app.trainers.Plain": "model"}.get(target, "dataset")
    built = instantiate({"_target_": target, "_recursive_": False, name: NUMBERS})
    found = getattr(built, "dataset", None) or getattr(built, "kwargs", {}).get("dataset") or built.given
    assert isinstance(found, DictConfig) and found == NUMBERS


def test_a_function_gets_its_configs_raw() -> None:
    dataset, _ = instantiate({"_target_": "behaviour_app.objects.pair", "_recursive_": False, "a": NUMBERS})
    assert isinstance(dataset, DictConfig) and dataset == NUMBERS


@pytest.mark.parametrize("target", ["builtins.dict", "collections.OrderedDict", "collections.UserDict"])
def test_a_plain_container_is_no_dataset(target: str) -> None:
    built = instantiate({"_target_": target, "_recursive_": False, "dataset": NUMBERS})
    assert isinstance(built["dataset"], DictConfig)


def test_a_dataset_that_instantiates_for_itself_gets_its_configs_raw() -> None:
    built = instantiate(
        {"_target_": "behaviour_app.trainers.SelfBuildingDataset", "_recursive_": False, "dataset": NUMBERS}
    )
    assert isinstance(built.given, DictConfig)
    assert built[1] == 1


def test_what_a_target_s_code_refers_to_is_never_asked_anything() -> None:
    built = instantiate({"_target_": "behaviour_app.trainers.InContext", "_recursive_": False, "dataset": NUMBERS})
    assert isinstance(built, trainers.InContext) and isinstance(built.dataset, Numbers)


def test_without_forced_datasets_recursive_false_means_what_it_means_in_hydra() -> None:
    for target, child, name in (("Wrapper", NUMBERS, "inner"), ("Wrapper", FUNCTION, "dataset")):
        assert isinstance(under(f"{HERE}.{target}", child, name, force_datasets=False), DictConfig)
    assert isinstance(no_force.instantiate({**LOADER, "dataset": NUMBERS}).dataset, DictConfig)


def test_without_forced_datasets_recursive_configs_are_built_as_ever() -> None:
    assert isinstance(no_force.instantiate({"_target_": LOADER["_target_"], "dataset": NUMBERS}).dataset, Numbers)


def test_a_dataset_that_is_named_in_leave_configs_to_gets_its_configs_raw() -> None:
    engine = Instantiator(leave_configs_to=f"{HERE}.Wrapper")
    built = engine.instantiate({"_target_": f"{HERE}.Wrapper", "dataset": NUMBERS})
    assert isinstance(built.dataset, DictConfig)


def test_a_config_is_not_changed_by_forcing() -> None:
    config = OmegaConf.create({**LOADER, "dataset": {**WRAPPER, "inner": NUMBERS}})
    before = OmegaConf.to_container(config)
    instantiate(config)
    assert OmegaConf.to_container(config) == before


def test_mistakes_in_a_forced_dataset_are_found_before_anything_is_built(calls: list[str]) -> None:
    config = {
        "first": {"_target_": "behaviour_app.objects.record", "name": "first"},
        "loader": {**LOADER, "dataset": {**NUMBERS, "sise": 3}},
    }
    with pytest.raises(Exception, match="did you mean 'size'"):
        instantiate(config)
    assert calls == []


def test_two_loaders_work_in_the_end() -> None:
    config = {split: {**LOADER, "dataset": {**WRAPPER, "inner": NUMBERS}, "batch_size": 2} for split in ("a", "b")}
    loaders = instantiate(config)
    assert all(isinstance(loader, DataLoader) and isinstance(loader.dataset, Dataset) for loader in loaders.values())
    assert isinstance(loaders.a.dataset, Wrapper) and loaders.a.dataset.inner is not loaders.b.dataset.inner


@pytest.mark.parametrize(
    "child",
    [
        {"_target_": 3},
        {"_target_": "behaviour_app.data.no_such_name"},
        [{"_target_": f"{HERE}.codec"}, 3],
        {"a": CODEC, "b": 3},
    ],
    ids=["no path", "a path to nothing", "a list without a dataset", "a group without a dataset"],
)
def test_what_makes_no_dataset_is_left_raw(child: Any) -> None:
    assert under(f"{HERE}.Wrapper", child, "inner") == child


def test_a_dataset_named_by_its_class_is_built() -> None:
    assert isinstance(under(f"{HERE}.Wrapper", {"_target_": Numbers}), Numbers)
