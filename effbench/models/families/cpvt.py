"""CPVT: a ViT with convolutions between its first blocks in place of the position table.

Source: Chu et al. 2021, arXiv:2102.10882, Section 3; shapes as DeiT's of the same name. The number of position
encodings varies in the paper's ablations; here it is five, one after each of the first five blocks, as the reported
results have (read in a secondary source). With a single one the parameters are at most 0.14 % fewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from effbench.models.registry import Family, register
from effbench.models.spec import MAX_LAYERS, Spec, require_heads, require_range


@dataclass(frozen=True, kw_only=True)
class CPVTSpec(Spec):
    """A CPVT.

    Attributes:
        patch_size: side of a square patch, pixels.
        width, depth, num_heads, mlp_ratio: of the encoder.
        pegs: positional encoding generators, one after each of the first ``pegs`` blocks.
        class_token: classify by a class token (yes) or by the mean of the patch tokens (no, GAP).
    """

    patch_size: int = 16
    width: int = 768
    depth: int = 12
    num_heads: int = 12
    mlp_ratio: int = 4
    pegs: int = 5
    class_token: bool = True

    @property
    def side_multiple(self) -> int:
        return self.patch_size

    def validate(self) -> None:
        require_range("patch_size", self.patch_size, 1, 1024)
        super().validate()
        require_range("depth", self.depth, 1, MAX_LAYERS)
        require_heads(self.width, self.num_heads)
        require_range("mlp_ratio", self.mlp_ratio, 1, 64)
        require_range("pegs", self.pegs, 0, self.depth)


def build(spec: CPVTSpec) -> Any:
    """The network; it takes images of any size that its patches divide."""
    from effbench.models.networks.cpvt import CPVT

    return CPVT(
        num_classes=spec.num_classes,
        patch_size=spec.patch_size,
        width=spec.width,
        depth=spec.depth,
        num_heads=spec.num_heads,
        mlp_ratio=spec.mlp_ratio,
        pegs=spec.pegs,
        class_token=spec.class_token,
    )


FAMILY = Family(name="cpvt", source="arXiv:2102.10882", build=build)

register(FAMILY, {"cpvt_base": CPVTSpec()}, papers=("ci2p_vit",))
register(FAMILY, {"cpvt_tiny_gap": CPVTSpec(width=192, num_heads=3, class_token=False)}, papers=("token_fusion",))
