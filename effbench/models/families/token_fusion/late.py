"""Method 1, late fusion: paper Figure 2, variations Figure 6."""

from __future__ import annotations

from effbench.cost import ops
from effbench.cost.counts import OpCounts, combine
from effbench.cost.resnet import CHANNELS
from effbench.cost.shape import exact_div
from effbench.cost.transformer import encoder
from effbench.models.families.token_fusion.parts import backbone, grow, head, patches, register_method
from effbench.models.spec.token_fusion import LateSpec


def cost(s: LateSpec) -> OpCounts:
    """Operation counts of one image, late fusion."""
    vit_side, cnn_side = exact_div(s.image_size, s.patch_size), exact_div(s.image_size, 2**s.cnn_stage)
    vit_tokens, cnn_tokens = vit_side * vit_side, cnn_side * cnn_side
    cnn_width, cnn_heads = s.cnn_encoder
    vit, cnn = (vit_side, s.width), (cnn_side, cnn_width)
    (coarse, c_from), (fine, c_to) = (vit, cnn) if s.upsample_branch == "vit" else (cnn, vit)
    grown = c_to if s.upsample == "upconv" else c_from
    return combine(
        (
            patches(s, vit_side, 3),
            encoder("vit_blocks", s.depths[0], vit_tokens, s.width, s.num_heads, s.hidden),
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


def build(s: LateSpec) -> object:
    """The network."""
    from effbench.models.networks.token_fusion.late import LateFusion

    return LateFusion(s)


register_method("late", LateSpec(), cost, build, ("merge=add", "upsample=copy", "upsample=copy,merge=add"))
