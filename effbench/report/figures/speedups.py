"""Claimed, predicted and measured ratios of time, one line a claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from effbench.claims.paper import Paper
from effbench.claims.ratios import shipped
from effbench.claims.speedups import Speedup, speedups
from effbench.render.canvas import COLOURS, Images, canvas
from effbench.report.figures.figure import Figure, rounded

MARKS = (
    ("claimed", "D", COLOURS[1], "claimed in the paper"),
    ("predicted", "s", COLOURS[2], "predicted by multiply-accumulates"),
    ("measured", "o", COLOURS[0], "measured here, 95 % interval"),
)
"""Ratio, its marker, colour and words."""


@dataclass(frozen=True, kw_only=True)
class RatioRow:
    """A claim of speed; all figures are time over the time of the model it is compared with (``against``).

    Attributes:
        claimed_of: the metric that the claim is of. low, high: 95 % interval of ``measured``.
    """

    label: str
    model: str
    against: str
    task: str
    size: int
    claimed: float | None
    claimed_of: str
    predicted: float | None
    measured: float | None
    low: float | None
    high: float | None
    outcome: str


def speedups_figure(papers: Sequence[Paper]) -> Figure:
    """Every claim of speed."""
    found = shipped(papers)
    rows = [_row(one) for about in papers for one in speedups(about, found)]
    title = "Time of a step: claimed, predicted and measured"
    return Figure(name="speedups", title=title, rows=rows, draw=partial(draw, rows, title=title))


def _row(one: Speedup) -> RatioRow:
    percent = one.figure.unit == "%"
    ends = sorted(_of_time(end, percent) for end in one.interval or ())
    task = "training" if one.test.task == "train" else "inference"
    return RatioRow(
        label=f"{one.paper.short}, {one.where}\n{one.test.model}, {task}",
        model=one.test.model,
        against=one.test.against,
        task=one.test.task,
        size=one.test.size,
        claimed=_of_time(float(one.figure.value), percent),
        claimed_of=one.figure.metric,
        predicted=None if one.predicted is None else _of_time(one.predicted, percent),
        measured=None if one.measured is None else _of_time(one.measured, percent),
        low=ends[0] if ends else None,
        high=ends[-1] if ends else None,
        outcome=one.outcome,
    )


def _of_time(value: float, percent: bool) -> float:
    """A figure in % is a share of the time; in x, its inverse."""
    return rounded(value / 100 if percent else 1 / value)


def draw(rows: Sequence[RatioRow], *, title: str) -> Images:
    """A line a claim, the first on top; 1 is as long as the model it is compared with."""
    with canvas(size=(8.6, 1.7 + 0.62 * len(rows)), title=title) as made:
        (axes,) = made.axes
        places = list(range(len(rows)))[::-1]
        for place, row in zip(places, rows, strict=True):
            if row.low is not None and row.high is not None:
                axes.plot([row.low, row.high], [place, place], color=COLOURS[0], linewidth=2)
        for key, marker, colour, text in MARKS:
            known = [(getattr(row, key), place) for place, row in zip(places, rows, strict=True)]
            x, y = zip(*[one for one in known if one[0] is not None] or [(float("nan"), 0)], strict=True)
            face = colour if key == "measured" else "white"
            axes.plot(x, y, marker, color=colour, markersize=7, markeredgewidth=1.5, label=text, markerfacecolor=face)
        axes.axvline(1, color="0.3", linewidth=1)
        axes.set_yticks(places, [row.label for row in rows])
        axes.set(
            xlabel="time of a step, relative to the model it is compared with (1 = as long)",
            ylim=(-0.6, len(rows) - 0.4),
        )
        axes.set_xlim(left=0)
        made.figure.legend(loc="outside lower center", fontsize=8, ncols=3)
    return made.images
