"""CoCa as a classifier of images: its encoder, a one-query attention pooler and a linear head.

Source: Yu et al. 2022, arXiv:2205.01917, Table 1; fine-tuned and evaluated at 576 pixels. The 2100 M parameters printed
for CoCa are those of the whole model. Left out here: both text decoders, 18 layers each, with their vocabulary, and the
pooler of 256 queries that feeds them; none of them runs when an image is classified. That leaves 1039.5 M.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from effbench.models.registry import Family, register
from effbench.models.spec import MAX_LAYERS, MAX_WIDTH, Spec, require_heads, require_range


@dataclass(frozen=True, kw_only=True)
class CoCaSpec(Spec):
    """A CoCa image encoder.

    Attributes:
        patch_size: side of a square patch, pixels.
        width, depth, num_heads, mlp_width: of the encoder.
    """

    image_size: int = 576
    patch_size: int = 18
    width: int = 1408
    depth: int = 40
    num_heads: int = 16
    mlp_width: int = 6144

    @property
    def side_multiple(self) -> int:
        return self.patch_size

    def validate(self) -> None:
        require_range("patch_size", self.patch_size, 1, 1024)
        super().validate()
        require_range("depth", self.depth, 1, MAX_LAYERS)
        require_heads(self.width, self.num_heads)
        require_range("mlp_width", self.mlp_width, 1, 64 * MAX_WIDTH)


def build(spec: CoCaSpec) -> Any:
    """The network, for images of ``models.spec.image_size``."""
    from effbench.models.networks.coca import coca_encoder

    return coca_encoder(
        image_size=spec.image_size,
        num_classes=spec.num_classes,
        patch_size=spec.patch_size,
        width=spec.width,
        depth=spec.depth,
        num_heads=spec.num_heads,
        mlp_width=spec.mlp_width,
    )


FAMILY = Family(name="coca", source="arXiv:2205.01917", build=build)

register(FAMILY, {"coca_encoder": CoCaSpec()}, papers=("token_fusion",))
