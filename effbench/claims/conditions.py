"""What the rows and columns of a paper's tables have in common: one image size a row, one rounding rule a column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher

from effbench.claims.paper import Claim, Paper
from effbench.claims.readings import Reading, figure_of
from effbench.stats.printed import Printed, rounds_to, truncates_to

Readings = Mapping[str, Sequence[Reading]]
"""Claim id -> every way of counting tried on it."""

Row = tuple[str, str, str, int]
"""(where, row, system, image side if it is printed, else 0): a table may hold a system at several sizes."""

Column = tuple[str, str, str]
"""(where, column, metric)."""

MANY_DIGITS = 4
"""So many equal digits are no accident."""
ALIKE = 0.7
"""Names this similar are variants of one system: ViT-B/32 and ViT-B/16."""
NEAR = 0.1
"""A cost this far off, as a share, is still of that image size: sizes differ by more."""


def row_of(claim: Claim) -> Row:
    """The row that the claim stands in."""
    return claim.where, claim.row, claim.system, claim.size or 0


def column_of(claim: Claim) -> Column:
    """The column that the claim stands in; the text of a section is one for each metric."""
    return claim.where, claim.column, claim.metric


def row_sizes(paper: Paper, readings: Readings) -> dict[Row, int]:
    """The image side of every row, from all its figures together: a size is never chosen figure by figure.

    A size that is printed in the row stands. Otherwise costs decide before parameters, which hardly depend on it. A row
    none of whose figures hold has the size of the row whose figure it repeats, then the usual one of its table.
    """
    rows: dict[Row, list[Claim]] = {}
    for id in readings:
        claim = paper.claim(id)
        rows.setdefault(row_of(claim), []).append(claim)
    certain = {row: size for row, claims in rows.items() if (size := _certain(claims, readings)) is not None}
    usual = {row[0]: _most(size for other, size in certain.items() if other[0] == row[0]) for row in rows}
    found = dict(certain)
    for row, claims in rows.items():
        if row not in certain:
            size = _repeated(claims, paper, readings, certain) or _likely(claims, readings, usual[row[0]])
            if size is not None:
                found[row] = size
    return found


def _certain(claims: Sequence[Claim], readings: Readings) -> int | None:
    """The size that is printed, or at which most of the row's costs hold; None where none does."""
    stated = {claim.size for claim in claims if claim.size is not None}
    if stated:
        return _most(sorted(stated))
    tally: Counter[int] = Counter()
    for claim in claims:
        if claim.metric != "params":
            tally.update({r.size for r in readings[claim.id] if r.holds})
    return tally.most_common(1)[0][0] if tally else None


def _repeated(claims: Sequence[Claim], paper: Paper, readings: Readings, known: Mapping[Row, int]) -> int | None:
    """The size of a row whose figure one of these repeats, where it holds there and here at no size."""
    for claim in claims:
        if any(r.holds for r in readings[claim.id]):
            return None
    for claim in claims:
        for id, options in readings.items():
            other = paper.claim(id)
            size = known.get(row_of(other))
            if size and copied(claim, other) and any(r.holds and r.size == size for r in options):
                return size
    return None


def _likely(claims: Sequence[Claim], readings: Readings, usual: int | None) -> int | None:
    """By costs that are near, then by parameters that hold, then as in most of the table."""
    sizes = sorted({r.size for claim in claims for r in readings[claim.id]})

    def evidence(size: int) -> tuple[int, int, int, bool]:
        here = [(claim, [r for r in readings[claim.id] if r.size == size]) for claim in claims]
        near = sum(claim.metric != "params" and any(_near(r, claim) for r in options) for claim, options in here)
        rounded = sum(any(rounds_to(r.value, figure_of(claim)) for r in options) for claim, options in here)
        return near, rounded, sum(any(r.holds for r in options) for _, options in here), size == usual

    return max(sizes, key=evidence) if sizes else None


def _near(reading: Reading, claim: Claim) -> bool:
    ratio = reading.ratio(figure_of(claim))
    return ratio is not None and abs(ratio - 1) <= NEAR


def copied(claim: Claim, other: Claim) -> bool:
    """Whether ``other`` is another row of the column with the same digits, and is alike or no accident."""
    same = column_of(claim) == column_of(other) and claim.printed == other.printed and claim.row != other.row
    return same and (sum(c.isdigit() for c in claim.digits) >= MANY_DIGITS or likeness(other, claim) >= ALIKE)


def likeness(one: Claim, two: Claim) -> float:
    """How similar the names of their systems are, 0 to 1."""
    return SequenceMatcher(None, one.system, two.system).ratio()


def rounding_rules(
    paper: Paper, readings: Readings, sizes: Mapping[Row, int], leading: Mapping[Column, str]
) -> dict[Column, str]:
    """``rounded`` or ``truncated`` for every column: the rule that gives most of its figures.

    Args:
        leading: the way of counting that explains most figures of a column; it decides between equals.
    """
    scores: dict[Column, dict[str, list[int]]] = {}
    for id, options in readings.items():
        claim = paper.claim(id)
        here = [r for r in options if r.size == sizes.get(row_of(claim), r.size)]
        score = scores.setdefault(column_of(claim), {"rounded": [0, 0], "truncated": [0, 0]})
        for rule, tally in score.items():
            given = [r for r in here if follows(rule, r.value, figure_of(claim))]
            tally[0] += bool(given)
            tally[1] += any(r.under == leading.get(column_of(claim)) for r in given)
    return {column: max(score, key=lambda rule: score[rule]) for column, score in scores.items()}


def follows(rule: str, value: int, figure: Printed) -> bool:
    """Whether the value prints as the figure by that rule."""
    return rounds_to(value, figure) if rule == "rounded" else truncates_to(value, figure)


def _most(sizes: Iterable[int]) -> int | None:
    tally = Counter(sizes)
    return tally.most_common(1)[0][0] if tally else None
