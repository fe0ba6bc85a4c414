"""Calls of modules in the measures of tools that go by the exact class of a module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from torch import Tensor, nn

Measures = Mapping[str, int]


def leaf(layer: nn.Module, out: Any) -> int:
    """Weights and biases of a module without parts: a convolution's at every position, a recurrent layer's at every
    step, those of any other once an image."""
    first = out[0] if isinstance(out, list | tuple) and out else out
    if not isinstance(first, Tensor):
        return 0
    size, total = list(first.shape), 0
    for full, parameter in layer.named_parameters():
        name = full.removesuffix("_orig")  # of a pruned layer
        if name in ("weight", "bias"):
            total += parameter.numel() * prod(size[:1] + size[2:] if "Conv" in type(layer).__name__ else size[:1])
        elif "weight" in name or "bias" in name:
            total += parameter.numel() * prod(size[:2])
    return total


def _elements(layer: Any, x: Any, out: Any) -> Measures:
    return {".inputs": x[0].numel(), ".outputs": (out[0] if isinstance(out, tuple) else out).numel()}


def _norm(layer: Any, x: Any, out: Any) -> Measures:
    affine = getattr(layer, "affine", False) or getattr(layer, "elementwise_affine", False)
    return {".affine" if affine else ".plain": x[0].numel()}


def _linear(layer: Any, x: Any, out: Any) -> Measures:
    biases = (out.numel(), layer.out_features) if layer.bias is not None else (0, 0)
    return {"": out.numel() * layer.in_features, ".bias": biases[0], ".bias_once": biases[1]}


def _convolution(layer: Any, x: Any, out: Any) -> Measures:
    return {"": out.numel() * prod(layer.weight.shape[1:]), ".bias": out.numel() if layer.bias is not None else 0}


def _transposed(layer: Any, x: Any, out: Any) -> Measures:
    dense = out.numel() * (x[0].shape[1] // layer.groups) * prod(layer.weight.shape[2:])
    macs = x[0].numel() * prod(layer.weight.shape[1:])
    return {"": macs, ".at_output": dense, ".bias": out.numel() if layer.bias is not None else 0}


def _softmax(layer: Any, x: Any, out: Any) -> Measures:
    rows = x[0].numel() // x[0].shape[layer.dim if layer.dim is not None else -1]
    return {"": x[0].numel(), ".rows": rows}


def _adaptive(layer: Any, x: Any, out: Any) -> Measures:
    """``.window``: the elements that all windows hold, were they as large as the quotient of the sides, in floats."""
    kernel = prod(a / b for a, b in zip(x[0].shape[2:], out.shape[2:], strict=True))
    return {".inputs": x[0].numel(), ".window": int((kernel + 1) * out.numel())}


def _upsample(layer: Any, x: Any, out: Any) -> Measures:
    return {f".{layer.mode}": out.numel(), ".outputs": out.numel()}


def _steps(layer: Any, x: Any) -> tuple[int, int]:
    """(images, steps) where the batch comes first in the layer's own words."""
    first, second = x[0].shape[:2]
    return (first, second) if layer.batch_first else (second, first)


def _cell_macs(layer: Any, size: int, *, bias: bool) -> int:
    """One step of one image, by thop: products, additions and products of gates, of a cell without or with biases."""
    hidden = layer.hidden_size
    gate = (size + hidden) * hidden + hidden + (2 * hidden if bias else 0)
    if isinstance(layer, nn.LSTM | nn.LSTMCell):
        return 4 * gate + 4 * hidden
    if isinstance(layer, nn.GRU | nn.GRUCell):
        return 2 * gate + (hidden + size) * hidden + hidden + (2 * hidden if bias else 0) + hidden + 3 * hidden
    return gate


def _recurrent(layer: Any, x: Any, out: Any) -> Measures:
    images, steps = _steps(layer, x)
    directions = 2 if layer.bidirectional else 1
    sizes = [layer.input_size, *[layer.hidden_size * directions] * (layer.num_layers - 1)]
    return {
        "": directions * images * steps * sum(_cell_macs(layer, size, bias=layer.bias) for size in sizes),
        ".summed": prod(x[0].shape[:2]) * directions * _summed(layer),
        ".doubled": prod(x[0].shape[:2]) * directions * _summed(layer, doubled=True),
    }


def _cell(layer: Any, x: Any, out: Any) -> Measures:
    images = x[0].shape[0]
    return {
        "": images * _cell_macs(layer, layer.input_size, bias=layer.bias),
        ".summed": images * _summed(layer),
        ".doubled": images * _summed(layer, doubled=True),
    }


