"""Encoder blocks that several networks share: timm's, pre-norm, with biases and norms of epsilon 1e-6."""

from __future__ import annotations

from functools import partial

import torch
from timm.layers import trunc_normal_
from timm.models.vision_transformer import Block
from torch import nn

norm = partial(nn.LayerNorm, eps=1e-6)


def encoder_blocks(depth: int, width: int, num_heads: int, mlp_ratio: int) -> nn.Sequential:
    """``depth`` blocks on tokens (b, n, width)."""
    return nn.Sequential(*(Block(width, num_heads, mlp_ratio, qkv_bias=True, norm_layer=norm) for _ in range(depth)))


def position(tokens: int, width: int) -> nn.Parameter:
    """A learned position embedding (1, tokens, width), or class token."""
    return nn.Parameter(trunc_normal_(torch.empty(1, tokens, width), std=0.02))
