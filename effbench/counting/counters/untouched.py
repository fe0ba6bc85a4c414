"""Running someone's network without a trace: everything a run may change is put back, whatever happens in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import Tensor, nn

from effbench.counting.counters.rules import tensors


@contextmanager
def untouched(network: nn.Module, inputs: Sequence[object]) -> Iterator[None]:
    """Attributes, parameters, gradients, buffers, random state and PyTorch's switches are as before in the end."""
    owned = [*network.parameters(), *tensors(inputs)]
    gradients = [(t, t.grad) for t in owned if t.is_leaf]
    modules = [m for m in network.modules() if not isinstance(m, torch.jit.ScriptModule)]  # those keep their own
    tables = [vars(m) for m in modules] + [t for m in modules for t in (m._parameters, m._buffers, m._modules)]
    entries = [(table, dict(table)) for table in tables]
    values = [(b, b.clone()) for b in network.buffers() if b.device.type != "meta"]
    fast_path = torch.backends.mha.get_fastpath_enabled()
    try:
        torch.backends.mha.set_fastpath_enabled(False)  # its fused operators hide the work inside
        for t, _ in gradients:
            t.grad = None  # gradients that are there would be added to, in place
        with torch.random.fork_rng(_gpus(owned)), _uncompiled():
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast_path)
        for t, gradient in gradients:
            t.grad = gradient
        for table, before in entries:
            table.clear()
            table.update(before)
        with torch.no_grad():
            for buffer, value in values:
                buffer.copy_(value)


def _uncompiled() -> AbstractContextManager[object]:
    """Compiled code would hide its operators. PyTorch before 2.6 has no such switch, and passes it over by itself."""
    stance = getattr(torch.compiler, "set_stance", None)
    return stance("force_eager") if stance else nullcontext()


def _gpus(owned: Sequence[Tensor]) -> list[int]:
    """Indices of the CUDA devices in use: forking the generators of all of them would be slow, and warn."""
    return sorted({t.device.index for t in owned if t.is_cuda})
