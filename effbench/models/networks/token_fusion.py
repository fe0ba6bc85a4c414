"""Token Fusion: ViT tokens and ResNet-101 features fused late, early or layer by layer.

Source: Choi et al. 2022, arXiv:2208.09183, Section Method, Figures 2-8; what the paper does not print is decided in
docs/decisions/0003-token-fusion.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from timm.layers import PatchEmbed, trunc_normal_
from timm.models.vision_transformer import Block
from torch import Tensor, nn
from torchvision.models import ResNet101_Weights, resnet101

from effbench.errors import EffbenchError

CHANNELS = (64, 256, 512, 1024, 2048)
"""Channels of the five stage outputs; stage i (from 1) has 1 / 2^i of the image side."""


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

    def __init__(self, kind: str, tokens: int, features: int, num_classes: int) -> None:
        super().__init__()
        self.by_token, self.by_channel = kind in ("token", "mixing"), kind in ("channel", "mixing")
        self.fc = nn.Linear(tokens * self.by_token + features * self.by_channel, num_classes)

    def forward(self, x: Tensor) -> Tensor:  # (b, n, f) -> (b, classes)
        pooled = [x.mean(dim=2)] if self.by_token else []
        pooled += [x.mean(dim=1)] if self.by_channel else []
        logits: Tensor = self.fc(torch.cat(pooled, dim=1) if len(pooled) > 1 else pooled[0])
        return logits


def grow(c_in: int, c_out: int, factor: int, *, learned: bool) -> nn.Module:
    """A map ``factor`` times as wide and high: a transposed convolution (UpConv), or replication (Copy)."""
    return nn.ConvTranspose2d(c_in, c_out, factor, factor) if learned else nn.Upsample(scale_factor=factor)


def encoder(depth: int, width: int, num_heads: int, mlp_ratio: int) -> nn.Sequential:
    """``depth`` pre-norm blocks (paper eq. 2-3)."""
    norm = partial(nn.LayerNorm, eps=1e-6)
    return nn.Sequential(*(Block(width, num_heads, mlp_ratio, qkv_bias=True, norm_layer=norm) for _ in range(depth)))


def position(tokens: int, width: int) -> nn.Parameter:
    """A learned position embedding (1, tokens, width)."""
    return nn.Parameter(trunc_normal_(torch.empty(1, tokens, width), std=0.02))


def to_map(tokens: Tensor, side: int) -> Tensor:
    """(b, n, d) -> (b, d, side, side)."""
    return tokens.transpose(1, 2).unflatten(2, (side, side))


def to_tokens(features: Tensor) -> Tensor:
    """(b, d, h, w) -> (b, h · w, d)."""
    return features.flatten(2).transpose(1, 2)


class LateFusion(nn.Module):
    """Method 1: an encoder on image patches and one on ResNet pixels, fused after their last block."""

    def __init__(
        self,
        *,
        image_size: int,
        patch_size: int,
        width: int,
        num_heads: int,
        mlp_ratio: int,
        cnn_stage: int,
        cnn_width: int,
        cnn_heads: int,
        depths: Sequence[int],
        grow_vit: bool,
        learned: bool,
        concat: bool,
        factor: int,
        head: str,
        num_classes: int,
        pretrained: bool,
    ) -> None:
        super().__init__()
        self.sides = image_size // patch_size, image_size // 2**cnn_stage
        self.grow_vit, self.concat = grow_vit, concat
        vit_tokens, cnn_tokens = (side * side for side in self.sides)
        self.patch_embed = PatchEmbed(image_size, patch_size, 3, width)
        self.vit_pos, self.cnn_pos = position(vit_tokens, width), position(cnn_tokens, cnn_width)
        self.vit_blocks = encoder(depths[0], width, num_heads, mlp_ratio)
        self.vit_norm = nn.LayerNorm(width, eps=1e-6)
        self.backbone = Backbone(cnn_stage, pretrained=pretrained)
        self.cnn_embed = nn.Linear(CHANNELS[cnn_stage - 1], cnn_width)
        self.cnn_blocks = encoder(depths[1], cnn_width, cnn_heads, mlp_ratio)
        self.cnn_norm = nn.LayerNorm(cnn_width, eps=1e-6)
        c_from, c_to = (width, cnn_width) if grow_vit else (cnn_width, width)
        grown = c_to if learned else c_from
        self.upsample = grow(c_from, grown, factor, learned=learned)
        self.head = Head(head, max(vit_tokens, cnn_tokens), grown + c_to if concat else c_to, num_classes)

    def forward(self, image: Tensor) -> Tensor:  # (b, 3, H, W) -> (b, classes)
        vit = self.vit_norm(self.vit_blocks(self.patch_embed(image) + self.vit_pos))
        features = to_tokens(self.backbone(image)[-1])
        cnn = self.cnn_norm(self.cnn_blocks(self.cnn_embed(features) + self.cnn_pos))
        if self.grow_vit:
            vit = to_tokens(self.upsample(to_map(vit, self.sides[0])))
        else:
            cnn = to_tokens(self.upsample(to_map(cnn, self.sides[1])))
        logits: Tensor = self.head(torch.cat((vit, cnn), dim=2) if self.concat else vit + cnn)
        return logits


class Bridge(nn.Module):
    """A stage's map as three more image channels: grown, then 1x1; with replication, 1x1 first (equal, and cheaper)."""

    def __init__(self, stage: int, channels: int, *, learned: bool) -> None:
        super().__init__()
        c_in = CHANNELS[stage - 1]
        self.learned = learned
        self.upsample = grow(c_in if learned else 3, channels, 2**stage, learned=learned)
        self.project = nn.Conv2d(channels if learned else c_in, 3, 1)

    def forward(self, x: Tensor) -> Tensor:  # (b, c, H / 2^i, W / 2^i) -> (b, 3, H, W)
        out: Tensor = self.project(self.upsample(x)) if self.learned else self.upsample(self.project(x))
        return out


