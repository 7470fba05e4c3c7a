"""Fine-tuning a segmentation model: every symptom that the trainer's users met, with Hydra, and what they get instead.

Each test is one piece of user code. With Hydra it fails, with the message that users reported; with this library it
works, and the rest of the test says what "works" means.
"""

from __future__ import annotations

import functools
import warnings
from typing import Any

import hydra.utils
import pytest
import torch
import torch.distributed as dist
from omegaconf import DictConfig, OmegaConf
from segmentation_trainer.data import ImageFolder, TorchDataset
from segmentation_trainer.loggers import LoggingConf, SummaryWriter, TensorBoardLogger
from segmentation_trainer.model import Sam3Image
from segmentation_trainer.optim import GradientClipper, construct_optimizer
from segmentation_trainer.trainer import CarefulTrainer, Trainer
from torch.utils.data import DistributedSampler

IMAGES = {"_target_": "segmentation_trainer.data.ImageFolder", "root": "/images", "num_images": 6}
MODEL = {"_target_": "segmentation_trainer.model.Sam3Image", "width": 4}
ADAMW = {"_target_": "torch.optim.AdamW", "lr": 0.01}
NO_DECAY = {"_target_": "segmentation_trainer.optim.without_weight_decay", "_partial_": True, "names": ["bias"]}

SAMPLER_IN_A_CONSTRUCTOR = {
    "_target_": "segmentation_trainer.data.TorchDataset",
    "dataset": IMAGES,
    "batch_size": 2,
    "distributed": True,
}
SAMPLER_AS_A_NODE = {
    "_target_": "segmentation_trainer.data.LoaderFactory",
    "dataset": IMAGES,
    "sampler": {"_target_": "torch.utils.data.DistributedSampler", "dataset": IMAGES, "shuffle": False},
    "batch_size": 2,
}
both_kinds_of_sampler = pytest.mark.parametrize(
    "dataset", [SAMPLER_IN_A_CONSTRUCTOR, SAMPLER_AS_A_NODE], ids=["in_a_constructor", "as_a_node"]
)


def trainer(**parts: Any) -> DictConfig:
    return OmegaConf.create({"_target_": "segmentation_trainer.trainer.Trainer", **parts})


