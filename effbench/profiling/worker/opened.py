"""The network and the inputs of a job, made by the effbench of the revision that is measured, which may be older."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

from .job import Job

__all__ = ["Opened", "imported", "opened", "predictions"]

Call = Callable[[Callable[..., Any]], Any]
"""Calls a network, or what stands for it, with the inputs."""


@dataclass(frozen=True)
class Opened:
    """Attributes: network: in evaluation mode. inputs_in: dtype (None: as they are) -> a call with the inputs, the
    floating ones of that dtype. size: sides of the image, or the shapes of other inputs.
    """

    network: nn.Module
    inputs_in: Callable[[torch.dtype | None], Call]
    size: int | str


try:
    from effbench.counting.counters.inputs import predictions
    from effbench.counting.counters.networks import network_and_inputs
    from effbench.models.imported import imported
    from effbench.models.inputs import parse_inputs
    from effbench.models.registry import resolve

    def opened(job: Job) -> Opened:
        """What the job names."""
        model = resolve(job.model, job.size, parse_inputs(job.inputs.split()))
        network, inputs = network_and_inputs(model, job.device, job.batch)

        def inputs_in(dtype: torch.dtype | None) -> Call:
            def change(t: Tensor) -> Tensor:
                return t.to(dtype) if dtype is not None and t.is_floating_point() else t

            return inputs.changed(change).call

        return Opened(network, inputs_in, model.size)

except ImportError:  # the measured revision knows one square image alone, or has other rooms

    def opened(job: Job) -> Opened:
        """What the job names."""
        model = _of("models.registry", "registry").resolve(job.model).at_size(job.size)
        networks = _of("counting.counters.networks", "counters.networks")
        network, image = networks.network_and_image(model, job.device)
        images = torch.rand(job.batch, *image.shape[1:], device=job.device)
        size = model.spec.image_size
        return Opened(network, lambda dtype: lambda run: run(images if dtype is None else images.to(dtype)), size)

    def predictions(outputs: object) -> list[Tensor]:
        """The logits of every exit."""
        return list(outputs) if isinstance(outputs, list | tuple) else [outputs]

    def imported() -> dict[str, dict[str, str]] | None:
        """What this process imported; not known of the oldest revisions."""
        try:
            return import_module("effbench.models.imported").imported()
        except ImportError:
            return None

    def _of(*names: str) -> Any:
        """The first of these modules of effbench that is there."""
        for name in names[:-1]:
            try:
                return import_module(f"effbench.{name}")
            except ModuleNotFoundError:
                continue
        return import_module(f"effbench.{names[-1]}")
