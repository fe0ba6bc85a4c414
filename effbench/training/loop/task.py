"""What a training is for: the network it makes, the loss of a batch, and how the result is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from torch import Tensor, nn

from effbench.training.data.source import Batch, Source
from effbench.training.loop.outcome import ExitMetrics

if TYPE_CHECKING:
    from numpy import generic
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A network on some images.

    Attributes:
        exits: metrics, coarse to fine. figures: other results by name.
        arrays: what is stored of every image: ``logits``, ``labels`` and ``ids`` of a classifier.
    """

    exits: tuple[ExitMetrics, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    arrays: Mapping[str, NDArray[generic]] = field(default_factory=dict)

    def results(self) -> dict[str, float]:
        """A row of the log: ``accuracy_1`` and so on of the exits, then the figures, ``loss`` as ``test_loss``."""
        accuracies = {f"accuracy_{k}": exit.accuracy for k, exit in enumerate(self.exits, start=1)}
        return accuracies | {"test_loss" if name == "loss" else name: value for name, value in self.figures.items()}


class Task(Protocol):
    """One recipe's task, ready to be trained."""

    @property
    def network(self) -> nn.Module:
        """On the device, with the weights of the seed."""

    def columns(self) -> tuple[str, ...]:
        """Names of the results that the log shows of the test images (``Judgement.results``)."""

    def loss(self, forward: nn.Module, batch: Batch) -> Tensor:
        """Mean over the batch's images; run under the recipe's precision.

        Args:
            forward: the network, perhaps compiled and wrapped.
        """

    def after_step(self) -> None:
        """What the task does besides the recipe's optimiser, after its step."""

    def state(self) -> Mapping[str, object]:
        """State of ``after_step`` for checkpoints: tensors, numbers and mappings of these."""

    def load(self, state: Mapping[str, object]) -> None:
        """Continue from a ``state``."""

    def judge(self, network: nn.Module, source: Source, part: str) -> Judgement:
        """The network (perhaps an average of it) on every image of a part, in evaluation mode.

        Raises:
            NotFinite: a result is NaN or infinite.
        """


class Plain:
    """A task in which nothing happens beside the recipe's optimiser."""

    def after_step(self) -> None:
        """Nothing."""

    def state(self) -> Mapping[str, object]:
        """Nothing."""
        return {}

    def load(self, state: Mapping[str, object]) -> None:
        """Nothing."""
