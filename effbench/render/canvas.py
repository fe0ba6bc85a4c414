"""Where figures are drawn: one style, a palette, names beside points; the same drawing gives the same files."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from effbench.errors import EffbenchError, MissingExtra
from effbench.files.atomic import write_files
from effbench.render.numbers import scaled

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

DPI = 150
"""Dots per inch of pictures; a text that is placed has the width here that it has in print."""

PALED = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.6}
"""Behind a name beside a point: lines are paled, not crossed."""


@dataclass(frozen=True, repr=False)
class Picture:
    """A finished figure: a notebook shows it, and ``save`` writes it."""

    images: Images

    def _repr_svg_(self) -> str:
        return self.images["svg"].decode()

    def save(self, path: str | Path) -> None:
        """Write it as PNG or SVG, by the ending of the file.

        Raises:
            EffbenchError: another ending, or the file cannot be written.
        """
        file = Path(path)
        if file.suffix[1:] not in self.images:
            raise EffbenchError(f"{file}: a figure is written as .png or .svg")
        write_files({file: self.images[file.suffix[1:]]})


def bars(title: str, names: Sequence[str], values: Sequence[float], unit: str) -> Picture:
    """A bar for each name, the first one on top.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    with canvas("bars", size=(7, 1.2 + 0.28 * len(names)), title=title) as paper:
        (place,) = paper.axes
        drawn = place.barh(range(len(names)), values, color=COLOURS[0])
        place.bar_label(drawn, labels=[f" {scaled(value, 2)}" for value in values], fontsize=7)
        place.set_yticks(range(len(names)), list(names))
        place.invert_yaxis()
        place.set_xlabel(unit)
        place.margins(x=0.15)
    return Picture(paper.images)


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
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra(f"drawing {what}", error.name or "matplotlib", "report") from None
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=size, dpi=DPI, layout="constrained")  # without pyplot: a notebook keeps its backend
        FigureCanvasAgg(figure)
        axes = figure.subplots(down, across, squeeze=False, sharex="all" if down > 1 else "none")
        made = Canvas(figure, list(axes.flat))
        if title:
            _gridded(made.axes[0], title)
        yield made
        made.images.update({kind: _saved(figure, kind) for kind in ("png", "svg")})


def _gridded(axes: Axes, title: str) -> None:
    axes.set_axisbelow(True)
    axes.grid(color="0.92", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(title, fontsize=10, loc="left")


def _saved(figure: Figure, kind: str) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=DPI, metadata={"Date": None} if kind == "svg" else {"Software": None})
    return buffer.getvalue()


def beside(
    axes: Axes,
    points: Sequence[tuple[float, float, str]],
    others: Sequence[tuple[float, float]] = (),
    steps: Sequence[Sequence[tuple[float, float]]] = (),
) -> None:
    """Names beside points, the first ones first; one that would cover another, a point or a line is left out.

    Args:
        points: x, y and name, in the axes' units, of those that want a name. others: points that must stay visible.
        steps: lines that go through points, first across, then up.
    """
    axes.figure.canvas.draw()  # settles the layout: from here on places are known
    place = axes.transData.transform
    taken = [(x - 6, y - 6, x + 6, y + 6) for x, y in (place(p) for p in [*others, *((x, y) for x, y, _ in points)])]
    for line in steps:
        ends = [place(point) for point in line]
        for (x, y), (right, top) in pairwise(ends):
            taken += [(x, y - 1, right, y + 1), (right - 1, min(y, top), right + 1, max(y, top))]
    inside = axes.get_window_extent().padded(-2)
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
