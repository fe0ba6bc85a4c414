"""What a network is called with, and what it gives back: tensors in whatever they come wrapped."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from effbench.counting.counters.meta import shape_of
from effbench.counting.counters.rules import tensors
from effbench.errors import EffbenchError, first_line
from effbench.models.inputs import Input

SEED = 0
"""Of random inputs: the same in every run."""


@dataclass(frozen=True)
class Inputs:
    """Arguments of one call. Attributes: args: positional. kwargs: by name."""

    args: tuple[object, ...] = ()
    kwargs: Mapping[str, object] = field(default_factory=dict)

    def call(self, network: Callable[..., object]) -> object:
        """What the network gives back."""
        return network(*self.args, **self.kwargs)

    def on(self, device: str | torch.device) -> Inputs:
        """The same arguments with every tensor on that device."""

        def move(t: Tensor) -> Tensor:
            there = shape_of(t) if torch.device(device).type == "meta" else t.detach().to(device)
            return there.requires_grad_(t.requires_grad)

        return self.changed(move)

    def changed(self, change: Callable[[Tensor], Tensor]) -> Inputs:
        """The same arguments with every tensor changed."""
        named = {name: mapped(one, change) for name, one in self.kwargs.items()}
        return Inputs(tuple(mapped(one, change) for one in self.args), named)

    def tensors(self) -> list[Tensor]:
        """Every tensor among them."""
        return list(tensors([*self.args, *self.kwargs.values()]))

    def in_order(self, network: nn.Module) -> tuple[object, ...]:
        """All arguments by position, for tools that take no names.

        Raises:
            EffbenchError: one can be given by its name alone, or the network has none of that name.
        """
        if not self.kwargs:
            return self.args
        try:
            bound = inspect.signature(network.forward).bind(*self.args, **self.kwargs)
        except TypeError as error:
            raise EffbenchError(first_line(error)) from None
        bound.apply_defaults()
        if bound.kwargs:
            raise EffbenchError(f"the tool takes no input by name: {', '.join(bound.kwargs)}")
        return bound.args


def mapped(value: object, change: Callable[[Tensor], Tensor]) -> object:
    """The same nested value with every tensor changed; what holds none is the very same object."""
    if isinstance(value, Tensor):
        return change(value)
    if not any(True for _ in tensors(value)):
        return value
    if isinstance(value, dict):
        return type(value)({key: mapped(one, change) for key, one in value.items()})
    if isinstance(value, list | tuple):
        parts = [mapped(one, change) for one in value]
        make: Callable[..., object] = type(value)
        return make(*parts) if hasattr(value, "_fields") else make(parts)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: mapped(getattr(value, f.name), change) for f in dataclasses.fields(value) if f.init}
        return dataclasses.replace(value, **changed)
    return value


def made(wanted: Sequence[Input], device: str | torch.device) -> Inputs:
    """Inputs of these shapes: floats are random, the same each time, integers are zeros, truth values are true."""
    generator = torch.Generator().manual_seed(SEED)
    found = [_tensor(one, device, generator) for one in wanted]
    args = tuple(t for one, t in zip(wanted, found, strict=True) if not one.name)
    return Inputs(args, {one.name: t for one, t in zip(wanted, found, strict=True) if one.name})


def _tensor(one: Input, device: str | torch.device, generator: torch.Generator) -> Tensor:
    dtype: torch.dtype = getattr(torch, one.dtype)
    if torch.device(device).type == "meta":
        return torch.empty(one.shape, dtype=dtype, device=device)
    if dtype is torch.bool:
        return torch.ones(one.shape, dtype=dtype, device=device)
    if not (dtype.is_floating_point or dtype.is_complex):
        return torch.zeros(one.shape, dtype=dtype, device=device)
    return torch.rand(one.shape, generator=generator).to(device=device, dtype=dtype)


def predictions(outputs: object) -> list[Tensor]:
    """Every floating tensor that a network gives back, of an exit or a head each, in order."""
    return [t for t in tensors(outputs) if t.is_floating_point()]
