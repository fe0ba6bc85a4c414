"""Method 2, early fusion: paper Figure 3, variations Figure 7."""

from __future__ import annotations

from effbench.cost import ops
from effbench.cost.counts import OpCounts, combine
from effbench.cost.resnet import CHANNELS
from effbench.cost.shape import exact_div
from effbench.models.families.token_fusion.parts import backbone, blocks, grow, head, patches, register_method
from effbench.models.spec.token_fusion import EarlySpec


def cost(s: EarlySpec) -> OpCounts:
    """Operation counts of one image, early fusion."""
    side = exact_div(s.image_size, s.patch_size)
    tokens = side * side
    return combine(
        (
            *backbone(s.image_size, 5),
            *(_bridge(s, stage).at(f"bridges.{i}") for i, stage in enumerate(s.stages)),
            patches(s, side, 3 + 3 * len(s.stages)),
            blocks(s, s.depth, tokens),
            ops.layer_norm(tokens, s.width).at("norm"),
            head(s, tokens, s.width),
        )
    )


def _bridge(s: EarlySpec, stage: int) -> OpCounts:
    """Stage output to (3, image_size, image_size).

    Transposed convolution, then 1x1; with replication the 1x1 convolution comes first (equal, and far cheaper).
    """
    channels, side, factor = CHANNELS[stage - 1], exact_div(s.image_size, 2**stage), 2**stage
    full = s.image_size
    if s.upsample == "copy":
        project = ops.conv2d(side, side, channels, 3, 1).at("project")
        return project + grow(side, 3, 3, factor, learned=False).at("upsample")
    grown = grow(side, channels, s.bridge_channels, factor, learned=True).at("upsample")
    return grown + ops.conv2d(full, full, s.bridge_channels, 3, 1).at("project")


def build(s: EarlySpec) -> object:
    """The network."""
    from effbench.models.networks.token_fusion.early import EarlyFusion

    return EarlyFusion(s)


register_method("early", EarlySpec(), cost, build, ("upsample=copy", "upsample=copy,bridges=single", "bridges=single"))
