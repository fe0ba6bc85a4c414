"""Where figures are drawn: one style, a palette, names beside points; the same drawing gives the same files."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING

from effbench.errors import MissingExtra

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.typing import RcKeyType

Images = dict[str, bytes]
"""``{"png": …, "svg": …}``."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""People with any colour vision can tell them apart (Okabe and Ito 2008); markers differ, too."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

STYLE: dict[RcKeyType, str | int] = {"svg.hashsalt": "effbench", "svg.fonttype": "none", "font.size": 9}
"""For ``matplotlib.rc_context``: identifiers in SVG that do not change from run to run, and text that stays text."""

PALED = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.6}
"""Behind a name beside a point: lines are paled, not crossed."""


@dataclass(frozen=True)
class Canvas:
    """A figure that is drawn on. Attributes: axes: its panels; images: its files, once it is finished."""

    figure: Figure
    axes: Sequence[Axes]
    images: Images = field(default_factory=dict)


def require_matplotlib() -> None:
    """Raise MissingExtra, before any work, unless figures can be drawn."""
    for library in ("matplotlib", "pandas", "seaborn"):
        if find_spec(library) is None:
            raise MissingExtra("drawing figures", library, "report")


@contextmanager
def canvas(
    what: str = "figures", *, size: tuple[float, float], down: int = 1, across: int = 1, title: str = ""
) -> Iterator[Canvas]:
    """Panels to draw on; the images are there when the block ends.

    Args:
        what: is drawn, for an error. size: inches, across and down.
        down, across: how many panels there are; those below each other share their x-axis.
        title: set above a single panel with grid lines; without one the panels are bare.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    try:
        import matplotlib

        matplotlib.use("agg")
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise MissingExtra(f"drawing {what}", error.name or "matplotlib", "report") from None
    with matplotlib.rc_context(STYLE):
        figure, axes = plt.subplots(
            down, across, figsize=size, layout="constrained", squeeze=False, sharex="all" if down > 1 else "none"
        )
        made = Canvas(figure, list(axes.flat))
        try:
            if title:
                _gridded(made.axes[0], title)
            yield made
            made.images.update({kind: _saved(figure, kind) for kind in ("png", "svg")})
        finally:
            plt.close(figure)


def _gridded(axes: Axes, title: str) -> None:
    axes.set_axisbelow(True)
    axes.grid(color="0.92", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(title, fontsize=10, loc="left")


def _saved(figure: Figure, kind: str) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else {"Software": None})
    return buffer.getvalue()


def beside(axes: Axes, points: Sequence[tuple[float, float, str]], others: Sequence[tuple[float, float]] = ()) -> None:
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
            text = axes.annotate(
                name, (x, y), xytext=(dx, dy), textcoords="offset points", ha=side, fontsize=7, bbox=PALED
            )
            box = text.get_window_extent()
            room = (box.x0, box.y0, box.x1, box.y1)
            fits = inside.x0 <= box.x0 and box.x1 <= inside.x1 and inside.y0 <= box.y0 and box.y1 <= inside.y1
            if fits and not any(_touch(room, other) for other in taken):
                taken.append(room)
                break
            text.remove()


def _touch(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
