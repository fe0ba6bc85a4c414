"""Method 3, fusion layer by layer: paper Figure 4, variation Figure 8."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from effbench.cost import ops
from effbench.cost.counts import OpCounts, combine
from effbench.cost.resnet import CHANNELS
from effbench.cost.shape import Size, exact_div
from effbench.models.families.token_fusion.parts import (
    TokenFusionSpec,
    backbone,
    blocks,
    grow,
    head,
    patches,
    register_method,
)
from effbench.models.spec import MAX_LAYERS, require_range


@dataclass(frozen=True, kw_only=True)
class LayerwiseSpec(TokenFusionSpec):
    """Method 3: five mixing blocks, one per ResNet stage, then plain encoder blocks.

    Attributes:
        class_token: add a class token that the mixing leaves alone (Table 4).
        mixing_depth: encoder blocks in each mixing block.
        tail_depth: encoder blocks after the last mixing block.
    """

    class_token: bool = False
    mixing_depth: int = 2
    tail_depth: int = 2

    def validate(self) -> None:
        super().validate()
        require_range("mixing_depth", self.mixing_depth, 0, MAX_LAYERS)
        require_range("tail_depth", self.tail_depth, 0, MAX_LAYERS)


def cost(s: LayerwiseSpec) -> OpCounts:
    """Operation counts of one image, layer-by-layer fusion."""
    side = exact_div(s.image_size, s.patch_size)
    tokens = side * side + int(s.class_token)
    return combine(
        (
            patches(s, side, 3, class_token=s.class_token),
            *(
                part
                for stage, features in enumerate(backbone(s.image_size, 5), start=1)
                for part in (features, _mixing(s, stage, side, tokens).at(f"mixing.{stage - 1}"))
            ),
            blocks(s, s.tail_depth, tokens),
            ops.layer_norm(tokens, s.width).at("norm"),
            head(s, tokens, s.width),
        )
    )


def _mixing(s: LayerwiseSpec, stage: int, side: Size, tokens: Size) -> OpCounts:
    """Encoder blocks on the tokens, the stage's map brought to the token grid, both joined by one linear layer."""
    factor = exact_div(max(s.patch_size, 2**stage), min(s.patch_size, 2**stage))
    pooled = s.patch_size >= 2**stage
    grid = side if pooled else exact_div(side, factor)
    channels = CHANNELS[stage - 1]
    parts = [blocks(s, s.mixing_depth, tokens)]
    if pooled and factor > 1:
        parts.append(ops.window_pool(side, side, channels, factor).at("pool"))
    parts.append(ops.conv2d(grid, grid, channels, s.width, 1).at("project"))
    if not pooled:
        parts.append(grow(grid, s.width, s.width, factor, learned=True).at("upsample"))
    parts.append(ops.linear(side * side, 2 * s.width, s.width).at("fuse"))
    return combine(parts)


def build(s: LayerwiseSpec) -> Any:
    """The network."""
    from effbench.models.networks.token_fusion import LayerwiseFusion

    return LayerwiseFusion(
        mixing_depth=s.mixing_depth, tail_depth=s.tail_depth, class_token=s.class_token, **s.network_arguments
    )


register_method("layerwise", LayerwiseSpec(), cost, build, ("class_token=yes",))
