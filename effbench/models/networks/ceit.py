"""CeiT: a ViT with a convolutional stem, depth-wise convolutions in its MLPs, and attention over layers at the end.

Source: Yuan et al. 2021, arXiv:2103.11816, Section 3; biases and norms, which the paper leaves open, are those of the
released code, github.com/coeusguo/ceit. Dropout and stochastic depth belong to a recipe and are left out.
"""

from __future__ import annotations

import math

import torch
from timm.layers import LayerNorm, Mlp
from timm.models.cait import ClassAttn
from timm.models.vision_transformer import Attention, init_weights_vit_timm
from torch import Tensor, nn

from effbench.models.spec.ceit import CeiTSpec


class ImageToTokens(nn.Sequential):
    """Stem (I2T): (b, 3, h, w) -> (b, width, h/16, w/16). No activation anywhere."""

    def __init__(self, stem_width: int, width: int) -> None:
        super().__init__(
            nn.Conv2d(3, stem_width, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(stem_width),
            nn.MaxPool2d(3, stride=2, padding=1),
            nn.Conv2d(stem_width, width, 4, stride=4),
        )


class LeFF(nn.Module):
    """Locally-enhanced feed-forward: the patch tokens as a map through 1x1, depth-wise 3x3, 1x1."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(width, hidden, 1),
            nn.BatchNorm2d(hidden),
            nn.GELU(),
            nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden),
            nn.BatchNorm2d(hidden),
            nn.GELU(),
            nn.Conv2d(hidden, width, 1),
            nn.BatchNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Class token first, and returned as it came."""
        cls_token, patches = x[:, :1], x[:, 1:]
        b, n, d = patches.shape
        side = math.isqrt(n)
        maps = self.layers(patches.transpose(1, 2).reshape(b, d, side, side))
        return torch.cat((cls_token, maps.flatten(2).transpose(1, 2)), dim=1)


class CeiTBlock(nn.Module):
    """Encoder block: self-attention, then LeFF."""

    def __init__(self, width: int, num_heads: int, hidden: int) -> None:
        super().__init__()
        self.norm1 = LayerNorm(width)
        self.attn = Attention(width, num_heads, qkv_bias=True)
        self.norm2 = LayerNorm(width)
        self.leff = LeFF(width, hidden)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        x = x + self.leff(self.norm2(x))
        return x


class LayerwiseClassAttention(nn.Module):
    """LCA: the last layer's class token attends to those of all layers.

    The layers are read last to first, so that the query is token 0, as in CaiT's class attention.
    """

    def __init__(self, width: int, num_heads: int, hidden: int) -> None:
        super().__init__()
        self.norm1 = LayerNorm(width)
        self.attn = ClassAttn(width, num_heads, qkv_bias=True)
        self.norm2 = LayerNorm(width)
        self.mlp = Mlp(width, hidden)

    def forward(self, x: Tensor) -> Tensor:
        """(b, layers, d), last layer first -> (b, d)."""
        query = x[:, :1] + self.attn(self.norm1(x))  # (b, 1, d)
        query = query + self.mlp(self.norm2(query))
        return query.squeeze(1)


class CeiT(nn.Module):
    """Stem, class token and position table, blocks, attention over the blocks' class tokens, head."""

    def __init__(self, spec: CeiTSpec) -> None:
        super().__init__()
        length, width = (spec.image_size // 16) ** 2 + 1, spec.width
        self.stem = ImageToTokens(spec.stem_width, width)
        self.cls_token = nn.Parameter(nn.init.trunc_normal_(torch.empty(1, 1, width), std=0.02))
        self.pos_embed = nn.Parameter(nn.init.trunc_normal_(torch.empty(1, length, width), std=0.02))
        self.blocks = nn.ModuleList(CeiTBlock(width, spec.num_heads, spec.hidden) for _ in range(spec.depth))
        self.layer_embed = nn.Parameter(torch.zeros(1, spec.depth, width))  # last layer first
        self.lca = LayerwiseClassAttention(width, spec.num_heads, spec.hidden)
        self.norm = LayerNorm(width)
        self.head = nn.Linear(width, spec.num_classes)
        self.apply(init_weights_vit_timm)

    def forward(self, images: Tensor) -> Tensor:
        x = self.stem(images).flatten(2).transpose(1, 2)  # (b, n, d)
        x = torch.cat((self.cls_token.expand(x.shape[0], -1, -1), x), dim=1) + self.pos_embed
        cls_tokens = []
        for block in self.blocks:
            x = block(x)
            cls_tokens.append(x[:, 0])
        layers = torch.stack(cls_tokens[::-1], dim=1) + self.layer_embed  # (b, depth, d)
        logits: Tensor = self.head(self.norm(self.lca(layers)))
        return logits
