"""What all figures of the report share: how one is begun and ended, its palette, its names beside points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from effbench.errors import MissingExtra
from effbench.render.figure import COLOURS, MARKERS, STYLE, saved

__all__ = ["COLOURS", "MARKERS", "Images", "beside", "draw", "require_matplotlib"]

LABEL: dict[str, Any] = {
    "textcoords": "offset points",
    "fontsize": 7,
    "bbox": {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.6},
}
"""A name beside a point: lines behind it are paled, not crossed."""

Images = dict[str, bytes]
"""Suffix -> content."""


def require_matplotlib() -> None:
    """Raise MissingExtra, before any work, unless figures can be drawn."""
    from importlib.util import find_spec

    for library in ("matplotlib", "pandas", "seaborn"):
        if find_spec(library) is None:
            raise MissingExtra("drawing figures", library, "report")


def draw(paint: Callable[[Any], None], *, size: tuple[float, float], title: str) -> Images:
    """A figure with one pair of axes, which ``paint`` fills.

    Args:
        size: inches, across and down.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    try:
        import matplotlib

        matplotlib.use("agg")
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise MissingExtra("drawing figures", error.name or "matplotlib", "report") from None
    with matplotlib.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=size, layout="constrained")
        axes.set_axisbelow(True)
        axes.grid(color="0.92", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_title(title, fontsize=10, loc="left")
        paint(axes)
        images = saved(figure)
        plt.close(figure)
    return images


def beside(axes: Any, points: Sequence[tuple[float, float, str]], others: Sequence[tuple[float, float]] = ()) -> None:
    """Names beside points, the first ones first; one that would cover another, or a point, is left out.

    Args:
        points: x, y and name, in the axes' units, of those that want a name. others: points that must stay visible.
    """
    axes.figure.canvas.draw()  # settles the layout: from here on places are known
    place = axes.transData.transform
    taken = [(x - 4, y - 4, x + 4, y + 4) for x, y in (place(p) for p in [*others, *((x, y) for x, y, _ in points)])]
    inside = axes.get_window_extent()
    for x, y, name in points:
        for dx, dy, side in ((-5, 6, "right"), (-7, -3, "right"), (0, 7, "center"), (5, 6, "left"), (5, -12, "left")):
            text = axes.annotate(name, (x, y), xytext=(dx, dy), ha=side, **LABEL)
            box = text.get_window_extent()
            room = (box.x0, box.y0, box.x1, box.y1)
            fits = inside.x0 <= box.x0 and box.x1 <= inside.x1 and inside.y0 <= box.y0 and box.y1 <= inside.y1
            if fits and not any(_touch(room, other) for other in taken):
                taken.append(room)
                break
            text.remove()


def _touch(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
