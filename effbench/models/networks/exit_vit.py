"""A plain ViT with exits: after chosen blocks a head classifies by the class token; it follows the exit protocol.

Source: intermediate classifiers on a trunk, as in BranchyNet, Teerapittayanon et al. 2016, arXiv:1709.01686; here one
LayerNorm and one linear layer per exit. The trunk has timm's names, so that timm's weights load with ``strict=False``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import torch
from timm.layers import PatchEmbed, trunc_normal_
from torch import Tensor, nn

from effbench.models.networks.blocks import encoder_blocks, norm
from effbench.models.spec.vit import ExitViTSpec


class ExitHead(nn.Module):
    """Classifies by the class token of a block that is not the last."""

    def __init__(self, width: int, num_classes: int) -> None:
        super().__init__()
        self.norm = norm(width)
        self.fc = nn.Linear(width, num_classes)

    def forward(self, token: Tensor) -> Tensor:  # (b, d) -> (b, classes)
        return self.fc(self.norm(token))


class ExitViT(nn.Module):
    """A ViT that can stop after some of its blocks; the last one ends in the ViT's own norm and head."""

    def __init__(self, spec: ExitViTSpec) -> None:
        super().__init__()
        self.image_size, width = None if spec.image_width else spec.image_size, spec.width
        self.bounds = tuple(pairwise((0, *spec.exits, spec.depth)))  # (first block, block after the last) of a stage
        self.patch_embed = PatchEmbed(spec.image_sides, spec.patch_size, 3, width)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, self.patch_embed.num_patches + 1, width))
        self.blocks = encoder_blocks(spec.depth, width, spec.num_heads, spec.mlp_ratio)
        self.exits = nn.ModuleDict({str(block): ExitHead(width, spec.num_classes) for block in spec.exits})
        self.norm = norm(width)
        self.head = nn.Linear(width, spec.num_classes)
        trunc_normal_(self.pos_embed, std=0.02)
        trunc_normal_(self.cls_token, std=0.02)

    @property
    def stages(self) -> tuple[Callable[[Tensor, Tensor | None], tuple[Tensor, Tensor]], ...]:
        """(image, tokens) -> (logits of this exit, tokens); the first stage embeds the image."""
        return tuple(partial(self._stage, number) for number in range(len(self.bounds)))

    def forward(self, image: Tensor) -> list[Tensor]:
        """(b, 3, S, S) -> the logits of every exit, shallow to deep, each (b, classes)."""
        exits, tokens = [], None
        for stage in self.stages:
            logits, tokens = stage(image, tokens)
            exits.append(logits)
        return exits

    def _stage(self, number: int, image: Tensor, tokens: Tensor | None) -> tuple[Tensor, Tensor]:
        """(b, 3, S, S), (b, n + 1, d) -> logits (b, classes), tokens (b, n + 1, d)."""
        first, stop = self.bounds[number]
        tokens = self._embed(image) if tokens is None else tokens
        for block in self.blocks[first:stop]:
            tokens = block(tokens)
        if stop == len(self.blocks):
            return self.head(self.norm(tokens)[:, 0]), tokens
        return self.exits[str(stop)](tokens[:, 0]), tokens

    def _embed(self, image: Tensor) -> Tensor:  # (b, 3, S, S) -> (b, n + 1, d)
        token = self.cls_token.expand(image.shape[0], -1, -1)
        return torch.cat((token, self.patch_embed(image)), dim=1) + self.pos_embed
