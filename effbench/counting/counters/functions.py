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
from effbench.counting.counters.rules import Counts, attention_counts


class Functions(TorchFunctionMode):
    """Files fused or decomposed attention, and RMS norms, as one call; what runs inside is not filed again."""

    def __init__(self, counting: Counting) -> None:
        super().__init__()
        self.counting = counting

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func is F.multi_head_attention_forward:
            with self:
                return _without_overrides(func)(*args, **kwargs)
        price = PRICES.get(func)
        if price is None or self.counting.muted:
            return func(*args, **kwargs)
        self.counting.saw(func)
        out = None
        if self.counting.shortcut and func is F.scaled_dot_product_attention:
            with self.counting.quiet():
                out = shortcuts.attention(*query_key_value(args, kwargs), args[3:], kwargs)
        if out is None:
            with self.counting.quiet():
                out = func(*args, **kwargs)
        self.counting.file(price(args, kwargs))
        return out


def query_key_value(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Tensor, Tensor, Tensor]:
    """The three arguments of attention, named or not."""
    named = (kwargs[name] for name in ("query", "key", "value") if name in kwargs)
    query, key, value = (*args, *named)[:3]
    return query, key, value


def _attention(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Counts:
    return attention_counts(*query_key_value(args, kwargs))


def _rms_norm(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Counts:
    x: Tensor = args[0] if args else kwargs["input"]
    return {"layer_norm_elem": x.numel()}


PRICES: dict[Any, Callable[[Sequence[Any], Mapping[str, Any]], Counts]] = {
    F.scaled_dot_product_attention: _attention,
    F.rms_norm: _rms_norm,
    torch.rms_norm: _rms_norm,
}


def _without_overrides(function: Any) -> Any:
    """A copy of a Python function of torch that does not hand itself to modes again, so that what it calls is seen."""
    names = {**function.__globals__, "has_torch_function": lambda *_: False}
    copy = FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy
