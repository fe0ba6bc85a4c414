"""What the three methods share: ResNet-101's maps, the heads, growing of maps."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torchvision.models import ResNet101_Weights, resnet101

from effbench.errors import EffbenchError
from effbench.models.spec.token_fusion import TokenFusionSpec


class Backbone(nn.Module):
    """ResNet-101 up to a stage, without its classifier; returns the output of every stage.

    Args:
        last: number of stages, 1 to 5.
        pretrained: torchvision's IMAGENET1K_V1 weights; the backbone is then frozen, and in evaluation mode even after
            ``train()``. On the meta device nothing is loaded.

    Raises:
        EffbenchError: the weights cannot be downloaded.
    """

    def __init__(self, last: int, *, pretrained: bool = False) -> None:
        super().__init__()
        net = _resnet101(pretrained=pretrained and torch.get_default_device().type != "meta")
        self.conv1, self.bn1, self.relu = net.conv1, net.bn1, net.relu
        self.maxpool = net.maxpool if last > 1 else nn.Identity()
        for i in range(1, last):
            setattr(self, f"layer{i}", getattr(net, f"layer{i}"))
        self.last, self.frozen = last, pretrained
        self.requires_grad_(not pretrained)
        self.train(self.training)

    def train(self, mode: bool = True) -> Backbone:
        return super().train(mode and not self.frozen)

    def stage(self, i: int, x: Tensor) -> Tensor:
        """Stage ``i``, from 1, on the output of the one before it (the image for the first)."""
        if i == 1:
            out: Tensor = self.relu(self.bn1(self.conv1(x)))
            return out
        out = getattr(self, f"layer{i - 1}")(self.maxpool(x) if i == 2 else x)
        return out

    def forward(self, x: Tensor) -> list[Tensor]:
        """(b, 3, H, W) -> maps (b, c_i, H / 2^i, W / 2^i)."""
        maps = []
        for i in range(1, self.last + 1):
            x = self.stage(i, x)
            maps.append(x)
        return maps


def _resnet101(*, pretrained: bool) -> nn.Module:
    """torchvision's network; EffbenchError if its weights cannot be downloaded."""
    try:
        return resnet101(weights=ResNet101_Weights.IMAGENET1K_V1 if pretrained else None)
    except (OSError, RuntimeError) as error:
        raise EffbenchError(
            f"torchvision's weights of ResNet-101 could not be downloaded: {error}; ask for random ones by name: "
            "backbone=random"
        ) from None


class Head(nn.Module):
    """Figure 5: average over channels (token), over tokens (channel), or both (mixing); one linear layer."""

    def __init__(self, spec: TokenFusionSpec, tokens: int, features: int) -> None:
        super().__init__()
        self.by_token, self.by_channel = spec.head in ("token", "mixing"), spec.head in ("channel", "mixing")
        self.fc = nn.Linear(tokens * self.by_token + features * self.by_channel, spec.num_classes)

    def forward(self, x: Tensor) -> Tensor:  # (b, n, f) -> (b, classes)
        pooled = [x.mean(dim=2)] if self.by_token else []
        pooled += [x.mean(dim=1)] if self.by_channel else []
        logits: Tensor = self.fc(torch.cat(pooled, dim=1) if len(pooled) > 1 else pooled[0])
        return logits


def grow(c_in: int, c_out: int, factor: int, *, learned: bool) -> nn.Module:
    """A map ``factor`` times as wide and high: a transposed convolution (UpConv), or replication (Copy)."""
    return nn.ConvTranspose2d(c_in, c_out, factor, factor) if learned else nn.Upsample(scale_factor=factor)


def to_map(tokens: Tensor, side: int) -> Tensor:
    """(b, n, d) -> (b, d, side, side)."""
    return tokens.transpose(1, 2).unflatten(2, (side, side))


def to_tokens(features: Tensor) -> Tensor:
    """(b, d, h, w) -> (b, h · w, d)."""
    return features.flatten(2).transpose(1, 2)
