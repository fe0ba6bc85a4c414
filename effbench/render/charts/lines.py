"""Cost against image size: ours as lines, published figures as marks on them or beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from effbench.render.charts.canvas import COLOURS, MARKERS, Images, draw

Row = Mapping[str, Any]


def cost_by_size(rows: Sequence[Row], *, title: str) -> Images:
    """Args: rows: with model, convention, size, value (ours) and published (None: nothing is printed), in order."""

    def paint(axes: Any) -> None:
        for place, key in enumerate(dict.fromkeys((row["model"], row["convention"]) for row in rows)):
            own = [row for row in rows if (row["model"], row["convention"]) == key]
            colour, marker = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
            sizes, values = [row["size"] for row in own], [row["value"] / 1e9 for row in own]
            axes.plot(sizes, values, color=colour, linewidth=1.4, label=f"{key[0]}, {key[1]}")
            printed = [(row["size"], row["published"] / 1e9) for row in own if row["published"] is not None]
            axes.plot(*zip(*printed, strict=True) if printed else ([], []), marker, color=colour, markersize=7)
        axes.plot([], [], "o", color="0.4", label="marks: as the paper prints them")
        sizes = sorted({row["size"] for row in rows})
        axes.set(xlabel="image side, pixels", ylabel="cost of one image, G in the convention's unit", xticks=sizes)
        axes.set_ylim(bottom=0)
        axes.legend(loc="upper left", fontsize=8)

    return draw(paint, size=(7.2, 4.8), title=title)
