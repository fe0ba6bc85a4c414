"""Networks drawn by seed over the layers of ``torch.nn``: from tokens, signals, images or volumes, a few layers each.

``drawn(seed)`` is the same network for the same seed, on the device that is current.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

Shape = tuple[int, ...]
Maker = Callable[[random.Random, Shape], nn.Module]

ACTIVATIONS = (nn.ReLU, nn.GELU, nn.SiLU, nn.ELU, nn.LeakyReLU, nn.ReLU6, nn.PReLU, nn.Sigmoid, nn.Tanh, nn.Hardswish)
ACTIVATIONS += (nn.Mish, nn.Softplus, nn.SELU, nn.CELU, nn.Hardsigmoid, nn.Hardtanh, nn.Softsign, nn.LogSigmoid)


@dataclass(frozen=True)
class Drawn:
    """A network and the shape of one input. Attributes: seed: it was drawn by. shape: without the batch."""

    seed: int
    network: nn.Module
    shape: Shape

    def input(self, batch: int) -> torch.Tensor:
        return torch.rand(batch, *self.shape)


class Self(nn.Module):
    """A layer of several inputs, called with one."""

    def __init__(self, layer: nn.Module, times: int, **options: Any) -> None:
        super().__init__()
        self.layer, self.times, self.options = layer, times, options

    def forward(self, x: torch.Tensor) -> Any:
        out = self.layer(*[x] * self.times, **self.options)
        return out[0] if isinstance(out, tuple) else out


class Residual(nn.Module):
    """A layer beside a skip connection."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.layer(x)


class Written(nn.Module):
    """Attention written out, of heads, with or without a bias on the scores."""

    def __init__(self, width: int, heads: int, masked: bool) -> None:
        super().__init__()
        self.heads, self.masked = heads, masked
        self.qkv, self.out, self.softmax = nn.Linear(width, 3 * width), nn.Linear(width, width), nn.Softmax(dim=-1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, n, d = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        scores = torch.matmul(q * 0.5, k.transpose(-2, -1))
        if self.masked:
            scores = scores + scores.new_zeros(n, n)
        return self.out((self.softmax(scores) @ v).transpose(1, 2).reshape(b, n, d))


class Times(nn.Module):
    """A product with a matrix: a parameter, a buffer, or a plain attribute."""

    def __init__(self, width: int, kind: int) -> None:
        super().__init__()
        matrix = torch.rand(width, width)
        if kind == 0:
            self.matrix = nn.Parameter(matrix)
        elif kind == 1:
            self.register_buffer("matrix", matrix)
        else:
            self.matrix = matrix

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x @ self.matrix


def _one(r: random.Random, *values: Any) -> Any:
    return r.choice(values)


def _conv(r: random.Random, shape: Shape) -> nn.Module:
    channels, sides = shape[0], shape[1:]
    groups = _one(r, 1, 1, 2 if channels % 2 == 0 else 1, channels)
    make = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[len(sides) - 1]
    kernel = _one(r, 1, 2, 3)
    return make(
        channels,
        groups * r.randint(1, 4),
        kernel,
        stride=_one(r, 1, 1, 2),
        padding=kernel // 2,
        groups=groups,
        bias=_one(r, True, False),
        padding_mode=_one(r, "zeros", "zeros", "circular", "replicate") if min(sides) > 2 else "zeros",
    )


def _transposed(r: random.Random, shape: Shape) -> nn.Module:
    channels = shape[0]
    groups = _one(r, 1, 1, channels)
    make = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)[len(shape) - 2]
    stride = _one(r, 1, 2)
    return make(
        channels, groups * r.randint(1, 3), _one(r, 2, 3), stride=stride, groups=groups, bias=_one(r, True, False)
    )


def _map_norm(r: random.Random, shape: Shape) -> nn.Module:
    channels, axes = shape[0], len(shape) - 2
    batch = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[axes]
    instance = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)[axes]
    affine = _one(r, True, False)
    options: list[Callable[[], nn.Module]] = [
        lambda: batch(channels, affine=affine),
        lambda: instance(channels, affine=affine),
        lambda: nn.GroupNorm(_one(r, 1, channels), channels, affine=affine),
    ]
    return r.choice(options)()


def _pool(r: random.Random, shape: Shape) -> nn.Module:
    axes, sides = len(shape) - 2, shape[1:]
    average, largest = ((nn.AvgPool1d, nn.MaxPool1d), (nn.AvgPool2d, nn.MaxPool2d), (nn.AvgPool3d, nn.MaxPool3d))[axes]
    adaptive = (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)[axes]
    most = (nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d)[axes]
    if min(sides) < 4:
        return _one(r, adaptive, most)(1)
    return r.choice([lambda: average(2), lambda: largest(2), lambda: adaptive(_one(r, 1, 2)), lambda: most(2)])()


