"""Image classification, with one exit or several."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from effbench.counting.counters.networks import logits_of
from effbench.errors import EffbenchError, SpecError
from effbench.training.data.source import Batch, Source
from effbench.training.loop.class_token import read_class_token_only
from effbench.training.loop.device import autocast
from effbench.training.loop.evaluate import judged, seen
from effbench.training.loop.feasible import model_of, require_classes
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.task import Judgement, Plain


class Classify(Plain):
    """A registered model with a classification head per exit.

    Raises:
        EffbenchError: the model does not exist, does not fit the data, or cannot be built.
    """

    def __init__(self, recipe: Recipe, classes: int, seed: int, device: torch.device) -> None:
        self._recipe, self._device = recipe, device
        self.network = build(recipe, classes, seed).to(device)
        exits = _exits(self.network, recipe, classes, device)
        read_class_token_only(self.network)
        self._weights = recipe.exit_weights(exits)

    def columns(self) -> tuple[str, ...]:
        """Accuracy of every exit."""
        return tuple(f"accuracy_{k + 1}" for k in range(len(self._weights)))

    def loss(self, forward: nn.Module, batch: Batch) -> Tensor:
        """Weighted cross-entropy over all exits, mean over the images."""
        with autocast(self._recipe.training.precision, self._device):
            outputs = forward(batch.images)
        exits = [outputs] if isinstance(outputs, Tensor) else outputs
        return exit_loss(exits, batch.labels, self._weights, self._recipe.loss.label_smoothing)

    def judge(self, network: nn.Module, source: Source, part: str) -> Judgement:
        """Metrics and logits of every exit, computed in the precision of the training.

        Raises:
            NotFinite: a logit is NaN or infinite.
        """
        found = seen(network, source, part, self._recipe, self._device)
        return judged(found)


def exit_loss(exits: Sequence[Tensor], labels: Tensor, weights: Sequence[float], label_smoothing: float) -> Tensor:
    """Σ αᵢ · cross-entropy of exit i (arXiv:2602.24159, eq. 1), in fp32.

    Args:
        exits: (b, classes) each. labels: (b,). weights: αᵢ, one per exit.
    """
    losses = [F.cross_entropy(logits.float(), labels, label_smoothing=label_smoothing) for logits in exits]
    return torch.stack([weight * loss for weight, loss in zip(weights, losses, strict=True)]).sum()


def build(recipe: Recipe, classes: int, seed: int) -> nn.Module:
    """The recipe's network on the CPU, with weights drawn with the seed: the same for every device.

    Raises:
        EffbenchError: it has another number of classes than the data, cannot have the size, or cannot be built.
    """
    model = model_of(recipe)
    require_classes(model, recipe, classes)
    torch.manual_seed(seed)
    try:
        network: nn.Module = model.build(**recipe.options)
    except EffbenchError:
        raise
    except Exception as error:  # a user's model file: any kind
        raise EffbenchError(f"{model.name} cannot be built: {type(error).__name__}: {error}") from None
    return network


def _exits(network: nn.Module, recipe: Recipe, classes: int, device: torch.device) -> int:
    """How many exits the network has, by asking it for one image."""
    size = recipe.data.size
    exits = logits_of(network.eval(), torch.zeros(1, 3, size, size, device=device))
    shapes = [tuple(logits.shape) for logits in exits]
    if any(shape != (1, classes) for shape in shapes):
        raise SpecError(
            f"{recipe.model} returns {shapes} for one image: a classifier of {classes} returns (1, {classes})"
        )
    return len(exits)
