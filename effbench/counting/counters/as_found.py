"""A network put back as it was found, whatever a counting tool did to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


@contextmanager
def as_found(network: nn.Module) -> Iterator[None]:
    """Attributes, hooks, mode, buffers and random state as before."""
    import torch

    modules = [(module, dict(vars(module)), _hooks(module), module.training) for module in network.modules()]
    buffers = [(b, b.clone()) for b in network.buffers() if b.device.type != "meta"]
    try:
        with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
            yield
    finally:
        for module, attributes, hooks, training in modules:
            vars(module).clear()
            vars(module).update(attributes)
            module.training = training  # a scripted module keeps it elsewhere
            for table, found in hooks:  # in place: the handles of the user's own hooks point to these tables
                table.clear()
                table.update(found)
        with torch.no_grad():
            for buffer, value in buffers:
                buffer.copy_(value)


def _hooks(module: nn.Module) -> list[tuple[dict[object, object], dict[object, object]]]:
    """The module's tables of hooks, each with a copy."""
    return [
        (table, table.copy()) for name, table in vars(module).items() if "_hooks" in name and isinstance(table, dict)
    ]


@contextmanager
def without_gradients(network: nn.Module) -> Iterator[None]:
    """No parameter requires a gradient, and PyTorch does not take that for leave to use its fused encoder layers."""
    import torch

    trained = [p for p in network.parameters() if p.requires_grad]
    fused_layers = torch.backends.mha.get_fastpath_enabled()
    try:
        torch.backends.mha.set_fastpath_enabled(False)
        for parameter in trained:
            parameter.requires_grad_(False)
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused_layers)
        for parameter in trained:
            parameter.requires_grad_(True)
