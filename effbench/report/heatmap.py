"""An annotated map of integers over two axes, as PNG and SVG; the same numbers give the same files."""

from __future__ import annotations

from collections.abc import Sequence

from effbench.errors import MissingExtra
from effbench.report.figure import STYLE, saved
from effbench.report.numbers import scaled


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
    """The map with each cell's value and its percentage of ``baseline``; cheaper cells are framed.

    Args:
        values: one line per entry of ``rows``; None leaves the cell empty.
        rows, cols: tick labels.
        labels: of the vertical and the horizontal axis.

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
        from matplotlib.patches import Rectangle
    except ImportError as error:
        raise MissingExtra("drawing a heatmap", error.name or "seaborn", "report") from None

    frame = pd.DataFrame(values, index=list(rows), columns=list(cols), dtype=float)
    texts = [["" if v is None else f"{scaled(v, 1)}\n{100 * v / baseline:.1f} %" for v in line] for line in values]
    with matplotlib.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(1.5 + 0.85 * len(cols), 1.3 + 0.6 * len(rows)), layout="constrained")
        sns.heatmap(
            frame,
            annot=texts,
            fmt="",
            cmap="cividis",
            linewidths=0.5,
            ax=axes,
            cbar_kws={"label": f"{unit}s"},
            annot_kws={"fontsize": 8},
        )
        for i, line in enumerate(values):
            for j, value in enumerate(line):
                if value is not None and value < baseline:
                    axes.add_patch(
                        Rectangle((j + 0.05, i + 0.05), 0.9, 0.9, fill=False, edgecolor="white", linewidth=2.2)
                    )
        axes.set(ylabel=labels[0], xlabel=f"{labels[1]}  (framed: cheaper than 100 %)")
        axes.set_title(title, fontsize=10)
        images = saved(figure)
        plt.close(figure)
    return images
