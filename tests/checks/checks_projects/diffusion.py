"""Latent diffusion: a trainer that instantiates its parts itself, and a config of targets and params groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NewType, Optional, TypeVar, Union

from hydra.utils import instantiate
from omegaconf import DictConfig, ListConfig
from torch import Tensor, nn

T = TypeVar("T", bound=nn.Module)
Seed = NewType("Seed", int)


class Prediction(Enum):
    EPSILON = "epsilon"
    V = "v_prediction"


@dataclass
class EncoderConfig:
    channels: list[int]
    z_channels: int = 4
    attention: dict[str, bool] = field(default_factory=dict)


class Encoder(nn.Module):
    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()


class AutoencoderKL(nn.Module):
    def __init__(self, encoder: nn.Module, scale_factor: float = 0.18215, ckpt_path: Optional[str] = None) -> None:
        super().__init__()


class UNet(nn.Module):
    def __init__(
        self,
        in_channels: int,
        model_channels: int,
        channel_mult: Iterable[int] = (1, 2, 4, 8),
        attention_resolutions: Union[list[int], tuple[int, ...]] = (),
        num_head_channels: int = -1,
        use_checkpoint: bool = False,
        transformer_depth: Union[int, list[int]] = 1,
    ) -> None:
        super().__init__()
        self.stem = nn.Conv2d(in_channels, 1, 1)


class NoiseSchedule:
    def __init__(self, steps: int, betas: tuple[float, float], prediction: Prediction = Prediction.EPSILON) -> None: ...


class EMA:
    def __init__(self, decay: float, update_every: int, inv_gamma: float = 1.0) -> None: ...


class TextImageDataset:
    def __init__(self, urls: Union[str, list[str]], resolution: int, shuffle_buffer: int = 1000, seed: Seed = 0): ...

    def __iter__(self) -> Any: ...


class Conditioner:
    def __init__(self, embedders: Union[list[nn.Module], ListConfig]) -> None: ...


class TextEmbedder(nn.Module):
    def __init__(
        self, version: str, max_length: int = 77, layer: str = "last", layer_idx: Optional[int] = None
    ) -> None:
        super().__init__()


class DiffusionTrainer:
    def __init__(
        self,
        model: DictConfig,
        first_stage: DictConfig,
        conditioner: DictConfig,
        schedule: DictConfig,
        data: Mapping[str, Any],
        optimizer: DictConfig,
        ema: Optional[DictConfig] = None,
        max_steps: int = 1_000_000,
        lr_scale: float = 1.0,
    ) -> None:
        self.model: nn.Module = instantiate(model)
        self.optimizer = instantiate(optimizer, self.model.parameters())

    def loss(self, x: Tensor) -> Tensor: ...
