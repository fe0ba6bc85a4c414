"""CI2P-ViT, its dual-scale variant and the CNN-ViT control: a ViT whose patches come from a compression encoder.

Source: Zhao and Sun 2025, arXiv:2502.10120, Sections 3.1-3.3 and 4.1. The encoder is the analysis transform of
CompressAI's ``bmshj2018_factorized(quality=5)``; PatchReshape and CnnReshape are MobileNetV3 inverted residuals (paper,
Figure 4), whose widths are not printed: those here give the paper's parameters and FLOPs to the digit.
"""

from __future__ import annotations

from effbench.cost import ops
from effbench.cost.convolution import analysis_transform, inverted_residual
from effbench.cost.counts import OpCounts, combine
from effbench.cost.shape import Size, exact_div
from effbench.cost.transformer import encoder
from effbench.errors import EffbenchError
from effbench.models.registry import Family, register
from effbench.models.spec.ci2p import CI2PSpec

ENCODER_HIDDEN, ENCODER_LATENT = 128, 192
"""Channels N and M of bmshj2018_factorized at qualities 1 to 5."""


def cost(s: CI2PSpec) -> OpCounts:
    """Operation counts of one image."""
    coarse: Size = exact_div(s.image_size, 32)
    tokens = coarse * coarse
    fine = 2 * coarse
    return combine(
        (
            analysis_transform(fine, fine, ENCODER_HIDDEN, ENCODER_LATENT).at("patch_embed.encoder"),
            _dual_scale_trunk(s, coarse) if s.dual_scale else _trunk(s, coarse),
            ops.layer_norm(tokens, s.width).at("norm"),
            ops.mean(tokens, s.width),
            ops.linear(1, s.width, s.num_classes).at("head"),
        )
    )


def _trunk(s: CI2PSpec, coarse: Size) -> OpCounts:
    """PatchReshape from (192, H/16, W/16) to (width, H/32, W/32), then all blocks on that grid."""
    return combine(
        (
            _reshape(coarse, ENCODER_LATENT).at("patch_embed.patch_reshape.0"),
            _halve(coarse, ENCODER_LATENT, s.width).at("patch_embed.patch_reshape.1"),
            encoder("blocks", s.depth, coarse * coarse, s.width, s.num_heads, s.hidden),
        )
    )


def _dual_scale_trunk(s: CI2PSpec, coarse: Size) -> OpCounts:
    """Half of the blocks at width / 4 on H/16 x W/16, CnnReshape, the other half at full width on H/32 x W/32."""
    narrow, half, few_heads = exact_div(s.width, 4), exact_div(s.depth, 2), exact_div(s.num_heads, 4)
    fine_tokens = 4 * coarse * coarse
    return combine(
        (
            _reshape(coarse, ENCODER_LATENT).at("patch_embed.patch_reshape.0"),
            _reshape(coarse, narrow).at("patch_embed.patch_reshape.1"),
            encoder("fine_blocks", half, fine_tokens, narrow, few_heads, s.mlp_ratio * narrow),
            _halve(coarse, narrow, s.width).at("cnn_reshape"),
            encoder("blocks", half, coarse * coarse, s.width, s.num_heads, s.hidden),
        )
    )


def _reshape(coarse: Size, c_out: Size) -> OpCounts:
    """Inverted residual on the latent's own grid."""
    fine = 2 * coarse
    return inverted_residual(fine, fine, ENCODER_LATENT, 4 * ENCODER_LATENT, c_out, 3, 1)


def _halve(coarse: Size, c_in: Size, width: Size) -> OpCounts:
    """Inverted residual that halves the grid and widens to the ViT's width through six times the input channels."""
    return inverted_residual(coarse, coarse, c_in, 6 * c_in, width, 5, 2)


def build(s: CI2PSpec, *, encoder_weights: str | None = None) -> object:
    """The network; ``encoder_weights`` is a file that takes the place of CompressAI's download.

    Raises:
        EffbenchError: the weights cannot be had, or do not fit.
    """
    from effbench.models.networks.ci2p import DualScaleCI2PViT, ci2p_vit

    make = DualScaleCI2PViT if s.dual_scale else ci2p_vit
    try:
        return make(s, encoder_weights or s.encoder)
    except ValueError as error:
        raise EffbenchError(str(error)) from None
    except OSError as error:
        source = encoder_weights or "CompressAI's pretrained weights"
        raise EffbenchError(
            f"{source} could not be read: {error}; give a file with --encoder-weights (in a recipe, encoder_weights of "
            "its options), or ask for random weights by name: encoder=random"
        ) from None


FAMILY = Family(
    name="ci2p",
    source="arXiv:2502.10120",
    cost=cost,
    build=build,
    symbols={"S": "image_size", "n": "depth", "D": "width"},
)

register(
    FAMILY,
    {
        "ci2p_vit": CI2PSpec(),
        "ci2p_vit_ds": CI2PSpec(dual_scale=True),
        "cnn_vit": CI2PSpec(encoder="random", frozen_encoder=False),
    },
    papers=("ci2p_vit",),
)
