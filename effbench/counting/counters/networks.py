"""A resolved model as a network that can be counted or run, on the meta device or on a real one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType

import torch
from torch import Tensor, nn

from effbench.counting.counters.dispatch import Run, UncountedError
from effbench.counting.counters.inputs import Inputs, made, predictions
from effbench.counting.counters.memory import require_memory
from effbench.counting.counters.placed import AUTO, META, as_network, filled_in, on, placed_count, require_device
from effbench.counting.counters.unfilled import Unfilled
from effbench.errors import EffbenchError, MissingExtra, MissingPackage, first_line, missing
from effbench.models.registry import Model


def network_and_inputs(
    model: Model,
    device: str,
    batch: int = 1,
    *,
    options: Mapping[str, object] = MappingProxyType({}),
) -> tuple[nn.Module, Inputs]:
    """The model's network in evaluation mode, and what it is called with, both on ``device``.

    Weights are random unless the options name a file of them.

    Args:
        batch: images, where the model's inputs do not say it.
        options: of the family's ``build``.

    Raises:
        EffbenchError: the network cannot be built, with the reason in one line.
    """
    network, inputs = _built(model, device, options), made(model.called_with(batch), device)
    if device != META:
        network = on(network, torch.device(device))
        network = filled_in(network, inputs)
    return network, inputs


def _built(model: Model, device: str, options: Mapping[str, object], *, unfilled: bool = False) -> nn.Module:
    """The network; ``unfilled``: without initial values, which take time and memory: it is looked at and not run."""
    bare = dataclasses.replace(model, spec=model.spec.without_weights())
    with torch.device(device), Unfilled(everywhere=unfilled):
        try:
            network = as_network(bare.build(**options))
        except EffbenchError:
            raise
        except Exception as error:  # a user's model file: any kind
            lacking = missing(f"building {model.name}", error) if isinstance(error, ImportError) else None
            raise lacking or EffbenchError(f"{model.name} cannot be built: {first_line(error)}") from None
    with suppress(NotImplementedError):  # an exported program is what it was when it was exported
        network.eval()
    return network


def model_count(
    model: Model,
    *,
    device: str = AUTO,
    batch: int = 1,
    backward: bool = False,
    strict: bool = False,
    moves: bool = False,
) -> Run:
    """What our counter sees of the model's network.

    Args:
        device: ``auto``: the meta device; where the network cannot be built there, it is built without initial values
            elsewhere; where it cannot run without values, it runs on the CPU.

    Raises:
        EffbenchError: the network cannot be built or does not run, or does not fit into memory, with the reason in one
            line; with ``strict``, an operator has no price.
    """
    how = {"backward": backward, "strict": strict, "moves": moves}
    if require_device(device) != AUTO:
        network, inputs = network_and_inputs(model, device, batch)
        return placed_count(model.name, network, inputs, device=device, **how)
    try:
        network, inputs = network_and_inputs(model, META, batch)
        return placed_count(model.name, network, inputs, device=META, **how)
    except (MissingExtra, MissingPackage, UncountedError):
        raise
    except EffbenchError:
        network, inputs = _built(model, "cpu", {}, unfilled=True), made(model.called_with(batch), META)
    try:
        return placed_count(model.name, network, inputs, device=META, **how)
    except UncountedError:
        raise
    except EffbenchError as why:
        try:
            require_memory(model.name, network, inputs)
        except EffbenchError as error:
            raise EffbenchError(f"{why}; {error}") from None
        del network
    try:
        network, inputs = network_and_inputs(model, "cpu", batch)
        return placed_count(model.name, network, inputs, device="cpu", **how)
    except (MissingExtra, MissingPackage, UncountedError):
        raise
    except EffbenchError as error:
        if model.inputs:
            raise
        called = ", ".join(map(str, model.called_with(batch)))
        raise EffbenchError(f"{error}; it was called with {called}: --input gives another shape") from None


def model_outputs(model: Model) -> object:
    """What the model's network gives back for one call, without values where that is possible.

    Raises:
        EffbenchError: it does not run.
    """
    try:
        return outputs_of(*network_and_inputs(model, META))
    except (MissingExtra, MissingPackage):
        raise
    except Exception:  # the network's own code: any kind
        network, inputs = network_and_inputs(model, "cpu")
    try:
        return outputs_of(network, inputs)
    except Exception as error:
        raise EffbenchError(first_line(error)) from error


def outputs_of(network: nn.Module, inputs: Inputs) -> object:
    """What the network gives back, in whatever it is wrapped."""
    with torch.no_grad():
        return inputs.call(network)


def logits_of(network: nn.Module, image: Tensor) -> list[Tensor]:
    """The logits of every exit; one entry for a network without early exits."""
    with torch.no_grad():
        return predictions(network(image))


def all_finite(logits: list[Tensor]) -> bool:
    """Whether no logit is NaN or infinite."""
    return all(bool(torch.isfinite(one).all()) for one in logits)
