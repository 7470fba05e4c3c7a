from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hydra.utils import instantiate
from torch import nn
from torch.optim import Optimizer

ParamGroups = list[dict[str, Any]]


class GradientClipper:
    def __init__(self, max_norm: float = 1.0, norm_type: int = 2) -> None:
        self.max_norm = max_norm
        self.norm_type = norm_type


def without_weight_decay(groups: ParamGroups, model: nn.Module, names: Iterable[str]) -> ParamGroups:
    """Moves the parameters whose names end with one of `names` into a group of their own."""
    chosen = {id(p) for name, p in model.named_parameters() if name.endswith(tuple(names))}
    kept = [{**group, "params": [p for p in group["params"] if id(p) not in chosen]} for group in groups]
    moved = [p for group in groups for p in group["params"] if id(p) in chosen]
    return [*kept, {"params": moved, "weight_decay": 0.0}]


def construct_optimizer(model: nn.Module, optimizer_conf: Any, modifier_confs: Iterable[Any]) -> Optimizer:
    param_groups: ParamGroups = [{"params": list(model.parameters())}]
    for modifier_conf in modifier_confs:
        modify = instantiate(modifier_conf)
        param_groups = modify(param_groups, model)
    optimizer: Optimizer = instantiate(optimizer_conf, param_groups)
    return optimizer
