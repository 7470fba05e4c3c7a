"""Reinforcement learning: environments, a policy with networks by keyword, and a loop made of callables."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any, Literal, Optional, SupportsFloat, Union

import torch
from torch import nn


def make_env(
    id: str, num_envs: int = 1, wrappers: Optional[list[Callable[[Any], Any]]] = None, **kwargs: Any
) -> Any: ...


class FrameStack:
    def __init__(self, env: Any, num_stack: int, lz4_compress: bool = False) -> None: ...


class ClipReward:
    def __init__(self, env: Any, low: SupportsFloat = -1.0, high: numbers.Real = 1) -> None: ...  # type: ignore[assignment]


class MlpPolicy(nn.Module):
    def __init__(
        self,
        net_arch: Union[list[int], dict[str, list[int]]],
        activation_fn: type[nn.Module] = nn.Tanh,
        ortho_init: bool = True,
        optimizer_class: type[torch.optim.Optimizer] = torch.optim.Adam,
        optimizer_kwargs: Optional[dict[str, Any]] = None,
        features_extractor: nn.Module | None = None,
    ) -> None:
        super().__init__()


Schedule = Callable[[float], float]


def linear_schedule(progress: float, initial: float) -> float: ...


class ReplayBuffer:
    def __init__(self, capacity: int, device: Union[torch.device, str] = "auto", alpha: float = 0.6) -> None: ...


class PPO:
    def __init__(
        self,
        policy: nn.Module,
        env: Any,
        learning_rate: Union[float, Schedule] = 3e-4,
        n_steps: int = 2048,
        clip_range: Union[float, Schedule] = 0.2,
        clip_range_vf: Union[None, float, Schedule] = None,
        ent_coef: float = 0.0,
        target_kl: Optional[float] = None,
        tensorboard_log: Optional[str] = None,
        seed: Optional[int] = None,
        device: Union[torch.device, str] = "auto",
        buffer: Optional[ReplayBuffer] = None,
        verbose: Literal[0, 1, 2] = 0,
    ) -> None: ...


class Runner:
    def __init__(self, agent: PPO, total_timesteps: int, eval_env: Any = None, callbacks: tuple[Any, ...] = ()): ...
