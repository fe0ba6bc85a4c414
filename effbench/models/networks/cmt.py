"""CMT: four stages of blocks that put depth-wise convolutions before, inside and after the attention.

Source: Guo et al. 2022, arXiv:2107.06263, Section 3; biases, norms and the sharing of the position tables, which the
paper leaves open, are as in the released code, github.com/ggjy/CMT.pytorch.
Feature maps stay (b, d, h, w) throughout. Dropout and stochastic depth belong to a recipe and are left out.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from timm.layers import LayerNorm2d, use_fused_attn
from timm.models.vision_transformer import init_weights_vit_timm
from torch import Tensor, nn

from effbench.models.spec.cmt import CMTSpec


class LightweightAttention(nn.Module):
    """LMHSA: keys and values from a map that a depth-wise convolution shrinks ``reduction`` times."""

    def __init__(self, width: int, num_heads: int, reduction: int) -> None:
        super().__init__()
        self.fused_attn = use_fused_attn()
        self.num_heads = num_heads
        self.scale = (width // num_heads) ** -0.5
        self.reduce = nn.Identity() if reduction == 1 else _shrink(width, reduction)
        self.q = nn.Linear(width, width)
        self.k = nn.Linear(width, width)
        self.v = nn.Linear(width, width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor, position_bias: Tensor) -> Tensor:
        """A map (b, d, h, w) and a table (heads, h·w, h·w / reduction²) -> a map like the first."""
        tokens, few_tokens = (maps.flatten(2).transpose(1, 2) for maps in (x, self.reduce(x)))
        q, k, v = (self.split_heads(y) for y in (self.q(tokens), self.k(few_tokens), self.v(few_tokens)))
        if self.fused_attn:
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=position_bias.unsqueeze(0))
        else:
            y = (self.scale * q @ k.transpose(-2, -1) + position_bias).softmax(dim=-1) @ v
        y = self.proj(y.transpose(1, 2).flatten(2))  # (b, h·w, d)
        return y.transpose(1, 2).reshape(x.shape)

    def split_heads(self, x: Tensor) -> Tensor:
        """(b, n, d) -> (b, heads, n, d / heads)."""
        b, n, _ = x.shape
        return x.reshape(b, n, self.num_heads, -1).transpose(1, 2)


class InvertedResidualFeedForward(nn.Module):
    """IRFFN: 1x1 to ``hidden`` channels, depth-wise 3x3 with identity, 1x1 back."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.expand = _conv_gelu_norm(width, hidden, 1)
        self.depthwise = _depthwise(hidden)
        self.act = nn.GELU()
        self.norm = nn.BatchNorm2d(hidden)
        self.project = nn.Sequential(nn.Conv2d(hidden, width, 1), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        x = self.expand(x)
        x = self.norm(self.act(x + self.depthwise(x)))
        x = self.project(x)
        return x


class CMTBlock(nn.Module):
    """Local perception unit, lightweight attention, inverted residual feed-forward; each with a skip."""

    def __init__(self, width: int, num_heads: int, reduction: int, hidden: int) -> None:
        super().__init__()
        self.lpu = _depthwise(width)
        self.norm1 = LayerNorm2d(width)
        self.attn = LightweightAttention(width, num_heads, reduction)
        self.norm2 = LayerNorm2d(width)
        self.ffn = InvertedResidualFeedForward(width, hidden)

    def forward(self, x: Tensor, position_bias: Tensor) -> Tensor:
        x = x + self.lpu(x)
        x = x + self.attn(self.norm1(x), position_bias)
        x = x + self.ffn(self.norm2(x))
        return x


class CMTStage(nn.Module):
    """Halving convolution, then blocks that share one position table.

    Args:
        side: of the stage's own map, which sizes the table.
    """

    def __init__(
        self, width_in: int, width: int, depth: int, num_heads: int, reduction: int, hidden: int, side: int
    ) -> None:
        super().__init__()
        self.embed = nn.Sequential(nn.Conv2d(width_in, width, 2, stride=2), LayerNorm2d(width, eps=1e-5))
        queries, keys = side**2, (side // reduction) ** 2
        self.position_bias = nn.Parameter(torch.randn(num_heads, queries, keys))
        self.blocks = nn.ModuleList(CMTBlock(width, num_heads, reduction, hidden) for _ in range(depth))

    def forward(self, x: Tensor) -> Tensor:
        x = self.embed(x)
        for block in self.blocks:
            x = block(x, self.position_bias)
        return x


class CMT(nn.Module):
    """Stem, stages on maps of 1/4, 1/8, ... of the image's side, a wide 1x1 convolution, mean, head."""

    def __init__(self, spec: CMTSpec) -> None:
        super().__init__()
        stem, last = spec.stem_width, spec.head_width
        self.stem = nn.Sequential(
            _conv_gelu_norm(3, stem, 3, stride=2), _conv_gelu_norm(stem, stem, 3), _conv_gelu_norm(stem, stem, 3)
        )
        widths_in = (stem, *spec.widths[:-1])
        sides = [spec.image_size // 2 ** (i + 2) for i in range(len(spec.widths))]
        per_stage = (spec.widths, spec.depths, spec.num_heads, spec.reductions, spec.hidden, sides)
        self.stages = nn.Sequential(*(CMTStage(*shape) for shape in zip(widths_in, *per_stage, strict=True)))
        self.tail = nn.Sequential(nn.Conv2d(spec.widths[-1], last, 1), nn.BatchNorm2d(last), nn.SiLU())
        self.head = nn.Linear(last, spec.num_classes)
        self.apply(init_weights_vit_timm)

    def forward(self, images: Tensor) -> Tensor:
        maps = self.tail(self.stages(self.stem(images)))  # (b, head_width, h/32, w/32)
        logits: Tensor = self.head(maps.mean(dim=(2, 3)))
        return logits


def _conv_gelu_norm(c_in: int, c_out: int, kernel: int, stride: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(c_in, c_out, kernel, stride=stride, padding=kernel // 2)
    return nn.Sequential(conv, nn.GELU(), nn.BatchNorm2d(c_out))


def _depthwise(width: int) -> nn.Conv2d:
    return nn.Conv2d(width, width, 3, padding=1, groups=width)


def _shrink(width: int, reduction: int) -> nn.Sequential:
    conv = nn.Conv2d(width, width, reduction, stride=reduction, groups=width)
    return nn.Sequential(conv, nn.BatchNorm2d(width))
