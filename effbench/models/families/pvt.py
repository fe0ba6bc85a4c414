"""PVT, version 1: a pyramid of four stages whose attention reads keys and values from a reduced map.

Source: Wang et al. 2021, arXiv:2102.12122, Table 1. The position tables are those of the size at hand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from effbench.errors import SpecError
from effbench.models.registry import Family, register
from effbench.models.spec import MAX_LAYERS, Spec, require_heads, require_range

STAGES = 4


@dataclass(frozen=True, kw_only=True)
class PVTSpec(Spec):
    """A PVT; tuples have an entry per stage.

    Attributes:
        widths, depths, num_heads, mlp_ratios: of the stages, on maps of 1/4, 1/8, 1/16 and 1/32 of the image's side.
        reductions: how many times shorter the sides of the maps of keys and values are; 1 in the last stage, whose
            class token belongs to no map.
    """

    widths: tuple[int, ...] = (64, 128, 320, 512)
    depths: tuple[int, ...] = (3, 4, 18, 3)
    num_heads: tuple[int, ...] = (1, 2, 5, 8)
    mlp_ratios: tuple[int, ...] = (8, 8, 4, 4)
    reductions: tuple[int, ...] = (8, 4, 2, 1)

    @property
    def side_multiple(self) -> int:
        """Every stage's map must be a multiple of its reduction."""
        return math.lcm(*(2 ** (i + 2) * reduction for i, reduction in enumerate(self.reductions)))

    def validate(self) -> None:
        for field in ("widths", "depths", "num_heads", "mlp_ratios", "reductions"):
            require_range(f"number of {field}", len(getattr(self, field)), STAGES, STAGES)
        for reduction in self.reductions:
            require_range("reductions", reduction, 1, 64)
        if self.reductions[-1] != 1:
            raise SpecError(f"the last stage has no reduction: 1, got {self.reductions[-1]}")
        super().validate()
        for width, depth, num_heads in zip(self.widths, self.depths, self.num_heads, strict=True):
            require_range("depths", depth, 1, MAX_LAYERS)
            require_heads(width, num_heads)
        for mlp_ratio in self.mlp_ratios:
            require_range("mlp_ratios", mlp_ratio, 1, 64)


def build(spec: PVTSpec) -> Any:
    """The network, for images of ``models.spec.image_size``."""
    from effbench.models.networks.pvt import PyramidVisionTransformer

    return PyramidVisionTransformer(
        image_size=spec.image_size,
        num_classes=spec.num_classes,
        widths=spec.widths,
        depths=spec.depths,
        num_heads=spec.num_heads,
        mlp_ratios=spec.mlp_ratios,
        reductions=spec.reductions,
    )


FAMILY = Family(name="pvt", source="arXiv:2102.12122", build=build)

register(FAMILY, {"pvt_tiny": PVTSpec(depths=(2, 2, 2, 2)), "pvt_small": PVTSpec(depths=(3, 4, 6, 3))})
register(FAMILY, {"pvt_medium": PVTSpec()}, papers=("token_fusion",))
register(FAMILY, {"pvt_large": PVTSpec(depths=(3, 8, 27, 3))})
