"""Tables that fit a width: what is the same in every row goes below, then columns go in a stated order.

The order: heads of several words take several lines; columns that are the same in every row become a line below the
table; the columns of ``LEAST`` are left out, the first ones first, and named; texts are folded into lines; what is
still too wide goes on below, beside the columns that tell the rows apart, or numbers. Values, their units and their
intervals are in no list: they stay, and so does every note, with what is uncounted.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

LEAST = (
    "source",
    "by",
    "papers",
    "families",
    "family",
    "what one is",
    "probe",
    "SM clock",
    "least",
    "clock",
    "known by",
    "memory-bound",
    "bound by",
    "FLOP/byte",
    "energy/image",
    "peak predicted",
    "p99",
    "p90",
    "top-5",
    "MACs alone",
    "params",
    "peak activations",
    "peak measured",
)
"""Heads of columns that a narrow terminal leaves out, the first ones first."""

GAP = 2
"""Characters between two columns, and more that a head has than what is below it."""

_UNIT = re.compile(r"(?<=\d) (?=%|(?:[kMGTPE]|n?s|[mµ]s|[KMGT]?i?B)\b)")
"""Between a number and its unit, where no line ends."""
_JOINED = "\N{NO-BREAK SPACE}"

HEAD = 10
"""Characters to which any head may spread."""

SHORT = 16
"""Characters below which no text is folded."""


@dataclass(frozen=True)
class Lane:
    """A column as text. Attributes: head: may have several lines; right: aligned right; cells: from top to bottom."""

    head: str
    right: bool
    cells: tuple[str, ...]

    @property
    def width(self) -> int:
        """Characters, as ``tabulate`` sets it."""
        return max(_width(self.head) + GAP, *map(_width, self.cells)) if self.cells else _width(self.head) + GAP

    @property
    def is_constant(self) -> bool:
        """Whether every row says the same."""
        return len(set(self.cells)) <= 1

    @property
    def name(self) -> str:
        """Its head in one line."""
        return " ".join(self.head.split())


def fitted(lanes: Sequence[Lane], width: int) -> tuple[list[list[Lane]], list[str]]:
    """Blocks of columns, to be set below one another, and the sentences that say where the others are."""
    kept = list(lanes)
    if _total(kept) > width:
        kept = [replace(lane, head=_folded(lane.head, max(HEAD, *map(_width, lane.cells), 0) - GAP)) for lane in kept]
    kept, constant = _without_constants(kept, width)
    kept, left_out = _without_least(kept, width)
    notes = []
    if constant:
        notes.append(
            f"In every row: {', '.join(f'{lane.name} {lane.cells[0]}' for lane in constant if lane.cells[0])}."
        )
    if left_out:
        heads = ", ".join(lane.name for lane in left_out)
        notes.append(f"Left out to fit {width} characters: {heads} (--wide shows all).")
    folded = _with_folded_texts(list(kept), width)
    if _total(folded) <= width:
        return [folded], notes
    halves = [lane if lane.right else _narrowed(lane, max(SHORT, width // 2)) for lane in kept]
    return [_with_folded_texts(block, width) for block in _blocks(halves, width)], notes


def shared(lanes: Sequence[Lane], heads: Sequence[str]) -> tuple[list[Lane], list[Lane]]:
    """The columns without those of ``heads`` that are the same in every row, and these."""
    apart = [lane for lane in lanes[1:] if lane.name in heads and lane.cells and lane.is_constant]
    return [lane for lane in lanes if lane not in apart], apart


def _without_constants(lanes: list[Lane], width: int) -> tuple[list[Lane], list[Lane]]:
    """From the right; in a table of one row, where all are, only those of LEAST."""
    apart: list[Lane] = []
    for lane in reversed(lanes[1:]):
        if _total(lanes) <= width:
            break
        if lane.cells and lane.is_constant and (len(lane.cells) > 1 or lane.name in LEAST):
            lanes, apart = [one for one in lanes if one is not lane], [lane, *apart]
    return lanes, apart


def _without_least(lanes: list[Lane], width: int) -> tuple[list[Lane], list[Lane]]:
    apart: list[Lane] = []
    for head in LEAST:
        if _total(lanes) <= width:
            break
        apart += [lane for lane in lanes[1:] if lane.name == head]
        lanes = [lane for lane in lanes if lane not in apart]
    return lanes, apart


def _with_folded_texts(lanes: list[Lane], width: int) -> list[Lane]:
    """Columns of words folded, the widest first, as far as needed."""
    for i in sorted(range(len(lanes)), key=lambda i: -lanes[i].width):
        over = _total(lanes) - width
        if over <= 0:
            break
        if not lanes[i].right and lanes[i].width > SHORT:
            lanes[i] = _narrowed(lanes[i], max(SHORT, lanes[i].width - over))
    return lanes


def _narrowed(lane: Lane, width: int) -> Lane:
    """Folded to so many characters, as far as words allow."""
    if lane.width <= width:
        return lane
    return replace(lane, head=_folded(lane.head, width - GAP), cells=tuple(_folded(cell, width) for cell in lane.cells))


def _blocks(lanes: Sequence[Lane], width: int) -> list[list[Lane]]:
    """As many columns beside one another as fit, each time with those that tell the rows apart."""
    first = _telling(lanes, width)
    if not first:  # they take too much room: rows have numbers
        lanes, first = [Lane("#", True, tuple(str(n + 1) for n in range(len(lanes[0].cells)))), *lanes], 1
    blocks = [list(lanes[:first])]
    for lane in lanes[first:]:
        if len(blocks[-1]) > first and _total([*blocks[-1], lane]) > width:
            blocks.append(list(lanes[:first]))
        blocks[-1].append(lane)
    return blocks


def _telling(lanes: Sequence[Lane], width: int) -> int:
    """How many columns it takes to tell every row from the others; 0 if they are wider than half of the table."""
    for count in range(1, len(lanes)):
        rows = list(zip(*(lane.cells for lane in lanes[:count]), strict=True))
        if len(set(rows)) == len(rows):
            return count if count == 1 or 2 * _total(lanes[:count]) <= width else 0
    return 0


def _total(lanes: Sequence[Lane]) -> int:
    return sum(lane.width for lane in lanes) + GAP * (len(lanes) - 1)


def _width(text: str) -> int:
    return max(map(len, text.split("\n")))


def _folded(text: str, width: int) -> str:
    """In lines of so many characters; words are not broken."""
    lines = textwrap.wrap(_UNIT.sub(_JOINED, text), max(1, width), break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines).replace(_JOINED, " ") or text


def wrapped(text: str, width: int | None) -> str:
    """A note in lines of so many characters, those after the first indented; None: as it is."""
    if width is None:
        return text
    lines = (
        textwrap.fill(line, width, subsequent_indent=" " * (len(line) - len(line.lstrip()) + 2), break_on_hyphens=False)
        for line in _UNIT.sub(_JOINED, text).split("\n")
    )
    return "\n".join(lines).replace(_JOINED, " ")
