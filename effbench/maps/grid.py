"""The networks of a map with what they cost: those of the paper, or those that runs of a store were trained for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from effbench.cost.convention import Convention
from effbench.errors import SpecError
from effbench.maps.axes import Axes, Layers, free_branches
from effbench.maps.networks import Exit, cost, dashed, exit_place, only_last, ravit_spec, renamed
from effbench.maps.selection import Selected
from effbench.models.registry import Model
from effbench.models.spec import MAX_LAYERS, require_range
from effbench.training.sweep.runs import Run

Status = Literal["trained", "failed", "missing", "no model", "no exit"]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One network of a map.

    Attributes:
        layers: of every branch, coarse to fine. model: its name; None without a layer.
        status: ``failed`` if no seed finished and one failed; ``missing`` if it was not trained; ``no exit`` if it has
            no exit where it is asked.
        cost: of one image up to the exit, in the map's unit; 0 where there is no such network or exit.
        right: seed -> test images it got right, seeds in order. images: how many were judged.
        failed: seed -> reason.
    """

    layers: Layers
    model: str | None
    status: Status
    cost: int = 0
    right: Mapping[int, int] = field(default_factory=dict)
    images: int = 0
    failed: Mapping[int, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """As the paper writes it: ``1-3``."""
        return dashed(self.layers)

    @property
    def branches(self) -> dict[str, int]:
        """Layer counts as JSON and CSV name them: ``branch_1``, ``branch_2``, …"""
        return {f"branch_{branch}": count for branch, count in enumerate(self.layers, start=1)}

    @property
    def accuracies(self) -> dict[int, float]:
        """Seed -> share of the test images it got right."""
        return {seed: right / self.images for seed, right in self.right.items()}

    @property
    def mean(self) -> float:
        """Accuracy over all seeds; only of a trained cell."""
        return sum(self.right.values()) / self.images / len(self.right)


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Networks over two branches' layer counts.

    Attributes:
        dataset: what they classify. exit: up to which a network is priced and judged.
        convention, unit: of the costs. axes: layer counts.
        cells: row by row. baseline: the plain ViT that is 100 % of the cost.
    """

    dataset: str
    exit: Exit = "last"
    convention: str
    unit: str
    axes: Axes
    cells: Sequence[Cell]
    baseline: Cell

    def percent(self, cost: int) -> float:
        """A cost in percent of the baseline's."""
        return 100 * cost / self.baseline.cost


@dataclass(frozen=True)
class Maker:
    """What cells are made from.

    Attributes:
        pattern: a RAViT of the shape that all cells have. under: prices them. exit: up to which.
        runs: layers -> runs of that network; without an entry it was not trained.
    """

    pattern: Model
    under: Convention
    exit: Exit = "last"
    runs: Mapping[Layers, Sequence[Run]] = field(default_factory=dict)

    def cell(self, layers: Layers) -> Cell:
        """The cell of the network with these layers."""
        if not any(layers):
            return Cell(layers=layers, model=None, status="no model")
        model, place = renamed(self.pattern.name, layers), exit_place(layers, self.exit)
        if place is None:
            return Cell(layers=layers, model=model, status="no exit")
        runs = self.runs.get(layers, ())
        done = {run.seed: run.exits[place] for run in runs if run.done}
        failed = {run.seed: run.reason for run in runs if not run.done}
        return Cell(
            layers=layers,
            model=model,
            status="trained" if done else "failed" if failed else "missing",
            cost=cost(ravit_spec(self.pattern), layers, self.exit, self.under.name),
            right={seed: done[seed].top1 for seed in sorted(done)},
            images=next(iter(done.values())).images if done else 0,
            failed=failed,
        )


def trained_grid(
    selected: Selected,
    under: Convention,
    *,
    exit: Exit = "last",
    fixed: Mapping[int, int] | None = None,
    usual: Mapping[int, int] | None = None,
    max_layers: int | None = None,
    baseline_layers: int = 4,
    planned: Collection[Layers] = (),
) -> Grid:
    """The networks of these runs.

    Args:
        fixed: branch -> layers, where there are more than two branches; those that do not vary if None. usual: what the
            paper fixes, taken where that is not enough.
        max_layers: both axes from 0 to it, whatever was trained; None shows the layer counts that were trained or are
            ``planned``: layers of the networks that the runs' sweep is to train.

    Raises:
        SpecError: branches, layers or an exit that the networks cannot have.
    """
    trained = [network.layers for network in selected.networks]
    branches = len(trained[0])
    if exit != "last":
        require_range("exit", exit, 1, branches)
    if max_layers is not None:
        require_range("max-layers", max_layers, 1, 64)
    require_range("baseline-layers", baseline_layers, 1, MAX_LAYERS)
    axes = _axes(trained, dict(fixed or {}), dict(usual or {}), planned, max_layers)
    pattern = selected.networks[0].model
    return Grid(
        dataset=selected.dataset,
        exit=exit,
        convention=under.name,
        unit=under.unit,
        axes=axes,
        cells=list(map(Maker(pattern, under, exit, selected.runs).cell, axes.networks())),
        baseline=Maker(pattern, under).cell(only_last(branches, baseline_layers)),
    )


def networks(selected: Selected, under: Convention) -> list[Cell]:
    """Every network of the runs, on a map or not, judged at its last exit."""
    maker = Maker(selected.networks[0].model, under, "last", selected.runs)
    return [maker.cell(layers) for layers in sorted(selected.runs)]


def _axes(
    trained: Sequence[Layers],
    fixed: dict[int, int],
    usual: dict[int, int],
    planned: Collection[Layers],
    max_layers: int | None,
) -> Axes:
    held, (row, col) = _held(trained, fixed, usual)

    def on_it(networks: Iterable[Layers]) -> list[Layers]:
        return [layers for layers in networks if all(layers[b - 1] == count for b, count in held.items())]

    kept = on_it(trained)
    if not kept:
        missing = ", ".join(f"{layers} in branch {branch}" for branch, layers in held.items())
        raise SpecError(f"no run has {missing}")
    shown = [*kept, *on_it(planned)]

    def axis(branch: int) -> tuple[int, ...]:
        if max_layers is not None:
            return tuple(range(max_layers + 1))
        return tuple(sorted({layers[branch - 1] for layers in shown}))

    return Axes(row_branch=row, col_branch=col, fixed=held, rows=axis(row), cols=axis(col))


def _held(
    trained: Sequence[Layers], fixed: dict[int, int], usual: dict[int, int]
) -> tuple[dict[int, int], tuple[int, int]]:
    """Layers of the branches that are no axis, and the axes.

    Fixed are those that are given, or else those that do not vary, the finest first, or else the usual ones.
    """
    counts = [sorted(set(values)) for values in zip(*trained, strict=True)]
    wanted = len(counts) - 2
    if wanted < 0:
        raise SpecError("a map has two axes, and these networks have one branch")
    steady = [b for b in range(len(counts), 0, -1) if len(counts[b - 1]) == 1 and b not in fixed]
    held = fixed | {branch: counts[branch - 1][0] for branch in steady[: max(0, wanted - len(fixed))]}
    if len(held) < wanted and not fixed and len(usual) == wanted:
        held = usual
    layers = "; ".join(f"branch {b}: {', '.join(map(str, values))}" for b, values in enumerate(counts, start=1))
    return held, free_branches(len(counts), held, "these networks have", f" (layers trained: {layers})")
