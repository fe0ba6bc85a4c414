"""Tokens-to-Token ViT: overlapping splits and small attentions in place of the patch embedding.

Source: Yuan et al. 2021, arXiv:2101.11986, Section 3; what the paper leaves open (biases, the Performer's random
features, frozen tables) is as in the released code, github.com/yitu-opensource/T2T-ViT.
Dropout and stochastic depth belong to a recipe and are left out.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from timm.layers import Mlp, use_fused_attn
from timm.models.vision_transformer import Block, init_weights_vit_timm
from torch import Tensor, nn

from effbench.models.spec.t2t import T2TSpec


class TokenAttention(nn.Module):
    """Softmax attention of one head, from ``width`` to ``token_width``; the values are the skip connection.

    Its scores are divided by sqrt(width), the input's, as in the released code; usual would be sqrt(token_width).
    """

    def __init__(self, width: int, token_width: int) -> None:
        super().__init__()
        self.fused_attn = use_fused_attn()
        self.scale = width**-0.5
        self.qkv = nn.Linear(width, 3 * token_width, bias=False)
        self.proj = nn.Linear(token_width, token_width)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).unsqueeze(1).chunk(3, dim=-1)  # each (b, 1, n, t)
        if self.fused_attn:
            y = F.scaled_dot_product_attention(q, k, v, scale=self.scale)
        else:
            y = (self.scale * q @ k.transpose(-2, -1)).softmax(dim=-1) @ v
        out: Tensor = v + self.proj(y)
        return out.squeeze(1)  # (b, n, t)


class PerformerAttention(nn.Module):
    """Linear attention by positive random features (Performer, arXiv:2009.14794, Lemma 1); values are the skip.

    Half as many features as token channels; they are orthogonal and never trained.
    """

    def __init__(self, width: int, token_width: int) -> None:
        super().__init__()
        self.qkv = nn.Linear(width, 3 * token_width)
        self.proj = nn.Linear(token_width, token_width)
        num_features = token_width // 2
        features = nn.init.orthogonal_(torch.empty(num_features, token_width)) * math.sqrt(num_features)
        self.features = nn.Parameter(features, requires_grad=False)  # (m, t)

    def positive_features(self, x: Tensor) -> Tensor:
        """exp(w·x - |x|²/2) / sqrt(m) for each feature w: (b, n, t) -> (b, n, m)."""
        half_square = x.square().sum(dim=-1, keepdim=True) / 2
        return torch.exp(F.linear(x, self.features) - half_square) / math.sqrt(self.features.shape[0])

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).chunk(3, dim=-1)  # each (b, n, t)
        q, k = self.positive_features(q), self.positive_features(k)  # (b, n, m)
        total = q @ k.sum(dim=1).unsqueeze(-1)  # (b, n, 1): the row sums that softmax would divide by
        y = q @ (k.transpose(1, 2) @ v) / (total + 1e-8)  # (b, n, t)
        out: Tensor = v + self.proj(y)
        return out


class TokenBlock(nn.Module):
    """The transformer layer of a T2T step: it narrows split tokens of ``width`` to ``token_width``."""

    def __init__(self, width: int, token_width: int, *, performer: bool) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn = PerformerAttention(width, token_width) if performer else TokenAttention(width, token_width)
        self.norm2 = nn.LayerNorm(token_width)
        self.mlp = Mlp(token_width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.attn(self.norm1(x))
        x = x + self.mlp(self.norm2(x))
        return x


class TokensToToken(nn.Module):
    """Three soft splits with a ``TokenBlock`` after the first two: (b, 3, h, w) -> (b, h·w / 256, width)."""

    def __init__(self, width: int, token_width: int, *, performer: bool) -> None:
        super().__init__()
        self.splits = nn.ModuleList(
            (nn.Unfold(7, stride=4, padding=2), nn.Unfold(3, stride=2, padding=1), nn.Unfold(3, stride=2, padding=1))
        )
        self.blocks = nn.ModuleList(
            (
                TokenBlock(3 * 7 * 7, token_width, performer=performer),
                TokenBlock(3 * 3 * token_width, token_width, performer=performer),
            )
        )
        self.project = nn.Linear(3 * 3 * token_width, width)

    def forward(self, images: Tensor) -> Tensor:
        maps, (h, w) = images, (images.shape[2] // 4, images.shape[3] // 4)
        for split, block in zip(self.splits, self.blocks, strict=False):
            x = block(split(maps).transpose(1, 2))  # (b, h·w, t)
            maps = x.transpose(1, 2).reshape(x.shape[0], -1, h, w)
            h, w = h // 2, w // 2
        out: Tensor = self.project(self.splits[-1](maps).transpose(1, 2))
        return out


class T2TViT(nn.Module):
    """T2T module, then a deep and narrow ViT with a class token and a fixed sinusoid position table."""

    def __init__(self, spec: T2TSpec) -> None:
        super().__init__()
        length, width = (spec.image_size // 16) ** 2 + 1, spec.width
        self.tokens_to_token = TokensToToken(width, spec.token_width, performer=spec.performer)
        self.cls_token = nn.Parameter(nn.init.trunc_normal_(torch.empty(1, 1, width), std=0.02))
        self.pos_embed = nn.Parameter(sinusoid_table(length, width), requires_grad=False)  # (1, n + 1, d)
        self.blocks = nn.Sequential(
            *(Block(width, spec.num_heads, spec.mlp_ratio, norm_layer=nn.LayerNorm) for _ in range(spec.depth))
        )
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, spec.num_classes)
        self.apply(init_weights_vit_timm)

    def forward(self, images: Tensor) -> Tensor:
        x = self.tokens_to_token(images)  # (b, n, d)
        x = torch.cat((self.cls_token.expand(x.shape[0], -1, -1), x), dim=1) + self.pos_embed
        x = self.norm(self.blocks(x))
        logits: Tensor = self.head(x[:, 0])
        return logits


def sinusoid_table(length: int, width: int) -> Tensor:
    """Positions as sines (even channels) and cosines (odd ones) of falling frequency, (1, length, width).

    Channels 2i and 2i + 1 turn by 10000^(-2i / width) per position (Vaswani et al. 2017, arXiv:1706.03762, 3.5).
    """
    channel = torch.arange(width, dtype=torch.float64)
    turns = 10_000.0 ** (-2 * (channel // 2) / width)
    angle = torch.arange(length, dtype=torch.float64)[:, None] * turns  # (length, width)
    return torch.where(channel % 2 == 0, angle.sin(), angle.cos()).float().unsqueeze(0)
