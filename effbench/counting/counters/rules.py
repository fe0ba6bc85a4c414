"""What one operator of PyTorch costs: ATen operator -> rule. A rule reads shapes and never values.

Operators that only move, reshape or create data are free and are listed by name; nothing is free by accident. Operators
without a rule are decomposed if PyTorch can, counted as elementwise if PyTorch calls them pointwise, and named as
uncounted otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor

from effbench.counting.counters.origin import origin
from effbench.counting.provenance import IMAGE
from effbench.errors import UnknownName

Counts = Mapping[str, int]
"""Kind -> how many, for one call."""


class Context(Protocol):
    """What a rule may ask about the run around the call."""

    def is_weight(self, value: object) -> bool:
        """Whether the tensor is a parameter, a buffer or a constant, or was made from such alone."""

    def product_kind(self, left: Tensor, right: Tensor) -> str:
        """``mac_linear``, ``mac_matmul`` or ``mac_av``: what a product of the two is, as far as is known by now."""


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


class NotCounted(Exception):
    """Raised by a rule that cannot tell what a call costs: the operator is named."""


def FREE(call: Call) -> Counts:  # noqa: N802 - a constant that happens to be callable
    """The rule of operators that compute nothing; a view or copy of weights is a weight."""
    return {}


def constant(call: Call) -> Counts:
    """The rule of operators that make the same tensor for every input: a weight, for all that follows."""
    return {}


def random(call: Call) -> Counts:
    """The rule of operators that draw numbers: another tensor in every pass, as if it were an input."""
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
        tensor = call.args[0] if first is None else first  # None: a gradient of the input that nobody wants
        n = stored(tensor) * (COMPLEX.get(kind, 2) if tensor.dtype.is_complex else 1)
        return {"weight_elem" if made_of_weights(call) else kind: n}

    if kind in POINTWISE:
        PASSING.add(rule)
    return rule


def scattered(call: Call) -> Counts:
    """One addition, or another reduction, per element that is scattered into the first argument."""
    source = call.args[3] if len(call.args) > 3 else None
    n = stored(source) if isinstance(source, Tensor) else stored(call.args[2])
    return {"weight_elem" if made_of_weights(call) else "reduce_elem": n}


POINTWISE = ("act_elem", "mul_elem", "other_elem")

COMPLEX = {"mul_elem": 4}
"""Real operations in one on complex numbers: two, one a part, but for products."""

PASSING: set[Rule] = set()
"""Rules whose results still hold the scores of an attention, scaled, masked or dropped."""


def stored(tensor: Tensor) -> int:
    """Elements that are there: of a sparse tensor the non-zeros.

    Raises:
        NotCounted: on the meta device a sparse tensor has no number of non-zeros.
    """
    if tensor.layout is torch.strided or tensor.layout not in SPARSE:
        return tensor.numel()
    if tensor.device.type == "meta":
        raise NotCounted
    return (tensor._values() if tensor.layout is torch.sparse_coo else tensor.values()).numel()


SPARSE = (torch.sparse_coo, torch.sparse_csr, torch.sparse_csc, torch.sparse_bsr, torch.sparse_bsc)


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


def opaque_class(types: Any) -> Any:
    """The class of tensors that runs operators by others of its own; None where there is none."""
    for one in types:
        if one.__torch_dispatch__ is not Tensor.__torch_dispatch__ and not issubclass(one, FakeTensor):
            return one
    return None


def made_of_weights(call: Call) -> bool:
    """Whether every tensor the call reads is a weight or was made from weights alone."""
    if call.args and origin(call.args[0]) is IMAGE:  # nearly always
        return False
    return all(call.context.is_weight(value) for value in tensors(call.args))


def addition(call: Call) -> Counts:
    """A skip connection, a bias (a weight with one axis), an embedding (with more), or an offset by a number."""
    n = stored(call.out) * (2 if call.out.dtype.is_complex else 1)
    first, second = call.args[0], call.args[1] if len(call.args) > 1 else None
    weights: list[Any] = [value for value in (first, second) if call.context.is_weight(value)]
    if not isinstance(second, Tensor):
        return {"weight_elem" if weights else "other_elem": n}
    if not weights:
        return {"residual_add": n}
    if len(weights) == 2:
        return {"weight_elem": n}
    return {"bias_add" if weights[0].ndim <= 1 else "embed_add": n}


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
    """Of scores: the next product with them weights the values."""
    return {"weight_elem" if made_of_weights(call) else "softmax_elem": stored(call.out)}


def exponential(call: Call) -> Counts:
    """A non-linearity; of scores, the first step of a softmax that is written out."""
    return elements("act_elem")(call)


WEIGHING: set[Rule] = {softmax, exponential}
"""Rules after which scores weight values."""

PASSING |= {addition, power}
