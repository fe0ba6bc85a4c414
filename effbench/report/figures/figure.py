"""One figure of the report: the same rows are drawn and written beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from effbench.render.canvas import Images
from effbench.render.table import exact


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure.

    Attributes:
        name: of its files, without suffix.
        title: what it shows, in a line; missing: what it would show and cannot, with the reason.
        rows: its data, exact: dataclasses or mappings.
        draw: makes ``{"png": …, "svg": …}``.
    """

    name: str
    title: str
    rows: Sequence[object]
    draw: Callable[[], Images]
    missing: str = ""

    def csv(self) -> bytes:
        """The rows, a column a key."""
        return exact(self.rows, "csv").encode()


def rounded(value: float, digits: int = 6) -> float:
    """Significant digits that do not depend on the machine's mathematical functions."""
    return float(f"{value:.{digits}g}")
