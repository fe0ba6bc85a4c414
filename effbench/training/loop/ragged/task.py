"""The cells of a heatmap as one task of the loop: the sum of their losses, and what each of them gets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from effbench.errors import SpecError
from effbench.training.data.source import Batch, Source
from effbench.training.loop.classify import build
from effbench.training.loop.device import autocast
from effbench.training.loop.evaluate import NotFinite, exit_metrics
from effbench.training.loop.ragged.alike import spec_of
from effbench.training.loop.ragged.stack import Stack, exit_losses
from effbench.training.loop.recipe import Recipe
from effbench.training.loop.task import Forward, Judgement


class Together:
    """Cells that are trained in one program.

    Args:
        recipes: alike but for the layers of their RAViTs (``alike.require_alike``). images: of an optimiser step.

    Attributes:
        lost: (cells,) sum of each cell's losses in this epoch; NaN from the step on at which a cell has failed.
    """

    def __init__(self, recipes: Sequence[Recipe], classes: int, seed: int, device: torch.device, images: int) -> None:
        self._recipe, self._device, self._images = recipes[0], device, images
        networks = [build(recipe, classes, seed) for recipe in recipes]
        self.network = Stack(networks, [spec_of(recipe).layers for recipe in recipes]).to(device)
        self._weights = _exit_weights(self.network, recipes).to(device)
        self.lost = torch.zeros(len(recipes), dtype=torch.float64, device=device)

    @property
    def columns(self) -> tuple[str, ...]:
        """None of the group; those of a cell are ``columns_of``."""
        return ()

    def columns_of(self, cell: int) -> tuple[str, ...]:
        """Accuracy of every exit of a cell."""
        return tuple(f"accuracy_{k + 1}" for k in range(len(_exits(self.network, cell))))

    def loss(self, forward: Forward, batch: Batch) -> Tensor:
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

    def state(self) -> Mapping[str, Any]:
        """The sums of losses."""
        return {"lost": self.lost}

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from a ``state``."""
        self.lost.copy_(state["lost"])

    def judge(self, network: nn.Module, source: Source, part: str) -> Judgement:
        """Nothing of the group; cells are judged by ``judge_each``."""
        return Judgement()

    def judge_each(self, network: nn.Module, source: Source, part: str) -> list[Judgement | None]:
        """Every cell on every image of a part, as ``evaluate.judged``; None for one whose logits are not finite."""
        training = self._recipe.training
        logits: list[list[Tensor]] = []  # of each batch and lane, (cells, b, classes)
        labels, ids = [], []
        with torch.inference_mode(), autocast(training.precision, self._device):
            for images, classes, numbers in source.in_order(training.micro_batch or self._recipe.data.batch):
                logits.append([lane.float().cpu() for lane in network.eval()(images)])
                labels.append(classes.cpu())
                ids.append(numbers.cpu())
        of_lanes = [torch.cat(lane, dim=1) for lane in zip(*logits, strict=True)]
        shared = {
            "labels": torch.cat(labels).numpy(),
            "ids": np.array([f"{part}-{number}" for number in torch.cat(ids).tolist()]),
        }
        return [_judgement(exits, shared) for exits in _of_cells(self.network, of_lanes)]


def _judgement(exits: Sequence[Tensor], shared: Mapping[str, Any]) -> Judgement | None:
    logits = torch.stack(list(exits), dim=1).numpy()  # (n, exits, classes)
    try:
        metrics = exit_metrics(logits, shared["labels"])
    except NotFinite:
        return None
    return Judgement(exits=metrics, arrays={"logits": logits, **shared})


def _of_cells(stack: Stack, of_lanes: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    return (stack.of_cell(cell, of_lanes) for cell in range(stack.count))


def _exits(stack: Stack, cell: int) -> list[int]:
    """The lanes in which the cell has an exit, coarse to fine."""
    return [number for number, lane in enumerate(stack.lanes) if cell in lane.cells]


def _exit_weights(stack: Stack, recipes: Sequence[Recipe]) -> Tensor:
    """αᵢ as (cells, lanes); 0 where a cell has no exit."""
    weights = torch.zeros(stack.count, len(stack.lanes))
    for cell, recipe in enumerate(recipes):
        exits = _exits(stack, cell)
        given = recipe.loss.exit_weights or (1.0,) * len(exits)
        if len(given) != len(exits):
            raise SpecError(f"loss.exit_weights has {len(given)} values, {recipe.model} has {len(exits)} exits")
        weights[cell, exits] = torch.tensor(given)
    return weights
