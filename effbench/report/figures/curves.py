"""Learning curves of every network of a committed sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from effbench.models.plugins import named_in
from effbench.render.canvas import COLOURS, Images, canvas
from effbench.report.data.trained import committed
from effbench.report.figures.figure import Figure, rounded

LOOKS = 2
"""At the test images, without which there is no curve."""


@dataclass(frozen=True, kw_only=True)
class CurveRow:
    """A point of a curve.

    Attributes:
        key: of the run. epoch, epochs: the point, and the schedule's length. accuracy: of the last exit, in percent.
    """

    dataset: str
    experiment: str
    model: str
    seed: int
    key: str
    epoch: int
    epochs: float
    accuracy: float


def curve_figures(root: Path) -> list[Figure]:
    """One figure per experiment whose runs were looked at more than once."""
    with named_in(root / "reports" / "sweeps"):
        rows = [
            CurveRow(
                dataset=one.dataset,
                experiment=run.experiment,
                model=one.model,
                seed=run.seed,
                key=run.key,
                epoch=epoch,
                epochs=one.epochs,
                accuracy=rounded(100 * accuracy),
            )
            for one in committed(root)
            for run in one.judged
            if len(run.curve) >= LOOKS
            for epoch, accuracy in run.curve
        ]
    experiments = dict.fromkeys((row.dataset, row.experiment) for row in rows)
    return [_figure(*key, [row for row in rows if (row.dataset, row.experiment) == key]) for key in experiments]


def _figure(dataset: str, experiment: str, rows: Sequence[CurveRow]) -> Figure:
    title = f"{experiment}: accuracy on {dataset} by epoch"
    return Figure(name=f"learning_curves_{experiment}", title=title, rows=rows, draw=partial(draw, rows, title=title))


def draw(rows: Sequence[CurveRow], *, title: str) -> Images:
    """A line a run, named at its end; the best are named first."""
    with canvas(size=(7.6, 5.2), title=title) as made:
        (axes,) = made.axes
        keys = dict.fromkeys(row.key for row in rows)
        runs = sorted(([row for row in rows if row.key == key] for key in keys), key=lambda run: -run[-1].accuracy)
        for place, run in enumerate(runs):
            last = run[-1]
            colour, line = COLOURS[place % len(COLOURS)], ("-", "--", ":", "-.")[place // len(COLOURS) % 4]
            name = f"{last.model}, {last.accuracy:.1f} %"
            x, y = [row.epoch for row in run], [row.accuracy for row in run]
            axes.plot(x, y, color=colour, linestyle=line, linewidth=1.2, label=name)
        axes.set(xlabel="epoch", ylabel="top-1 accuracy on the test images, %")
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=7)
    return made.images
