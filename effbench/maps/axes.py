"""The two axes of a map: branches whose layer counts vary, while those of the others are fixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from effbench.errors import SpecError
from effbench.models.spec import MAX_LAYERS, require_range

T = TypeVar("T")

Layers = tuple[int, ...]
"""Layer counts of every branch, coarse to fine."""


@dataclass(frozen=True, kw_only=True)
class Axes:
    """Which networks are on a map.

    Attributes:
        row_branch, col_branch: number of the branch along each axis, from 1.
        fixed: branch -> layers of the other branches.
        rows, cols: layer counts along the axes.
    """

    row_branch: int
    col_branch: int
    fixed: Mapping[int, int]
    rows: tuple[int, ...]
    cols: tuple[int, ...]

    @property
    def labels(self) -> tuple[str, str]:
        """Names of the axes of a figure, down and across."""
        return f"layers in branch {self.row_branch}", f"layers in branch {self.col_branch}"

    @property
    def fixed_words(self) -> str:
        """``, 3 layers in branch 3``; empty for two branches."""
        return "".join(f", {layers} layers in branch {branch}" for branch, layers in self.fixed.items())

    def networks(self) -> list[Layers]:
        """Layer counts of every network, row by row."""
        return [self._layers(row, col) for row in self.rows for col in self.cols]

    def lines(self, values: Sequence[T]) -> list[Sequence[T]]:
        """Values of the networks, one line per row of the map."""
        width = len(self.cols)
        return [values[row * width : (row + 1) * width] for row in range(len(self.rows))]

    def shows(self, layers: Layers) -> bool:
        """Whether the network of these layers is on the map."""
        row, col = layers[self.row_branch - 1], layers[self.col_branch - 1]
        return row in self.rows and col in self.cols and layers == self._layers(row, col)

    def plain(self) -> dict[str, object]:
        """The axes as JSON holds them."""
        return {
            "row_branch": self.row_branch,
            "col_branch": self.col_branch,
            "fixed": {str(branch): layers for branch, layers in self.fixed.items()},
            "rows": self.rows,
            "cols": self.cols,
        }

    def _layers(self, row: int, col: int) -> Layers:
        counts = {**self.fixed, self.row_branch: row, self.col_branch: col}
        return tuple(counts[branch] for branch in sorted(counts))


def free_branches(branches: int, fixed: Mapping[int, int], whose: str, also: str = "") -> tuple[int, int]:
    """Numbers of the two branches that are not fixed.

    Args:
        branches: how many the networks have. whose: the networks, in words. also: what the error says at its end.

    Raises:
        SpecError: a branch or a layer count that the networks cannot have, or not two branches are left.
    """
    for branch, layers in fixed.items():
        require_range("branch to fix", branch, 1, branches)
        require_range(f"layers of branch {branch}", layers, 0, MAX_LAYERS)
    free = [branch for branch in range(1, branches + 1) if branch not in fixed]
    if len(free) != 2:
        raise SpecError(
            f"a map has two axes: {whose} {branches} branches, so {branches - 2} must be fixed with --fix, "
            f"not {len(fixed)}{also}"
        )
    return free[0], free[1]
