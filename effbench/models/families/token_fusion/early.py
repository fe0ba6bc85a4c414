"""Method 2, early fusion: paper Figure 3, variations Figure 7."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from effbench.cost import ops
from effbench.cost.counts import OpCounts, combine
from effbench.cost.resnet import CHANNELS
from effbench.cost.shape import exact_div
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
class EarlySpec(TokenFusionSpec):
    """Method 2: feature maps grown to image size and stacked on the image, then a plain ViT.

    Attributes:
        upsample: grow by a transposed convolution or by replication (Table 4).
        bridges: all five stages, or the last one only (Table 4).
        bridge_channels: channels between the transposed convolution and the 1x1 convolution of a bridge.
        depth: encoder blocks.
    """

    upsample: Literal["upconv", "copy"] = "upconv"
    bridges: Literal["multi", "single"] = "multi"
    bridge_channels: int = 3
    depth: int = 12

    @property
    def stages(self) -> tuple[int, ...]:
        """ResNet stages that have a bridge."""
        return (1, 2, 3, 4, 5) if self.bridges == "multi" else (5,)

    def validate(self) -> None:
        super().validate()
        require_range("bridge_channels", self.bridge_channels, 1, 1024)
        require_range("depth", self.depth, 1, MAX_LAYERS)


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


def build(s: EarlySpec) -> Any:
    """The network."""
    from effbench.models.networks.token_fusion import EarlyFusion

    return EarlyFusion(
        depth=s.depth,
        stages=s.stages,
        bridge_channels=s.bridge_channels,
        learned=s.upsample == "upconv",
        **s.network_arguments,
    )


register_method("early", EarlySpec(), cost, build, ("upsample=copy", "upsample=copy,bridges=single", "bridges=single"))
