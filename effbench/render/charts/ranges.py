"""Claimed, predicted and measured ratios of time, one line a claim; and accuracies, one bar a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from effbench.render.charts.canvas import COLOURS, Images, draw

Row = Mapping[str, Any]


def speedups(rows: Sequence[Row], *, title: str) -> Images:
    """Args: rows: with label, claimed, predicted, measured, low and high: time relative to the model compared with."""

    def paint(axes: Any) -> None:
        places = list(range(len(rows)))[::-1]
        for place, row in zip(places, rows, strict=True):
            if row["low"] is not None:
                axes.plot([row["low"], row["high"]], [place, place], color=COLOURS[0], linewidth=2)
        for key, marker, colour, text in (
            ("claimed", "D", COLOURS[1], "claimed in the paper"),
            ("predicted", "s", COLOURS[2], "predicted by multiply-accumulates"),
            ("measured", "o", COLOURS[0], "measured here, 95 % interval"),
        ):
            known = [(row[key], place) for place, row in zip(places, rows, strict=True) if row[key] is not None]
            full = {} if key == "measured" else {"markerfacecolor": "white"}
            x, y = [one[0] for one in known], [one[1] for one in known]
            axes.plot(x, y, marker, color=colour, markersize=7, markeredgewidth=1.5, label=text, **full)
        axes.axvline(1, color="0.3", linewidth=1)
        axes.set_yticks(places, [row["label"] for row in rows])
        axes.set(
            xlabel="time of a step, relative to the model it is compared with (1 = as long)",
            ylim=(-0.6, len(rows) - 0.4),
        )
        axes.set_xlim(left=0)
        axes.figure.legend(loc="outside lower center", fontsize=8, ncols=3)

    return draw(paint, size=(8.6, 1.7 + 0.62 * len(rows)), title=title)


def published_bars(rows: Sequence[Row], *, title: str) -> Images:
    """Args: rows: with model, where, accuracy in %, and printed."""

    def paint(axes: Any) -> None:
        ordered = sorted(rows, key=lambda row: float(row["accuracy"]))
        names = [f"{row['model']}\n{row['where']}" for row in ordered]
        bars = axes.barh(names, [row["accuracy"] for row in ordered], color=COLOURS[5])
        axes.bar_label(bars, labels=[f"{row['printed']} %" for row in ordered], padding=4)
        axes.set(xlabel="top-1 accuracy, %, as published", xlim=(0, 108))
        axes.grid(axis="y", visible=False)

    return draw(paint, size=(7.2, 1.3 + 0.42 * len(rows)), title=title)


def stacked(rows: Sequence[Row], parts: Sequence[str], *, title: str) -> Images:
    """Args: rows: with label, and each of ``parts`` as a share of the whole, 0 to 1."""

    def paint(axes: Any) -> None:
        labels = [row["label"] for row in rows][::-1]
        start = [0.0] * len(rows)
        for place, part in enumerate(parts):
            shares = [100 * row[part] for row in rows][::-1]
            bars = axes.barh(labels, shares, left=start, color=COLOURS[(5, 0, 4, 2, 3)[place % 5]], label=part)
            axes.bar_label(bars, [f"{s:.0f}" if s >= 4 else "" for s in shares], label_type="center", fontsize=7)
            start = [a + b for a, b in zip(start, shares, strict=True)]
        axes.set(xlabel="share of the multiply-accumulates, %", xlim=(0, 100))
        axes.grid(axis="y", visible=False)
        axes.figure.legend(loc="outside lower center", ncols=len(parts), fontsize=8)

    return draw(paint, size=(9.2, 1.7 + 0.33 * len(rows)), title=title)
