"""An exponential moving average of the weights."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn


class Average:
    """A copy of a network whose weights follow those of the trained one.

    Attributes:
        network: the copy, in evaluation mode.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).requires_grad_(False).eval()
        self._decay = decay

    @torch.no_grad()
    def follow(self, network: nn.Module) -> None:
        """Every number becomes decay · average + (1 - decay) · current; whole numbers are taken over."""
        for mean, now in zip(_numbers(self.network), _numbers(network), strict=True):
            if mean.is_floating_point():
                mean.lerp_(now.to(mean.dtype), 1 - self._decay)
            else:
                mean.copy_(now)


def _numbers(network: nn.Module) -> list[Tensor]:
    return [*network.parameters(), *network.buffers()]
