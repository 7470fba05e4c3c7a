"""Parameter groups, the functions that change them, and gradient clipping."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

ParamGroup: TypeAlias = dict[str, Any]
ParamGroupModifier: TypeAlias = Callable[[list[ParamGroup], nn.Module], list[ParamGroup]]


def make_param_groups(model: nn.Module, modifiers: Iterable[ParamGroupModifier]) -> list[ParamGroup]:
    """One group with all parameters, as the modifiers then split and change it."""
    groups: list[ParamGroup] = [{"params": [parameter for parameter in model.parameters() if parameter.requires_grad]}]
    for modify in modifiers:
        groups = modify(groups, model)
    return groups


def without_weight_decay(groups: list[ParamGroup], model: nn.Module, *, suffix: str) -> list[ParamGroup]:
    """Parameters whose name ends with ``suffix`` into groups without weight decay."""
    chosen = [parameter for name, parameter in model.named_parameters() if name.endswith(suffix)]
    return _split(groups, chosen, {"weight_decay": 0.0})


def with_lr(groups: list[ParamGroup], model: nn.Module, *, prefix: str, lr: float) -> list[ParamGroup]:
    """Parameters whose name begins with ``prefix`` into groups with a learning rate of their own."""
    chosen = [parameter for name, parameter in model.named_parameters() if name.startswith(prefix)]
    return _split(groups, chosen, {"lr": lr})


def _split(groups: list[ParamGroup], chosen: Iterable[Tensor], options: ParamGroup) -> list[ParamGroup]:
    """Each group's chosen parameters into a group of their own with these options, the others as they were."""
    chosen_ids = {id(parameter) for parameter in chosen}
    result: list[ParamGroup] = []
    for group in groups:
        others = [parameter for parameter in group["params"] if id(parameter) not in chosen_ids]
        picked = [parameter for parameter in group["params"] if id(parameter) in chosen_ids]
        if others:
            result.append({**group, "params": others})
        if picked:
            result.append({**group, **options, "params": picked})
    return result


class GradientClipper:
    """Scales a model's gradients down to a total norm of at most ``max_norm``."""

    def __init__(self, max_norm: float) -> None:
        self.max_norm = max_norm

    def __call__(self, model: nn.Module) -> None:
        torch.nn.utils.clip_grad_norm_(model.parameters(), self.max_norm)
