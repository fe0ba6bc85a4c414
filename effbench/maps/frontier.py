"""Which networks of a trained map no cheaper one matches, and which of the others are told apart from those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from effbench.maps.trained_grid import Cell
from effbench.stats.pooled import Noise, least_difference, pooled


@dataclass(frozen=True, kw_only=True)
class Frontier:
    """The efficient networks of a map, by their mean accuracies.

    Attributes:
        on: names of cells that no other matches for the same cost or less.
        near: names of cells that one on it beats by less than seeds alone explain: they may belong to it.
        noise: of one training to the next with another seed, accuracy; None where no cell has two seeds.
    """

    on: tuple[str, ...]
    near: tuple[str, ...]
    noise: Noise | None


def frontier(trained: Sequence[Cell]) -> Frontier:
    """The frontier of cells that have an accuracy and a cost."""
    ordered = sorted(trained, key=lambda cell: (cell.cost, -cell.mean))
    noise = pooled(list(cell.accuracies.values()) for cell in trained)
    on: list[Cell] = []
    near: list[str] = []
    for cell in ordered:
        if not on or cell.mean > on[-1].mean:
            on.append(cell)
        elif noise and on[-1].mean - cell.mean < least_difference(noise, len(on[-1].right), len(cell.right)):
            near.append(cell.name)
    return Frontier(on=tuple(cell.name for cell in on), near=tuple(near), noise=noise)
