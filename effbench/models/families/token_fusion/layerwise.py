"""Method 3, fusion layer by layer: paper Figure 4, variation Figure 8."""

from __future__ import annotations

from effbench.cost import ops
from effbench.cost.counts import OpCounts, combine
from effbench.cost.resnet import CHANNELS
from effbench.cost.shape import Size, exact_div
from effbench.models.families.token_fusion.parts import backbone, blocks, grow, head, patches, register_method
from effbench.models.spec.token_fusion import LayerwiseSpec


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


def build(s: LayerwiseSpec) -> object:
    """The network."""
    from effbench.models.networks.token_fusion.layerwise import LayerwiseFusion

    return LayerwiseFusion(s)


register_method("layerwise", LayerwiseSpec(), cost, build, ("class_token=yes",))
