"""Annotated maps of numbers over two axes, as PNG and SVG; the same numbers give the same files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from effbench.errors import MissingExtra
from effbench.render.figure import STYLE, saved
from effbench.render.numbers import scaled

Place = tuple[int, int]
"""(row, column), from 0."""


NARROWEST = 5.0
"""Inches of a map: its title and what stands below it have room."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One map.

    Attributes:
        title: above it. unit: beside its colours.
        values: one line per row; None leaves the cell white. texts: what stands in each cell.
        framed: cells that stand out. hatched: cells whose value is missing. below: what is said under the columns.
    """

    title: str
    unit: str
    values: Sequence[Sequence[float | None]]
    texts: Sequence[Sequence[str]]
    framed: Collection[Place] = ()
    hatched: Collection[Place] = ()
    below: str = ""


def draw(
    values: Sequence[Sequence[int | None]],
    *,
    rows: Sequence[int],
    cols: Sequence[int],
    baseline: int,
    labels: tuple[str, str],
    title: str,
    unit: str,
) -> dict[str, bytes]:
    """The map of costs with each cell's value and its percentage of ``baseline``; cheaper cells are framed.

    Args:
        values: one line per entry of ``rows``; None leaves the cell empty.
        rows, cols: tick labels.
        labels: of the vertical and the horizontal axis.

    Returns:
        ``{"png": …, "svg": …}``.

    Raises:
        MissingExtra: matplotlib, pandas or seaborn is not installed.
    """
    panel = cost_panel(values, baseline=baseline, title=title, unit=unit)
    return draw_panels([panel], rows=rows, cols=cols, labels=labels)


def cost_panel(values: Sequence[Sequence[int | None]], *, baseline: int, title: str, unit: str) -> Panel:
    """Costs, each with its percentage of ``baseline``; cheaper cells are framed."""
    return Panel(
        title=title,
        unit=f"{unit}s",
        values=values,
        texts=[["" if v is None else f"{scaled(v, 1)}\n{100 * v / baseline:.1f} %" for v in line] for line in values],
        framed=[
            (i, j)
            for i, line in enumerate(values)
            for j, value in enumerate(line)
            if value is not None and value < baseline
        ],
        below="(framed: cheaper than 100 %)",
    )


def draw_panels(
    panels: Sequence[Panel], *, rows: Sequence[int], cols: Sequence[int], labels: tuple[str, str], title: str = ""
) -> dict[str, bytes]:
    """Maps over the same axes, side by side.

    Args:
        rows, cols: tick labels. labels: of the vertical and the horizontal axis. title: above all of them.

    Returns:
        ``{"png": …, "svg": …}``.

    Raises:
        MissingExtra: matplotlib, pandas or seaborn is not installed.
    """
    try:
        import matplotlib

        matplotlib.use("agg")
        import matplotlib.pyplot as plt
        import pandas as pd
        import seaborn as sns
        from matplotlib.ticker import FuncFormatter
    except ImportError as error:
        raise MissingExtra("drawing a heatmap", error.name or "seaborn", "report") from None

    size = (max(NARROWEST, 1.5 + 0.85 * len(cols)) * len(panels), 1.5 + 0.6 * len(rows))
    with matplotlib.rc_context(STYLE):
        figure, places = plt.subplots(1, len(panels), figsize=size, layout="constrained", squeeze=False)
        for axes, panel in zip(places[0], panels, strict=True):
            low, high = _ends(panel)
            sns.heatmap(
                pd.DataFrame(panel.values, index=list(rows), columns=list(cols), dtype=float),
                cmap="cividis",
                vmin=low,
                vmax=high,
                linewidths=0.5,
                ax=axes,
                cbar_kws={"label": panel.unit, "format": FuncFormatter(lambda value, _: _tick(value))},
            )
            _texts(axes, panel)
            _marks(axes, panel)
            between = "\n" if len(panels) > 1 else "  "
            axes.set(ylabel=labels[0], xlabel=f"{labels[1]}{between}{panel.below}" if panel.below else labels[1])
            axes.tick_params(axis="y", rotation=0)
            axes.set_title(panel.title, fontsize=10)
        if title:
            figure.suptitle(title, fontsize=10)
        images = saved(figure)
        plt.close(figure)
    return images


def _ends(panel: Panel) -> tuple[float, float]:
    """Of the colours; a map of nothing has them, too."""
    known = [value for line in panel.values for value in line if value is not None]
    return (min(known), max(known)) if known else (0.0, 1.0)


def _tick(value: float) -> str:
    """Of a colour bar: large numbers with a prefix."""
    return scaled(value, 1).replace(".0 ", " ") if abs(value) >= 1000 else f"{value:g}"


def _texts(axes: Any, panel: Panel) -> None:
    """Each cell's text in the colour that is read best on its own: black on all but the dark ones."""
    mesh = axes.collections[0]
    how = {"ha": "center", "va": "center", "fontsize": 8, "zorder": 4}
    missing = {"color": "0.25", "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1.5}}
    for i, line in enumerate(panel.values):
        for j, value in enumerate(line):
            look = missing if value is None else {"color": _ink(mesh.cmap(mesh.norm(value)))}
            if panel.texts[i][j]:
                axes.text(j + 0.5, i + 0.5, panel.texts[i][j], **how, **look)


def _ink(paper: Sequence[float]) -> str:
    """White where the relative luminance leaves it more contrast than black. Source: WCAG 2.2, relative luminance."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in paper[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "white" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "black"


def _marks(axes: Any, panel: Panel) -> None:
    """Frames, white on black so that they show on any colour, and hatches where a value is missing."""
    from matplotlib.patches import Rectangle

    for i, j in panel.hatched:
        axes.add_patch(Rectangle((j, i), 1, 1, fill=False, edgecolor="0.75", hatch="////", linewidth=0))
    for i, j in panel.framed:
        for colour, width in (("black", 3.8), ("white", 2.2)):
            box = Rectangle((j + 0.05, i + 0.05), 0.9, 0.9, fill=False, edgecolor=colour, linewidth=width)
            axes.add_patch(box)
