"""Published accuracies on Animals-10, one bar a model and place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from effbench.claims.paper import Paper
from effbench.render.canvas import COLOURS, Images, canvas
from effbench.report.data.published import accuracy_rows
from effbench.report.figures.figure import Figure


@dataclass(frozen=True, kw_only=True)
class BarRow:
    """A published accuracy, in percent; where: every place that prints it."""

    model: str
    accuracy: float
    printed: str
    source: str = "published"
    where: str


def animals10_figure(papers: Sequence[Paper]) -> Figure:
    """Every accuracy that the papers print of these images."""
    places: dict[tuple[str, str], list[str]] = {}
    for claim in (one.claim for one in accuracy_rows(papers)):
        if claim.dataset == "animals10":
            places.setdefault((claim.model or claim.system, claim.printed), []).append(claim.where)
    rows = [
        BarRow(model=model, accuracy=float(printed), printed=printed, where=", ".join(where))
        for (model, printed), where in places.items()
    ]
    return Figure(
        name="accuracy_animals10",
        title="Animals-10: final accuracies as published (arXiv:2502.10120)",
        rows=rows,
        draw=partial(draw, rows, title="Animals-10, published accuracies"),
        missing="the curves over epochs of Figure 5: not in the text version; nothing was trained on these images",
    )


def draw(rows: Sequence[BarRow], *, title: str) -> Images:
    """The most accurate on top."""
    with canvas(size=(7.2, 1.3 + 0.42 * len(rows)), title=title) as made:
        (axes,) = made.axes
        ordered = sorted(rows, key=lambda row: row.accuracy)
        names = [f"{row.model}\n{row.where}" for row in ordered]
        bars = axes.barh(names, [row.accuracy for row in ordered], color=COLOURS[5])
        axes.bar_label(bars, labels=[f"{row.printed} %" for row in ordered], padding=4)
        axes.set(xlabel="top-1 accuracy, %, as published", xlim=(0, 108))
        axes.grid(axis="y", visible=False)
    return made.images
