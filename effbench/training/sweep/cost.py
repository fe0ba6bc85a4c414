"""What a training will cost, before it runs: for the order of the trials, the time that remains, and ``--dry-run``."""

from __future__ import annotations

from functools import cache

from effbench.cost.convention import convention
from effbench.counting.operations import operations
from effbench.training.loop.recipe import Recipe

CONVENTION = "flops"
PASSES = 3
"""Forward, and backward with respect to the activations and to the weights: a product each."""


def training_flops(recipe: Recipe, images: int) -> int | None:
    """FLOPs (2 per MAC) of the products of a whole training: 3 · forward · images · epochs.

    A frozen part has no backward pass and costs less. Evaluation is not in it. None for a codec.

    Args:
        images: of an epoch.
    """
    if recipe.task != "classify":
        return None
    return PASSES * forward_flops(recipe.model, recipe.data.size) * images * recipe.training.epochs


@cache
def forward_flops(model: str, size: int) -> int:
    """FLOPs of one image that goes through the whole model."""
    return int(convention(CONVENTION).total(operations(model, size).counts))
