"""Every class of torch.nn, torch.optim and torch.utils.data with arguments that it takes, found by trying them out."""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from omegaconf import OmegaConf

Config = dict[str, Any]
_LINEAR: Config = {"_target_": "torch.nn.Linear", "in_features": 4, "out_features": 4}
_TENSOR: Config = {"_target_": "torch.ones", "_args_": [4]}
_PARAMETERS: list[Any] = [{"_target_": "torch.nn.Parameter", "data": {"_target_": "torch.ones", "_args_": [4, 4]}}]
_OPTIMIZER: Config = {"_target_": "torch.optim.SGD", "params": _PARAMETERS, "lr": 0.1}

#: What a required parameter of this name is given.
GIVEN: Config = {
    "params": _PARAMETERS,
    "optimizer": _OPTIMIZER,
    "kernel_size": 2,
    "output_size": 2,
    "padding": 1,
    "d_model": 4,
    "nhead": 2,
    "num_heads": 2,
    "embed_dim": 4,
    "num_layers": 1,
    "cutoffs": [2, 3],
    "encoder_layer": {"_target_": "torch.nn.TransformerEncoderLayer", "d_model": 4, "nhead": 2},
    "decoder_layer": {"_target_": "torch.nn.TransformerDecoderLayer", "d_model": 4, "nhead": 2},
    "lr_lambda": {"_target_": "torch.nn.Identity"},
    "schedulers": [{"_target_": "torch.optim.lr_scheduler.StepLR", "optimizer": _OPTIMIZER, "step_size": 1}],
    "milestones": [1, 2],
    "module": _LINEAR,
    "model": _LINEAR,
    "normalized_shape": [4],
    "unflattened_size": [2, 2],
    "negative_slope": 0.1,
    "data": _TENSOR,
    "base_lr": 0.1,
    "max_lr": 1.0,
    "upscale_factor": 2,
    "downscale_factor": 2,
    "n_classes": 5,
    "num_groups": 2,
    "num_channels": 4,
    "dim": 1,
    "p": 0.5,
    "gamma": 0.9,
    "total_steps": 10,
    "swa_lr": 0.1,
    "nonlinearity": "relu",
    "bias": True,
    "dataset": [1, 2],
    "datasets": [[1], [2]],
    "data_source": [1, 2],
    "indices": [0],
    "weights": [0.5, 0.5],
    "num_samples": 2,
    "sampler": {"_target_": "torch.utils.data.SequentialSampler", "data_source": [1, 2]},
    "drop_last": False,
}
#: What the signature doesn't say, or says together with other classes.
ALSO_GIVEN: dict[str, Config] = {
    "torch.nn.RNN": {"input_size": 4, "hidden_size": 4, "num_layers": 2, "dropout": 0.1},
    "torch.nn.GRU": {"input_size": 4, "hidden_size": 4, "batch_first": True},
    "torch.nn.LSTM": {"input_size": 4, "hidden_size": 4, "bidirectional": True},
    "torch.nn.RNNBase": {"mode": "LSTM"},
    "torch.nn.Unflatten": {"unflattened_size": {"_target_": "builtins.tuple", "_args_": [[2, 2]]}},
    "torch.nn.FractionalMaxPool2d": {"output_size": 2},
    "torch.nn.FractionalMaxPool3d": {"output_ratio": 0.5},
    "torch.utils.data.DistributedSampler": {"rank": 0, "num_replicas": 1},
    "torch.utils.data.StackDataset": {"_args_": [[1, 2], [3, 4]]},
    "torch.utils.data.TensorDataset": {"_args_": [_TENSOR]},
    "torch.utils.data.DataChunk": {"items": [1, 2]},
    "torch.optim.lr_scheduler.OneCycleLR": {"total_steps": 10},
}
_NUMBER = 4


def torch_classes() -> Iterator[tuple[str, type]]:
    """The public classes of torch.nn, torch.optim and torch.utils.data by the paths that people write."""
    for path in ("torch.nn", "torch.optim", "torch.optim.lr_scheduler", "torch.utils.data"):
        module = __import__(path, fromlist=["*"])
        for name, value in sorted(vars(module).items()):
            if isinstance(value, type) and name[0].isupper() and value.__module__.startswith("torch."):
                yield f"{path}.{name}", value


def configs_of(path: str, cls: type) -> Iterator[Config]:
    """Configs of a class that it can be built from: with what it requires only, and with every default written out."""
    parameters = list(inspect.signature(cls).parameters.values())
    named = [each for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    required = {each.name: GIVEN.get(each.name, _NUMBER) for each in named if each.default is each.empty}
    defaults = {each.name: each.default for each in named if _is_plain(each.default)}
    for arguments in (required, {**defaults, **required}):
        arguments = {**arguments, **ALSO_GIVEN.get(path, {})}
        config = {"_target_": path, **{name: _as_written(value) for name, value in arguments.items()}}
        if _builds(config):
            yield config


def lists_for_pairs(config: Config) -> Iterator[Config]:
    """The config with a list of one number for each dimension in the place of a number, where that is taken as well."""
    dimensions = re.search(r"(?<=[1-3])d", str(config["_target_"]))
    for name in ("kernel_size", "stride", "padding", "dilation", "output_size"):
        if dimensions is not None and isinstance(config.get(name), int):
            count = int(str(config["_target_"])[dimensions.start() - 1])
            count *= 2 if "Pad" in str(config["_target_"]) else 1  # both ends of each
            changed = {**config, name: [config[name]] * count}
            if _builds(changed):
                yield changed


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str)) or _is_tuple_of_plain(value)


def _is_tuple_of_plain(value: Any) -> bool:
    return isinstance(value, (tuple, list)) and all(isinstance(each, (bool, int, float, str)) for each in value)


def _as_written(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _builds(config: Config) -> bool:
    from safe_instantiate import instantiate

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            torch.manual_seed(0)
            instantiate(OmegaConf.create(config))
        except Exception:  # whatever it has against these arguments: it is not what is looked for
            return False
    return True
