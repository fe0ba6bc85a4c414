"""CvT: overlapping convolutions embed the tokens, depth-wise convolutions project queries, keys and values.

Source: Wu et al. 2021, arXiv:2103.15808, Sections 3.1 and 3.2, Table 2. The attention logits are scaled as in the
authors' code, by the whole width and not by that of a head. No position table, so any image size fits. No dropout and
no stochastic depth.
"""

from __future__ import annotations

import torch
from timm.layers import Mlp, trunc_normal_
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from effbench.models.spec.cvt import CvTSpec

KERNELS = (7, 3, 3)
STRIDES = (4, 2, 2)
PADDINGS = (2, 1, 1)
KEY_STRIDE = 2


class ConvEmbed(nn.Module):
    """Overlapping convolution, then LayerNorm over channels."""

    def __init__(self, channels: int, width: int, kernel: int, stride: int, padding: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(channels, width, kernel, stride, padding)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.proj(x)  # (b, c, H, W) -> (b, d, h, w)
        return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvProjection(nn.Module):
    """Depth-wise 3x3 convolution and BatchNorm on the map, then a linear layer on every token, class token included."""

    def __init__(self, width: int, stride: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, stride, padding=1, groups=width, bias=False)
        self.bn = nn.BatchNorm2d(width)
        self.linear = nn.Linear(width, width)

    def forward(self, class_token: Tensor, patches: Tensor) -> Tensor:
        patches = self.bn(self.conv(patches))  # (b, d, h, w), or half the sides with stride 2
        tokens = torch.cat((class_token, patches.flatten(2).transpose(1, 2)), dim=1)
        return self.linear(tokens)  # (b, c + n, d), c = 0 or 1 class tokens


class Attention(nn.Module):
    """Attention with convolutional projections; keys and values from a map of half the sides."""

    def __init__(self, width: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.scale = width**-0.5
        self.q = ConvProjection(width, stride=1)
        self.k = ConvProjection(width, stride=KEY_STRIDE)
        self.v = ConvProjection(width, stride=KEY_STRIDE)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor, grid: tuple[int, int]) -> Tensor:
        patches = grid[0] * grid[1]
        class_token, x = x.split((x.shape[1] - patches, patches), dim=1)
        x = x.transpose(1, 2).unflatten(2, grid)  # (b, d, h, w)
        q, k, v = (self._heads(project(class_token, x)) for project in (self.q, self.k, self.v))
        x = scaled_dot_product_attention(q, k, v, scale=self.scale)
        return self.proj(x.transpose(1, 2).flatten(2))  # (b, c + n, d)

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(2, (self.num_heads, -1)).transpose(1, 2)  # (b, heads, n, d / heads)


class Block(nn.Module):
    """Pre-norm attention, pre-norm MLP."""

    def __init__(self, width: int, num_heads: int, mlp_ratio: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn = Attention(width, num_heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = Mlp(width, mlp_ratio * width)

    def forward(self, x: Tensor, grid: tuple[int, int]) -> Tensor:
        x = x + self.attn(self.norm1(x), grid)  # (b, c + n, d)
        x = x + self.mlp(self.norm2(x))
        return x


class Stage(nn.Module):
    """Convolutional token embedding and blocks; the last stage carries the class token."""

    def __init__(self, embed: ConvEmbed, width: int, depth: int, num_heads: int, mlp_ratio: int, *, last: bool) -> None:
        super().__init__()
        self.embed = embed
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width)) if last else None
        self.blocks = nn.ModuleList(Block(width, num_heads, mlp_ratio) for _ in range(depth))

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """Tokens, the class token first where there is one, and the sides of their map."""
        x = self.embed(x)
        grid = (x.shape[2], x.shape[3])
        x = x.flatten(2).transpose(1, 2)  # (b, n, d)
        if self.cls_token is not None:
            x = torch.cat((self.cls_token.expand(x.shape[0], -1, -1), x), dim=1)  # (b, 1 + n, d)
        for block in self.blocks:
            x = block(x, grid)
        return x, grid


class ConvolutionalVisionTransformer(nn.Module):
    """CvT, for images of any size."""

    def __init__(self, spec: CvTSpec) -> None:
        super().__init__()
        stages: list[Stage] = []
        channels = 3
        for i, (width, depth, heads) in enumerate(zip(spec.widths, spec.depths, spec.num_heads, strict=True)):
            embed = ConvEmbed(channels, width, KERNELS[i], STRIDES[i], PADDINGS[i])
            stages.append(Stage(embed, width, depth, heads, spec.mlp_ratio, last=i == len(KERNELS) - 1))
            channels = width
        self.stages = nn.ModuleList(stages)
        self.norm = nn.LayerNorm(channels)
        self.head = nn.Linear(channels, spec.num_classes)
        self.apply(_initialise)

    def forward(self, x: Tensor) -> Tensor:
        *earlier, last = self.stages
        for stage in earlier:
            x, grid = stage(x)
            x = x.transpose(1, 2).unflatten(2, grid)  # (b, d, h, w)
        x, _ = last(x)
        return self.head(self.norm(x[:, 0]))  # class token, (b, d) -> (b, num_classes)


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)
    if isinstance(module, Stage) and module.cls_token is not None:
        trunc_normal_(module.cls_token, std=0.02)
