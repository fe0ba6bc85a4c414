"""What the three methods share: specification, patch embedding, backbone, growing of maps, heads.

Module names: ``backbone`` as torchvision's ResNet-101, encoder blocks as timm's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

from effbench.cost import ops, resnet
from effbench.cost.counts import OpCounts, combine
from effbench.cost.shape import Size
from effbench.cost.transformer import encoder
from effbench.errors import SpecError
from effbench.models.registry import Family, register
from effbench.models.spec import Spec, require_heads, require_range

HEADS = ("token", "channel", "mixing")


@dataclass(frozen=True, kw_only=True)
class TokenFusionSpec(Spec):
    """What the three methods share.

    Attributes:
        head: pool each token over its channels (token), each channel over the tokens (channel), or both (mixing);
            one linear layer follows (paper, Figure 5).
        patch_size, width, num_heads, mlp_ratio: of the transformer.
        backbone: ResNet-101 with random weights, or with torchvision's IMAGENET1K_V1 and then frozen.
    """

    positional: ClassVar[str | None] = "head"

    head: Literal["token", "channel", "mixing"] = "channel"
    patch_size: int = 16
    width: int = 768
    num_heads: int = 12
    mlp_ratio: int = 4
    backbone: Literal["random", "pretrained"] = "random"

    @property
    def network_arguments(self) -> dict[str, Any]:
        """The arguments that the three networks share."""
        return {
            "image_size": self.image_size,
            "patch_size": self.patch_size,
            "width": self.width,
            "num_heads": self.num_heads,
            "mlp_ratio": self.mlp_ratio,
            "head": self.head,
            "num_classes": self.num_classes,
            "pretrained": self.backbone == "pretrained",
        }

    def without_weights(self) -> Self:
        return replace(self, backbone="random")

    @property
    def side_multiple(self) -> int:
        return math.lcm(32, self.patch_size)

    def validate(self) -> None:
        if self.patch_size not in (2, 4, 8, 16, 32):
            raise SpecError(f"patch_size must be 2, 4, 8, 16 or 32, got {self.patch_size}")
        super().validate()
        require_heads(self.width, self.num_heads)
        require_range("mlp_ratio", self.mlp_ratio, 1, 64)


def patches(s: TokenFusionSpec, side: Size, channels: int, *, class_token: bool = False) -> OpCounts:
    """Patch embedding of a (channels, image_size, image_size) stack, and the position embedding."""
    embed = ops.conv2d(side, side, channels, s.width, s.patch_size, stride=s.patch_size).at("patch_embed.proj")
    token = ops.parameters(s.width) if class_token else OpCounts()
    return combine((embed, token, ops.embedding(side * side + int(class_token), s.width)))


def blocks(s: TokenFusionSpec, depth: int, tokens: Size) -> OpCounts:
    """``depth`` encoder blocks."""
    return encoder("blocks", depth, tokens, s.width, s.num_heads, s.mlp_ratio * s.width)


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
    method: str,
    spec: TokenFusionSpec,
    cost: Callable[[Any], OpCounts],
    build: Callable[[Any], Any],
    variations: Sequence[str],
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
