"""What a training is for: the networks it makes, the loss of a batch, and how the result is judged."""

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
    """One recipe's task, or that of several cells in one program, ready to be trained."""

    @property
    def network(self) -> nn.Module:
        """On the device, with the weights of the seed."""

    def columns(self, cell: int) -> tuple[str, ...]:
        """Names of the results that a cell's log shows of the test images (``Judgement.results``)."""

    def loss(self, forward: nn.Module, batch: Batch) -> Tensor:
        """Mean over the batch's images; run under the recipe's precision.

        Args:
            forward: the network, perhaps compiled and wrapped.
        """

    def after_step(self) -> None:
        """What the task does besides the recipe's optimiser, after its step."""

    def state(self) -> Mapping[str, object]:
        """State of ``after_step`` and ``losses`` for checkpoints: tensors, numbers and mappings of these."""

    def load(self, state: Mapping[str, object]) -> None:
        """Continue from a ``state``."""

    def losses(self, mean: float, steps: int) -> list[float]:
        """Training loss of every cell in the epoch that has just ended, of ``steps`` steps with that mean loss."""

    def judge(self, network: nn.Module, source: Source, part: str) -> list[Judgement | None]:
        """Every cell of the network (perhaps an average of it) on every image of a part, in evaluation mode.

        None for a cell whose results are not finite numbers, where other cells go on.
        """

    def weights(self, network: nn.Module, cell: int) -> Mapping[str, Tensor]:
        """The state dict that a cell's own network loads."""


class OneNetwork:
    """The task of one network, in which nothing happens beside the recipe's optimiser."""

    def after_step(self) -> None:
        """Nothing."""

    def state(self) -> Mapping[str, object]:
        """Nothing."""
        return {}

    def load(self, state: Mapping[str, object]) -> None:
        """Nothing."""

    def losses(self, mean: float, steps: int) -> list[float]:
        """The mean loss."""
        return [mean]

    def weights(self, network: nn.Module, cell: int) -> Mapping[str, Tensor]:
        """The network's own state dict."""
        state: Mapping[str, Tensor] = network.state_dict()
        return state
