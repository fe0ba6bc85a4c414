"""What a training is for: the network it makes, the loss of a batch, and how the result is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from effbench.training.data.source import Batch, Source
from effbench.training.loop.outcome import ExitMetrics
from effbench.training.loop.recipe import Recipe

Forward = Callable[[Tensor], Any]
"""The network, perhaps compiled and wrapped: (b, 3, S, S) -> what it returns."""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A network on some images.

    Attributes:
        exits: metrics, coarse to fine. figures: other results by name.
        arrays: what is stored of every image: ``logits``, ``labels`` and ``ids`` of a classifier.
    """

    exits: tuple[ExitMetrics, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    arrays: Mapping[str, Any] = field(default_factory=dict)

    def results(self) -> dict[str, float]:
        """A row of the log: ``accuracy_1`` and so on of the exits, then the figures, ``loss`` as ``test_loss``."""
        accuracies = {f"accuracy_{k}": exit.accuracy for k, exit in enumerate(self.exits, start=1)}
        return accuracies | {"test_loss" if name == "loss" else name: value for name, value in self.figures.items()}


class Task(Protocol):
    """A recipe's task, ready to be trained."""

    @property
    def network(self) -> nn.Module:
        """On the device, with the weights of the seed."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the results that the log shows of the test images (``Judgement.results``)."""

    def loss(self, forward: Forward, batch: Batch) -> Tensor:
        """Mean over the batch's images; run under the recipe's precision."""

    def after_step(self) -> None:
        """What the task does besides the recipe's optimiser, after its step."""

    def state(self) -> Mapping[str, Any]:
        """Of what ``after_step`` does, for checkpoints: tensors, numbers and mappings of these."""

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from a ``state``."""

    def judge(self, network: nn.Module, source: Source, part: str) -> Judgement:
        """The network (perhaps an average of it) on every image of a part, in evaluation mode."""


def open_task(recipe: Recipe, classes: int, seed: int, device: torch.device) -> Task:
    """The task with its network.

    Args:
        classes: of the data set.

    Raises:
        EffbenchError: the model does not exist, does not fit the data, or cannot be built.
    """
    from effbench.training.loop.classify import Classify
    from effbench.training.loop.compression import Compress

    if recipe.task == "compress":
        return Compress(recipe, seed, device)
    return Classify(recipe, classes, seed, device)
