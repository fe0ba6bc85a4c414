"""An exported network against the network itself: every stage on every image, exits ignored."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from effbench.early_exit.protocol import State, stages_of
from effbench.early_exit.runner import Runner, Values


def random_images(number: int, like: Tensor) -> Tensor:
    """That many images of the shape of ``like``, (1, channels, height, width), the same ones every time."""
    return torch.rand(number, *like.shape[1:], generator=torch.Generator().manual_seed(0))


def largest_differences(network: nn.Module, runner: Runner, images: Tensor) -> list[float]:
    """The largest absolute difference of a logit, for every exit.

    Both sides run all stages on all images, first as one batch and then one image at a time.

    Args:
        images: (b, channels, height, width), float32, on the CPU, as the network's weights.
    """
    parts = [_differences(network, runner, part) for part in (images, *images.split(1))]
    return [max(column) for column in zip(*parts, strict=True)]


def _differences(network: nn.Module, runner: Runner, images: Tensor) -> Sequence[float]:
    found: list[float] = []
    state: State = None
    exported: list[Values] = []
    with torch.inference_mode():
        for number, stage in enumerate(stages_of(network)):
            ours, state = stage(images, state)
            theirs, exported = runner.stage(number, images.numpy(), exported)
            found.append(float(np.abs(ours.numpy() - theirs).max()))
    return found
