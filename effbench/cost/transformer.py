"""The encoder block of ViT, with the module names of timm's ``Block``.

Source: Dosovitskiy et al. 2021, arXiv:2010.11929, eq. 2-3 (pre-norm, GELU MLP).
"""

from __future__ import annotations

from effbench.cost import ops
from effbench.cost.counts import OpCounts, combine
from effbench.cost.shape import Size


def attention(tokens: Size, width: Size, num_heads: Size) -> OpCounts:
    """Multi-head self-attention on (tokens, width)."""
    return combine(
        (
            ops.linear(tokens, width, 3 * width).at("qkv"),
            ops.attention_products(tokens, width, num_heads),
            ops.linear(tokens, width, width).at("proj"),
        )
    )


def mlp(tokens: Size, width: Size, hidden: Size) -> OpCounts:
    """Linear, GELU, linear: width -> hidden -> width."""
    return combine(
        (
            ops.linear(tokens, width, hidden).at("fc1"),
            ops.activation(tokens * hidden).at("act"),
            ops.linear(tokens, hidden, width).at("fc2"),
        )
    )


def encoder_block(tokens: Size, width: Size, num_heads: Size, hidden: Size) -> OpCounts:
    """One pre-norm encoder block; its input and the normalised input stay in memory inside each half."""
    stream = tokens * width
    return combine(
        (
            ops.layer_norm(tokens, width).at("norm1"),
            attention(tokens, width, num_heads).at("attn").holding(2 * stream),
            ops.residual(stream),
            ops.layer_norm(tokens, width).at("norm2"),
            mlp(tokens, width, hidden).at("mlp").holding(2 * stream),
            ops.residual(stream),
        )
    )


def encoder(name: str, depth: Size, tokens: Size, width: Size, num_heads: Size, hidden: Size) -> OpCounts:
    """``depth`` equal blocks ``name.0`` … (one ``name.*`` where depth is an array or a symbol)."""
    return encoder_block(tokens, width, num_heads, hidden).repeat(name, depth)
