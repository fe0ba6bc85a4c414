"""T2T-ViT: tokens from overlapping splits and small attentions, then a deep and narrow ViT.

Source: Yuan et al. 2021, arXiv:2101.11986, Section 3. The papers' tables hold the variants whose splits are joined by
Performers; ``performer=no`` gives those with softmax attention there, named T2T-ViT_t in the paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from effbench.models.registry import Family, register
from effbench.models.spec import MAX_LAYERS, MAX_WIDTH, Spec, require_heads, require_range


@dataclass(frozen=True, kw_only=True)
class T2TSpec(Spec):
    """A T2T-ViT.

    Attributes:
        width, depth, num_heads, mlp_ratio: of the ViT behind the token module.
        token_width: of the tokens between the splits.
        performer: attention between the splits is a Performer (yes) or softmax attention (no).
    """

    width: int = 448
    depth: int = 19
    num_heads: int = 7
    mlp_ratio: int = 3
    token_width: int = 64
    performer: bool = True

    @property
    def side_multiple(self) -> int:
        return 16  # splits of stride 4, 2 and 2

    def validate(self) -> None:
        super().validate()
        require_range("depth", self.depth, 1, MAX_LAYERS)
        require_heads(self.width, self.num_heads)
        require_range("mlp_ratio", self.mlp_ratio, 1, 64)
        require_range("token_width", self.token_width, 2, MAX_WIDTH)


def build(spec: T2TSpec) -> Any:
    """The network."""
    from effbench.models.networks.t2t import T2TViT

    return T2TViT(
        image_size=spec.image_size,
        num_classes=spec.num_classes,
        width=spec.width,
        depth=spec.depth,
        num_heads=spec.num_heads,
        mlp_ratio=spec.mlp_ratio,
        token_width=spec.token_width,
        performer=spec.performer,
    )


FAMILY = Family(name="t2t", source="arXiv:2101.11986", build=build)

register(FAMILY, {"t2t_vit_19": T2TSpec()}, papers=("token_fusion",))
register(FAMILY, {"t2t_vit_24": T2TSpec(width=512, depth=24, num_heads=8)}, papers=("ci2p_vit",))