class EarlyFusion(nn.Module):
    """Method 2: the image and the bridges' channels stacked, then a plain ViT."""

    def __init__(
        self,
        *,
        image_size: int,
        patch_size: int,
        width: int,
        depth: int,
        num_heads: int,
        mlp_ratio: int,
        stages: Sequence[int],
        bridge_channels: int,
        learned: bool,
        head: str,
        num_classes: int,
        pretrained: bool,
    ) -> None:
        super().__init__()
        tokens = (image_size // patch_size) ** 2
        self.stages = tuple(stages)
        self.backbone = Backbone(5, pretrained=pretrained)
        self.bridges = nn.ModuleList(Bridge(stage, bridge_channels, learned=learned) for stage in stages)
        self.patch_embed = PatchEmbed(image_size, patch_size, 3 + 3 * len(stages), width)
        self.pos_embed = position(tokens, width)
        self.blocks = encoder(depth, width, num_heads, mlp_ratio)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = Head(head, tokens, width, num_classes)

    def stacked(self, image: Tensor) -> Tensor:
        """(b, 3, H, W) -> the image first, then three channels a bridge (b, 3 + 3 · bridges, H, W)."""
        maps = self.backbone(image)
        bridged = [bridge(maps[stage - 1]) for bridge, stage in zip(self.bridges, self.stages, strict=True)]
        return torch.cat([image, *bridged], dim=1)

    def forward(self, image: Tensor) -> Tensor:  # (b, 3, H, W) -> (b, classes)
        tokens = self.patch_embed(self.stacked(image)) + self.pos_embed
        logits: Tensor = self.head(self.norm(self.blocks(tokens)))
        return logits


class Mixing(nn.Module):
    """Encoder blocks on the tokens; the stage's map on the token grid; one linear layer joins both (Figure 4b).

    A class token passes through the blocks and is left out of the joining (Figure 8).
    """

    def __init__(self, stage: int, patch_size: int, width: int, num_heads: int, mlp_ratio: int, depth: int) -> None:
        super().__init__()
        stride = 2**stage
        self.blocks = encoder(depth, width, num_heads, mlp_ratio)
        self.pool = nn.AvgPool2d(patch_size // stride) if patch_size > stride else nn.Identity()
        self.project = nn.Conv2d(CHANNELS[stage - 1], width, 1)
        self.upsample = grow(width, width, stride // patch_size, learned=True) if patch_size < stride else nn.Identity()
        self.fuse = nn.Linear(2 * width, width)

    def forward(self, tokens: Tensor, features: Tensor) -> Tensor:  # (b, n, d), (b, c, h, w) -> (b, n, d)
        tokens = self.blocks(tokens)
        local = to_tokens(self.upsample(self.project(self.pool(features))))  # (b, patches, d)
        extra = tokens.shape[1] - local.shape[1]
        patches: Tensor = self.fuse(torch.cat((tokens[:, extra:], local), dim=2))
        return torch.cat((tokens[:, :extra], patches), dim=1) if extra else patches


class LayerwiseFusion(nn.Module):
    """Method 3: a mixing block per ResNet stage, then plain blocks."""

    def __init__(
        self,
        *,
        image_size: int,
        patch_size: int,
        width: int,
        num_heads: int,
        mlp_ratio: int,
        mixing_depth: int,
        tail_depth: int,
        class_token: bool,
        head: str,
        num_classes: int,
        pretrained: bool,
    ) -> None:
        super().__init__()
        tokens = (image_size // patch_size) ** 2 + class_token
        self.cls_token = position(1, width) if class_token else None
        self.patch_embed = PatchEmbed(image_size, patch_size, 3, width)
        self.pos_embed = position(tokens, width)
        self.backbone = Backbone(5, pretrained=pretrained)
        self.mixing = nn.ModuleList(
            Mixing(stage, patch_size, width, num_heads, mlp_ratio, mixing_depth) for stage in range(1, 6)
        )
        self.blocks = encoder(tail_depth, width, num_heads, mlp_ratio)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head = Head(head, tokens, width, num_classes)

    def forward(self, image: Tensor) -> Tensor:  # (b, 3, H, W) -> (b, classes)
        tokens = self.patch_embed(image)
        if self.cls_token is not None:
            tokens = torch.cat((self.cls_token.expand(len(image), -1, -1), tokens), dim=1)
        tokens = tokens + self.pos_embed
        for mix, features in zip(self.mixing, self.backbone(image), strict=True):
            tokens = mix(tokens, features)
        logits: Tensor = self.head(self.norm(self.blocks(tokens)))
        return logits
