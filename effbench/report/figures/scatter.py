"""Accuracy against cost with the Pareto front; a point on it tells how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from effbench.render.canvas import COLOURS, MARKERS, Images, beside, canvas

if TYPE_CHECKING:
    from matplotlib.axis import Axis

CLOSE = 6
"""Costs whose largest is fewer times the smallest need more ticks than 1, 2 and 5."""


LINES = ("-", "--", ":", "-.")
"""Of the fronts of the groups."""


@dataclass(frozen=True, kw_only=True)
class ScatterRow:
    """A point.

    Attributes:
        group: ``published``, or the experiment of a training; each has a front of its own.
        cost: of one image, in the unit of the figure. accuracy: in percent, of ``images``; None where not known.
        seeds: trained; None for a published accuracy. seed_deviation: of their mean, in points.
        chance: probability that no cheaper point of its group is as accurate; None where it is not known.
    """

    group: str
    series: str
    model: str
    cost: float
    accuracy: float
    images: int | None
    seeds: int | None
    seed_deviation: float
    where: str
    on_front: bool = False
    chance: float | None = None


def draw(rows: Sequence[ScatterRow], *, unit: str, title: str) -> Images:
    """Series apart by colour and marker; names beside the points on the front."""
    with canvas(size=(8.2, 5.9), title=title) as made:
        (axes,) = made.axes
        for place, series in enumerate(dict.fromkeys(row.series for row in rows)):
            own = [row for row in rows if row.series == series]
            axes.plot(
                [row.cost for row in own],
                [row.accuracy for row in own],
                color=COLOURS[place % len(COLOURS)],
                marker=MARKERS[place % len(MARKERS)],
                linestyle="none",
                markerfacecolor="white",
                markeredgewidth=1.4,
                label=series,
            )
        front = sorted((row for row in rows if row.on_front), key=lambda row: row.cost)
        groups = dict.fromkeys(row.group for row in rows)
        steps = [[(row.cost, row.accuracy) for row in front if row.group == group] for group in groups]
        for place, (group, points) in enumerate(zip(groups, steps, strict=True)):
            x, y, line = [cost for cost, _ in points], [accuracy for _, accuracy in points], LINES[place % len(LINES)]
            (drawn,) = axes.plot(x, y, line, color="0.25", linewidth=1.1, zorder=1, label=f"Pareto front: {group}")
            drawn.set_drawstyle("steps-post")
        axes.margins(y=0.08)  # names stand above the highest point and below the lowest
        axes.set(xscale="log", xlabel=f"cost of one image, {unit}", ylabel="top-1 accuracy, %")
        _ticks(axes.xaxis, [row.cost for row in rows])
        if any(row.chance is not None for row in front):
            axes.plot(
                [], [], linestyle="none", label="p: probability of being on the front,\ngiven the number of test images"
            )
        made.figure.legend(loc="outside lower center", fontsize=8, ncols=2)
        others = [(row.cost, row.accuracy) for row in rows]
        beside(axes, [(row.cost, row.accuracy, _name(row)) for row in front], others, steps)
    return made.images


def _name(row: ScatterRow) -> str:
    """The model, and the probability that it is on the front."""
    return row.model if row.chance is None else f"{row.model}  p={row.chance:.2f}"


def _ticks(axis: Axis, costs: Sequence[float]) -> None:
    """Written as 1.2 G; closer together where the costs are."""
    from matplotlib.ticker import EngFormatter, LogLocator, NullLocator

    span = max(costs) / min(costs)
    steps = (1, 2, 5) if span > CLOSE else (1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 4, 5, 6, 8)
    axis.set_major_locator(LogLocator(subs=steps))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(EngFormatter())
