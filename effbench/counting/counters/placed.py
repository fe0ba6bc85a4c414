"""Counting a network where it can be counted: without values on the meta device, else where its values are."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from contextlib import nullcontext

import torch
from torch import nn

from effbench.counting.counters.dispatch import Run, UncountedError, count
from effbench.counting.counters.inputs import Inputs
from effbench.counting.counters.memory import require_memory
from effbench.counting.counters.meta import is_lazy, is_meta, lacks_values, without_values
from effbench.errors import EffbenchError, SpecError, first_line, missing

AUTO, META = "auto", "meta"
DEVICES = (AUTO, META, "cpu", "cuda")
"""Where a count can be made; ``auto`` is the meta device, and the CPU where that cannot do it."""


def require_device(device: str) -> str:
    """A device as PyTorch names it, or ``auto``.

    Raises:
        SpecError: there is no such device here.
    """
    if device == AUTO:
        return device
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, ValueError):
        raise SpecError(f"device {device[:40]!r} cannot be used here; known: {', '.join(DEVICES)}") from None
    return device


def as_network(value: object) -> nn.Module:
    """A network of any kind as a module: an exported program is unpacked, a function is wrapped.

    Raises:
        SpecError: it cannot be called.
    """
    if isinstance(value, torch.export.ExportedProgram):
        unpacked: nn.Module = value.module()
        return unpacked
    if isinstance(value, nn.DataParallel | nn.parallel.DistributedDataParallel):
        return value.module  # what each device does with its share
    if isinstance(value, nn.Module):
        return value
    if callable(value):
        return _Function(value)
    raise SpecError(f"a {type(value).__name__} is not a network: give an nn.Module, a function, or the name of a model")


class _Function(nn.Module):
    """A function as a network without parameters."""

    def __init__(self, function: Callable[..., object]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *args: object, **kwargs: object) -> object:
        return self.function(*args, **kwargs)


def filled_in(network: nn.Module, inputs: Inputs) -> nn.Module:
    """The network, or where shapes of it come from its first input a copy that has seen that."""
    if not is_lazy(network):
        return network
    seen = copy.deepcopy(network)
    place = META if lacks_values(seen) else "cpu"
    try:
        seen.to(place)
        with torch.no_grad():
            inputs.on(place).call(seen)
    except Exception as error:  # the network's own code: any kind
        raise _does_not_run(type(network).__name__, place, error) from error
    return seen


def placed_count(
    name: str,
    network: nn.Module,
    inputs: Inputs,
    *,
    device: str = AUTO,
    backward: bool = False,
    strict: bool = False,
    moves: bool = False,
) -> Run:
    """What the network does, and where that was seen.

    The network and the inputs are left as they were, on the device where they were.

    Args:
        name: of the network, for messages.
        device: ``auto``: the meta device, or where the network's values are if that fails.

    Raises:
        EffbenchError: it does not run, with the reason in one line; or it does not fit into memory.
    """
    require_device(device)
    how = {"backward": backward, "strict": strict, "moves": moves}
    network = filled_in(network, inputs)
    if device in (AUTO, META):
        try:
            with nullcontext() if is_meta(network) else without_values(network):
                return _count(network, inputs, META, **how)
        except UncountedError:
            raise
        except Exception as error:  # the network's own code: any kind
            if device == META or lacks_values(network):
                raise _does_not_run(name, META, error) from error
    place = _own_device(network) if device == AUTO else torch.device(device)
    if place.type == "cpu":
        require_memory(name, network, inputs)
    try:
        return _count(network if device == AUTO else on(network, place), inputs, str(place), **how)
    except UncountedError:
        raise
    except Exception as error:  # the network's own code: any kind
        raise _does_not_run(name, str(place), error) from error


def _count(network: nn.Module, inputs: Inputs, place: str, **how: bool) -> Run:
    there = inputs.on(place)
    found = count(network, there.args, there.kwargs, calls=True, **how)
    return dataclasses.replace(found, device=place)


def _own_device(network: nn.Module) -> torch.device:
    return next((t.device for t in (*network.parameters(), *network.buffers())), torch.device("cpu"))


def on(network: nn.Module, place: torch.device) -> nn.Module:
    """The network, or a copy of it where it is on another device.

    Raises:
        EffbenchError: it cannot be taken there: it has no values, or cannot be copied.
    """
    if lacks_values(network) and place.type != META:
        raise EffbenchError(f"{type(network).__name__} has parameters without values, on the meta device")
    if all(t.device == place for t in network.parameters()):
        return network
    try:
        return copy.deepcopy(network).to(place)
    except Exception as error:  # the network's own code: any kind
        raise EffbenchError(f"{type(network).__name__} cannot be taken to {place}: {first_line(error)}") from error


def _does_not_run(name: str, place: str, error: Exception) -> EffbenchError:
    """The error of a run in one line."""
    lacking = missing(f"running {name}", error) if isinstance(error, ImportError) else None
    if lacking or isinstance(error, EffbenchError):
        return lacking or EffbenchError(str(error))
    where = "the meta device" if place == META else "the CPU" if place == "cpu" else place
    return EffbenchError(f"{name} does not run on {where}: {first_line(error)}")
