"""Functions of PyTorch that are priced where they are called, so that every back end of theirs counts the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from effbench.counting.counters import shortcuts
from effbench.counting.counters.counting import Counting
from effbench.counting.counters.function_calls import COMPOSITE
from effbench.counting.counters.origin import mark, origin, origin_of_all
from effbench.counting.counters.products import attention_counts, convolution_macs
from effbench.counting.counters.rules import Counts, NotCounted, tensors


class Functions(TorchFunctionMode):
    """Files fused or decomposed attention, RMS norms and complex convolutions as one call; what runs inside is not."""

    def __init__(self, counting: Counting) -> None:
        super().__init__()
        self.counting = counting

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        calls = self.counting.calls
        if calls is None or self.counting.muted:
            return self._priced(func, args, kwargs)
        func = calls.own.get(func, func)
        if func in COMPOSITE:
            calls.function(self.counting.stack.path, func, args, kwargs, None)
            calls.within += 1
            try:
                with self:
                    return _without_overrides(func)(*args, **kwargs)
            finally:
                calls.within -= 1
        by_name, calls.by_name = calls.by_name, False
        out = self._priced(func, args, kwargs)
        calls.by_name = by_name
        calls.function(self.counting.stack.path, func, args, kwargs, out)
        return out

    def _priced(self, func: Any, args: Any, kwargs: Any) -> Any:
        """A call, and what it costs."""
        if func is F.linear or func in RECURRENT:
            return self._layer(func, args, kwargs)
        if func is F.multi_head_attention_forward:
            with self:
                return _without_overrides(func)(*args, **kwargs)
        price = PRICES.get(func)
        if price is None or self.counting.muted or (price is _convolution and not _is_complex(args)):
            return func(*args, **kwargs)
        return self._whole(func, price, args, kwargs)

    def _layer(self, func: Any, args: Any, kwargs: Any) -> Any:
        """What it multiplies is a linear layer, not attention with a learned query; a first state is as later ones."""
        before, self.counting.in_linear = self.counting.in_linear, True
        if func is not F.linear:
            for state in tensors(args[1]):
                if origin(state) is None:
                    self.counting.is_of_image(state)
        try:
            return func(*args, **kwargs)
        finally:
            self.counting.in_linear = before

    def _whole(self, func: Any, price: Any, args: Any, kwargs: Any) -> Any:
        """One call, whatever it runs."""
        self.counting.saw(func)
        out = None
        with self.counting.quiet():
            if self.counting.shortcut and func is F.scaled_dot_product_attention:
                out = shortcuts.attention(*query_key_value(args, kwargs), args[3:], kwargs)
            if out is None:
                out = func(*args, **kwargs)
        mark(out, origin_of_all((*args, *kwargs.values())))
        try:
            counts = price(func, args, kwargs, out)
        except NotCounted:
            self.counting.name(f"functional.{func.__name__}", args)
        else:
            self.counting.file(counts)
            self.counting.moved([args, kwargs], out, counts)
        return out


def query_key_value(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Tensor, Tensor, Tensor]:
    """The three arguments of attention, named or not."""
    named = (kwargs[name] for name in ("query", "key", "value") if name in kwargs)
    query, key, value = (*args, *named)[:3]
    return query, key, value


def _attention(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Counts:
    return attention_counts(*query_key_value(args, kwargs))


def _rms_norm(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Counts:
    x: Tensor = args[0] if args else kwargs["input"]
    return {"layer_norm_elem": x.numel()}


def _is_complex(args: Sequence[Any]) -> bool:
    return bool(args) and args[0].dtype.is_complex


def _convolution(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], out: Any) -> Counts:
    """PyTorch takes a complex one apart into three real ones and sums; here it is as every product of such numbers."""
    bias = args[2] if len(args) > 2 else kwargs.get("bias")
    weight = args[1] if len(args) > 1 else kwargs["weight"]
    macs = {"mac_conv": convolution_macs(args[0], weight, out, "transpose" in func.__name__)}
    return macs if bias is None else {**macs, "bias_add": 2 * out.numel()}


RECURRENT = {
    getattr(torch._C._VariableFunctions, name)
    for name in ("lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell")
}
"""Layers and cells, called with the input and the state before it."""

PRICES: dict[Any, Callable[[Any, Sequence[Any], Mapping[str, Any], Any], Counts]] = {
    F.scaled_dot_product_attention: _attention,
    F.rms_norm: _rms_norm,
    torch.rms_norm: _rms_norm,
    **dict.fromkeys(
        (F.conv1d, F.conv2d, F.conv3d, F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d), _convolution
    ),
}


OVERRIDDEN = ("has_torch_function", "has_torch_function_unary", "has_torch_function_variadic")
"""Functions of torch ask one of these whether to hand themselves on."""


def _without_overrides(function: Any) -> Any:
    """A copy of a Python function of torch that does not hand itself to modes again, so that what it calls is seen."""
    names = {**function.__globals__, **dict.fromkeys(OVERRIDDEN, lambda *_: False)}
    copy = FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy
