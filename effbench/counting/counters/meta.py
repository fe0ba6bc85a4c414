"""A network without its values: parameters and buffers are on the meta device meanwhile, nothing is copied."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor
from torch.nn.parameter import is_lazy as is_uninitialised


class NeedsValues(Exception):
    """A network that cannot be taken to the meta device."""


def is_meta(network: nn.Module) -> bool:
    """Whether the network has parameters or buffers, and all of them are there already."""
    owned = [*network.parameters(), *network.buffers()]
    return bool(owned) and all(t.is_meta for t in owned)


def lacks_values(network: nn.Module) -> bool:
    """Whether a parameter or buffer of the network is on the meta device, or a fake: then it runs nowhere else."""
    return any(t.is_meta or isinstance(t, FakeTensor) for t in (*network.parameters(), *network.buffers()))


def is_lazy(network: nn.Module) -> bool:
    """Whether shapes of the network come from its first input."""
    return any(is_uninitialised(t) for t in (*network.parameters(), *network.buffers()))


@contextmanager
def without_values(network: nn.Module) -> Iterator[None]:
    """Inside, every parameter and buffer has its shape and no values; what is shared stays shared.

    Raises:
        NeedsValues: a scripted part, which keeps its tensors to itself.
    """
    if any(isinstance(module, torch.jit.ScriptModule) for module in network.modules()):
        raise NeedsValues("a scripted network cannot be taken to the meta device")
    tables: list[dict[str, Tensor | None]] = [
        table for module in network.modules() for table in (module._parameters, module._buffers)
    ]
    before = [dict(table) for table in tables]
    made: dict[int, Tensor] = {}
    try:
        for table in tables:
            table.update({name: _empty(t, made) for name, t in table.items() if t is not None})
        yield
    finally:
        for table, values in zip(tables, before, strict=True):
            table.clear()
            table.update(values)


def shape_of(t: Tensor) -> Tensor:
    """The tensor on the meta device."""
    if isinstance(t, FakeTensor):  # which would give another fake
        return torch.empty_strided(t.shape, t.stride(), dtype=t.dtype, device="meta")
    return t.detach().to("meta")


def _empty(t: Tensor, made: dict[int, Tensor]) -> Tensor:
    """The tensor without values; one for each tensor, however often it is used."""
    if id(t) not in made:
        empty = shape_of(t)
        made[id(t)] = nn.Parameter(empty, t.requires_grad) if isinstance(t, nn.Parameter) else empty
    return made[id(t)]
