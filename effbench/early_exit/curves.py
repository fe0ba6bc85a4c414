"""Figures of early exits: accuracy and cost against the threshold, the front, exit shares, and a controlled stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from effbench.errors import MissingExtra
from effbench.render.figure import STYLE, saved

ACCURACY, COST = "tab:blue", "tab:red"


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What stands on a figure.

    Attributes:
        title: above it. score: the threshold's name. unit: of costs.
    """

    title: str
    score: str
    unit: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """One controller over a stream.

    Attributes:
        name: in the legend.
        upper: values of the upper panel, one per image: charge left as a share, or the recent mean cost.
        threshold: of the first exit, one per image.
    """

    name: str
    upper: Sequence[float]
    threshold: Sequence[float]


def threshold_curve(
    thresholds: Sequence[float], accuracy: Sequence[float], cost: Sequence[float], labels: Labels
) -> dict[str, bytes]:
    """Accuracy (left) and mean cost (right) against one threshold for all early exits."""
    plt = _pyplot()
    with plt.rc_context(STYLE):
        figure, left = plt.subplots(figsize=(6, 4), layout="constrained")
        right = left.twinx()
        left.plot(thresholds, [100 * a for a in accuracy], color=ACCURACY)
        right.plot(thresholds, cost, color=COST, linestyle="--")
        left.set_xlabel(f"{labels.score} threshold")
        left.set_ylabel("accuracy, % (solid)", color=ACCURACY)
        right.set_ylabel(f"mean cost per image, {labels.unit} (dashed)", color=COST)
        right.yaxis.set_major_formatter(_engineering())
        left.set_title(labels.title)
        return _closed(plt, figure)


def share_curve(thresholds: Sequence[float], shares: Sequence[Sequence[float]], labels: Labels) -> dict[str, bytes]:
    """Shares of images that leave at each exit, stacked; ``shares`` has one sequence per exit."""
    plt = _pyplot()
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
        names = [f"exit {k + 1}" for k in range(len(shares))]
        axes.stackplot(thresholds, [[100 * s for s in line] for line in shares], labels=names)
        axes.set(xlabel=f"{labels.score} threshold", ylabel="images that leave, %", ylim=(0, 100))
        axes.set_title(labels.title)
        axes.legend(loc="best")
        return _closed(plt, figure)


def front_curve(
    cost: Sequence[float],
    accuracy: Sequence[float],
    never: tuple[float, float],
    chosen: tuple[float, float] | None,
    labels: Labels,
) -> dict[str, bytes]:
    """Accuracy against cost on the Pareto front; never exiting and the chosen policy are marked, (cost, accuracy)."""
    plt = _pyplot()
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
        axes.plot(cost, [100 * a for a in accuracy], marker=".", label="thresholds on the front")
        axes.plot(never[0], 100 * never[1], "ks", label="never exits")
        if chosen is not None:
            axes.plot(chosen[0], 100 * chosen[1], "r*", markersize=12, label="chosen")
        axes.set(xlabel=f"mean cost per image, {labels.unit}", ylabel="accuracy, %")
        axes.xaxis.set_major_formatter(_engineering())
        axes.set_title(labels.title)
        axes.legend(loc="lower right")
        return _closed(plt, figure)


def stream_figure(
    lines: Sequence[Line], hard: Sequence[bool], upper: str, target: float | None, labels: Labels
) -> dict[str, bytes]:
    """Upper panel: charge or recent cost; lower: threshold of the first exit; stretches of hard images are shaded."""
    plt = _pyplot()
    with plt.rc_context(STYLE):
        figure, (top, bottom) = plt.subplots(2, 1, figsize=(7, 5), sharex=True, layout="constrained")
        for line in lines:
            top.plot(range(len(line.upper)), line.upper, label=line.name)
            bottom.plot(range(len(line.threshold)), line.threshold, label=line.name)
        if target is not None:
            top.axhline(target, color="black", linestyle=":", label="target")
        for start, end in stretches(hard):
            for axes in (top, bottom):
                axes.axvspan(start, end, color="0.9", zorder=0)
        top.set(ylabel=upper)
        bottom.set(xlabel="image of the stream (shaded: hard)", ylabel=f"{labels.score} threshold, exit 1")
        top.set_title(labels.title)
        top.yaxis.set_major_formatter(_engineering())
        figure.legend(*top.get_legend_handles_labels(), loc="outside lower center", ncols=len(lines) + 1)
        return _closed(plt, figure)


def stretches(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Runs of True as (first, one past the last)."""
    edges = [i for i in range(len(flags) + 1) if (i < len(flags) and flags[i]) != (i > 0 and flags[i - 1])]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _pyplot() -> Any:
    try:
        import matplotlib

        matplotlib.use("agg")
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise MissingExtra("drawing exit curves", error.name or "matplotlib", "report") from None
    return plt


def _engineering() -> Any:
    """Ticks as 1.2 G, not as 1.2 with a power of ten in a corner."""
    from matplotlib.ticker import EngFormatter

    return EngFormatter()


def _closed(plt: Any, figure: Any) -> dict[str, bytes]:
    images = saved(figure)
    plt.close(figure)
    return images
