"""A roofline as PNG and SVG: blocks and models under a machine's ceilings; the same rows give the same files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan, sqrt
from typing import Any

from effbench.render.canvas import COLOURS, MARKERS, canvas
from effbench.render.numbers import fixed

GIGA = 1e9

Row = Mapping[str, Any]


def draw(rows: Sequence[Row], *, flop_per_s: float, byte_per_s: float, title: str) -> dict[str, bytes]:
    """Small open marks: what blocks could reach. Large ones: what the models could (open) and do reach (filled).

    Args:
        rows: of ``profiling.roofline``, models each followed by its blocks. Blocks without products have no place on
            logarithmic axes and are left out.
        flop_per_s, byte_per_s: the ceilings.

    Returns:
        ``{"png": …, "svg": …}``.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    seen = [row for row in rows if row["intensity"] > 0]
    with canvas("a roofline", size=(8.2, 5.6), title=title) as made:
        from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

        (axes,) = made.axes
        axes.set(xscale="log", yscale="log", xlabel="arithmetic intensity, FLOP per byte", ylabel="GFLOP/s")
        _roof(axes, seen, flop_per_s / GIGA, byte_per_s / GIGA)
        for place, name in enumerate(dict.fromkeys(row["model"] for row in rows)):
            own = [row for row in seen if row["model"] == name]
            _model(axes, own, *_look(place))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axis.set_minor_locator(NullLocator())
        axes.legend(loc="lower right", title="filled: measured, in % of attainable\nopen: attainable; small: blocks")
    return made.images


def _look(place: int) -> tuple[str, str]:
    """(colour, marker) of a model; colours come again after seven models, each time with another marker."""
    return COLOURS[place % len(COLOURS)], MARKERS[(place + place // len(COLOURS)) % len(MARKERS)]


def _roof(axes: Any, rows: Sequence[Row], peak: float, bandwidth: float) -> None:
    """Both ceilings, named, over the range of the rows and the ridge; in GFLOP/s and GB/s."""
    ridge = peak / bandwidth
    intensities = [row["intensity"] for row in rows] + [ridge]
    low, high = min(intensities) / 2, max(intensities) * 3
    axes.plot([low, ridge, high], [low * bandwidth, peak, peak], color="black", linewidth=1.8, zorder=1)
    axes.set_xlim(low, high)
    middle = sqrt(low * ridge)
    beside = {"textcoords": "offset points", "ha": "right"}
    axes.annotate(f"matrix product {fixed(peak, 1)} GFLOP/s", (high, peak), xytext=(-4, 5), **beside)
    axes.annotate(f"copy {fixed(bandwidth, 2)} GB/s", (middle, middle * bandwidth), xytext=(-6, 3), **beside)


def _model(axes: Any, rows: Sequence[Row], colour: str, marker: str) -> None:
    """One model's blocks, what it could reach, and what it does."""
    style = {"color": colour, "marker": marker, "linestyle": "none"}
    blocks = [row for row in rows if row["record"] == "block"]
    best = [row["attainable_flop_per_s"] / GIGA for row in blocks]
    axes.plot([row["intensity"] for row in blocks], best, **style, markersize=5, markerfacecolor="none", zorder=2)
    for row in rows:
        if row["record"] == "model":
            x, attainable = row["intensity"], row["attainable_flop_per_s"] / GIGA
            axes.plot([x], [attainable], **style, markersize=11, markerfacecolor="white", markeredgewidth=1.6, zorder=3)
            label = row["model"] if row["measured_seconds"] else f"{row['model']} (not measured)"
            reached = 2 * row["macs"] / row["measured_seconds"] / GIGA if row["measured_seconds"] else nan
            axes.plot([x], [reached], **style, markersize=11, zorder=4, label=label)
            if row["measured_seconds"]:
                axes.plot([x, x], [reached, attainable], color=colour, linewidth=1, zorder=2)
                share = f"{fixed(100 * row['attained_share'], 0)} %"
                axes.annotate(
                    share, (x, reached), xytext=(0, -18), textcoords="offset points", ha="center", color=colour
                )
