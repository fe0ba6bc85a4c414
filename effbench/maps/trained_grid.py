"""Accuracy of trained RAViTs by the layer counts of two branches, beside what each network costs."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from effbench.cost.convention import Convention
from effbench.errors import SpecError
from effbench.maps.relayered import Layers, with_layers
from effbench.maps.trained_runs import Run, Selected
from effbench.models.spec import MAX_LAYERS, require_range

Exit = int | Literal["last"]
Status = Literal["trained", "failed", "missing", "no model", "no exit"]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One network of the map.

    Attributes:
        layers: of every branch, coarse to fine. model: its name; None without a layer.
        status: ``failed`` if no seed finished and one failed; ``no exit`` if it has no exit where it is asked.
        right: seed -> test images it got right. images: how many were judged. failed: seed -> reason.
        cost: of one image up to the exit, in the map's unit; 0 where there is no such network or exit.
    """

    layers: Layers
    model: str | None
    status: Status
    right: Mapping[int, int]
    images: int
    failed: Mapping[int, str]
    cost: int

    @property
    def name(self) -> str:
        """As the paper writes it: ``1-3``."""
        return "-".join(map(str, self.layers))

    @property
    def accuracies(self) -> dict[int, float]:
        """Seed -> share of the test images it got right."""
        return {seed: right / self.images for seed, right in self.right.items()}

    @property
    def mean(self) -> float:
        """Accuracy over all seeds; only of a trained cell."""
        return sum(self.right.values()) / self.images / len(self.right)


@dataclass(frozen=True, kw_only=True)
class TrainedGrid:
    """A map of trained networks.

    Attributes:
        selected: the runs it is made of, and what else their store has.
        exit: number of the branch whose exit is judged, or ``last``. convention, unit: of the costs.
        row_branch, col_branch: number of the branch along each axis, from 1. fixed: layers of the others.
        rows, cols: layer counts along the axes. cells: one line per row.
        baseline: the plain ViT that is 100 % of the cost. outside: runs with other layers in the fixed branches, or
            more than the axes show.
    """

    selected: Selected
    exit: Exit
    convention: str
    unit: str
    row_branch: int
    col_branch: int
    fixed: Mapping[int, int]
    rows: tuple[int, ...]
    cols: tuple[int, ...]
    cells: tuple[tuple[Cell, ...], ...]
    baseline: Cell
    outside: int

    @property
    def dataset(self) -> str:
        """What the networks are trained on."""
        return str(self.selected.runs[0].outcome.recipe["data"]["name"])

    @property
    def all_cells(self) -> list[Cell]:
        """Every cell, row by row."""
        return [cell for line in self.cells for cell in line]

    @property
    def trained(self) -> list[Cell]:
        """Those with an accuracy."""
        return [cell for cell in self.all_cells if cell.status == "trained"]

    def percent(self, cost: int) -> float:
        """A cost in percent of the baseline's."""
        return 100 * cost / self.baseline.cost


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
) -> TrainedGrid:
    """The map of these runs.

    Args:
        fixed: branch -> layers, where there are more than two branches; those that do not vary if None. usual: what the
            paper fixes, taken where that is not enough.
        max_layers: both axes from 0 to it, whatever was trained; None shows the layer counts that were trained or are
            ``planned``: layers of the networks that the runs' sweep is to train.

    Raises:
        SpecError: branches, layers or an exit that the networks cannot have.
    """
    branches = len(selected.runs[0].spec.layers)
    if exit != "last":
        require_range("exit", exit, 1, branches)
    if max_layers is not None:
        require_range("max-layers", max_layers, 1, 64)
    require_range("baseline-layers", baseline_layers, 1, MAX_LAYERS)
    held = _held(selected.runs, dict(fixed or {}), dict(usual or {}))
    row, col = (branch for branch in range(1, branches + 1) if branch not in held)
    kept = [run for run in selected.runs if all(run.spec.layers[b - 1] == n for b, n in held.items())]
    if not kept:
        told = ", ".join(f"{layers} in branch {branch}" for branch, layers in held.items())
        raise SpecError(f"no run has {told}")
    rows, cols = (_axis([run.spec.layers for run in kept], held, planned, branch, max_layers) for branch in (row, col))
    on_axes = [run for run in kept if run.spec.layers[row - 1] in rows and run.spec.layers[col - 1] in cols]
    maker = _Maker(on_axes, selected.runs[0], exit, under)
    return TrainedGrid(
        selected=selected,
        exit=exit,
        convention=under.name,
        unit=under.unit,
        row_branch=row,
        col_branch=col,
        fixed=held,
        rows=rows,
        cols=cols,
        cells=tuple(tuple(maker.cell(_layers({**held, row: i, col: j})) for j in cols) for i in rows),
        baseline=dataclasses.replace(maker, exit="last").cell((*(0,) * (branches - 1), baseline_layers)),
        outside=len(selected.runs) - len(on_axes),
    )


