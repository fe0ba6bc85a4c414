"""Train the cells of a heatmap in one program; each leaves the folder that a training of its own would leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from effbench.errors import EffbenchError
from effbench.training.data.source import Batch, Source
from effbench.training.loop.classify import build
from effbench.training.loop.device import autocast
from effbench.training.loop.evaluate import NotFinite, Seen, judged, seen
from effbench.training.loop.outcome import Outcome
from effbench.training.loop.progress import Listener
from effbench.training.loop.ragged.alike import require_alike, spec_of
from effbench.training.loop.ragged.stack import Stack, exit_losses
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.run import train_cells
from effbench.training.loop.task import Judgement


def train_together(
    recipes: Sequence[Recipe],
    *,
    seed: int,
    folders: Sequence[Path],
    root: Path | None = None,
    device: str = "cpu",
    progress: Listener | None = None,
) -> list[Outcome]:
    """Train, judge and store every cell; called again with the same cells it goes on from the group's checkpoint.

    A cell whose loss is NaN has an outcome that says so; the others go on. ``seconds`` of a cell is its share, one of
    as many as there are cells, of the group's time; ``conditions`` has both.

    Args:
        recipes: RAViTs that differ in their layers alone. folders: one per recipe, as ``loop.run`` writes them.

    Raises:
        EffbenchError: bad input, before anything is written; a folder of another run, or in use; a full disk.
    """
    require_alike(recipes)
    if len(set(folders)) != len(recipes):
        raise EffbenchError(f"{len(recipes)} recipes need as many different folders, got {len(set(folders))}")

    def task(classes: int, place: torch.device, images: int) -> Together:
        return Together(recipes, classes, seed, place, images)

    return train_cells(recipes, folders, task, seed=seed, root=root, device=device, progress=progress)


class Together:
    """Cells that are trained in one program.

    Args:
        recipes: alike but for the layers of their RAViTs (``alike.require_alike``). images: in an optimiser step.

    Attributes:
        lost: (cells,) sum of each cell's losses in this epoch; NaN from the step on at which a cell has failed.
    """

    def __init__(self, recipes: Sequence[Recipe], classes: int, seed: int, device: torch.device, images: int) -> None:
        self._recipe, self._device, self._images = recipes[0], device, images
        networks = [build(recipe, classes, seed) for recipe in recipes]
        self.network = Stack(networks, [spec_of(recipe).layers for recipe in recipes]).to(device)
        self._weights = _exit_weights(self.network, recipes).to(device)
        self.lost = torch.zeros(len(recipes), dtype=torch.float64, device=device)

    def columns(self, cell: int) -> tuple[str, ...]:
        """Accuracy of every exit of a cell."""
        return tuple(f"accuracy_{k + 1}" for k in range(len(_exits(self.network, cell))))

    def loss(self, forward: nn.Module, batch: Batch) -> Tensor:
        """Sum over the cells of their losses, mean over the images; a cell whose loss is not finite is left out.

        Its gradients are then NaN, and its own alone: no number of one cell reaches another.
        """
        with autocast(self._recipe.training.precision, self._device):
            exits = forward(batch.images)
        smoothing = self._recipe.loss.label_smoothing
        losses = exit_losses(self.network, exits, batch.labels, self._weights, smoothing)
        self.lost += losses.detach() * (len(batch.labels) / self._images)
        return torch.where(losses.isfinite(), losses, 0).sum()

    def after_step(self) -> None:
        """Nothing."""

    def state(self) -> Mapping[str, object]:
        """The sums of losses."""
        return {"lost": self.lost}

    def load(self, state: Mapping[str, object]) -> None:
        """Continue from a ``state``."""
        self.lost.copy_(state["lost"])

    def losses(self, mean: float, steps: int) -> list[float]:
        """The mean loss of every cell; the sums start again at 0."""
        means: list[float] = (self.lost / steps).tolist()
        self.lost.zero_()
        return means

    def judge(self, network: nn.Module, source: Source, part: str) -> list[Judgement | None]:
        """Metrics and logits of every cell; None for one whose logits are not finite."""
        found = seen(network, source, part, self._recipe, self._device)
        return [_judgement(self.network.of_cell(cell, found.exits), found) for cell in range(self.network.count)]

    def weights(self, network: nn.Module, cell: int) -> Mapping[str, Tensor]:
        """The state dict that a cell's own network loads."""
        if not isinstance(network, Stack):
            raise TypeError("the network of several cells is a Stack")
        return network.cell(cell)


def _judgement(exits: Sequence[Tensor], of: Seen) -> Judgement | None:
    try:
        return judged(exits, of)
    except NotFinite:
        return None


def _exits(stack: Stack, cell: int) -> list[int]:
    """The lanes in which the cell has an exit, coarse to fine."""
    return [number for number, lane in enumerate(stack.lanes) if cell in lane.cells]


def _exit_weights(stack: Stack, recipes: Sequence[Recipe]) -> Tensor:
    """αᵢ as (cells, lanes); 0 where a cell has no exit."""
    weights = torch.zeros(stack.count, len(stack.lanes))
    for cell, recipe in enumerate(recipes):
        exits = _exits(stack, cell)
        weights[cell, exits] = torch.tensor(recipe.exit_weights(len(exits)))
    return weights