def _resize(r: random.Random, shape: Shape) -> nn.Module:
    modes = (("nearest", "linear"), ("nearest", "bilinear", "bicubic"), ("nearest", "trilinear"))[len(shape) - 2]
    return nn.Upsample(scale_factor=2, mode=r.choice(modes))


def _pad(r: random.Random, shape: Shape) -> nn.Module:
    axes = len(shape) - 2
    reflect = (nn.ReflectionPad1d, nn.ReflectionPad2d, nn.ReflectionPad3d)[axes]
    replicate = (nn.ReplicationPad1d, nn.ReplicationPad2d, nn.ReplicationPad3d)[axes]
    return _one(r, reflect, replicate)(1) if min(shape[1:]) > 2 else nn.Identity()


def _activation(r: random.Random, shape: Shape) -> nn.Module:
    return r.choice(ACTIVATIONS)()


def _token_norm(r: random.Random, shape: Shape) -> nn.Module:
    width = shape[-1]
    return r.choice([lambda: nn.LayerNorm(width, elementwise_affine=_one(r, True, False)), lambda: nn.RMSNorm(width)])()


def _linear(r: random.Random, shape: Shape) -> nn.Module:
    return nn.Linear(shape[-1], 4 * r.randint(1, 4), bias=_one(r, True, False))


def _heads(r: random.Random, shape: Shape) -> nn.Module:
    width = shape[-1]
    heads = _one(r, 1, 2, 4) if width % 4 == 0 else 1
    options: list[Callable[[], nn.Module]] = [
        lambda: Self(nn.MultiheadAttention(width, heads, batch_first=True), 3, need_weights=_one(r, True, False)),
        lambda: nn.TransformerEncoderLayer(width, heads, 2 * width, dropout=0.0, batch_first=True),
        lambda: Residual(Written(width, heads, _one(r, True, False))),
        lambda: Self(nn.TransformerDecoderLayer(width, heads, 2 * width, dropout=0.0, batch_first=True), 2),
    ]
    return r.choice(options)()


def _recurrent(r: random.Random, shape: Shape) -> nn.Module:
    make, directions = _one(r, nn.LSTM, nn.GRU, nn.RNN), _one(r, True, False)
    return Self(make(shape[-1], 4 * r.randint(1, 3), r.randint(1, 2), batch_first=True, bidirectional=directions), 1)


def _product(r: random.Random, shape: Shape) -> nn.Module:
    return Times(shape[-1], r.randrange(3))


def _two(r: random.Random, shape: Shape) -> nn.Module:
    return Self(nn.Bilinear(shape[-1], shape[-1], 8), 2)


def _softmax(r: random.Random, shape: Shape) -> nn.Module:
    return _one(r, nn.Softmax, nn.LogSoftmax)(dim=-1)


def _drop(r: random.Random, shape: Shape) -> nn.Module:
    return nn.Dropout(0.5)


MAPS: tuple[Maker, ...] = (_conv, _conv, _conv, _transposed, _map_norm, _map_norm, _pool, _resize, _pad, _activation)
TOKENS: tuple[Maker, ...] = (_linear, _linear, _heads, _heads, _token_norm, _token_norm, _recurrent, _product, _two)
TOKENS += (_activation, _softmax, _drop)
STARTS: tuple[tuple[Shape, tuple[Maker, ...]], ...] = (
    ((4, 16), MAPS),
    ((4, 12, 12), MAPS),
    ((3, 16, 16), MAPS),
    ((2, 6, 6, 6), MAPS),
    ((6, 8), TOKENS),
    ((9, 16), TOKENS),
)
LARGEST = 20_000
"""Elements of one output: a drawn network stays small."""


def drawn(seed: int) -> Drawn:
    """Two to seven layers, each fitting what the one before gives."""
    r = random.Random(seed)
    start, makers = r.choice(STARTS)
    layers: list[nn.Module] = []
    shape = start
    for _ in range(r.randint(2, 7)):
        layer = r.choice(makers)(r, shape)
        after = _shape_after(layer, shape)
        if after is not None and len(after) == len(shape):
            layers.append(layer)
            shape = after
    return Drawn(seed, nn.Sequential(*layers).eval(), start)


def _shape_after(layer: nn.Module, shape: Shape) -> Shape | None:
    """Without the batch; None if the layer cannot follow, or its output is too large."""
    try:
        with torch.no_grad():
            device = next((p.device for p in layer.parameters()), torch.empty(0).device)
            out = layer.eval()(torch.rand(2, *shape, device=device))
    except (RuntimeError, ValueError, AssertionError):
        return None
    after: Shape = tuple(out.shape[1:])
    return after if 0 < out.numel() < LARGEST else None
