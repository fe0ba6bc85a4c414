"""A finished table, which any format writes: heads, lines of cells and notes for people, rows for machines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Head:
    """The head of a column. right: its cells are aligned right; decimal: its numbers are, at their decimal points."""

    text: str
    right: bool = False
    decimal: bool = False


@dataclass(frozen=True)
class Cell:
    """What stands in one place: text without markup; what it looks like, formats that can show.

    Attributes:
        bold, code: how it is set. label: it names its row.
        lines: how many lines it covers, its own and the next; 0: the cell above covers it, and the text is empty.
    """

    text: str
    bold: bool = False
    code: bool = False
    label: bool = False
    lines: int = 1


@dataclass(frozen=True)
class Line:
    """One line of cells, a cell a head. kind: which of several kinds of lines it is, e.g. ``published``."""

    cells: Sequence[Cell]
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table.

    Attributes:
        heads: of the columns. lines: makes the lines below them; not called by formats that write ``rows``.
        rows: what machines read: dataclasses, mappings or objects with a method ``plain``.
        document: what formats of nested values hold in place of the rows; None for the rows.
        title, notes: above and below. bold: what bold cells mean, a note of formats that have them.
        key: names the table where others refer to it; empty for one that nothing refers to.
        raised: whether ``^2`` and ``^ds`` stand for superscripts, as in words of a paper.
    """

    heads: Sequence[Head]
    lines: Callable[[], Sequence[Line]]
    rows: Sequence[object]
    document: object = None
    title: str = ""
    notes: Sequence[str] = ()
    bold: str = ""
    key: str = ""
    raised: bool = False

    def all_notes(self) -> list[str]:
        """Those of a format that has bold cells."""
        return [*self.notes, *([self.bold] if self.bold else [])]
