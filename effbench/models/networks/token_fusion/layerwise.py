"""Method 3, fusion layer by layer: paper Figure 4, variation Figure 8."""

from __future__ import annotations

import torch
from timm.layers import PatchEmbed
from torch import Tensor, nn

from effbench.cost.resnet import CHANNELS
from effbench.models.networks.blocks import encoder_blocks, norm, position
from effbench.models.networks.token_fusion.parts import Backbone, Head, grow, to_tokens
from effbench.models.spec.token_fusion import LayerwiseSpec


class Mixing(nn.Module):
    """Encoder blocks on the tokens; the stage's map on the token grid; one linear layer joins both (Figure 4b).

    A class token passes through the blocks and is left out of the joining (Figure 8).
    """

    def __init__(self, spec: LayerwiseSpec, stage: int) -> None:
        super().__init__()
        patch, stride, width = spec.patch_size, 2**stage, spec.width
        self.blocks = encoder_blocks(spec.mixing_depth, width, spec.num_heads, spec.mlp_ratio)
        self.pool = nn.AvgPool2d(patch // stride) if patch > stride else nn.Identity()
        self.project = nn.Conv2d(CHANNELS[stage - 1], width, 1)
        self.upsample = grow(width, width, stride // patch, learned=True) if patch < stride else nn.Identity()
        self.fuse = nn.Linear(2 * width, width)

    def forward(self, tokens: Tensor, features: Tensor) -> Tensor:  # (b, n, d), (b, c, h, w) -> (b, n, d)
        tokens = self.blocks(tokens)
        local = to_tokens(self.upsample(self.project(self.pool(features))))  # (b, patches, d)
        extra = tokens.shape[1] - local.shape[1]
        patches: Tensor = self.fuse(torch.cat((tokens[:, extra:], local), dim=2))
        return torch.cat((tokens[:, :extra], patches), dim=1) if extra else patches


class LayerwiseFusion(nn.Module):
    """Method 3: a mixing block per ResNet stage, then plain blocks."""

    def __init__(self, spec: LayerwiseSpec) -> None:
        super().__init__()
        tokens = (spec.image_size // spec.patch_size) ** 2 + spec.class_token
        self.cls_token = position(1, spec.width) if spec.class_token else None
        self.patch_embed = PatchEmbed(spec.image_size, spec.patch_size, 3, spec.width)
        self.pos_embed = position(tokens, spec.width)
        self.backbone = Backbone(5, pretrained=spec.backbone == "pretrained")
        self.mixing = nn.ModuleList(Mixing(spec, stage) for stage in range(1, 6))
        self.blocks = encoder_blocks(spec.tail_depth, spec.width, spec.num_heads, spec.mlp_ratio)
        self.norm = norm(spec.width)
        self.head = Head(spec, tokens, spec.width)

    def forward(self, image: Tensor) -> Tensor:  # (b, 3, H, W) -> (b, classes)
        tokens = self.patch_embed(image)
        if self.cls_token is not None:
            tokens = torch.cat((self.cls_token.expand(len(image), -1, -1), tokens), dim=1)
        tokens = tokens + self.pos_embed
        for mix, features in zip(self.mixing, self.backbone(image), strict=True):
            tokens = mix(tokens, features)
        logits: Tensor = self.head(self.norm(self.blocks(tokens)))
        return logits