def networks(selected: Selected, under: Convention) -> list[Cell]:
    """Every network of the runs, on a map or not, judged at its last exit."""
    maker = _Maker(selected.runs, selected.runs[0], "last", under)
    return [maker.cell(layers) for layers in sorted({run.spec.layers for run in selected.runs})]


@dataclass(frozen=True)
class _Maker:
    """What cells are made from: the runs, one of them to take the shape of, the exit and the prices."""

    runs: Sequence[Run]
    pattern: Run
    exit: Exit
    under: Convention

    def cell(self, layers: Layers) -> Cell:
        if not any(layers):
            return _empty(layers, None, "no model")
        model = with_layers(self.pattern.model, layers)
        place = _exit_of(layers, self.exit)
        if place is None:
            return _empty(layers, model.name, "no exit")
        cost = int(self.under.total(model.exits()[place]))
        own = [run.outcome for run in self.runs if run.spec.layers == layers]
        done = {one.seed: one.exits[place] for one in own if one.status == "done"}
        failed = {one.seed: one.reason for one in own if one.status == "failed"}
        if not done:
            return dataclasses.replace(
                _empty(layers, model.name, "failed" if failed else "missing", cost), failed=failed
            )
        return Cell(
            layers=layers,
            model=model.name,
            status="trained",
            right={seed: done[seed].top1 for seed in sorted(done)},
            images=next(iter(done.values())).images,
            failed=failed,
            cost=cost,
        )


def _empty(layers: Layers, model: str | None, status: Status, cost: int = 0) -> Cell:
    return Cell(layers=layers, model=model, status=status, right={}, images=0, failed={}, cost=cost)


def _exit_of(layers: Layers, exit: Exit) -> int | None:
    """Place among the network's exits: it has one after each branch that has layers."""
    if exit == "last":
        return -1
    return sum(map(bool, layers[: exit - 1])) if layers[exit - 1] else None


def _held(runs: Sequence[Run], fixed: dict[int, int], usual: dict[int, int]) -> dict[int, int]:
    """Layers of the branches that are no axis: given, or of those that do not vary, the finest first, or as usual."""
    counts = [sorted({run.spec.layers[place] for run in runs}) for place in range(len(runs[0].spec.layers))]
    wanted = len(counts) - 2
    if wanted < 0:
        raise SpecError("a map has two axes, and these networks have one branch")
    for branch, layers in fixed.items():
        require_range("branch to fix", branch, 1, len(counts))
        require_range(f"layers of branch {branch}", layers, 0, MAX_LAYERS)
    steady = [b for b in range(len(counts), 0, -1) if len(counts[b - 1]) == 1 and b not in fixed]
    held = fixed | {branch: counts[branch - 1][0] for branch in steady[: max(0, wanted - len(fixed))]}
    if len(held) < wanted and not fixed and len(usual) == wanted:
        held = usual
    if len(held) != wanted:
        told = "; ".join(f"branch {b}: {', '.join(map(str, values))}" for b, values in enumerate(counts, start=1))
        raise SpecError(
            f"a map has two axes: these networks have {len(counts)} branches, so {wanted} must be fixed with --fix, "
            f"not {len(held)} (layers trained: {told})"
        )
    return held


def _axis(
    trained: Sequence[Layers], held: Mapping[int, int], planned: Collection[Layers], branch: int, max_layers: int | None
) -> tuple[int, ...]:
    if max_layers is not None:
        return tuple(range(max_layers + 1))
    on_it = [layers for layers in planned if all(layers[b - 1] == count for b, count in held.items())]
    return tuple(sorted({layers[branch - 1] for layers in (*trained, *on_it)}))


def _layers(counts: Mapping[int, int]) -> Layers:
    return tuple(counts[branch] for branch in sorted(counts))
