"""Method 1, late fusion: paper Figure 2, variations Figure 6."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from effbench.cost import ops
from effbench.cost.counts import OpCounts, combine
from effbench.cost.resnet import CHANNELS
from effbench.cost.shape import Size, exact_div
from effbench.cost.transformer import encoder
from effbench.errors import SpecError
from effbench.models.families.token_fusion.parts import TokenFusionSpec, backbone, grow, head, patches, register_method
from effbench.models.spec import MAX_LAYERS, MAX_WIDTH, require_multiple, require_range


@dataclass(frozen=True, kw_only=True)
class LateSpec(TokenFusionSpec):
    """Method 1: two encoders in parallel, fused after the last block.

    Attributes:
        upsample: grow the coarser grid by a transposed convolution or by replication (Table 4).
        merge: concatenate the channels or add (Table 4).
        upsample_branch: whose grid is the coarser one; ``cnn`` is the other reading of the paper's sentence.
        cnn_stage: ResNet stage whose pixels become tokens.
        cnn_width: width of the CNN branch's encoder; 0 = as the image branch. Heads keep their width.
        depths: encoder blocks of the image branch and of the CNN branch.
    """

    patch_size: int = 32
    upsample: Literal["upconv", "copy"] = "upconv"
    merge: Literal["concat", "add"] = "concat"
    upsample_branch: Literal["vit", "cnn"] = "vit"
    cnn_stage: int = 4
    cnn_width: int = 0
    depths: tuple[int, ...] = (6, 6)

    @property
    def cnn_spec(self) -> tuple[Size, Size]:
        """Width and number of heads of the CNN branch's encoder."""
        if not self.cnn_width:
            return self.width, self.num_heads
        return self.cnn_width, exact_div(self.cnn_width * self.num_heads, self.width)

    @property
    def factor(self) -> int:
        """How many times finer the finer grid is."""
        fine, coarse = sorted((self.patch_size, 2**self.cnn_stage))
        return int(coarse // fine)

    def validate(self) -> None:
        super().validate()
        require_range("cnn_stage", self.cnn_stage, 1, 5)
        require_range("cnn_width", self.cnn_width, 0, MAX_WIDTH)
        require_multiple("cnn_width", self.cnn_width, self.width // self.num_heads)
        if self.cnn_width not in (0, self.width) and (self.merge == "add" and self.upsample == "copy"):
            raise SpecError("copy and add needs branches of equal width: leave cnn_width out")
        if len(self.depths) != 2:
            raise SpecError(f"depths must be two numbers such as 6-6, got {len(self.depths)}")
        for depth in self.depths:
            require_range("depth", depth, 1, MAX_LAYERS)
        coarser = "vit" if self.patch_size > 2**self.cnn_stage else "cnn"
        if self.factor == 1 or coarser != self.upsample_branch:
            raise SpecError(
                f"patch_size {self.patch_size} and cnn_stage {self.cnn_stage} (stride {2**self.cnn_stage}) leave "
                f"nothing to upsample in the {self.upsample_branch} branch; e.g. patch_size=32,cnn_stage=4 or "
                "patch_size=16,cnn_stage=5,upsample_branch=cnn"
            )


def cost(s: LateSpec) -> OpCounts:
    """Operation counts of one image, late fusion."""
    vit_side, cnn_side = exact_div(s.image_size, s.patch_size), exact_div(s.image_size, 2**s.cnn_stage)
    vit_tokens, cnn_tokens = vit_side * vit_side, cnn_side * cnn_side
    cnn_width, cnn_heads = s.cnn_spec
    vit, cnn = (vit_side, s.width), (cnn_side, cnn_width)
    (coarse, c_from), (fine, c_to) = (vit, cnn) if s.upsample_branch == "vit" else (cnn, vit)
    grown = c_to if s.upsample == "upconv" else c_from
    return combine(
        (
            patches(s, vit_side, 3),
            encoder("vit_blocks", s.depths[0], vit_tokens, s.width, s.num_heads, s.mlp_ratio * s.width),
            ops.layer_norm(vit_tokens, s.width).at("vit_norm"),
            *backbone(s.image_size, s.cnn_stage),
            ops.linear(cnn_tokens, CHANNELS[s.cnn_stage - 1], cnn_width).at("cnn_embed"),
            ops.embedding(cnn_tokens, cnn_width),
            encoder("cnn_blocks", s.depths[1], cnn_tokens, cnn_width, cnn_heads, s.mlp_ratio * cnn_width),
            ops.layer_norm(cnn_tokens, cnn_width).at("cnn_norm"),
            grow(coarse, c_from, grown, s.factor, learned=s.upsample == "upconv").at("upsample"),
            ops.residual(fine * fine * c_to) if s.merge == "add" else OpCounts(),
            head(s, fine * fine, grown + c_to if s.merge == "concat" else c_to),
        )
    )


def build(s: LateSpec) -> Any:
    """The network."""
    from effbench.models.networks.token_fusion import LateFusion

    cnn_width, cnn_heads = s.cnn_spec
    return LateFusion(
        cnn_stage=s.cnn_stage,
        cnn_width=cnn_width,
        cnn_heads=cnn_heads,
        depths=s.depths,
        grow_vit=s.upsample_branch == "vit",
        learned=s.upsample == "upconv",
        concat=s.merge == "concat",
        factor=s.factor,
        **s.network_arguments,
    )


register_method("late", LateSpec(), cost, build, ("merge=add", "upsample=copy", "upsample=copy,merge=add"))
