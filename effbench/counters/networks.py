"""A registered model as a network that can be counted, on the meta device or on a real one."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor, nn

from effbench.errors import EffbenchError
from effbench.registry import Model


def network_and_image(model: Model, device: str) -> tuple[nn.Module, Tensor]:
    """The model's network with random weights in evaluation mode, and one image of its size, both on ``device``.

    Raises:
        EffbenchError: the network cannot be built, with the reason in one line.
    """
    bare = dataclasses.replace(model, spec=model.spec.without_weights())
    side = model.spec.image_size
    with torch.device(device):
        try:
            network: nn.Module = bare.build().eval()
        except EffbenchError:
            raise
        except Exception as error:  # a user's model file: any kind
            raise EffbenchError(f"{model.name} cannot be built: {type(error).__name__}: {error}") from None
        return network, torch.zeros(1, 3, side, side)
