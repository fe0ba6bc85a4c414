"""Which cells of a heatmap run which layer: the order that lets every layer take a prefix of them. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One branch of all cells.

    Attributes:
        branch: its position, coarse to fine.
        cells: those that have the branch, deepest first; equally deep ones in the order they were given.
        running: layer -> how many of ``cells`` run it: a prefix, since the deepest come first.
        handed: whether any of them gets the class token of an earlier branch.
    """

    branch: int
    cells: tuple[int, ...]
    running: tuple[int, ...]
    handed: bool

    def finished(self, layer: int) -> int:
        """How many cells end with that layer."""
        after = self.running[layer + 1] if layer + 1 < len(self.running) else 0
        return self.running[layer] - after


def lanes(layers: Sequence[Sequence[int]]) -> list[Lane]:
    """The branches that any cell has, coarse to fine.

    Args:
        layers: cell -> layers of each branch; 0 where a cell lacks the branch.
    """
    found = []
    for branch in range(len(layers[0])):
        deep = [cell[branch] for cell in layers]
        cells = sorted((k for k, depth in enumerate(deep) if depth), key=lambda k: -deep[k])
        running = tuple(sum(depth > layer for depth in deep) for layer in range(max(deep)))
        handed = any(any(layers[k][:branch]) for k in cells)
        if cells:
            found.append(Lane(branch=branch, cells=tuple(cells), running=running, handed=handed))
    return found
