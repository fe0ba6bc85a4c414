"""What products cost: of matrices, convolutions, attention, recurrent cells, quantised layers, Fourier transforms.

A multiply-accumulate of complex numbers is four of real ones; of a sparse factor the non-zeros count.
"""

from __future__ import annotations

from math import ceil, log2, prod
from typing import Any

import torch
from torch import Tensor

from effbench.counting.counters.rules import Call, Counts, NotCounted, stored

COMPLEX_MACS = 4
"""Real multiply-accumulates of one on complex numbers."""


def _parts(out: Tensor) -> int:
    return COMPLEX_MACS if out.dtype.is_complex else 1


def product_macs(left: Tensor, right: Tensor) -> int:
    """(…, m, k) x (…, k, n), or (…, k) x (k): every element of a factor meets a row or column of the other.

    Raises:
        NotCounted: both are sparse, or the shapes of nested ones cannot be read.
    """
    if left.is_nested or right.is_nested:
        return _nested_macs(left, right)
    if right.layout is not torch.strided and left.layout is torch.strided:
        return stored(right) * (left.shape[-2] if left.ndim > 1 else 1)
    if right.layout is not torch.strided:
        raise NotCounted
    return stored(left) * (right.shape[-1] if right.ndim > 1 else 1)


def _nested_macs(left: Tensor, right: Tensor) -> int:
    """Of each component with its own, or with the one matrix."""
    if not right.is_nested:
        return left.numel() * right.shape[-1]
    lefts, rights = (nested_shapes(factor) for factor in (left, right))
    return sum(prod(one) * other[-1] for one, other in zip(lefts, rights, strict=True))


def nested_shapes(tensor: Tensor) -> list[list[int]]:
    """Of the components of a nested tensor.

    Raises:
        NotCounted: it has no values, so that they are unknown.
    """
    if tensor.device.type == "meta":
        raise NotCounted
    return [list(one.shape) for one in tensor.unbind()]


def matmul(left: Tensor, right: Tensor, call: Call) -> Counts:
    """A product of two factors, by what it is."""
    return {call.context.product_kind(left, right): product_macs(left, right) * _parts(call.out)}


def mm(call: Call) -> Counts:
    """``mm``, ``bmm``, ``mv``, ``dot``: products of the first two arguments."""
    return matmul(call.args[0], call.args[1], call)


def addmm(call: Call) -> Counts:
    """``addmm``, ``baddbmm``, ``addmv``: bias first, then the two factors."""
    bias, left, right = call.args[:3]
    added = "bias_add" if call.context.is_weight(bias) else "residual_add"
    return {**matmul(left, right, call), added: call.out.numel() * (2 if call.out.dtype.is_complex else 1)}


def linear(call: Call) -> Counts:
    """``aten::linear(input, weight, bias)``, which runs whole where the input is nested."""
    x, weight = call.args[:2]
    counts = {"mac_linear": x.numel() * weight.shape[0] * _parts(call.out)}
    return counts if len(call.args) < 3 or call.args[2] is None else {**counts, "bias_add": call.out.numel()}


def outer_widths(call: Call) -> Counts:
    """``_weight_int8pack_mm`` and its like, (m, k) with a packed weight: every output is a sum over k."""
    return {"mac_linear": call.out.numel() * call.args[0].shape[-1]}


