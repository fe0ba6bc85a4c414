"""RAViT: one ViT per resolution, coarse to fine; the class token is handed on; every branch ends in an exit.

Source: Guidez et al. 2026, arXiv:2602.24159, Section III, Algorithm 1. A branch is a whole plain ViT; the token handed
over is added to its own class token (docs/decisions/0005-handed-over-class-token.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from timm.layers import PatchEmbed, trunc_normal_
from timm.models.vision_transformer import Block
from torch import Tensor, nn
from torch.nn import functional as F


class Resize(nn.Module):
    """The image at another resolution (bilinear, antialiased).

    PyTorch has no such kernel for half precision on the CPU: there it is computed in fp32 and rounded once.
    """

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, x: Tensor) -> Tensor:  # (b, 3, H, W) -> (b, 3, side, side)
        wide = x.float() if x.device.type == "cpu" and x.dtype in (torch.bfloat16, torch.float16) else x
        return F.interpolate(wide, size=(self.side, self.side), mode="bilinear", antialias=True).to(x.dtype)


class Branch(nn.Module):
    """A plain ViT on the image at one resolution, starting from the class token of the branch before it."""

    def __init__(
        self,
        side: int,
        layers: int,
        *,
        resized: bool,
        patch_size: int,
        width: int,
        num_heads: int,
        mlp_ratio: int,
        num_classes: int,
    ) -> None:
        super().__init__()
        self.resize = Resize(side) if resized else nn.Identity()
        self.patch_embed = PatchEmbed(side, patch_size, 3, width)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, self.patch_embed.num_patches + 1, width))
        norm = partial(nn.LayerNorm, eps=1e-6)
        self.blocks = nn.Sequential(
            *(Block(width, num_heads, mlp_ratio, qkv_bias=True, norm_layer=norm) for _ in range(layers))
        )
        self.norm = norm(width)
        self.head = nn.Linear(width, num_classes)
        trunc_normal_(self.pos_embed, std=0.02)
        trunc_normal_(self.cls_token, std=0.02)

    def forward(self, image: Tensor, handed: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(b, 3, H, W), (b, 1, d) -> logits (b, classes), class token (b, 1, d)."""
        patches = self.patch_embed(self.resize(image))  # (b, n, d)
        own = self.cls_token.expand(image.shape[0], -1, -1)
        token = own if handed is None else own + handed
        tokens = torch.cat((token, patches), dim=1) + self.pos_embed  # (b, n + 1, d)
        token = self.norm(self.blocks(tokens))[:, :1]
        return self.head(token[:, 0]), token


class RAViT(nn.Module):
    """Branches coarse to fine.

    Args:
        sides: image side of every branch, coarse to fine; the last is the input's own.
        layers: transformer layers of every branch; 0 leaves the branch out.
    """

    def __init__(
        self,
        sides: Sequence[int],
        layers: Sequence[int],
        *,
        patch_size: int,
        width: int,
        num_heads: int,
        mlp_ratio: int = 4,
        num_classes: int = 1000,
    ) -> None:
        super().__init__()
        self.image_size = sides[-1]
        shape = {"patch_size": patch_size, "width": width, "num_heads": num_heads, "mlp_ratio": mlp_ratio}
        finest = len(sides) - 1
        self.branches = nn.ModuleDict(
            {
                str(i): Branch(side, count, resized=i < finest, num_classes=num_classes, **shape)
                for i, (side, count) in enumerate(zip(sides, layers, strict=True))
                if count
            }
        )

    @property
    def stages(self) -> tuple[Branch, ...]:
        """The branches that are there, coarse to fine: they follow the exit protocol (``early_exit.protocol``)."""
        return tuple(branch for branch in self.branches.values() if isinstance(branch, Branch))

    def forward(self, image: Tensor) -> list[Tensor]:
        """(b, 3, H, W) -> the logits of every exit, coarse to fine, each (b, classes)."""
        exits, token = [], None
        for branch in self.stages:
            logits, token = branch(image, token)
            exits.append(logits)
        return exits
