"""CeiT: a ViT with a convolutional stem, convolutions in its MLPs, and attention over the layers' class tokens.

Source: Yuan et al. 2021, arXiv:2103.11816, Section 3. The tables hold CeiT-S at 224 and at 384 pixels; the position
table is that of the size at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from effbench.models.registry import Family, register
from effbench.models.spec import MAX_LAYERS, MAX_WIDTH, Spec, require_heads, require_range


@dataclass(frozen=True, kw_only=True)
class CeiTSpec(Spec):
    """A CeiT.

    Attributes:
        stem_width: channels of the stem's first convolution.
        width, depth, num_heads, mlp_ratio: of the encoder; the attention over layers is shaped like its blocks.
    """

    stem_width: int = 64
    width: int = 384
    depth: int = 12
    num_heads: int = 6
    mlp_ratio: int = 4

    @property
    def side_multiple(self) -> int:
        return 16  # convolution 2, pooling 2, patches 4

    def validate(self) -> None:
        super().validate()
        require_range("stem_width", self.stem_width, 1, MAX_WIDTH)
        require_range("depth", self.depth, 1, MAX_LAYERS)
        require_heads(self.width, self.num_heads)
        require_range("mlp_ratio", self.mlp_ratio, 1, 64)


def build(spec: CeiTSpec) -> Any:
    """The network, for images of ``models.spec.image_size``."""
    from effbench.models.networks.ceit import CeiT

    return CeiT(
        image_size=spec.image_size,
        num_classes=spec.num_classes,
        stem_width=spec.stem_width,
        width=spec.width,
        depth=spec.depth,
        num_heads=spec.num_heads,
        mlp_ratio=spec.mlp_ratio,
    )


FAMILY = Family(name="ceit", source="arXiv:2103.11816", build=build)

register(FAMILY, {"ceit_small": CeiTSpec()}, papers=("token_fusion",))
