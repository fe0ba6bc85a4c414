"""CoCa as a classifier of images: its encoder, a one-query attention pooler and a linear head."""

from __future__ import annotations

from dataclasses import dataclass

from effbench.models.spec import MAX_LAYERS, MAX_WIDTH, PatchedSpec, require_heads, require_range


@dataclass(frozen=True, kw_only=True)
class CoCaSpec(PatchedSpec):
    """A CoCa image encoder. Attributes: width, depth, num_heads, mlp_width: of the encoder."""

    image_size: int = 576
    patch_size: int = 18
    width: int = 1408
    depth: int = 40
    num_heads: int = 16
    mlp_width: int = 6144

    def validate(self) -> None:
        super().validate()
        require_range("depth", self.depth, 1, MAX_LAYERS)
        require_heads(self.width, self.num_heads)
        require_range("mlp_width", self.mlp_width, 1, 64 * MAX_WIDTH)