def half_sparse(call: Call) -> Counts:
    """Two of four are zero, ``_cslt_sparse_mm(packed, dense)``: half of (m, k) x (k, n)."""
    return {"mac_linear": call.out.numel() * call.args[1].shape[0] // 2}


def packed_mm(call: Call) -> Counts:
    """``_sparse_semi_structured_mm(packed, positions, dense)``: the packed values are the non-zeros."""
    return {"mac_linear": call.args[0].numel() * call.args[2].shape[-1]}


def trilinear(call: Call) -> Counts:
    """``_trilinear``, the bilinear layer: a product of both inputs, met by every weight."""
    shapes = []
    for tensor, places in zip(call.args[:3], call.args[3:6], strict=True):
        shape = list(tensor.shape)
        for place in sorted(places):
            shape.insert(place, 1)
        shapes.append(shape)
    return {"mac_linear": prod(torch.broadcast_shapes(*shapes)) * _parts(call.out)}


def distance(call: Call) -> Counts:
    """``_cdist_forward`` of (…, p, m) and (…, r, m): one multiply-accumulate a pair and coordinate, in any norm."""
    return {"mac_matmul": call.out.numel() * call.args[0].shape[-1]}


def fourier(call: Call) -> Counts:
    """``_fft_*(x, dims, …)``: N·log2 N for each transform of N points, rounded up; a real one is as long."""
    x, dims = call.args[:2]
    longer = x if x.numel() >= call.out.numel() else call.out
    points = prod(longer.shape[dim] for dim in dims)
    return {"mac_fft": longer.numel() // points * ceil(points * log2(points))} if points > 1 else {}


def convolution_macs(x: Tensor, weight: Tensor, out: Tensor, transposed: bool) -> int:
    """Multiply-accumulates of a forward convolution; weight is (c_out, c_in / g, …), or (c_in, c_out / g, …)."""
    per_pixel = prod(weight.shape[1:])
    return (x if transposed else out).numel() * per_pixel * _parts(out)


def convolution(call: Call) -> Counts:
    """``aten::convolution(input, weight, bias, …, transposed, …)``."""
    x, weight, bias = call.args[:3]
    counts = {"mac_conv": convolution_macs(x, weight, call.out, call.args[6])}
    return counts if bias is None else {**counts, "bias_add": call.out.numel()}


def deformable(call: Call) -> Counts:
    """``torchvision::deform_conv2d(input, weight, …)``: the product with the samples; taking them is not counted."""
    return {"mac_conv": call.out.numel() * prod(call.args[1].shape[1:]), "bias_add": call.out.numel()}


def convolution_backward(call: Call) -> Counts:
    """Gradients of input and weight cost one forward convolution each, groups or not; that of the bias is a sum."""
    gradient, x, weight = call.args[:3]
    transposed, wanted = call.args[7], call.args[10]
    macs = convolution_macs(x, weight, gradient, transposed)
    counts = {"mac_conv": macs * (int(wanted[0]) + int(wanted[1]))}
    return {**counts, "reduce_elem": gradient.numel()} if wanted[2] else counts


def attention(call: Call) -> Counts:
    """Fused attention, (…, heads, L, E), (…, heads, S, E), (…, heads, S, Ev); masks do not make it cheaper."""
    return attention_counts(*call.args[:3])


def flexible(call: Call) -> Counts:
    """``flex_attention``, as attention: what is done to the scores is not counted, and blocks left out are."""
    return attention_counts(*call.args[:3])


def attention_counts(query: Tensor, key: Tensor, value: Tensor) -> Counts:
    """QKᵀ, softmax and AV of dense attention; of nested tensors, of each component."""
    if query.is_nested:
        lengths = [nested_shapes(tensor) for tensor in (query, key, value)]
        scores = [prod(q[:-1]) * k[-2] for q, k, _ in zip(*lengths, strict=True)]
        widths = [(q[-1], v[-1]) for q, _, v in zip(*lengths, strict=True)]
        pairs = list(zip(scores, widths, strict=True))
        by_value = sum(n * width for n, (_, width) in pairs)
        return {"mac_qk": sum(n * w for n, (w, _) in pairs), "softmax_elem": sum(scores), "mac_av": by_value}
    n = prod(attention_shape(query, key, value)[:-1]) * key.shape[-2]
    return {"mac_qk": n * query.shape[-1], "softmax_elem": n, "mac_av": n * value.shape[-1]}


def attention_shape(query: Tensor, key: Tensor, value: Tensor) -> tuple[int, ...]:
    """Of the output, (…, heads, L, Ev): batches broadcast, and grouped queries share keys."""
    heads = max(query.shape[-3:-2], key.shape[-3:-2])
    return *torch.broadcast_shapes(query.shape[:-3], key.shape[:-3]), *heads, query.shape[-2], value.shape[-1]


def attention_backward(call: Call) -> Counts:
    """Gradients of both products: two products each. The scores are recomputed: filed apart by the counter."""
    forward = attention_counts(*call.args[1:4])
    return {kind: n if kind == "softmax_elem" else 2 * n for kind, n in forward.items()}


BACKWARD_WITH_RECOMPUTATION: set[Any] = set()
"""Fused attention backwards, which compute the scores a second time."""


def quantised_linear(call: Call) -> Counts:
    """``quantized::linear*`` on (…, d_in): the packed weight shows only in the output."""
    return {"mac_linear": call.out.numel() * call.args[0].shape[-1], "bias_add": call.out.numel()}


def quantised_convolution(call: Call) -> Counts:
    """``quantized::conv*(x, packed, …)``, not transposed: the packed weight is (c_out, c_in / g, …)."""
    weight, bias = call.args[1].unpack()
    counts = {"mac_conv": call.out.numel() * prod(weight.shape[1:])}
    return counts if bias is None else {**counts, "bias_add": call.out.numel()}


def quantised_transposed(call: Call) -> Counts:
    """``quantized::conv_transpose*(x, packed, …)``: the packed weight is (c_in, c_out / g, …)."""
    weight, bias = call.args[1].unpack()
    counts = {"mac_conv": call.args[0].numel() * prod(weight.shape[1:])}
    return counts if bias is None else {**counts, "bias_add": call.out.numel()}


def fused_rnn(call: Call) -> Counts:
    """One direction of one LSTM layer, ``mkldnn_rnn_layer(x, w_ih, w_hh, b_ih, b_hh, …)`` on (length, batch, d_in)."""
    x, w_ih, w_hh = call.args[:3]
    steps = x.shape[0] * x.shape[1]
    gates = steps * w_hh.shape[0]  # four per element of the state, which itself takes one sum, one tanh, three products
    return {
        "mac_linear": steps * (w_ih.numel() + w_hh.numel()),
        "bias_add": 2 * gates,
        "residual_add": gates + gates // 4,
        "act_elem": gates + gates // 4,
        "mul_elem": 3 * gates // 4,
    }
