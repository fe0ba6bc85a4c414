"""BoTNet-S1: a ResNet whose last stage attends over the whole map instead of convolving, at stride 1.

Source: Srinivas et al. 2021, arXiv:2101.11605, Section 4.8 (S1 models), Figures 1 and 4. timm's byob blocks are the
paper's blocks: SiLU, squeeze-and-excitation on the output of convolutional blocks only, 2-D relative positions.
"""

from __future__ import annotations

from timm.models.byobnet import ByoBlockCfg, ByobNet, ByoModelCfg

from effbench.models.spec.botnet import BoTNetSpec

STAGE_STRIDES = (1, 2, 2, 1)
BOTTLENECK = 1 / 4
SE_RATIO = 1 / 16


def botnet_s1(spec: BoTNetSpec) -> ByobNet:
    """A BoTNet-S1; the image size fixes the tables of relative positions."""
    types = ("bottle", "bottle", "bottle", "self_attn")
    config = ByoModelCfg(
        blocks=tuple(
            ByoBlockCfg(type=kind, d=depth, c=width, s=stride, br=BOTTLENECK, block_kwargs=_block_options(kind))
            for kind, depth, width, stride in zip(types, spec.depths, spec.widths, STAGE_STRIDES, strict=True)
        ),
        stem_chs=spec.widths[0] // 4,
        stem_type="7x7",
        stem_pool="maxpool",
        act_layer="silu",
        attn_layer="se",
        attn_kwargs={"rd_ratio": SE_RATIO, "rd_divisor": 1, "act_layer": "silu"},
        self_attn_layer="bottleneck",
        # The query is scaled before it meets keys and relative positions, so both logits are.
        self_attn_kwargs={"num_heads": spec.num_heads, "scale_pos_embed": True},
        fixed_input_size=True,
    )
    return ByobNet(config, num_classes=spec.num_classes, img_size=spec.image_size)


def _block_options(kind: str) -> dict[str, bool]:
    """Squeeze-and-excitation acts on the block's output, after the last 1x1 convolution."""
    return {"attn_last": True} if kind == "bottle" else {}
