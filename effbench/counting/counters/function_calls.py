"""Functions of PyTorch that counting tools have rules for: the name of each here, and the measures of a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import floor, prod
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from effbench.counting.counters.products import attention_counts

Measured = Mapping[str, int]
"""End of a name -> how much; the empty end is the call's main measure."""

Function = Callable[[Sequence[Any], Mapping[str, Any], Any], Measured]


def _argument(args: Sequence[Any], kwargs: Mapping[str, Any], place: int, name: str) -> Any:
    return args[place] if len(args) > place else kwargs.get(name)


def _input(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Measured:
    x = _argument(args, kwargs, 0, "input")
    return {"": x.numel()} if isinstance(x, Tensor) else {}


def _leaky(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Measured:
    n = _input(args, kwargs, out)
    return n if _argument(args, kwargs, 2, "inplace") else {**n, **{".copied": one for one in n.values()}}


def _output(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Measured:
    return {"": out.numel()} if isinstance(out, Tensor) else {}


def _mean(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Measured:
    return {".outputs": out.numel()}


def _pool(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Measured:
    out = out[0] if isinstance(out, tuple) else out
    return {"": _argument(args, kwargs, 0, "input").numel(), ".outputs": out.numel()}


def _linear(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Measured:
    return {"": _argument(args, kwargs, 0, "input").numel() * _argument(args, kwargs, 1, "weight").shape[0]}


def _matmul(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Measured:
    left, right = args[0], _argument(args, kwargs, 1, "other")
    right = kwargs.get("mat2", right)
    macs = out.numel() * left.shape[-1]
    vector = min(left.ndim, right.ndim) < 2
    return {".vectors" if vector else "": macs, ".left": left.numel() * right.shape[-1]}


def _added(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Measured:
    bias, left, right = args[0], args[1], args[2]
    return {"": left.numel() * right.shape[-1], ".added": bias.numel()}


def _einsum(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Measured:
    """By the best order that NumPy finds, in its own rounding, and by the product of all sides."""
    import numpy as np

    operands = args[1] if len(args) == 2 and isinstance(args[1], list | tuple) else args[1:]
    if not isinstance(args[0], str):
        return {".sublists": out.numel()}
    equation = args[0].replace(" ", "")
    letters = dict.fromkeys(one for one in equation if one.isalpha())
    named = {ord(letter): 97 + i for i, letter in enumerate(letters)}
    empty = [np.broadcast_to(np.float32(0), tuple(x.shape)) for x in operands]
    said = np.einsum_path(equation.translate(named), *empty, optimize="optimal")[1]
    flops = next(float(line.split(":")[-1]) for line in said.split("\n") if "optimized flop" in line.lower())
    sides = {
        letter: n
        for part, x in zip(equation.split("->")[0].split(","), operands, strict=False)
        for letter, n in zip(part, x.shape, strict=False)
    }
    found = {
        ".flops": int(flops),
        ".half": floor(flops / 2),
        ".sides": 0 if "..." in equation else prod(sides.values()),
    }
    if equation.translate(named) in ("abc,abd->acd", "abc,adc->adb"):
        found[".half"] = prod(sides.values())
    return found


def _norm(place: int) -> Function:
    def measure(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Measured:
        affine = _argument(args, kwargs, place, "weight") is not None
        return {".affine" if affine else ".plain": _argument(args, kwargs, 0, "input").numel()}

    return measure


def _batch_norm(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Measured:
    training = bool(_argument(args, kwargs, 5, "training"))
    affine = _argument(args, kwargs, 3, "weight") is not None
    n = _argument(args, kwargs, 0, "input").numel()
    return {f"{'.training' if training else ''}{'.affine' if affine else '.plain'}": n}


def _convolution(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Measured:
    weight = _argument(args, kwargs, 1, "weight")
    bias, mode = _argument(args, kwargs, 2, "bias"), _argument(args, kwargs, 4, "padding")
    macs = out.numel() * prod(weight.shape[1:])
    name = ".mode" if isinstance(mode, str) else ""
    found = {name: macs, f"{name}.every": macs}
    return found if bias is None else {**found, ".bias": out.numel()}


def _transposed(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Measured:
    """Also by rules that are not right: as if dense at the output, and with the groups taken off twice."""
    x, weight = _argument(args, kwargs, 0, "input"), _argument(args, kwargs, 1, "weight")
    groups = _argument(args, kwargs, 6, "groups") or 1
    at_output = weight.shape[1] if out.shape[1] == weight.shape[0] else weight.shape[0]
    positions = x.numel() // x.shape[1]
    found = {
        "": x.numel() * prod(weight.shape[1:]),
        ".at_output": out.numel() * at_output * prod(weight.shape[2:]),
        ".grouped_twice": positions * prod(weight.shape[2:]) * weight.shape[0] * (weight.shape[1] // groups),
    }
    if _argument(args, kwargs, 2, "bias") is not None:
        found[".bias_as_convolution"] = weight.shape[1] * x.shape[0] * _as_convolution(args, kwargs, x, weight)
    return found


def _as_convolution(args: Sequence[Any], kwargs: Mapping[str, Any], x: Tensor, weight: Tensor) -> int:
    """Positions of the output, were the layer an ordinary convolution."""
    axes = x.ndim - 2
    stride, padding, dilation = (
        value if isinstance(value, tuple) else (default if value is None else value,) * axes
        for place, name, default in ((3, "stride", 1), (4, "padding", 0), (7, "dilation", 1))
        for value in (_argument(args, kwargs, place, name),)
    )
    return prod(
        (x.shape[2 + i] + 2 * padding[i] - (dilation[i] * (weight.shape[2 + i] - 1) + 1)) // stride[i] + 1
        for i in range(axes)
    )


def _interpolate(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Measured:
    """By mode and axes; ``.size``: the product of the sides asked for, or the input where a factor is."""
    x, size = _argument(args, kwargs, 0, "input"), _argument(args, kwargs, 1, "size")
    mode = _argument(args, kwargs, 3, "mode") or "nearest"
    fine = "antialias" if kwargs.get("antialias") else f"{mode}{x.ndim - 2}d"
    asked = x.numel() if size is None else prod(size) if isinstance(size, list | tuple) else int(size)
    return {f".{fine}": out.numel(), ".size": asked, ".outputs": out.numel()}


def _grid(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Measured:
    mode = _argument(args, kwargs, 2, "mode") or "bilinear"
    return {f".{mode}": out.numel()}


def _attention(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Measured:
    named = (kwargs[name] for name in ("query", "key", "value") if name in kwargs)
    counts = attention_counts(*(*args, *named)[:3])
    return {"": counts["mac_qk"] + counts["mac_av"]}


def _cell(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Measured:
    x, w_ih, w_hh = args[0], args[2], args[3]
    return {"": x.numel() // x.shape[-1] * (w_ih.numel() + w_hh.numel())}


def _heads(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Measured:
    """Calls, and those with keys of their own: a trace holds the products of sizes that they work out."""
    query, key, value = args[:3]
    return {"": 1, ".crossed": 1} if key is value and query is not key else {"": 1}


def _lstm(args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Measured:
    """The weights of every layer and direction meet every step of a padded input."""
    if isinstance(args[1], Tensor):
        return {}
    steps = args[0].numel() // args[0].shape[-1]
    return {"": steps * sum(w.numel() for w in args[2] if w.ndim == 2)}


_N = torch._C._VariableFunctions
_FUNCTIONS: dict[str, tuple[Function, tuple[Any, ...]]] = {
    "F.linear": (_linear, (F.linear,)),
    "torch.matmul": (_matmul, (torch.matmul, Tensor.matmul)),
    "operator.matmul": (_matmul, (Tensor.__matmul__,)),
    "operator.mul": (_output, (Tensor.__mul__, Tensor.__rmul__)),
    "torch.mm": (_matmul, (torch.mm, Tensor.mm)),
    "torch.bmm": (_matmul, (torch.bmm, Tensor.bmm)),
    "torch.addmm": (_added, (torch.addmm, Tensor.addmm)),
    "torch.baddbmm": (_added, (torch.baddbmm,)),
    "Tensor.baddbmm": (_added, (Tensor.baddbmm,)),
    "torch.einsum": (_einsum, (torch.einsum,)),
    "torch.mul": (_output, (torch.mul, Tensor.mul)),
    "in_place.mul": (_output, (Tensor.mul_,)),
    "torch.add": (_output, (torch.add, Tensor.add)),
    "torch.mean": (_mean, (torch.mean, Tensor.mean)),
    "F.layer_norm": (_norm(2), (F.layer_norm, torch.layer_norm)),
    "F.group_norm": (_norm(2), (F.group_norm, torch.group_norm)),
    "F.instance_norm": (_norm(3), (F.instance_norm, torch.instance_norm)),
    "F.batch_norm": (_batch_norm, (F.batch_norm,)),
    "F.conv": (_convolution, (F.conv1d, F.conv2d, F.conv3d)),
    "F.conv_transpose": (_transposed, (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)),
    "F.interpolate": (_interpolate, (F.interpolate,)),
    "F.grid_sample": (_grid, (F.grid_sample,)),
    "F.scaled_dot_product_attention": (_attention, (F.scaled_dot_product_attention,)),
    "torch.cell": (_cell, (_N.lstm_cell, _N.gru_cell, _N.rnn_tanh_cell, _N.rnn_relu_cell)),
    "torch.lstm": (_lstm, (_N.lstm,)),
    "F.multi_head_attention_forward": (_heads, (F.multi_head_attention_forward,)),
    "F.softmax": (_input, (F.softmax,)),
    **{f"F.{name}": (_input, (getattr(F, name),)) for name in ("relu", "prelu", "elu", "relu6", "silu", "gelu")},
    "F.leaky_relu": (_leaky, (F.leaky_relu,)),
    **{
        f"F.{kind}_pool{axes}d": (_pool, (getattr(F, f"{kind}_pool{axes}d"),))
        for kind in ("avg", "max", "adaptive_avg", "adaptive_max")
        for axes in (1, 2, 3)
    },
}
FUNCTIONS = {function: (name, measure) for name, (measure, ones) in _FUNCTIONS.items() for function in ones}
"""Function of PyTorch -> its name here, and how it is measured."""

ACTIVATIONS = ("relu", "prelu", "elu", "leaky_relu", "relu6", "silu", "gelu", "softmax")
OTHERWISE = {
    Tensor.mul: "operator.mul",
    Tensor.add: "operator.add",
    Tensor.matmul: "operator.matmul",
    **{getattr(F, name): f"stored.F.{name}" for name in ACTIVATIONS},
}
"""Methods that ``*``, ``+`` and ``@`` run, too, and functions that layers keep -> the name of such a call, which
tools that replace functions under their names do not see."""

COMPOSITE = {F.multi_head_attention_forward, F.lp_pool1d, F.lp_pool2d, F.lp_pool3d, F.gumbel_softmax, F.upsample}
COMPOSITE |= {F.upsample_nearest, F.upsample_bilinear}
"""Functions that call others which tools see."""
