"""Convolutional blocks: MobileNetV3's inverted residual and the CompressAI analysis transform.

Module names are those of timm (inverted residual) and CompressAI (``g_a``).
"""

from __future__ import annotations

from effbench.cost import ops
from effbench.cost.counts import OpCounts, combine
from effbench.cost.shape import Size, exact_div


def squeeze_excite(height: Size, width: Size, channels: Size, ratio: int) -> OpCounts:
    """Pool, reduce by ``ratio``, ReLU, expand, hard-sigmoid, gate (Hu et al. 2018, arXiv:1709.01507)."""
    reduced = exact_div(channels, ratio)
    elements = height * width * channels
    return combine(
        (
            ops.global_pool(height, width, channels).at("pool"),
            ops.conv2d(1, 1, channels, reduced, 1).at("conv_reduce").holding(elements),
            ops.activation(reduced).at("act1").holding(elements),
            ops.conv2d(1, 1, reduced, channels, 1).at("conv_expand").holding(elements),
            ops.activation(channels).at("gate").holding(elements),
            ops.multiply(elements),
        )
    )


def inverted_residual(
    height: Size, width: Size, c_in: Size, c_mid: Size, c_out: Size, kernel: int, stride: int
) -> OpCounts:
    """MobileNetV3 block with an *output* map of (c_out, height, width); the skip is there where the shapes allow it.

    Expand 1x1, depthwise kernel x kernel, squeeze-excite (ratio 4), project 1x1; batch norm after each convolution,
    hard-swish after the first two (Howard et al. 2019, arXiv:1905.02244).
    """
    h_in, w_in = height * stride, width * stride
    pixels_in, pixels = h_in * w_in, height * width
    body = combine(
        (
            ops.conv2d(h_in, w_in, c_in, c_mid, 1, bias=False).at("conv_pw"),
            ops.batch_norm2d(h_in, w_in, c_mid).at("bn1"),
            ops.activation(pixels_in * c_mid).at("act1"),
            ops.conv2d(height, width, c_mid, c_mid, kernel, stride=stride, depthwise=True, bias=False).at("conv_dw"),
            ops.batch_norm2d(height, width, c_mid).at("bn2"),
            ops.activation(pixels * c_mid).at("act2"),
            squeeze_excite(height, width, c_mid, 4).at("se"),
            ops.conv2d(height, width, c_mid, c_out, 1, bias=False).at("conv_pwl"),
            ops.batch_norm2d(height, width, c_out).at("bn3"),
        )
    ).holding(pixels_in * c_in)
    has_skip = stride == 1 and c_in == c_out
    return body + ops.residual(pixels * c_out) if has_skip else body


def gdn(height: Size, width: Size, channels: int) -> OpCounts:
    """Generalised divisive normalisation: y = x / sqrt(beta + gamma x²), gamma being a 1x1 convolution.

    Source: Ballé et al. 2016, arXiv:1511.06281, eq. 2, as CompressAI computes it.
    """
    elements = height * width * channels
    norm = ops.conv2d(height, width, channels, channels, 1)
    weights = combine(
        (_non_negative(channels).at("beta_reparam"), _non_negative(channels * channels).at("gamma_reparam"))
    )
    quotient = ops.multiply(elements, factors=2)
    return combine((weights, ops.multiply(elements), norm, ops.activation(elements), quotient)).holding(elements)


def _non_negative(weights: Size) -> OpCounts:
    """How GDN keeps its weights above 0: a lower bound, a square, a difference."""
    return ops.reparametrisation(weights).at("lower_bound") + ops.reparametrisation(weights, steps=2)


def analysis_transform(height: Size, width: Size, hidden: int, latent: int) -> OpCounts:
    """Encoder ``g_a`` of ``bmshj2018_factorized``: an (3, 16·height, 16·width) image -> (latent, height, width).

    Four 5x5 convolutions of stride 2 with GDN between them. Source: Ballé et al. 2018, arXiv:1802.01436;
    widths per quality from CompressAI (quality 5: hidden 128, latent 192).
    """
    parts = []
    channels = 3
    for i, c_out in enumerate((hidden, hidden, hidden, latent)):
        h, w = height * 2 ** (3 - i), width * 2 ** (3 - i)
        parts.append(ops.conv2d(h, w, channels, c_out, 5, stride=2).at(str(2 * i)))
        if i < 3:
            parts.append(gdn(h, w, c_out).at(str(2 * i + 1)))
        channels = c_out
    return combine(parts)
