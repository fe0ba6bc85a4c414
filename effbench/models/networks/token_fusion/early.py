"""Method 2, early fusion: paper Figure 3, variations Figure 7."""

from __future__ import annotations

import torch
from timm.layers import PatchEmbed
from torch import Tensor, nn

from effbench.cost.resnet import CHANNELS
from effbench.models.networks.blocks import encoder_blocks, norm, position
from effbench.models.networks.token_fusion.parts import Backbone, Head, grow
from effbench.models.spec.token_fusion import EarlySpec


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

    def __init__(self, spec: EarlySpec) -> None:
        super().__init__()
        tokens = (spec.image_size // spec.patch_size) ** 2
        learned = spec.upsample == "upconv"
        self.stages = spec.stages
        self.backbone = Backbone(5, pretrained=spec.backbone == "pretrained")
        self.bridges = nn.ModuleList(Bridge(stage, spec.bridge_channels, learned=learned) for stage in spec.stages)
        self.patch_embed = PatchEmbed(spec.image_size, spec.patch_size, 3 + 3 * len(spec.stages), spec.width)
        self.pos_embed = position(tokens, spec.width)
        self.blocks = encoder_blocks(spec.depth, spec.width, spec.num_heads, spec.mlp_ratio)
        self.norm = norm(spec.width)
        self.head = Head(spec, tokens, spec.width)

    def stacked(self, image: Tensor) -> Tensor:
        """(b, 3, H, W) -> the image first, then three channels a bridge (b, 3 + 3 · bridges, H, W)."""
        maps = self.backbone(image)
        bridged = [bridge(maps[stage - 1]) for bridge, stage in zip(self.bridges, self.stages, strict=True)]
        return torch.cat([image, *bridged], dim=1)

    def forward(self, image: Tensor) -> Tensor:  # (b, 3, H, W) -> (b, classes)
        tokens = self.patch_embed(self.stacked(image)) + self.pos_embed
        logits: Tensor = self.head(self.norm(self.blocks(tokens)))
        return logits
