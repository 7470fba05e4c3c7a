"""A small convolutional network for 8 x 8 pixel digits."""

from collections.abc import Sequence

from torch import Tensor, nn


class ConvBackbone(nn.Module):
    """A 3 x 3 convolution, ReLU and pooling for each number of channels; returns flat features."""

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = 1
        for next_width in channels:
            layers += [nn.Conv2d(width, next_width, kernel_size=3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            width = next_width
        self.layers = nn.Sequential(*layers, nn.Flatten())

    def forward(self, images: Tensor) -> Tensor:
        features: Tensor = self.layers(images)
        return features


class Head(nn.Module):
    """Two linear layers from features to one score for each digit."""

    def __init__(self, in_features: int, hidden: int, dropout: float, num_classes: int = 10) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(in_features, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, num_classes)
        )

    def forward(self, features: Tensor) -> Tensor:
        logits: Tensor = self.layers(features)
        return logits


class DigitsClassifier(nn.Module):
    """A backbone and a head."""

    def __init__(self, backbone: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = head

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.backbone(images))
        return logits
