"""FLOPs of every layer-count combination of a RAViT: the maps of the paper's Figures 3 and 5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from effbench.cost.convention import Convention, convention
from effbench.errors import SpecError, UnknownName
from effbench.models.registry import resolve
from effbench.models.spec import MAX_LAYERS, require_range


@dataclass(frozen=True)
class Preset:
    """How the paper draws the map of a data set.

    Attributes:
        family: name of its RAViTs. plain: name of its single-branch ViTs.
        branches: how many the paper uses. fixed: layers of the branches that are not drawn, by number from 1.
        baseline_layers: of the ViT that is 100 % in the paper's table.
    """

    family: str
    plain: str
    branches: int
    fixed: Mapping[int, int]
    baseline_layers: int


PRESETS = {
    "cifar10": Preset("ravit_cifar10", "vit_cifar10", 2, {}, 4),
    "tiny-imagenet": Preset("ravit_tiny_imagenet", "vit_tiny_imagenet", 3, {3: 3}, 4),
    "imagenet": Preset("ravit_imagenet", "vit_imagenet", 3, {3: 8}, 12),
}
"""Data set -> preset. Source: arXiv:2602.24159, Section V, Figures 3 and 5, Tables I-III."""


@dataclass(frozen=True, kw_only=True)
class LayerGrid:
    """Costs over two branches' layer counts, the other branches fixed.

    Attributes:
        dataset, convention, unit: what was counted.
        row_branch, col_branch: number of the branch along each axis, from 1.
        fixed: layers of the other branches.
        rows, cols: layer counts along the axes, from 0.
        names: model of each cell; None where no branch has a layer.
        values: cost of each cell, one image; 0 where there is no model.
        baseline: name of the plain ViT, and baseline_value: its cost.
    """

    dataset: str
    convention: str
    unit: str
    row_branch: int
    col_branch: int
    fixed: Mapping[int, int]
    rows: tuple[int, ...]
    cols: tuple[int, ...]
    names: tuple[tuple[str | None, ...], ...]
    values: tuple[tuple[int, ...], ...]
    baseline: str
    baseline_value: int

    def percent(self, row: int, col: int) -> float:
        """A cell's cost in percent of the baseline."""
        return 100 * self.values[row][col] / self.baseline_value

    def cells(self) -> list[dict[str, Any]]:
        """One flat row per cell."""
        return [
            {
                f"branch_{self.row_branch}": self.rows[i],
                f"branch_{self.col_branch}": self.cols[j],
                **{f"branch_{branch}": layers for branch, layers in self.fixed.items()},
                "model": name,
                "convention": self.convention,
                "value": self.values[i][j],
                "unit": self.unit,
                "percent_of_baseline": self.percent(i, j),
            }
            for i, line in enumerate(self.names)
            for j, name in enumerate(line)
        ]


def layer_grid(
    dataset: str,
    under: Convention,
    *,
    fixed: Mapping[int, int] | None = None,
    max_layers: int = 8,
    baseline_layers: int | None = None,
) -> LayerGrid:
    """Cost of every combination of 0 to ``max_layers`` layers in the two branches that are not fixed.

    Raises:
        UnknownName: no such data set. SpecError: branches or layer counts that cannot be.
    """
    if dataset not in PRESETS:
        raise UnknownName("data set", dataset, PRESETS)
    preset = PRESETS[dataset]
    require_range("max-layers", max_layers, 1, 64)
    held = dict(fixed or preset.fixed)
    row_branch, col_branch = _free_branches(dataset, preset, held)
    axis = tuple(range(max_layers + 1))
    names = tuple(tuple(_name(preset, {**held, row_branch: i, col_branch: j}) for j in axis) for i in axis)
    baseline = f"{preset.plain}:{preset.baseline_layers if baseline_layers is None else baseline_layers}"
    return LayerGrid(
        dataset=dataset,
        convention=under.name,
        unit=under.unit,
        row_branch=row_branch,
        col_branch=col_branch,
        fixed=held,
        rows=axis,
        cols=axis,
        names=names,
        values=tuple(
            tuple(_cell_cost(preset, {**held, row_branch: i, col_branch: j}, under) for j in axis) for i in axis
        ),
        baseline=baseline,
        baseline_value=_cost(baseline, under),
    )


def _free_branches(dataset: str, preset: Preset, held: Mapping[int, int]) -> tuple[int, int]:
    for branch, layers in held.items():
        require_range("branch to fix", branch, 1, preset.branches)
        require_range(f"layers of branch {branch}", layers, 0, MAX_LAYERS)
    free = [branch for branch in range(1, preset.branches + 1) if branch not in held]
    if len(free) != 2:
        raise SpecError(
            f"a map has two axes: {dataset} has {preset.branches} branches, so {preset.branches - 2} must be fixed, "
            f"not {len(held)}"
        )
    return free[0], free[1]


def _name(preset: Preset, layers: Mapping[int, int]) -> str | None:
    counts = [layers[branch] for branch in range(1, preset.branches + 1)]
    return f"{preset.family}:{'-'.join(map(str, counts))}" if any(counts) else None


def _cost(name: str, under: Convention) -> int:
    return int(under.total(resolve(name).cost()))


def _cell_cost(preset: Preset, layers: Mapping[int, int], under: Convention) -> int:
    """Sum of the branches' costs: a branch is priced once per layer count, and not once per cell."""
    counts = [layers[branch] for branch in range(1, preset.branches + 1)]
    present = [index for index, count in enumerate(counts) if count]
    return sum(
        _branch_cost(preset.family, preset.branches, index, counts[index], index > present[0], under.name)
        for index in present
    )


@cache
def _branch_cost(family: str, branches: int, index: int, layers: int, handed: bool, name: str) -> int:
    """One branch, which is handed a class token if there is a branch before it."""
    counts = [0] * branches
    counts[index] = layers
    if handed:
        counts[index - 1] = 1
    model = resolve(f"{family}:{'-'.join(map(str, counts))}")
    return int(convention(name).total(model.branches()[-1]))
