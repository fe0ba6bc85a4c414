"""What one operator of PyTorch costs: ATen operator -> rule. A rule reads shapes and never values.

Operators that only move, reshape or create data are free and are listed by name; nothing is free by accident. Operators
without a rule are decomposed if PyTorch can, counted as elementwise if PyTorch calls them pointwise, and named as
uncounted otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from math import prod
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from effbench.errors import UnknownName

Counts = Mapping[str, int]
"""Kind -> how many, for one call."""


class Context(Protocol):
    """What a rule may ask about the run around the call."""

    def is_weight(self, value: object) -> bool:
        """Whether the tensor is a parameter or buffer, or was made from them alone."""

    def mark_weight(self, value: object) -> None:
        """The tensor was made from weights alone."""

    def product_kind(self, left: Tensor, right: Tensor) -> str:
        """``mac_linear``, ``mac_qk`` or ``mac_av``: what a product of the two is at this point of the module."""

    def saw_softmax(self) -> None:
        """A softmax was computed in this module: the next product of activations weights the values."""


class Call(NamedTuple):
    """One call of an operator, after it ran."""

    op: Any
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    out: Any
    context: Context


Rule = Callable[[Call], Counts]

RULES: dict[Any, Rule] = {}
"""Operator overload -> rule; ``FREE`` for those that compute nothing."""


def FREE(call: Call) -> Counts:  # noqa: N802 - a constant that happens to be callable
    """The rule of operators that compute nothing; a view or copy of weights is a weight."""
    if made_of_weights(call):
        call.context.mark_weight(call.out)
    return {}


def constant(call: Call) -> Counts:
    """The rule of operators that make the same tensor for every input: a weight, for all that follows."""
    call.context.mark_weight(call.out)
    return {}


def register(op: Any, rule: Rule) -> None:
    """Teach the counter an operator: ``register(torch.ops.mylib.op, lambda call: {"mac_linear": …})``.

    Args:
        op: an operator (all of its overloads) or one overload.
        rule: from a Call to kind -> count.
    """
    for overload in _overloads(op):
        RULES[overload] = rule


def operator_of(name: str) -> Any:
    """The operator of that name, ``library::operator``.

    Raises:
        UnknownName: PyTorch has none, or the library that brings it has not been imported.
    """
    library, _, operator = name.partition("::")
    try:
        return getattr(getattr(torch.ops, library), operator)
    except (AttributeError, RuntimeError):
        known = dir(getattr(torch.ops, library)) if library and operator else []
        offers = [f"{library}::{one}" for one in known if not one.startswith("_")]
        raise UnknownName("operator", name, offers, hint="(import the library that brings it first)") from None


def _overloads(op: Any) -> list[Any]:
    return [getattr(op, name) for name in op.overloads()] if hasattr(op, "overloads") else [op]


def elements(kind: str, of: str = "out") -> Rule:
    """One operation of ``kind`` per element of the output, or of the first argument (``of="input"``)."""

    def rule(call: Call) -> Counts:
        value = call.args[0] if of == "input" else call.out
        first = value[0] if isinstance(value, list | tuple) else value
        n = (call.args[0] if first is None else first).numel()  # None: a gradient of the input that nobody wants
        return weight_work(call, n) if made_of_weights(call) else {kind: n}

    return rule


def tensors(values: Any) -> Iterator[Tensor]:
    """Every tensor in nested lists, tuples, dictionaries and dataclasses."""
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, list | tuple | dict):
        for value in values.values() if isinstance(values, dict) else values:
            yield from tensors(value)
    elif is_dataclass(values) and not isinstance(values, type):
        for one in fields(values):
            yield from tensors(getattr(values, one.name, None))


def made_of_weights(call: Call) -> bool:
    """Whether every tensor the call reads is a weight or was made from weights alone."""
    read = list(tensors(call.args))
    return bool(read) and all(call.context.is_weight(value) for value in read)


def weight_work(call: Call, elements: int) -> Counts:
    """Weights made from weights: counted apart, and known as weights from here on."""
    call.context.mark_weight(call.out)
    return {"weight_elem": elements}


def addition(call: Call) -> Counts:
    """A skip connection, a bias (a weight with one axis), an embedding (with more), or an offset by a number."""
    if made_of_weights(call):
        return weight_work(call, call.out.numel())
    if len(call.args) < 2 or not isinstance(call.args[1], Tensor):
        return {"other_elem": call.out.numel()}
    weights = [value for value in call.args[:2] if call.context.is_weight(value)]
    if not weights:
        return {"residual_add": call.out.numel()}
    return {"bias_add" if weights[0].ndim <= 1 else "embed_add": call.out.numel()}


def power(call: Call) -> Counts:
    """A square is a product; any other power is a non-linearity."""
    exponent = call.args[1]
    squares = not isinstance(exponent, Tensor) and exponent == 2
    return elements("mul_elem" if squares else "act_elem")(call)


def mean(call: Call) -> Counts:
    """A mean over both sides of a map is a global pool; over tokens or channels it is a mean."""
    x = call.args[0]
    dims = call.args[1] if len(call.args) > 1 and call.args[1] else range(x.ndim)
    return elements("global_pool_elem" if x.ndim == 4 and len(dims) == 2 else "mean_elem", of="input")(call)


def batch_norm(call: Call) -> Counts:
    """One image normalised by its own statistics is an instance norm, which PyTorch runs as this."""
    x, running_mean = call.args[0], call.args[3]
    alone = x.shape[0] == 1 and not isinstance(running_mean, Tensor)
    return elements("group_norm_elem" if alone else "batch_norm_elem")(call)


def softmax(call: Call) -> Counts:
    """Also tells the module that its attention weights are there."""
    if made_of_weights(call):
        return weight_work(call, call.out.numel())
    call.context.saw_softmax()
    return {"softmax_elem": call.out.numel()}


def matmul(left: Tensor, right: Tensor, call: Call) -> Counts:
    """(…, m, k) x (…, k, n), or (…, k) x (k)."""
    if right.ndim == 1 and made_of_weights(call):
        call.context.mark_weight(call.out)  # a norm of weights; whole matrices are rather queries, learned ones
    return {call.context.product_kind(left, right): prod(left.shape) * (right.shape[-1] if right.ndim > 1 else 1)}


def mm(call: Call) -> Counts:
    """``mm``, ``bmm``, ``mv``, ``dot``: products of the first two arguments."""
    return matmul(call.args[0], call.args[1], call)


def addmm(call: Call) -> Counts:
    """``addmm``, ``baddbmm``, ``addmv``: bias first, then the two factors."""
    bias, left, right = call.args[:3]
    added = "bias_add" if call.context.is_weight(bias) else "residual_add"
    return {**matmul(left, right, call), added: call.out.numel()}


def convolution_macs(x: Tensor, weight: Tensor, out: Tensor, transposed: bool) -> int:
    """Multiply-accumulates of a forward convolution; weight is (c_out, c_in / g, …), or (c_in, c_out / g, …)."""
    per_pixel = prod(weight.shape[1:])
    return (x.numel() if transposed else out.numel()) * per_pixel


def convolution(call: Call) -> Counts:
    """``aten::convolution(input, weight, bias, …, transposed, …)``."""
    x, weight, bias = call.args[:3]
    counts = {"mac_conv": convolution_macs(x, weight, call.out, call.args[6])}
    return counts if bias is None else {**counts, "bias_add": call.out.numel()}


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


def attention_counts(query: Tensor, key: Tensor, value: Tensor) -> Counts:
    """QKᵀ, softmax and AV of dense attention."""
    scores = prod(attention_shape(query, key, value)[:-1]) * key.shape[-2]
    return {"mac_qk": scores * query.shape[-1], "softmax_elem": scores, "mac_av": scores * value.shape[-1]}


def attention_shape(query: Tensor, key: Tensor, value: Tensor) -> tuple[int, ...]:
    """Of the output, (…, heads, L, Ev): batches broadcast, and grouped queries share keys."""
    heads = max(query.shape[-3:-2], key.shape[-3:-2])
    return *torch.broadcast_shapes(query.shape[:-3], key.shape[:-3]), *heads, query.shape[-2], value.shape[-1]


def attention_backward(call: Call) -> Counts:
    """Gradients of both products: two products each. The scores are recomputed: filed apart by the counter."""
    forward = attention_counts(*call.args[1:4])
    return {kind: n if kind == "softmax_elem" else 2 * n for kind, n in forward.items()}


def quantised_linear(call: Call) -> Counts:
    """``quantized::linear*`` on (…, d_in): the packed weight shows only in the output."""
    return {"mac_linear": call.out.numel() * call.args[0].shape[-1], "bias_add": call.out.numel()}


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


aten = torch.ops.aten
BACKWARD_WITH_RECOMPUTATION: set[Any] = set()
"""Fused attention backwards, which compute the scores a second time."""
