"""A network watched while it runs on the meta device: which operators it launches, on what shapes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from effbench.cost.launches import Launch, terms
from effbench.counting.counters.functions import query_key_value
from effbench.counting.counters.rules import tensors
from effbench.counting.counters.shortcuts import META, attention

IMAGES = 2
"""Of the batch that is watched: with one image, copies that a batch needs would be views."""

NO_WORK_NAMES = """
    _unsafe_view empty empty_like new_empty empty_strided detach alias arange lift_fresh scalar_tensor zeros ones full
    zeros_like ones_like full_like new_zeros new_ones eye as_strided_ resize_ sym_size
"""
NO_WORK = frozenset(NO_WORK_NAMES.split())
"""Operators that move nothing, or that make the same small tensor for every image."""


def network_terms(network: nn.Module, sides: Sequence[int], channels: int = 3) -> dict[str, int]:
    """The terms of time of the network (``cost.launches``).

    Args:
        network: on the meta device, in evaluation mode. sides, channels: of an image.
    """
    batch = torch.empty(IMAGES, channels, *sides, device="meta")
    return terms(launches(network, batch), IMAGES)


def launches(network: nn.Module, batch: Tensor) -> list[Launch]:
    """The operators of one forward pass, equal ones together."""
    watch = _Watch(network)
    with torch.no_grad(), _Attention(watch), watch:
        network(batch)
    return [
        Launch(op=op, read=read, weights=weights, written=written, prepares=prepares, shape=shape, times=n)
        for (op, read, weights, written, prepares, shape), n in watch.seen.items()
    ]


class _Watch(TorchDispatchMode):
    """Files every operator that is no view.

    Attributes:
        seen: (operator, elements read, of weights, written, made of weights alone, shape) -> how often.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.seen: Counter[tuple[str, int, int, int, bool, tuple[int, ...]]] = Counter()
        self.muted = False
        # Held by reference, so that an id stays one tensor's.
        self._weights = {id(t): t for t in (*network.parameters(), *network.buffers())}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        make = META.get(func)
        out = make(args) if make is not None and args[0].device.type == "meta" else None
        if out is None:
            out = func(*args, **(kwargs or {}))
        if not self.muted:
            self._see(func, args, out)
        return out

    def _see(self, func: Any, args: Sequence[Any], out: Any) -> None:
        read = list(tensors(args))
        own = [t for t in read if id(t) in self._weights]
        if read and len(own) == len(read):
            self._weights.update((id(t), t) for t in tensors(out))
        name = str(getattr(func, "overloadpacket", func)).removeprefix("aten.")
        if getattr(func, "is_view", False) or name in NO_WORK:
            return
        written = next((t.numel() for t in tensors(out)), 0)
        weights = _elements(own)
        self.seen[
            name, _elements(read) - weights, weights, written, len(own) == len(read), _shape(name, args, out)
        ] += 1

    def saw_attention(self, read: Sequence[Tensor], out: Tensor, *, masked: bool) -> None:
        """Fused attention is one operator, whatever it is made of here."""
        query, key, _ = read
        shape = *query.shape, key.shape[-2]
        name = "attention_masked" if masked else "attention"
        self.seen[name, _elements(read), 0, out.numel(), False, shape] += 1


class _Attention(TorchFunctionMode):
    """Files ``scaled_dot_product_attention`` as one operator."""

    def __init__(self, watch: _Watch) -> None:
        super().__init__()
        self._watch = watch

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        named: Mapping[str, Any] = kwargs or {}
        if func is not F.scaled_dot_product_attention:
            return func(*args, **named)
        read = query_key_value(args, named)
        before, self._watch.muted = self._watch.muted, True
        try:
            out = attention(*read, args[3:], named)
            if out is None:
                out = func(*args, **named)
        finally:
            self._watch.muted = before
        masked = (len(args) > 3 and args[3] is not None) or named.get("attn_mask") is not None
        self._watch.saw_attention(read, out, masked=masked)
        return out


def _elements(values: Sequence[Tensor]) -> int:
    return sum(t.numel() for t in values)


def _shape(name: str, args: Sequence[Any], out: Any) -> tuple[int, ...]:
    """As ``Launch`` describes it."""
    if name == "convolution":
        return args[0].shape[1], *args[1].shape, args[8], *out.shape[2:]
    if name in ("mm", "bmm"):
        return *args[0].shape, args[1].shape[-1]
    if name in ("addmm", "baddbmm"):
        return *args[1].shape, args[2].shape[-1]
    return ()
