"""A roofline as PNG and SVG: blocks and models under a machine's ceilings; the same rows give the same files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from effbench.errors import MissingExtra
from effbench.report.figure import STYLE, saved
from effbench.report.numbers import fixed

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Told apart by people with any colour vision (Okabe and Ito 2008); markers differ, too."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

Row = Mapping[str, Any]


def draw(rows: Sequence[Row], *, flop_per_s: float, byte_per_s: float, title: str) -> dict[str, bytes]:
    """Small open marks: what blocks could reach. Large ones: what the models could (open) and do reach (filled).

    Args:
        rows: of ``suite.roofline``, models each followed by its blocks. Blocks without products have no place on
            logarithmic axes and are left out.
        flop_per_s, byte_per_s: the ceilings.

    Returns:
        ``{"png": …, "svg": …}``.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    try:
        import matplotlib

        matplotlib.use("agg")
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise MissingExtra("drawing a roofline", error.name or "matplotlib", "report") from None

    seen = [row for row in rows if row["intensity"] > 0]
    with matplotlib.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(8.2, 5.6), layout="constrained")
        _roof(axes, seen, flop_per_s, byte_per_s)
        for place, name in enumerate(dict.fromkeys(row["model"] for row in rows)):
            own = [row for row in seen if row["model"] == name]
            _model(axes, own, COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)])
        axes.set(xscale="log", yscale="log", xlabel="arithmetic intensity, FLOP per byte", ylabel="FLOP/s")
        axes.set_title(title, fontsize=10)
        axes.grid(which="major", color="0.9", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.legend(loc="lower right", frameon=False, fontsize=9)
        images = saved(figure)
        plt.close(figure)
    return images


def _roof(axes: Any, rows: Sequence[Row], flop_per_s: float, byte_per_s: float) -> None:
    """Both ceilings, named, over the range of the rows and the ridge."""
    ridge = flop_per_s / byte_per_s
    intensities = [row["intensity"] for row in rows] + [ridge]
    low, high = min(intensities) / 2, max(intensities) * 3
    axes.plot([low, ridge, high], [low * byte_per_s, flop_per_s, flop_per_s], color="black", linewidth=1.8, zorder=1)
    axes.annotate(
        f"matrix product {fixed(flop_per_s / 1e9, 1)} GFLOP/s",
        (high, flop_per_s),
        xytext=(0, 5),
        textcoords="offset points",
        ha="right",
    )
    axes.annotate(
        f"copy {fixed(byte_per_s / 1e9, 1)} GB/s",
        (low, low * byte_per_s),
        xytext=(2, 14),
        textcoords="offset points",
        rotation=40,
        rotation_mode="anchor",
    )
    axes.set_xlim(low * 0.9, high)


def _model(axes: Any, rows: Sequence[Row], colour: str, marker: str) -> None:
    """One model's blocks, what it could reach, and what it does."""
    blocks = [row for row in rows if row["record"] == "block"]
    style = {"color": colour, "marker": marker, "linestyle": "none"}
    axes.plot(
        [row["intensity"] for row in blocks],
        [row["attainable_flop_per_s"] for row in blocks],
        **style,
        markersize=5,
        markerfacecolor="none",
        alpha=0.8,
        zorder=2,
    )
    for row in (row for row in rows if row["record"] == "model"):
        x, best, seconds = row["intensity"], row["attainable_flop_per_s"], row["measured_seconds"]
        axes.plot([x], [best], **style, markersize=11, markerfacecolor="white", markeredgewidth=1.6, zorder=3)
        if seconds:
            reached = 2 * row["macs"] / seconds
            axes.plot([x, x], [reached, best], color=colour, linewidth=1, zorder=2)
            axes.annotate(
                f"{fixed(100 * row['attained_share'], 0)} %",
                (x, reached),
                xytext=(9, -4),
                textcoords="offset points",
                color=colour,
            )
        else:
            reached = None
        axes.plot([x], [reached], **style, markersize=11, zorder=4, label=row["model"])
