"""Running someone's network without a trace: everything a run may change is put back, whatever happens in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor, nn


EMPTY: dict[str, object] = {}
"""Stands for every table that is empty, as most tables of hooks are: none of these is copied."""


@contextmanager
def as_found(network: nn.Module, inputs: Sequence[Tensor] = ()) -> Iterator[None]:
    """Attributes, hooks, modes, parameters, gradients, buffers and random state are as before in the end."""
    import torch

    owned = [*network.parameters(), *inputs]
    gradients = [(t, t.grad) for t in owned if t.is_leaf]
    modes = [(module, module.training) for module in network.modules()]
    # in place: handles of the user's own hooks point to these tables
    tables = [table for m, _ in modes for table in (vars(m), *(v for v in vars(m).values() if isinstance(v, dict)))]
    entries = [(table, dict(table) if table else EMPTY) for table in tables]
    values = [(b, b.clone()) for b in network.buffers() if b.device.type != "meta"]
    try:
        for t, _ in gradients:
            t.grad = None  # gradients that are there would be added to, in place
        with torch.random.fork_rng(sorted({t.device.index for t in owned if t.is_cuda})):  # all GPUs: slow
            yield
    finally:
        for t, gradient in gradients:
            t.grad = gradient
        for table, before in entries:
            if table or before:
                table.clear()
                table.update(before)
        for module, training in modes:
            if module.training != training:  # a scripted module keeps it elsewhere
                module.training = training
        with torch.no_grad():
            for buffer, value in values:
                with torch.inference_mode() if buffer.is_inference() else nullcontext():
                    buffer.copy_(value)


@contextmanager
def nothing_fused() -> Iterator[None]:
    """PyTorch's fused encoder layers and compiled code, which would hide their operators, are off."""
    import torch

    fast_path = torch.backends.mha.get_fastpath_enabled()
    try:
        torch.backends.mha.set_fastpath_enabled(False)
        with _uncompiled(), _flexible_anywhere():
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast_path)


@contextmanager
def _flexible_anywhere() -> Iterator[None]:
    """``flex_attention`` runs on any device: it refuses the meta device before its shapes are asked for."""
    module = sys.modules.get("torch.nn.attention.flex_attention")
    checked = getattr(module, "_validate_device", None)
    if module is None or checked is None:
        yield
        return
    try:
        module._validate_device = lambda *_: None  # type: ignore[attr-defined]
        yield
    finally:
        module._validate_device = checked  # type: ignore[attr-defined]


def _uncompiled() -> AbstractContextManager[object]:
    """PyTorch before 2.6 has no such switch, and passes compiled code over by itself."""
    import torch

    stance = getattr(torch.compiler, "set_stance", None)
    return stance("force_eager") if stance else nullcontext()


@contextmanager
def without_gradients(network: nn.Module) -> Iterator[None]:
    """No parameter requires a gradient."""
    trained = [p for p in network.parameters() if p.requires_grad]
    try:
        for parameter in trained:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter in trained:
            parameter.requires_grad_(True)