def groups_hand_recursive_down() -> bool:
    """Whether the installed Hydra calls the targets right below `_recursive_: false`; 1.4 leaves these raw, too."""
    group = {"_recursive_": False, "part": {"_target_": "segmentation_trainer.optim.GradientClipper"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return isinstance(hydra.utils.instantiate(group)["part"], GradientClipper)


GROUPS_HAND_RECURSIVE_DOWN = groups_hand_recursive_down()


# "Default process group has not been initialized"


@both_kinds_of_sampler
@pytest.mark.usefixtures("process_group_ends")
def test_a_sampler_may_be_made_before_the_process_group(engine: Any, dataset: dict[str, Any]) -> None:
    config = trainer(data={"train": dataset}, backend="gloo")
    with engine.fails_in_hydra(ValueError, "Default process group has not been initialized"):
        built = engine.instantiate(config)
        assert built.seen_images("train") == [0, 1, 2, 3, 4, 5]
        sampler = built.datasets["train"].sampler
        assert type(sampler) is DistributedSampler
        assert (sampler.num_replicas, sampler.rank) == (1, 0)


@both_kinds_of_sampler
@pytest.mark.usefixtures("process_group_ends")
def test_the_data_may_be_built_alone_before_the_process_group(engine: Any, dataset: dict[str, Any]) -> None:
    with engine.fails_in_hydra(ValueError, "Default process group has not been initialized"):
        built = engine.instantiate(OmegaConf.create({"train": dataset})).train
        dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
        assert [int(image[0]) for batch in built.get_loader(epoch=3) for image in batch] == [0, 1, 2, 3, 4, 5]
        assert built.sampler.epoch == 3


# "trying to initialize the default process group twice"


@both_kinds_of_sampler
@pytest.mark.usefixtures("process_group_ends")
def test_nobody_has_to_initialise_the_process_group_before_the_trainer_does(
    engine: Any, dataset: dict[str, Any]
) -> None:
    config = trainer(data={"train": dataset}, backend="gloo")

    def script() -> Trainer:
        """What users wrote when the first symptom showed: the second try has a process group in good time."""
        try:
            result: Trainer = engine.instantiate(config)
        except Exception:
            dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
            result = engine.instantiate(config)
        return result

    with engine.fails_in_hydra(ValueError, "trying to initialize the default process group twice"):
        assert script().seen_images("train") == [0, 1, 2, 3, 4, 5]


# "Cannot instantiate config of type Sam3Image"; also of GradientClipper, of TorchDataset, of partial


@pytest.mark.parametrize(
    ("parts", "type_name"),
    [
        ({"model": MODEL}, "Sam3Image"),
        (
            {"optim": {"gradient_clip": {"_target_": "segmentation_trainer.optim.GradientClipper", "max_norm": 0.5}}},
            "GradientClipper",
        ),
        (
            {"data": {"train": {**SAMPLER_IN_A_CONSTRUCTOR, "distributed": False, "indices": [0, 2]}}},
            "TorchDataset",
        ),
    ],
    ids=["model", "gradient_clipper", "dataset"],
)
def test_a_trainer_may_instantiate_what_is_built_already(engine: Any, parts: dict[str, Any], type_name: str) -> None:
    with engine.fails_in_hydra(Exception, f"Cannot instantiate config of type {type_name}"):
        built = engine.instantiate(trainer(**parts))
        if type_name == "Sam3Image":
            assert isinstance(built.model, Sam3Image)
            assert built.model is built.model_conf
        elif type_name == "GradientClipper":
            assert isinstance(built.gradient_clipper, GradientClipper)
            assert built.gradient_clipper.max_norm == 0.5
        else:
            assert isinstance(built.datasets["train"], TorchDataset)
            assert built.seen_images("train") == [0, 2]


def test_a_modifier_of_parameter_groups_may_be_a_partial_already(engine: Any) -> None:
    model = Sam3Image()
    optim = engine.instantiate(OmegaConf.create({"param_group_modifiers": [NO_DECAY]}))
    # Hydra names the class of its partials, which in later 1.3 releases is its own.
    with engine.fails_in_hydra(Exception, r"Cannot instantiate config of type (partial|_DeferredTarget)"):
        optimizer = construct_optimizer(model, ADAMW, optim.param_group_modifiers)
        assert [len(group["params"]) for group in optimizer.param_groups] == [1, 1]
        assert optimizer.param_groups[1]["params"] == [model.head.bias]
        assert optimizer.param_groups[1]["weight_decay"] == 0.0


@pytest.mark.parametrize("place", ["top_level_argument", "inside_the_config"])
def test_parts_that_were_built_beforehand_can_be_handed_to_the_trainer(engine: Any, place: str) -> None:
    model = Sam3Image()
    clipper = GradientClipper(2.0)
    # Hydra 1.4 says so earlier for a plain dict: it is the value that is not supported.
    with engine.fails_in_hydra(Exception, r"type Sam3Image|'Sam3Image'"):
        if place == "top_level_argument":
            built = engine.instantiate(trainer(), model=model, optim={"gradient_clip": clipper})
        else:
            target = "segmentation_trainer.trainer.Trainer"
            built = engine.instantiate({"_target_": target, "model": model, "optim": {"gradient_clip": clipper}})
        assert built.model is model
        assert built.gradient_clipper is clipper


# 'TensorBoardLogger' object has no attribute 'pop'; SummaryWriter ... 'should_log'; AdamW missing params


def test_a_trainer_may_edit_the_config_of_its_logger(engine: Any) -> None:
    writer = {"_target_": "segmentation_trainer.loggers.make_tensorboard_logger", "log_dir": "/logs"}
    config = trainer(logging={"log_dir": "/logs", "tensorboard_writer": writer})
    with engine.fails_in_hydra(AttributeError, "'TensorBoardLogger' object has no attribute 'pop'"):
        built = engine.instantiate_leaving_configs(config)
        assert isinstance(built.logger.tensorboard, TensorBoardLogger)
        assert built.logger.tensorboard.writer.log_dir == "/logs"


@pytest.mark.parametrize("should_log", [True, False])
def test_a_trainer_may_keep_keys_of_its_own_in_the_config_of_its_logger(engine: Any, should_log: bool) -> None:
    writer = {
        "_target_": "segmentation_trainer.loggers.make_tensorboard_logger",
        "log_dir": "/logs",
        "should_log": should_log,
    }
    config = trainer(logging={"log_dir": "/logs", "tensorboard_writer": writer})
    with engine.fails_in_hydra(
        TypeError, r"SummaryWriter\.__init__\(\) got an unexpected keyword argument 'should_log'"
    ):
        built = engine.instantiate_leaving_configs(config)
        assert (built.logger.tensorboard is not None) is should_log
        assert config.logging.tensorboard_writer.should_log is should_log


def test_a_trainer_may_complete_the_config_of_its_optimizer(engine: Any) -> None:
    config = trainer(model=MODEL, optim={"optimizer": ADAMW, "param_group_modifiers": [NO_DECAY]})
    with engine.fails_in_hydra(TypeError, "missing 1 required positional argument: 'params'"):
        built = engine.instantiate_leaving_configs(config)
        assert isinstance(built.optimizer, torch.optim.AdamW)
        assert built.optimizer.param_groups[0]["lr"] == 0.01
        assert {id(p) for group in built.optimizer.param_groups for p in group["params"]} == {
            id(p) for p in built.model.parameters()
        }


def test_a_trainer_that_leaves_configs_to_itself_builds_its_model_after_seeding(engine: Any) -> None:
    config = trainer(model=MODEL, optim={"optimizer": ADAMW}, seed=3)
    with engine.fails_in_hydra(TypeError, "missing 1 required positional argument: 'params'"):
        built = engine.instantiate_leaving_configs(config)
        torch.manual_seed(3)
        assert torch.equal(built.model.head.weight, Sam3Image().head.weight)


def test_leaving_configs_to_a_trainer_gives_what_recursive_false_gives(engine: Any) -> None:
    config = trainer(
        model=MODEL,
        optim={"optimizer": ADAMW},
        logging={"log_dir": "/logs", "tensorboard_writer": {"_target_": "segmentation_trainer.loggers.SummaryWriter"}},
    )
    config.logging.tensorboard_writer.log_dir = "${trainer_log_dir}"
    whole = OmegaConf.create({"trainer": config, "trainer_log_dir": "/logs"})
    by_hand = engine.instantiate(whole.trainer, _recursive_=False)
    with engine.fails_in_hydra(TypeError, "missing 1 required positional argument: 'params'"):
        by_setting = engine.instantiate_leaving_configs(whole.trainer)
        assert by_setting.model_conf == by_hand.model_conf
        assert by_setting.optim_conf == by_hand.optim_conf
        assert by_setting.logger.tensorboard.log_dir == by_hand.logger.tensorboard.log_dir == "/logs"


# LoggingConf.__init__() got an unexpected keyword argument '_recursive_'


@pytest.mark.parametrize(
    ("key", "value"), [("_recursive_", False), ("_convert_", "all"), ("_partial_", False)], ids=str
)
@pytest.mark.parametrize("recursive", [True, False], ids=["recursive", "not_recursive"])
def test_a_group_with_control_keys_may_fill_a_dataclass(engine: Any, key: str, value: object, recursive: bool) -> None:
    config = trainer(logging={key: value, "log_dir": "/logs", "log_freq": 5})
    with engine.fails_in_hydra(TypeError, rf"LoggingConf\.__init__\(\) got an unexpected keyword argument '{key}'"):
        built = engine.instantiate(config, _recursive_=recursive)
        assert built.logging_conf == LoggingConf(log_dir="/logs", log_freq=5)


def test_control_keys_of_a_group_still_govern_what_is_built_from_it_later(engine: Any) -> None:
    writer = {"_target_": "segmentation_trainer.loggers.SummaryWriter", "log_dir": "/logs", "tags": {"run": [1, 2]}}
    config = trainer(logging={"_convert_": "all", "log_dir": "/logs", "tensorboard_writer": writer})
    with engine.fails_in_hydra(TypeError, r"LoggingConf\.__init__\(\) got an unexpected keyword argument '_convert_'"):
        built = engine.instantiate(config, _recursive_=False)
        assert isinstance(built.logger.tensorboard, SummaryWriter)
        tags = built.logger.tensorboard.tags
        assert (type(tags), type(tags["run"])) == (dict, list)


# "Cannot instantiate config of type partial" in construct_optimizer


@pytest.mark.parametrize("origin", ["a_config", "python"])
def test_a_partial_optimizer_is_completed_with_its_parameters(engine: Any, origin: str) -> None:
    model = Sam3Image()
    from_config = engine.instantiate(OmegaConf.create({**ADAMW, "_partial_": True}))
    partial = from_config if origin == "a_config" else functools.partial(torch.optim.AdamW, lr=0.01)
    with engine.fails_in_hydra(Exception, r"Cannot instantiate config of type (partial|_DeferredTarget)"):
        optimizer = construct_optimizer(model, partial, modifier_confs=[])
        assert isinstance(optimizer, torch.optim.AdamW)
        assert optimizer.param_groups[0]["lr"] == 0.01
        assert optimizer.param_groups[0]["params"] == list(model.parameters())


def test_a_trainer_completes_the_partial_optimizer_of_its_own_config(engine: Any) -> None:
    config = trainer(model=MODEL, optim={"optimizer": {**ADAMW, "_partial_": True}})
    with engine.fails_in_hydra(Exception, "Cannot instantiate config of type Sam3Image"):
        built = engine.instantiate(config)
        assert built.optimizer.param_groups[0]["params"] == list(built.model.parameters())


# "Missing key 10, full_key: dataset.10" in a DataLoader worker


@pytest.mark.parametrize("num_workers", [0, 1], ids=["in_the_main_process", "in_a_worker"])
@pytest.mark.parametrize(
    "place", ["on_the_group", "on_the_dataset"] if GROUPS_HAND_RECURSIVE_DOWN else ["on_the_dataset"]
)
def test_a_dataset_under_recursive_false_is_built_all_the_same(engine: Any, num_workers: int, place: str) -> None:
    collate_fn = {"_target_": "segmentation_trainer.data.collate_images", "_partial_": True, "pad_to": 6}
    train: dict[str, Any] = {
        "_target_": "segmentation_trainer.data.TorchDataset",
        "dataset": {**IMAGES, "num_images": 20},
        "batch_size": 2,
        "num_workers": num_workers,
        "indices": [10, 12, 11],
        "collate_fn": collate_fn,
    }
    if place == "on_the_group":
        config = OmegaConf.create({"_recursive_": False, "train": train})
    else:
        config = OmegaConf.create({"train": {"_recursive_": False, **train}})
    with engine.fails_in_hydra(Exception, r"Missing key 10\s+full_key: (train\.)?dataset\.10"):
        data = engine.instantiate(config)
        first, second = data["train"].get_loader(epoch=0)
        assert isinstance(data["train"].dataset, ImageFolder)
        assert first.tolist() == [[10.0] * 4 + [0.0] * 2, [12.0] * 4 + [0.0] * 2]
        assert second.tolist() == [[11.0] * 4 + [0.0] * 2]


# "argument of type 'TorchDataset' is not iterable"


def test_a_trainer_may_look_into_the_configs_of_its_datasets(engine: Any) -> None:
    dataset = {**SAMPLER_IN_A_CONSTRUCTOR, "distributed": False, "indices": [1, 3]}
    config = OmegaConf.create(
        {"_target_": "segmentation_trainer.trainer.CarefulTrainer", "data": {"train": dataset, "val": dataset}}
    )
    with engine.fails_in_hydra(TypeError, "argument of type 'TorchDataset' is not"):
        built = engine.instantiate_leaving_configs(config)
        assert isinstance(built, CarefulTrainer)
        assert built.without_collate_fn == ["train", "val"]
        assert built.seen_images("val") == [1, 3]


def test_code_that_has_to_cope_with_both_can_ask_what_is_built() -> None:
    from safe_instantiate import is_built

    dataset = TorchDataset(ImageFolder("/images"), batch_size=2)
    assert is_built(dataset)
    assert not is_built(OmegaConf.create(SAMPLER_IN_A_CONSTRUCTOR))


def test_a_trainer_that_still_imports_hydra_s_instantiate_is_left_its_configs() -> None:
    from safe_instantiate import Instantiator

    config = trainer(model=MODEL, optim={"optimizer": ADAMW})
    built = Instantiator(leave_configs_to="auto").instantiate(config)
    assert isinstance(built.optimizer, torch.optim.AdamW)
