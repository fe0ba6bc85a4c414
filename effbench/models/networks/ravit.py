"""RAViT: one ViT per resolution, coarse to fine; the class token is handed on; every branch ends in an exit.

Source: Guidez et al. 2026, arXiv:2602.24159, Section III, Algorithm 1. A branch is a whole plain ViT; the token handed
over is added to its own class token (docs/decisions/0005-handed-over-class-token.md).
"""

from __future__ import annotations

import torch
from timm.layers import PatchEmbed, trunc_normal_
from torch import Tensor, nn
from torch.nn import functional as F

from effbench.models.networks.blocks import encoder_blocks, norm
from effbench.models.spec.ravit import RAViTSpec


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

    def __init__(self, spec: RAViTSpec, index: int) -> None:
        super().__init__()
        side, width = int(spec.sides[index]), spec.width
        self.resize = nn.Identity() if index == len(spec.layers) - 1 else Resize(side)
        self.patch_embed = PatchEmbed(side, spec.patch_size, 3, width)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, self.patch_embed.num_patches + 1, width))
        self.blocks = encoder_blocks(spec.layers[index], width, spec.num_heads, spec.mlp_ratio)
        self.norm = norm(width)
        self.head = nn.Linear(width, spec.num_classes)
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
    """Branches coarse to fine; one of 0 layers is left out."""

    def __init__(self, spec: RAViTSpec) -> None:
        super().__init__()
        self.image_size = spec.image_size
        self.branches = nn.ModuleDict({str(i): Branch(spec, i) for i, layers in enumerate(spec.layers) if layers})

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
