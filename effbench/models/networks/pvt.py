"""PVT, version 1: four stages of shrinking maps; keys and values come from a map reduced further.

Source: Wang et al. 2021, arXiv:2102.12122, Section 3 and Table 1. timm holds only version 2; its attention with spatial
reduction is that of version 1. No dropout and no stochastic depth.
"""

from __future__ import annotations

import torch
from timm.layers import Mlp, PatchEmbed, trunc_normal_
from timm.models import named_apply
from timm.models.pvt_v2 import Attention
from timm.models.vision_transformer import init_weights_vit_timm
from torch import Tensor, nn

from effbench.models.spec.pvt import PVTSpec

PATCH_SIZES = (4, 2, 2, 2)
NORM_EPS = 1e-6


class Block(nn.Module):
    """Pre-norm attention with spatial reduction, pre-norm MLP."""

    def __init__(self, width: int, num_heads: int, mlp_ratio: int, reduction: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=NORM_EPS)
        self.attn = Attention(width, num_heads, sr_ratio=reduction)
        self.norm2 = nn.LayerNorm(width, eps=NORM_EPS)
        self.mlp = Mlp(width, mlp_ratio * width)

    def forward(self, x: Tensor, grid: tuple[int, int]) -> Tensor:
        x = x + self.attn(self.norm1(x), grid)  # (b, n, d)
        x = x + self.mlp(self.norm2(x))
        return x


class Stage(nn.Module):
    """Patch embedding, position table and blocks at one resolution; the last stage adds the class token."""

    def __init__(
        self,
        side: int,
        patch_size: int,
        channels: int,
        width: int,
        depth: int,
        num_heads: int,
        mlp_ratio: int,
        reduction: int,
        *,
        class_token: bool,
    ) -> None:
        super().__init__()
        self.patch_embed = PatchEmbed(side, patch_size, channels, width, norm_layer=nn.LayerNorm)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width)) if class_token else None
        self.pos_embed = nn.Parameter(torch.zeros(1, self.patch_embed.num_patches + class_token, width))
        self.blocks = nn.ModuleList(Block(width, num_heads, mlp_ratio, reduction) for _ in range(depth))
        for table in (self.pos_embed, self.cls_token):
            if table is not None:
                trunc_normal_(table, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch_embed(x)  # (b, c, h, w) -> (b, n, d)
        if self.cls_token is not None:
            x = torch.cat((self.cls_token.expand(x.shape[0], -1, -1), x), dim=1)  # (b, 1 + n, d)
        x = x + self.pos_embed
        for block in self.blocks:
            x = block(x, self.patch_embed.grid_size)
        return x

    def as_map(self, x: Tensor) -> Tensor:
        """Tokens laid out as the map the next stage embeds."""
        return x.transpose(1, 2).unflatten(2, self.patch_embed.grid_size)  # (b, n, d) -> (b, d, h, w)


class PyramidVisionTransformer(nn.Module):
    """PVT for images of one size, which fixes the position tables."""

    def __init__(self, spec: PVTSpec) -> None:
        super().__init__()
        stages: list[Stage] = []
        side, channels = spec.image_size, 3
        per_stage = (spec.widths, spec.depths, spec.num_heads, spec.mlp_ratios, spec.reductions)
        for i, (patch_size, width, *rest) in enumerate(zip(PATCH_SIZES, *per_stage, strict=True)):
            last = i == len(PATCH_SIZES) - 1
            stages.append(Stage(side, patch_size, channels, width, *rest, class_token=last))
            side, channels = side // patch_size, width
        self.stages = nn.ModuleList(stages)
        self.norm = nn.LayerNorm(channels, eps=NORM_EPS)
        self.head = nn.Linear(channels, spec.num_classes)
        named_apply(init_weights_vit_timm, self)

    def forward(self, x: Tensor) -> Tensor:
        *earlier, last = self.stages
        for stage in earlier:
            x = stage.as_map(stage(x))
        x = last(x)[:, 0]  # class token, (b, d)
        return self.head(self.norm(x))
