"""ResNet-101 as a feature extractor of five stages. Module names are torchvision's.

Source: He et al. 2016, arXiv:1512.03385, Table 1; strides as torchvision places them (ResNet v1.5).
"""

from __future__ import annotations

from effbench.cost import ops
from effbench.cost.counts import OpCounts, combine
from effbench.cost.shape import Size, exact_div

CHANNELS = (64, 256, 512, 1024, 2048)
"""Channels of the five stage outputs; stage i (from 1) has 1 / 2^i of the image side."""
DEPTHS = (3, 4, 23, 3)
"""Bottlenecks of stages 2 to 5."""


def stages(image_size: Size, last: int) -> list[OpCounts]:
    """Stages 1 to ``last``, one entry each: the stem, then ``layer1`` … (the max pool belongs to the second)."""
    side = exact_div(image_size, 2)
    found = [stem(side, side)]
    for i in range(1, last):
        side = exact_div(side, 2)
        c_in = 64 if i == 1 else CHANNELS[i - 1]
        stage = _stage(side, side, c_in, 64 * 2 ** (i - 1), DEPTHS[i - 1], 1 if i == 1 else 2).at(f"layer{i}")
        pool = ops.window_pool(side, side, 64, 2).at("maxpool")
        found.append(pool + stage if i == 1 else stage)
    return found


def stem(height: Size, width: Size) -> OpCounts:
    """7x7 convolution of stride 2, batch norm, ReLU; *output* map (64, height, width)."""
    return combine(
        (
            ops.conv2d(height, width, 3, 64, 7, stride=2, bias=False).at("conv1"),
            ops.batch_norm2d(height, width, 64).at("bn1"),
            ops.activation(height * width * 64, inplace=True).at("relu"),
        )
    )


def _stage(height: Size, width: Size, c_in: int, c_mid: int, depth: int, stride: int) -> OpCounts:
    """``depth`` bottlenecks ``0`` …, the first one changing size and channels; *output* (4 c_mid, height, width)."""
    first = bottleneck(height, width, c_in, c_mid, stride).at("0")
    rest = (bottleneck(height, width, 4 * c_mid, c_mid, 1).at(str(i)) for i in range(1, depth))
    return combine((first, *rest))


def bottleneck(height: Size, width: Size, c_in: int, c_mid: int, stride: int) -> OpCounts:
    """ResNet bottleneck with an *output* map of (4 c_mid, height, width); the stride sits on the 3x3 convolution.

    Source: He et al. 2016, arXiv:1512.03385, Table 1; stride as torchvision places it (ResNet v1.5).
    """
    c_out = 4 * c_mid
    h_in, w_in = height * stride, width * stride
    pixels_in, pixels = h_in * w_in, height * width
    parts = [
        ops.conv2d(h_in, w_in, c_in, c_mid, 1, bias=False).at("conv1"),
        ops.batch_norm2d(h_in, w_in, c_mid).at("bn1"),
        ops.activation(pixels_in * c_mid, inplace=True).at("relu"),
        ops.conv2d(height, width, c_mid, c_mid, 3, stride=stride, bias=False).at("conv2"),
        ops.batch_norm2d(height, width, c_mid).at("bn2"),
        ops.activation(pixels * c_mid, inplace=True).at("relu"),
        ops.conv2d(height, width, c_mid, c_out, 1, bias=False).at("conv3"),
        ops.batch_norm2d(height, width, c_out).at("bn3"),
    ]
    if stride != 1 or c_in != c_out:
        parts += [
            ops.conv2d(height, width, c_in, c_out, 1, stride=stride, bias=False).at("downsample.0"),
            ops.batch_norm2d(height, width, c_out).at("downsample.1"),
        ]
    body = combine(parts).holding(pixels_in * c_in)
    tail = (ops.residual(pixels * c_out), ops.activation(pixels * c_out, inplace=True).at("relu"))
    return combine((body, *tail))
