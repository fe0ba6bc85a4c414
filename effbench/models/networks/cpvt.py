"""CPVT: a ViT whose positions come from small convolutions between its first blocks.

Source: Chu et al. 2021, arXiv:2102.10882, Section 3. A positional encoding generator (PEG) is a depth-wise 3x3
convolution with bias and an identity beside it, on the map of patch tokens.
"""

from __future__ import annotations

import torch
from timm.layers import LayerNorm, PatchEmbed
from timm.models.twins import PosConv
from timm.models.vision_transformer import Block, init_weights_vit_timm
from torch import Tensor, nn

from effbench.models.spec.cpvt import CPVTSpec


class CPVT(nn.Module):
    """A ViT without position table, hence for images of any multiple of the patch size."""

    def __init__(self, spec: CPVTSpec) -> None:
        super().__init__()
        width = spec.width
        self.patch_size = spec.patch_size
        self.patch_embed = PatchEmbed(None, spec.patch_size, 3, width)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width)) if spec.class_token else None
        self.blocks = nn.ModuleList(
            Block(width, spec.num_heads, spec.mlp_ratio, qkv_bias=True, norm_layer=LayerNorm) for _ in range(spec.depth)
        )
        self.pegs = nn.ModuleList(PosConv(width, width) for _ in range(spec.pegs))
        self.norm = LayerNorm(width)
        self.head = nn.Linear(width, spec.num_classes)
        self.apply(init_weights_vit_timm)
        if self.cls_token is not None:
            nn.init.trunc_normal_(self.cls_token, std=0.02)

    def forward(self, images: Tensor) -> Tensor:
        grid = (images.shape[2] // self.patch_size, images.shape[3] // self.patch_size)
        x = self.patch_embed(images)  # (b, n, d)
        if self.cls_token is not None:
            x = torch.cat((self.cls_token.expand(x.shape[0], -1, -1), x), dim=1)
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i < len(self.pegs):
                x = self.with_positions(self.pegs[i], x, grid)
        x = self.norm(x)
        logits: Tensor = self.head(x.mean(dim=1) if self.cls_token is None else x[:, 0])
        return logits

    def with_positions(self, peg: nn.Module, x: Tensor, grid: tuple[int, int]) -> Tensor:
        """``x`` with its patch tokens encoded by ``peg``; a class token passes unchanged."""
        if self.cls_token is None:
            encoded: Tensor = peg(x, grid)
            return encoded
        return torch.cat((x[:, :1], peg(x[:, 1:], grid)), dim=1)
