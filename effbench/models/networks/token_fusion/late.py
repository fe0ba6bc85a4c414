"""Method 1, late fusion: paper Figure 2, variations Figure 6."""

from __future__ import annotations

import torch
from timm.layers import PatchEmbed
from torch import Tensor, nn

from effbench.cost.resnet import CHANNELS
from effbench.models.networks.blocks import encoder_blocks, norm, position
from effbench.models.networks.token_fusion.parts import Backbone, Head, grow, to_map, to_tokens
from effbench.models.spec.token_fusion import LateSpec


class LateFusion(nn.Module):
    """Method 1: an encoder on image patches and one on ResNet pixels, fused after their last block."""

    def __init__(self, spec: LateSpec) -> None:
        super().__init__()
        width, (cnn_width, cnn_heads) = spec.width, spec.cnn_encoder
        self.sides = spec.image_size // spec.patch_size, spec.image_size // 2**spec.cnn_stage
        self.grow_vit, self.concat = spec.upsample_branch == "vit", spec.merge == "concat"
        vit_tokens, cnn_tokens = (side * side for side in self.sides)
        self.patch_embed = PatchEmbed(spec.image_size, spec.patch_size, 3, width)
        self.vit_pos, self.cnn_pos = position(vit_tokens, width), position(cnn_tokens, cnn_width)
        self.vit_blocks = encoder_blocks(spec.depths[0], width, spec.num_heads, spec.mlp_ratio)
        self.vit_norm = norm(width)
        self.backbone = Backbone(spec.cnn_stage, pretrained=spec.backbone == "pretrained")
        self.cnn_embed = nn.Linear(CHANNELS[spec.cnn_stage - 1], cnn_width)
        self.cnn_blocks = encoder_blocks(spec.depths[1], cnn_width, cnn_heads, spec.mlp_ratio)
        self.cnn_norm = norm(cnn_width)
        c_from, c_to = (width, cnn_width) if self.grow_vit else (cnn_width, width)
        learned = spec.upsample == "upconv"
        grown = c_to if learned else c_from
        self.upsample = grow(c_from, grown, spec.factor, learned=learned)
        self.head = Head(spec, max(vit_tokens, cnn_tokens), grown + c_to if self.concat else c_to)

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
