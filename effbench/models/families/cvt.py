"""CvT: three stages of convolutional token embeddings and attention with convolutional projections.

Source: Wu et al. 2021, arXiv:2103.15808, Table 2. The papers' table holds CvT-21 at 384 pixels. No parameter depends on
the image size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from effbench.models.registry import Family, register
from effbench.models.spec import MAX_LAYERS, MAX_SIDE, Spec, require_heads, require_range

STAGES = 3
MIN_SIDE = 32


@dataclass(frozen=True, kw_only=True)
class CvTSpec(Spec):
    """A CvT; tuples have an entry per stage. Its convolutions pad, so any side from 32 pixels on is legal.

    Attributes:
        widths, depths, num_heads: of the stages, on maps of about 1/4, 1/8 and 1/16 of the image's side.
        mlp_ratio: hidden width of the MLPs, in widths.
    """

    widths: tuple[int, ...] = (64, 192, 384)
    depths: tuple[int, ...] = (1, 4, 16)
    num_heads: tuple[int, ...] = (1, 3, 6)
    mlp_ratio: int = 4

    def validate(self) -> None:
        require_range("image size", self.image_size, MIN_SIDE, MAX_SIDE)
        super().validate()
        for field in ("widths", "depths", "num_heads"):
            require_range(f"number of {field}", len(getattr(self, field)), STAGES, STAGES)
        for width, depth, num_heads in zip(self.widths, self.depths, self.num_heads, strict=True):
            require_range("depths", depth, 1, MAX_LAYERS)
            require_heads(width, num_heads)
        require_range("mlp_ratio", self.mlp_ratio, 1, 64)


def build(spec: CvTSpec) -> Any:
    """The network."""
    from effbench.models.networks.cvt import ConvolutionalVisionTransformer

    return ConvolutionalVisionTransformer(
        num_classes=spec.num_classes,
        widths=spec.widths,
        depths=spec.depths,
        num_heads=spec.num_heads,
        mlp_ratio=spec.mlp_ratio,
    )


FAMILY = Family(name="cvt", source="arXiv:2103.15808", build=build)

register(FAMILY, {"cvt_13": CvTSpec(depths=(1, 2, 10))})
register(FAMILY, {"cvt_21": CvTSpec(image_size=384)}, papers=("token_fusion",))
