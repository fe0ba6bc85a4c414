"""What a sweep has found so far: how far it is, and what every cell got."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from effbench.stats.binomial import wilson
from effbench.stats.pooled import Noise, pooled, reach
from effbench.training.loop.outcome import Outcome
from effbench.training.recipes import total_flops
from effbench.training.sweep.axes import Cell
from effbench.training.sweep.plan import Sweep
from effbench.training.sweep.store import Stored

LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class State:
    """How far a sweep is.

    Attributes:
        done, failed, missing: numbers of its trials. flops: of all of them, by formula; None where a model has none.
        flops_left: of those that are missing.
    """

    done: int
    failed: int
    missing: int
    flops: int | None
    flops_left: int | None


def state(sweep: Sweep, found: Mapping[str, Stored]) -> State:
    """What of the sweep is in its store."""
    missing = [trial.recipe for trial in sweep.trials if trial.key not in found]
    statuses = [found[trial.key].outcome.status for trial in sweep.trials if trial.key in found]
    return State(
        done=statuses.count("done"),
        failed=statuses.count("failed"),
        missing=len(missing),
        flops=total_flops(trial.recipe for trial in sweep.trials),
        flops_left=total_flops(missing),
    )


@dataclass(frozen=True, kw_only=True)
class CellRow:
    """What the trainings of a cell got.

    Attributes:
        cell: axis -> value. model: its network. done, failed, missing: numbers of its trainings.
        accuracy: accuracy of the last exit, 0 to 1, the mean over seeds; None unless one is done and has exits.
        low, high: the expectation of ``accuracy`` with 95 %: mean ± t · s / √n with the deviation s between seeds that
            all cells share (``stats.pooled``), where a cell has two seeds; else the score interval of the share of test
            images, which knows nothing of other seeds.
        figures: means of the other results by name. seconds: mean time of a training.
        program: what the trainings ran as, joined by ``+``. reason: why trainings failed.
    """

    cell: Cell
    model: str
    done: int
    failed: int
    missing: int
    accuracy: float | None
    low: float | None
    high: float | None
    figures: Mapping[str, float]
    seconds: float | None
    program: str | None
    reason: str | None

    def plain(self) -> dict[str, object]:
        """The axes' values first; every figure under its own name."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        cell, figures = named.pop("cell"), named.pop("figures")
        last = {name: named.pop(name) for name in ("seconds", "program", "reason")}
        return {**cell, **named, **figures, **last}


def cell_rows(sweep: Sweep, found: Mapping[str, Stored]) -> list[CellRow]:
    """One row per cell of the sweep."""
    of = {id(cell): [trial for trial in sweep.trials if trial.cell is cell] for cell in sweep.cells}
    ended = {key: [found[t.key].outcome for t in trials if t.key in found] for key, trials in of.items()}
    noise = pooled([_accuracies(outcomes) for outcomes in ended.values()])
    return [_row(cell, of[id(cell)][0].recipe.model, len(of[id(cell)]), ended[id(cell)], noise) for cell in sweep.cells]


def _accuracies(outcomes: Sequence[Outcome]) -> list[float]:
    return [o.exits[-1].accuracy for o in outcomes if o.status == "done" and o.exits]


def _row(cell: Cell, model: str, trials: int, outcomes: Sequence[Outcome], noise: Noise | None) -> CellRow:
    done = [o for o in outcomes if o.status == "done"]
    failed = [o for o in outcomes if o.status == "failed"]
    accuracy, low, high = _accuracy(done, noise)
    names = dict.fromkeys(name for outcome in done for name in outcome.figures)
    return CellRow(
        cell=cell,
        model=model,
        done=len(done),
        failed=len(failed),
        missing=trials - len(outcomes),
        accuracy=accuracy,
        low=low,
        high=high,
        figures={name: math.fsum(o.figures[name] for o in done) / len(done) for name in names},
        seconds=sum(o.seconds for o in done) / len(done) if done else None,
        program="+".join(sorted({o.program for o in done})) or None,
        reason="; ".join(dict.fromkeys(o.reason for o in failed)) or None,
    )


def _accuracy(done: Sequence[Outcome], noise: Noise | None) -> tuple[float | None, float | None, float | None]:
    """The mean and its interval."""
    values = _accuracies(done)
    if not values:
        return None, None, None
    mean = math.fsum(values) / len(values)
    if noise is None:
        return mean, *wilson(done[0].exits[-1].top1, done[0].exits[-1].images, LEVEL)
    half = reach(noise, len(values), LEVEL)
    return mean, max(0.0, mean - half), min(1.0, mean + half)
