"""Maps drawn as annotated colours over two axes, as PNG and SVG; the same numbers give the same files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from effbench.errors import MissingExtra
from effbench.maps.layer_map import HATCHED, MARKED, Layer, Map, Value
from effbench.render.canvas import Images, canvas
from effbench.render.numbers import scaled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NARROWEST = 5.0
"""Inches of a panel: its title and what stands below it have room."""


def draw(made: Map) -> Images:
    """The panels of the map, side by side.

    Returns:
        ``{"png": …, "svg": …}``.

    Raises:
        MissingExtra: matplotlib, pandas or seaborn is not installed.
    """
    try:
        import matplotlib.ticker as ticks
        import pandas as pd
        import seaborn as sns
    except ImportError as error:
        raise MissingExtra("drawing a heatmap", error.name or "seaborn", "report") from None

    axes, panels = made.grid.axes, made.panels
    size = (max(NARROWEST, 1.5 + 0.85 * len(axes.cols)) * len(panels), 1.5 + 0.6 * len(axes.rows))
    with canvas("a heatmap", size=size, across=len(panels)) as paper:
        for place, panel in zip(paper.axes, panels, strict=True):
            low, high = _ends(panel)
            sns.heatmap(
                pd.DataFrame(axes.lines(_numbers(panel)), index=list(axes.rows), columns=list(axes.cols), dtype=float),
                cmap="cividis",
                vmin=low,
                vmax=high,
                linewidths=0.5,
                ax=place,
                cbar_kws={
                    "label": panel.unit or panel.quantity.unit,
                    "format": ticks.FuncFormatter(lambda value, _: _tick(value)),
                },
            )
            _fill(place, panel, len(axes.cols))
            down, across = axes.labels
            between = "\n" if len(panels) > 1 else "  "
            hatches = f"hatched: {panel.hatched}" if panel.has_hatches else ""
            key = "; ".join(filter(None, (panel.key, hatches)))
            place.set(ylabel=down, xlabel=f"{across}{between}{key}" if key else across)
            place.tick_params(axis="y", rotation=0)
            place.set_title(f"{made.title}\n{panel.title}" if len(panels) == 1 else panel.title, fontsize=10)
        if len(panels) > 1:
            paper.figure.suptitle(made.title, fontsize=10)
    return paper.images


def _numbers(panel: Layer) -> list[float | None]:
    """The values in the unit that is drawn."""
    return [None if one.value is None else one.value * panel.quantity.scale for one in panel.values]


def _ends(panel: Layer) -> tuple[float, float]:
    """Smallest and largest value; a map of nothing has colours, too."""
    known = [number for number in _numbers(panel) if number is not None]
    return (min(known), max(known)) if known else (0.0, 1.0)


def _tick(value: float) -> str:
    """Of a colour bar: large numbers with a prefix."""
    return scaled(value, 1).replace(".0 ", " ") if abs(value) >= 1000 else f"{value:g}"


def _fill(axes: Axes, panel: Layer, width: int) -> None:
    """Each cell's text, hatches where a value is missing, and frames around marked cells."""
    from matplotlib.patches import Rectangle

    places = [(*divmod(place, width), one) for place, one in enumerate(panel.values)]
    for row, col, one in places:
        _write(axes, panel, row, col, one)
    for row, col, one in places:
        if one.value is None and one.status in HATCHED:
            axes.add_patch(Rectangle((col, row), 1, 1, fill=False, edgecolor="0.75", hatch="////", linewidth=0))
    for row, col, one in places:
        if one.mark == MARKED and panel.framed:
            ink = _ink_on(axes, panel, one)
            axes.add_patch(Rectangle((col + 0.06, row + 0.06), 0.88, 0.88, fill=False, edgecolor=ink, linewidth=1.8))


def _write(axes: Axes, panel: Layer, row: int, col: int, one: Value) -> None:
    """A cell's text."""
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5} if one.value is None else None
    ink = _ink_on(axes, panel, one)
    if text := panel.drawn(one):
        axes.text(col + 0.5, row + 0.5, text, ha="center", va="center", fontsize=8, zorder=4, color=ink, bbox=box)


def _ink_on(axes: Axes, panel: Layer, one: Value) -> str:
    """The colour that is read best on the cell's own: black on all but the dark ones."""
    import numpy as np

    if one.value is None:
        return "0.25"
    (colour,) = axes.collections[0].to_rgba(np.asarray([one.value * panel.quantity.scale]))
    return _ink(*(float(part) for part in colour[:3]))


def _ink(*paper: float) -> str:
    """White where the relative luminance leaves it more contrast than black. Source: WCAG 2.2, relative luminance.

    Args:
        paper: red, green and blue from 0 to 1.
    """
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in paper]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "white" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "black"
