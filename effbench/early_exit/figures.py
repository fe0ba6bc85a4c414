"""Figures of early exits: accuracy and cost against the threshold, exit shares, the front, and controlled streams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from effbench.early_exit.choice import front_policies, never_exits
from effbench.early_exit.curve import Curve, curve
from effbench.early_exit.evaluation import Evaluation
from effbench.early_exit.outcome import Outcome
from effbench.early_exit.policy import Policy
from effbench.early_exit.trials import Kind, Trial
from effbench.render.canvas import COLOURS, Images, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

ACCURACY, COST = COLOURS[:2]

MEMORY = 50
"""Images in the running mean of a stream's cost."""


def study_figures(data: Evaluation, chosen: Policy | None) -> dict[str, Images]:
    """The threshold figure, the exit shares, and the front, all of the test images; file name without suffix first."""
    common = curve(data.test, data.rule)
    points = [data.judged(policy) for policy in front_policies(data, bool(chosen and chosen.temperatures))]
    return {
        f"exits_{data.rule.name}_threshold": _threshold_figure(data, common),
        f"exits_{data.rule.name}_shares": _share_figure(data, common),
        f"exits_{data.rule.name}_front": _front_figure(data, points, None if chosen is None else data.judged(chosen)),
    }


def _threshold_figure(data: Evaluation, common: Curve) -> Images:
    """Accuracy (left) and mean cost (right) against one threshold for all early exits."""
    thresholds = common.thresholds.tolist()
    with _drawn(_title(data)) as (images, (left,)):
        right = left.twinx()
        right.spines["top"].set_visible(False)
        left.plot(thresholds, 100 * common.accuracy(), color=ACCURACY)
        right.plot(thresholds, common.mean_cost(data.prices.costs), color=COST, linestyle="--")
        left.set_xlabel(f"{data.rule.name} threshold")
        left.set_ylabel("accuracy, % (solid)", color=ACCURACY)
        right.set_ylabel(f"mean cost per image, {_unit(data)} (dashed)", color=COST)
        _engineering(right.yaxis)
    return images


def _share_figure(data: Evaluation, common: Curve) -> Images:
    """Shares of images that leave at each exit, stacked."""
    with _drawn(_title(data)) as (images, (axes,)):
        names = [f"exit {k + 1}" for k in range(data.test.exits)]
        axes.stackplot(common.thresholds, 100 * common.shares().T, labels=names, colors=COLOURS)
        axes.set(xlabel=f"{data.rule.name} threshold", ylabel="images that leave, %", ylim=(0, 100))
        axes.legend(loc="best")
    return images


def _front_figure(data: Evaluation, points: Sequence[Outcome], chosen: Outcome | None) -> Images:
    """Accuracy against cost on the Pareto front; never exiting and the chosen policy are marked."""
    costs = data.prices.costs

    def place(*outcomes: Outcome) -> tuple[list[float], list[float]]:
        return [float(o.cost(costs)) for o in outcomes], [100 * o.accuracy for o in outcomes]

    with _drawn(_title(data)) as (images, (axes,)):
        axes.plot(*place(*points), color=COLOURS[0], marker=".", label="thresholds on the front")
        axes.plot(*place(data.judged(never_exits(data))), "ks", label="never exits")
        if chosen is not None:
            axes.plot(*place(chosen), "*", color=COLOURS[1], markersize=12, label="chosen")
        axes.set(xlabel=f"mean cost per image, {_unit(data)}", ylabel="accuracy, %")
        _engineering(axes.xaxis)
        axes.legend(loc="lower right")
    return images


def stream_figures(data: Evaluation, kind: Kind, trials: Sequence[Trial], target: float | None) -> dict[str, Images]:
    """What every controller did, image by image; stretches of hard images are shaded."""
    with _drawn(f"{data.prices.model}: {kind}", panels=2, size=(7, 5)) as (images, (top, bottom)):
        for trial in trials:
            top.plot(_upper(kind, trial), label=trial.name)
            bottom.plot([thresholds[0] for thresholds in trial.thresholds], label=trial.name)
        if target is not None:
            top.axhline(target, color="black", linestyle=":", label="target")
        for start, end in stretches(trials[0].incoming.hard.tolist()):
            for axes in (top, bottom):
                axes.axvspan(start, end, color="0.9", zorder=0)
        top.set_ylabel("charge left, %" if kind == "battery" else f"cost, mean of {MEMORY} images, {data.prices.unit}")
        bottom.set(xlabel="image of the stream (shaded: hard)", ylabel=f"{data.rule.name} threshold, exit 1")
        _engineering(top.yaxis)
        top.figure.legend(*top.get_legend_handles_labels(), loc="outside lower center", ncols=len(trials) + 1)
    return {f"exits_{data.rule.name}_{kind}": images}


def _upper(kind: Kind, trial: Trial) -> list[float]:
    """Charge left in percent, or the running mean of the cost, after every image served."""
    if kind == "battery":
        return [100 * charge / trial.capacity for charge in trial.trace.charge.tolist()]
    costs = trial.trace.cost.tolist()
    windows = (costs[max(i + 1 - MEMORY, 0) : i + 1] for i in range(len(costs)))
    return [sum(window) / len(window) for window in windows]


def stretches(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Runs of True as (first, one past the last)."""
    edges = [i for i in range(len(flags) + 1) if (i < len(flags) and flags[i]) != (i > 0 and flags[i - 1])]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _title(data: Evaluation) -> str:
    """The model, and which images choose thresholds and judge them."""
    chosen = f"{data.choosing.images} other images" if data.apart else "the same images"
    return f"{data.prices.model}, {data.test.images} test images\nthresholds are chosen on {chosen}"


def _unit(data: Evaluation) -> str:
    return data.prices.unit if data.prices.convention is None else f"{data.prices.unit}s ({data.prices.convention})"


@contextmanager
def _drawn(
    title: str, *, panels: int = 1, size: tuple[float, float] = (7.2, 4.8)
) -> Iterator[tuple[Images, list[Axes]]]:
    """Panels to draw on, below each other; the images are there when the block ends."""
    with canvas("exit curves", size=size, down=panels, title=title) as made:
        yield made.images, list(made.axes)


def _engineering(axis: Axis) -> None:
    """Ticks as 1.2 G, not as 1.2 with a power of ten in a corner."""
    from matplotlib.ticker import EngFormatter

    axis.set_major_formatter(EngFormatter())
