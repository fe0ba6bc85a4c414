"""Empty results for operators whose meta kernels are slow Python: shapes are all a forward count needs.

PyTorch computes the shape of a layer norm, a batch norm, a GELU or an addmm on the meta device through reference
decompositions that cost about a millisecond each, more than everything a counter does. Only used where nothing but
shapes can matter: forward passes on the meta device, without gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

aten = torch.ops.aten
_like = aten.empty_like.default
_new = aten.new_empty.default

Shortcut = Callable[[Sequence[Any]], Any]


def _same(args: Sequence[Any]) -> Any:
    """A result shaped like the first argument."""
    return _like(args[0])


def _pairwise(args: Sequence[Any]) -> Any:
    """Shaped like the first argument where the second is a number or broadcasts to it; else None: no shortcut."""
    left, right = args[0], args[1]
    if not isinstance(left, Tensor) or not left.is_floating_point():
        return None
    if isinstance(right, Tensor):
        if right.dtype != left.dtype or right.ndim > left.ndim:
            return None
        sides = zip(reversed(left.shape), reversed(right.shape), strict=False)
        if not all(b in (a, 1) for a, b in sides):
            return None
    return _like(left)


def _layer_norm(args: Sequence[Any]) -> Any:
    x, normalised = args[0], args[1]
    kept = x.ndim - len(normalised)
    statistic = _new(x, (*x.shape[:kept], *(1 for _ in normalised)))
    return _like(x), statistic, statistic


def _batch_norm(args: Sequence[Any]) -> Any:
    statistic = _new(args[0], (0,))
    return _like(args[0]), statistic, statistic


def _softmax(args: Sequence[Any]) -> Any:
    return _like(args[0]) if len(args) < 3 or not args[2] else None


def _addmm(args: Sequence[Any]) -> Any:
    left, right = args[1], args[2]
    return _new(left, (left.shape[0], right.shape[1]))


def _mm(args: Sequence[Any]) -> Any:
    return _new(args[0], (*args[0].shape[:-1], args[1].shape[-1]))


META: dict[Any, Shortcut] = {
    aten.native_layer_norm.default: _layer_norm,
    aten.native_batch_norm.default: _batch_norm,
    aten._native_batch_norm_legit_no_training.default: _batch_norm,
    aten._softmax.default: _softmax,
    aten.addmm.default: _addmm,
    aten.mm.default: _mm,
    aten.bmm.default: _mm,
    **dict.fromkeys(
        (
            aten._safe_softmax.default,
            aten.gelu.default,
            aten.silu.default,
            aten.relu.default,
            aten.hardswish.default,
            aten.hardsigmoid.default,
            aten.sigmoid.default,
            aten.tanh.default,
            aten.roll.default,
        ),
        _same,
    ),
    **dict.fromkeys((aten.add.Tensor, aten.sub.Tensor, aten.mul.Tensor, aten.div.Tensor), _pairwise),
}
"""Operator -> its empty result, or None where the general kernel must decide."""
