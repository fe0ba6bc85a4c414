"""Accuracy against cost with the Pareto front; a point on it tells how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from effbench.render.charts.canvas import COLOURS, MARKERS, Images, beside, draw

CLOSE = 6
"""Costs whose largest is fewer times the smallest need more ticks than 1, 2 and 5."""

Row = Mapping[str, Any]


def accuracy_cost(rows: Sequence[Row], *, unit: str, title: str) -> Images:
    """Args: rows: with series, model, cost, accuracy (in %), on_front, chance (None where it is not known)."""

    def paint(axes: Any) -> None:
        for place, series in enumerate(dict.fromkeys(row["series"] for row in rows)):
            own = [row for row in rows if row["series"] == series]
            axes.plot(
                [row["cost"] for row in own],
                [row["accuracy"] for row in own],
                color=COLOURS[place % len(COLOURS)],
                marker=MARKERS[place % len(MARKERS)],
                linestyle="none",
                markerfacecolor="white",
                markeredgewidth=1.4,
                label=series,
            )
        front = sorted((row for row in rows if row["on_front"]), key=lambda row: float(row["cost"]))
        x, y = [row["cost"] for row in front], [row["accuracy"] for row in front]
        axes.plot(x, y, drawstyle="steps-post", color="0.25", linewidth=1.1, zorder=1, label="Pareto front")
        axes.set(xscale="log", xlabel=f"cost of one image, {unit}", ylabel="top-1 accuracy, %")
        _ticks(axes.xaxis, [float(row["cost"]) for row in rows])
        axes.legend(loc="lower right", fontsize=8)
        beside(axes, [(row["cost"], row["accuracy"], _name(row)) for row in front], _places(rows))

    return draw(paint, size=(8.2, 5.4), title=title)


def _name(row: Row) -> str:
    """The model, and the probability that it is on the front."""
    return row["model"] if row["chance"] is None else f"{row['model']}  p={row['chance']:.2f}"


def _places(rows: Sequence[Row]) -> list[tuple[float, float]]:
    return [(row["cost"], row["accuracy"]) for row in rows]


def _ticks(axis: Any, costs: Sequence[float]) -> None:
    """Written as 1.2 G; closer together where the costs are."""
    from matplotlib.ticker import EngFormatter, LogLocator, NullLocator

    span = max(costs) / min(costs)
    steps = (1, 2, 5) if span > CLOSE else (1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 4, 5, 6, 8)
    axis.set_major_locator(LogLocator(subs=steps))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(EngFormatter())
