"""Empty results for operators whose meta kernels are slow Python: shapes are all a forward count needs.

PyTorch computes the shape of a layer norm, a batch norm, a GELU or an addmm on the meta device through reference
decompositions that cost about a millisecond each, more than everything a counter does. Only used where nothing but
shapes can matter: forward passes on the meta device, without gradients. Arguments that do not fit together are left
to the kernel, which says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

aten = torch.ops.aten
_like = aten.empty_like.default
_new = aten.new_empty.default

Shortcut = Callable[[Sequence[Any]], Any]


def _same(args: Sequence[Any]) -> Any:
    """A floating result shaped like the only argument."""
    return _like(args[0]) if args[0].is_floating_point() and len(args) == 1 else None


def _contiguous(args: Sequence[Any]) -> Any:
    """A contiguous result shaped like the first argument."""
    return _new(args[0], args[0].shape)


def _pairwise(args: Sequence[Any]) -> Any:
    """Of two tensors of numbers, or one and a real number, that broadcast to one another."""
    left, right = args[0], args[1]
    if isinstance(right, complex | bool) or left.dtype is torch.bool:
        return None
    if not isinstance(right, Tensor):
        return _like(left, dtype=torch.result_type(left, right))
    if right.dtype != left.dtype:
        return None
    try:
        shape = torch.broadcast_shapes(left.shape, right.shape)
    except RuntimeError:  # the kernel says so
        return None
    for one in (left, right):
        if one.shape == shape:
            return _like(one)
    return _new(left, shape) if left.is_contiguous() and right.is_contiguous() else None


def _quotient(args: Sequence[Any]) -> Any:
    """As the others where the result is of the type of the first argument: whole numbers give fractions."""
    return _pairwise(args) if args[0].is_floating_point() else None


def _layer_norm(args: Sequence[Any]) -> Any:
    x, normalised = args[0], tuple(args[1])
    kept = x.ndim - len(normalised)
    if tuple(x.shape[kept:]) != normalised:
        return None
    statistic = _new(x, (*x.shape[:kept], *(1 for _ in normalised)))
    return _new(x, x.shape), statistic, statistic


def _batch_norm(args: Sequence[Any]) -> Any:
    statistic = _new(args[0], (0,))
    return _like(args[0]), statistic, statistic


def _softmax(args: Sequence[Any]) -> Any:
    converts = len(args) > 2 and args[2]  # to another dtype
    return None if converts or not args[0].is_floating_point() else _contiguous(args)


def _mm(args: Sequence[Any]) -> Any:
    left, right = args[:2]
    if left.shape[-1] != right.shape[-2] or left.shape[:-2] != right.shape[:-2] or left.dtype != right.dtype:
        return None
    return _new(left, (*left.shape[:-1], right.shape[-1]))


def _addmm(args: Sequence[Any]) -> Any:
    bias, left, right = args[:3]
    return _mm((left, right)) if bias.shape == right.shape[1:] and bias.dtype == left.dtype else None


def _convolution(args: Sequence[Any]) -> Any:
    """Of an ordinary one on a batch; what does not fit is left to the kernel."""
    x, weight, bias, stride, padding, dilation, transposed, _, groups = args
    axes = x.ndim - 2
    known = x.is_floating_point() and x.dtype == weight.dtype and weight.ndim == x.ndim and not transposed
    if not known or not len(stride) == len(padding) == len(dilation) == axes or weight.shape[0] % groups:
        return None
    if x.shape[1] != weight.shape[1] * groups or (bias is not None and tuple(bias.shape) != (weight.shape[0],)):
        return None
    sides = [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(x.shape[2:], weight.shape[2:], stride, padding, dilation, strict=True)
    ]
    return _new(x, (x.shape[0], weight.shape[0], *sides)) if axes > 0 and min(sides) > 0 else None


def attention(query: Tensor, key: Tensor, value: Tensor, more: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """An empty result of fused attention without mask on equally many heads, or None."""
    plain = query.device.type == "meta" and not more and named.get("attn_mask") is None
    agree = query.shape[:-2] == key.shape[:-2] == value.shape[:-2] and query.shape[-1] == key.shape[-1]
    if not plain or not agree or key.shape[-2] != value.shape[-2] or not query.dtype == key.dtype == value.dtype:
        return None
    return _new(query, (*query.shape[:-1], value.shape[-1]))


def flexible_result(args: Sequence[Any]) -> Any:
    """Of ``flex_attention``, which has no kernel for meta: output, log-sum-exp and largest score of each query."""
    query, key, value = args[:3]
    if key.shape[:-1] != value.shape[:-1] or query.shape[-1] != key.shape[-1]:
        return None
    statistic = _new(query, query.shape[:-1], dtype=torch.float32)
    return _new(query, (*query.shape[:-1], value.shape[-1])), statistic, _like(statistic)


META: dict[Any, Shortcut] = {
    aten.native_layer_norm.default: _layer_norm,
    aten.native_batch_norm.default: _batch_norm,
    aten._native_batch_norm_legit_no_training.default: _batch_norm,
    aten._softmax.default: _softmax,
    aten._safe_softmax.default: _softmax,
    aten.roll.default: _contiguous,
    aten.addmm.default: _addmm,
    aten.convolution.default: _convolution,
    aten.mm.default: _mm,
    aten.bmm.default: _mm,
    **dict.fromkeys(
        (
            aten.gelu.default,
            aten.silu.default,
            aten.relu.default,
            aten.hardswish.default,
            aten.hardsigmoid.default,
            aten.sigmoid.default,
            aten.tanh.default,
        ),
        _same,
    ),
    **dict.fromkeys((aten.add.Tensor, aten.sub.Tensor, aten.mul.Tensor), _pairwise),
    aten.div.Tensor: _quotient,
}
"""Operator -> its empty result, or None where the general kernel must decide."""
