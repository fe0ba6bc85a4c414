"""A registered model as a network that can be counted, on the meta device or on a real one."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor, nn

from effbench.counting.counters.unfilled import Unfilled
from effbench.errors import EffbenchError
from effbench.models.registry import Model


def network_and_image(model: Model, device: str, **options: object) -> tuple[nn.Module, Tensor]:
    """The model's network in evaluation mode, and one image of its size, both on ``device``.

    Weights are random unless ``options`` of the family's ``build`` name a file.

    Raises:
        EffbenchError: the network cannot be built, with the reason in one line.
    """
    bare = dataclasses.replace(model, spec=model.spec.without_weights())
    side = model.spec.image_size
    with torch.device(device), Unfilled():
        try:
            network: nn.Module = bare.build(**options)
        except EffbenchError:
            raise
        except Exception as error:  # a user's model file: any kind
            raise EffbenchError(f"{model.name} cannot be built: {type(error).__name__}: {error}") from None
        return network.eval(), torch.zeros(1, 3, side, side)


def logits_of(network: nn.Module, image: Tensor) -> list[Tensor]:
    """The logits of every exit; one entry for a network without early exits."""
    with torch.no_grad():
        outputs = network(image)
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]


def all_finite(logits: list[Tensor]) -> bool:
    """Whether no logit is NaN or infinite."""
    return all(bool(torch.isfinite(one).all()) for one in logits)
