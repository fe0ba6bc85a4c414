"""Whether a network fits into the memory that is free, before it is run with values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from effbench.counting.counters.as_found import as_found
from effbench.counting.counters.inputs import Inputs
from effbench.counting.counters.meta import without_values
from effbench.counting.counters.rules import tensors
from effbench.errors import EffbenchError

RESERVE = 256 * 2**20
"""Bytes left to others."""


class _Widest(TorchDispatchMode):
    """The most bytes that one operator reads and writes; a value that is asked for is 1, as nothing has values here."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0

    def __torch_dispatch__(
        self, func: object, types: object, args: Sequence[object] = (), kwargs: Mapping[str, object] | None = None
    ) -> object:
        if func is torch.ops.aten._local_scalar_dense.default:
            return torch.ones((), dtype=next(tensors(args)).dtype).item()
        result = func(*args, **(kwargs or {}))  # type: ignore[operator]  # an operator
        held = {id(t): _bytes(t) for t in (*tensors(args), *tensors(result))}
        self.bytes = max(self.bytes, sum(held.values()))
        return result


def require_memory(name: str, network: nn.Module, inputs: Inputs) -> None:
    """Raise EffbenchError, with the estimate, if the network and its widest operator exceed the memory that is free.

    Operators are rehearsed without values. Where their shapes depend on values the rehearsal ends: what it saw counts.
    """
    free = free_bytes()
    if free is None:
        return
    owned = {id(t): _bytes(t) for t in (*network.parameters(), *network.buffers(), *inputs.tensors())}
    parameters, widest = sum(owned.values()), _Widest()
    with suppress(Exception), as_found(network), without_values(network), torch.no_grad(), widest:
        inputs.on("meta").call(network)
    if parameters + widest.bytes > free - RESERVE:
        raise EffbenchError(
            f"{name} needs values, and at least {_gib(parameters)} for parameters and {_gib(widest.bytes)} for "
            f"activations; {_gib(free)} are free: give smaller inputs"
        )


def free_bytes() -> int | None:
    """Memory that this machine can give away; None where it does not say so."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = next((line for line in lines if line.startswith("MemAvailable:")), None)
    return int(found.split()[1]) * 1024 if found else None


def _bytes(t: Tensor) -> int:
    try:
        return t.numel() * t.element_size()
    except (RuntimeError, ValueError):  # a lazy parameter has no shape yet
        return 0


def _gib(size: int) -> str:
    return f"{size / 2**30:,.1f} GiB"
