"""What the three methods share: specification, patch embedding, backbone, growing of maps, heads.

Module names: ``backbone`` as torchvision's ResNet-101, encoder blocks as timm's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from effbench.cost import ops, resnet
from effbench.cost.counts import OpCounts, combine
from effbench.cost.shape import Size
from effbench.cost.transformer import encoder
from effbench.models.registry import Family, register
from effbench.models.spec.token_fusion import HEADS, TokenFusionSpec

S = TypeVar("S", bound=TokenFusionSpec)


def patches(s: TokenFusionSpec, side: Size, channels: int, *, class_token: bool = False) -> OpCounts:
    """Patch embedding of a (channels, image_size, image_size) stack, and the position embedding."""
    embed = ops.conv2d(side, side, channels, s.width, s.patch_size, stride=s.patch_size).at("patch_embed.proj")
    token = ops.parameters(s.width) if class_token else OpCounts()
    return combine((embed, token, ops.embedding(side * side + int(class_token), s.width)))


def blocks(s: TokenFusionSpec, depth: int, tokens: Size) -> OpCounts:
    """``depth`` encoder blocks."""
    return encoder("blocks", depth, tokens, s.width, s.num_heads, s.hidden)


def backbone(image_size: Size, last: int) -> list[OpCounts]:
    """ResNet-101 up to stage ``last``, one entry a stage."""
    return [stage.at("backbone") for stage in resnet.stages(image_size, last)]


def grow(side: Size, c_in: Size, c_out: Size, factor: int, *, learned: bool) -> OpCounts:
    """A (c_in, side, side) map made ``factor`` times as wide and high; replication keeps the channels."""
    if learned:
        return ops.conv_transpose2d(side, side, c_in, c_out, factor)
    return ops.resize(side * factor, side * factor, c_in, source=side * side * c_in)


def head(s: TokenFusionSpec, tokens: Size, features: Size) -> OpCounts:
    """Figure 5: pooling over channels, over tokens, or both side by side; one linear layer."""
    by_token, by_channel = s.head in ("token", "mixing"), s.head in ("channel", "mixing")
    inputs = (tokens if by_token else 0) + (features if by_channel else 0)
    parts = (
        ops.mean(tokens, features, over_tokens=False) if by_token else OpCounts(),
        ops.mean(tokens, features) if by_channel else OpCounts(),
        ops.linear(1, inputs, s.num_classes).at("fc"),
    )
    return combine(parts).at("head")


def register_method(
    method: str, spec: S, cost: Callable[[S], OpCounts], build: Callable[[S], object], variations: Sequence[str]
) -> None:
    """``token_fusion_METHOD``; its examples are every head with the basic structure and with each of ``variations``."""
    name = f"token_fusion_{method}"
    symbols = {"S": "image_size", "D": "width"}
    register(
        Family(name="token_fusion", source="arXiv:2208.09183", cost=cost, build=build, symbols=symbols),
        {name: spec},
        papers=("token_fusion",),
        examples={name: [",".join(filter(None, (head, v))) for v in ("", *variations) for head in HEADS]},
    )
