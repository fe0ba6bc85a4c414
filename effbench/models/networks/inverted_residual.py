"""The inverted residual of MobileNetV3 with squeeze-and-excitation.

Source: Howard et al. 2019, arXiv:1905.02244, Figure 4; Hu et al. 2018, arXiv:1709.01507.
"""

from __future__ import annotations

from torch import Tensor, nn


class SqueezeExcite(nn.Module):
    """Gate the channels by their means: pool, reduce, ReLU, expand, hard-sigmoid."""

    def __init__(self, channels: int, ratio: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.conv_reduce = nn.Conv2d(channels, channels // ratio, 1)
        self.act1 = nn.ReLU()
        self.conv_expand = nn.Conv2d(channels // ratio, channels, 1)
        self.gate = nn.Hardsigmoid()

    def forward(self, x: Tensor) -> Tensor:  # (b, c, h, w)
        gate: Tensor = self.gate(self.conv_expand(self.act1(self.conv_reduce(self.pool(x)))))  # (b, c, 1, 1)
        return x * gate


class InvertedResidual(nn.Module):
    """1x1 expand, depthwise, squeeze-excite, 1x1 project, batch norm after each; skip where the shapes allow it."""

    def __init__(self, c_in: int, c_mid: int, c_out: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.conv_pw = nn.Conv2d(c_in, c_mid, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c_mid)
        self.act1 = nn.Hardswish()
        self.conv_dw = nn.Conv2d(c_mid, c_mid, kernel, stride, kernel // 2, groups=c_mid, bias=False)
        self.bn2 = nn.BatchNorm2d(c_mid)
        self.act2 = nn.Hardswish()
        self.se = SqueezeExcite(c_mid, 4)
        self.conv_pwl = nn.Conv2d(c_mid, c_out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(c_out)
        self.has_skip = stride == 1 and c_in == c_out

    def forward(self, x: Tensor) -> Tensor:  # (b, c_in, h, w) -> (b, c_out, h / stride, w / stride)
        y: Tensor = self.act1(self.bn1(self.conv_pw(x)))
        y = self.act2(self.bn2(self.conv_dw(y)))
        y = self.bn3(self.conv_pwl(self.se(y)))
        return x + y if self.has_skip else y
