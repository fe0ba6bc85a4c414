"""FLOPs of every layer-count combination of the paper's RAViTs: the maps of its Figures 3 and 5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from effbench.cost.convention import Convention
from effbench.errors import UnknownName
from effbench.maps.axes import Axes, free_branches
from effbench.maps.grid import Cell, Grid, Maker
from effbench.maps.networks import dashed, only_last
from effbench.models.registry import resolve
from effbench.models.spec import Spec, require_range
from effbench.models.spec.ravit import RAViTSpec


@dataclass(frozen=True)
class Preset:
    """How the paper draws the map of a data set.

    Attributes:
        family: name of its RAViTs. plain: name of its single-branch ViTs.
        branches: how many the paper uses. fixed: layers of the branches that are not drawn, by number from 1.
        baseline_layers: of the ViT that is 100 % in the paper's table. epochs: of its trainings (Section IV).
    """

    family: str
    plain: str
    branches: int
    fixed: Mapping[int, int]
    baseline_layers: int
    epochs: int


PRESETS = {
    "cifar10": Preset("ravit_cifar10", "vit_cifar10", 2, {}, 4, 400),
    "tiny-imagenet": Preset("ravit_tiny_imagenet", "vit_tiny_imagenet", 3, {3: 3}, 4, 50),
    "imagenet": Preset("ravit_imagenet", "vit_imagenet", 3, {3: 8}, 12, 500),
}
"""Data set -> preset. Source: arXiv:2602.24159, Section V, Figures 3 and 5, Tables I-III."""


def paper_grid(
    dataset: str,
    under: Convention,
    *,
    fixed: Mapping[int, int] | None = None,
    max_layers: int = 8,
    baseline_layers: int | None = None,
) -> Grid:
    """Every combination of 0 to ``max_layers`` layers in the two branches that are not fixed.

    Raises:
        UnknownName: no such data set. SpecError: branches or layer counts that cannot be.
    """
    if dataset not in PRESETS:
        raise UnknownName("data set", dataset, PRESETS)
    preset = PRESETS[dataset]
    require_range("max-layers", max_layers, 1, 64)
    held = dict(fixed or preset.fixed)
    row, col = free_branches(preset.branches, held, f"{dataset} has")
    counts = tuple(range(max_layers + 1))
    axes = Axes(row_branch=row, col_branch=col, fixed=held, rows=counts, cols=counts)
    layers = preset.baseline_layers if baseline_layers is None else baseline_layers
    plain, pattern = resolve(f"{preset.plain}:{layers}"), resolve(f"{preset.family}:{dashed((1,) * preset.branches)}")
    return Grid(
        dataset=dataset,
        convention=under.name,
        unit=under.unit,
        axes=axes,
        cells=list(map(Maker(pattern, under).cell, axes.networks())),
        baseline=Cell(
            layers=only_last(preset.branches, layers),
            model=plain.name,
            status="missing",
            cost=int(under.total(plain.cost())),
        ),
    )


def published(spec: RAViTSpec, dataset: str, printed: Mapping[str, str]) -> dict[str, str]:
    """Layer counts as in a cell's name -> the paper's accuracy in %, as printed.

    Empty unless the data set and the shape of the networks are the paper's; its recipe is not compared.

    Args:
        spec: of one of the networks. printed: the paper's model -> accuracy.
    """
    preset = PRESETS.get(dataset)
    if preset is None or len(spec.layers) != preset.branches:
        return {}
    if resolve(f"{preset.family}:{dashed(spec.layers)}").spec != spec:
        return {}
    return {layers_name(resolve(model).spec, preset.branches): percent for model, percent in printed.items()}


def layers_name(spec: Spec, branches: int) -> str:
    """A plain ViT of n layers is the RAViT with layers in its last branch alone."""
    return dashed(spec.layers if isinstance(spec, RAViTSpec) else only_last(branches, getattr(spec, "depth", 0)))