def _summed(layer: Any, *, doubled: bool = False) -> int:
    """One step of one image, by ptflops: weights, biases and products of gates; ``doubled``: two operations a
    multiply-accumulate less one a gate, as calflops has it."""
    hidden = layer.hidden_size
    states = 10 if isinstance(layer, nn.LSTM | nn.LSTMCell) else 7 if isinstance(layer, nn.GRU | nn.GRUCell) else 1
    total = 0
    for i in range(getattr(layer, "num_layers", 1)):
        end = f"_l{i}" if hasattr(layer, "num_layers") else ""
        for name in ("weight_ih", "weight_hh"):
            weight = getattr(layer, name + end)
            total += 2 * weight.numel() - weight.shape[0] if doubled else weight.numel()
        total += states * hidden
        if layer.bias:
            total += getattr(layer, "bias_ih" + end).numel() + getattr(layer, "bias_hh" + end).numel()
    return total


def _attention(layer: Any, x: Any, out: Any) -> Measures:
    """By ptflops: of its own widths, scaling and softmax with it; the biases of the last projection always."""
    if len(x) != 3:
        return {}
    q, k, v = x
    images, place = (q.shape[0], 1) if layer.batch_first else (q.shape[1], 0)
    (ql, qd), (kl, kd), (vl, vd) = ((t.shape[place], t.shape[2]) for t in (q, k, v))
    heads = layer.num_heads
    total = ql * qd + ql * qd * qd + kl * kd * kd + vl * vd * vd
    total += (ql + kl + vl) * qd if layer.in_proj_bias is not None else 0
    total += heads * (ql * kl * (qd // heads) + ql * kl + ql * kl * (vd // heads)) + ql * vd * (vd + 1)
    return {"": images * total}


def _timm_attention(layer: Any, x: Any, out: Any) -> Measures:
    """By ptflops: scaling, both products, softmax; what is inside is hidden."""
    images, tokens, _ = x[0].shape
    inside = tokens * tokens * layer.head_dim * 2 + tokens * tokens
    return {"": images * (tokens * layer.head_dim + inside) * layer.num_heads}


def _deformable(layer: Any, x: Any, out: Any) -> Measures:
    """By ptflops: bilinear interpolation, 24 a weight of the kernel and position, 25 with a mask."""
    more = 25 if len(x) == 3 and x[2] is not None else 24
    positions = out.numel() // out.shape[1]
    per = prod(layer.kernel_size) * (layer.in_channels * (layer.out_channels // layer.groups) + more)
    return {"": per * positions + (out.numel() if layer.bias is not None else 0)}


def _named(*classes: Any, rule: Callable[[Any, Any, Any], Measures]) -> dict[Any, Any]:
    return {one: (f"nn.{one.__name__}", rule) for one in classes}


_AXES = (1, 2, 3)
RULES: dict[Any, tuple[str, Callable[[Any, Any, Any], Measures]]] = {
    **_named(nn.Linear, rule=_linear),
    **_named(*(getattr(nn, f"Conv{n}d") for n in _AXES), rule=_convolution),
    **_named(*(getattr(nn, f"ConvTranspose{n}d") for n in _AXES), rule=_transposed),
    **_named(*(getattr(nn, f"BatchNorm{n}d") for n in _AXES), nn.SyncBatchNorm, rule=_norm),
    **_named(*(getattr(nn, f"InstanceNorm{n}d") for n in _AXES), nn.GroupNorm, nn.LayerNorm, rule=_norm),
    **_named(nn.Softmax, rule=_softmax),
    **_named(
        *(getattr(nn, f"AvgPool{n}d") for n in _AXES), *(getattr(nn, f"MaxPool{n}d") for n in _AXES), rule=_elements
    ),
    **_named(*(getattr(nn, f"AdaptiveMaxPool{n}d") for n in _AXES), rule=_elements),
    **_named(*(getattr(nn, f"AdaptiveAvgPool{n}d") for n in _AXES), rule=_adaptive),
    **_named(nn.ReLU, nn.PReLU, nn.ELU, nn.LeakyReLU, nn.ReLU6, nn.GELU, rule=_elements),
    **_named(nn.Upsample, nn.UpsamplingBilinear2d, nn.UpsamplingNearest2d, rule=_upsample),
    **_named(nn.RNN, nn.GRU, nn.LSTM, rule=_recurrent),
    **_named(nn.RNNCell, nn.GRUCell, nn.LSTMCell, rule=_cell),
    **_named(nn.MultiheadAttention, rule=_attention),
}
"""Exact class -> its name, and how a call is measured."""

_ELSEWHERE = {
    ("torchvision.ops.deform_conv", "DeformConv2d"): ("torchvision.DeformConv2d", _deformable),
    ("timm.layers.attention", "Attention"): ("timm.Attention", _timm_attention),
    ("timm.models.vision_transformer", "Attention"): ("timm.Attention", _timm_attention),
}


def is_timm_attention(layer: nn.Module) -> bool:
    """Whether a tool takes it as one layer."""
    return _ELSEWHERE.get((type(layer).__module__, type(layer).__name__), ("",))[0] == "timm.Attention"


def of_module(layer: nn.Module, args: Any, out: Any) -> Measures:
    """Name -> how much, of one call."""
    known = RULES.get(type(layer)) or _ELSEWHERE.get((type(layer).__module__, type(layer).__name__))
    if known is None or not args:
        return {}
    name, rule = known
    return {name + end: n for end, n in rule(layer, args, out).items() if n}
