"""The figures of a column against our values: how the column is counted, and what is wrong with single figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from fractions import Fraction

from effbench.claims.lint.columns import BINARY, Column
from effbench.claims.lint.entry import SCOPES, USUAL, Entry, prints, ways
from effbench.claims.lint.finding import UNDECIDABLE, ColumnReport, LintFinding
from effbench.render.numbers import scaled
from effbench.stats.printed import Printed, rounds_to, truncates_to

SLIPS = (10, 100, 1000)
FAR = Fraction(15, 100)
"""A figure this far off is wrong in a column of any convention."""
FEWEST, SURE = 3, 3
"""A column is over 2^20 or 2^30 where so many figures hold so, and so many times as many as in any plain way."""
FEW = Fraction(1, 4)
"""A column fewer of whose figures hold has no convention that is known."""

EXACT = ("macs", "flops")
"""Ways of counting that leave nothing to the version of a tool; others count norms and more as they please."""
SMALL = Fraction(5, 1000)
"""How far versions of a tool may be apart."""

ALIKE = 0.7
"""Rows with names this similar may have been mixed up; others only where MANY digits are equal."""
MANY = 4


@dataclass(frozen=True)
class Judge:
    """A column of one quantity, ``cost`` or ``params``, whose figures have ``scale`` where they print none."""

    column: Column
    quantity: str
    entries: Sequence[Entry]
    scale: str
    way: str
    rule: str
    holding: int

    @property
    def convention(self) -> str:
        """How the column is counted; empty where too few figures say."""
        return self.way if self.entries and Fraction(self.holding, len(self.entries)) >= FEW else ""

    def report(self) -> ColumnReport:
        """For the head of the output."""
        return ColumnReport(
            column=self.column.head,
            quantity=self.quantity,
            convention=self.convention,
            rule=self.rule,
            holding=self.holding,
            figures=len(self.entries),
        )

    def findings(self) -> Iterator[LintFinding]:
        """Of the column, then of its figures."""
        stated = self.column.scale
        if stated and self.scale.removesuffix("i") != stated and self.entries:
            text = f"the unit is printed as {stated}, but the figures are in {self.scale}"
            yield self._finding("", "unit", "", None, text)
        for entry in self.entries:
            yield from self._of(entry)

    def _of(self, entry: Entry) -> Iterator[LintFinding]:
        figure = self._printed(entry)
        ours = entry.ours(self.quantity, self.way, entry.side)
        if ours is None:
            return
        holds = [
            way for way in ways(self.quantity, entry) if prints(entry.ours(self.quantity, way, entry.side), figure)
        ]
        by_rule = rounds_to if self.rule == "rounded" else truncates_to
        others = self._rounded(entry, holds, figure)
        if self.way in holds and self.scale in BINARY:
            text = f"is over {'2^30' if self.scale == 'Gi' else '2^20'}, as the column: ours is {scaled(ours)}"
            yield self._finding(entry.row, "unit", entry.value.text, ours, text)
        elif self.way in holds and (by_rule(ours, figure) or not others or self.quantity != "cost"):
            yield from self._rounding(entry, figure, ours)
        elif others:
            way = others[0]
            if self.quantity == "cost":
                value = entry.ours(self.quantity, way, entry.side)
                text = f"is {way} ({scaled(value or 0)}), the column {self.way}, which gives {scaled(ours)}"
                yield self._finding(entry.row, "convention", entry.value.text, ours, text)
        else:
            yield self._wrong(entry, figure, ours)

    def _rounding(self, entry: Entry, figure: Printed, ours: int) -> Iterator[LintFinding]:
        by_rule = rounds_to if self.rule == "rounded" else truncates_to
        if not by_rule(ours, figure):
            text = f"ours is {scaled(ours)}, which the column's other figures, {self.rule}, would print otherwise"
            yield self._finding(entry.row, "rounding", entry.value.text, ours, text)

    def _rounded(self, entry: Entry, holds: Sequence[str], figure: Printed) -> list[str]:
        """The ways that give the figure by rounding; one cut off is taken for chance."""
        return [way for way in holds if rounds_to(entry.ours(self.quantity, way, entry.side) or 0, figure)]

    def _wrong(self, entry: Entry, figure: Printed, ours: int) -> LintFinding:
        for kind, text in (self._copied(entry), self._swapped(entry, figure), self._at_another_size(entry, figure)):
            if kind:
                return self._finding(entry.row, kind, entry.value.text, ours, text)
        apart = abs(Fraction(ours) / figure.value - 1) if figure.value else Fraction(1)
        if abs(ours - figure.value) < figure.step:
            text = f"ours is {scaled(ours)}: one off in the last digit"
            return self._finding(entry.row, "rounding", entry.value.text, ours, text)
        if not self.convention and apart < FAR:
            text = f"ours is {scaled(ours)} under {self.way}, but too few figures of the column say how it is counted"
            return self._finding(entry.row, UNDECIDABLE, entry.value.text, ours, text)
        if self.quantity == "cost" and self.way not in EXACT and apart < SMALL:
            text = f"ours is {scaled(ours)} under {self.way}: so near that a version of the tool may give the figure"
            return self._finding(entry.row, UNDECIDABLE, entry.value.text, ours, text)
        text = f"ours is {scaled(ours)} under {self.way}, {float(Fraction(ours) / figure.value):.3f} times the figure"
        return self._finding(entry.row, "off", entry.value.text, ours, text)

    def _copied(self, entry: Entry) -> tuple[str, str]:
        many = sum(c.isdigit() for c in entry.value.digits) >= MANY
        for other in self.entries:
            alike = many or SequenceMatcher(None, other.row, entry.row).ratio() >= ALIKE
            same = alike and (other.value.digits, other.value.scale) == (entry.value.digits, entry.value.scale)
            value = other.ours(self.quantity, self.way, other.side)
            if other.row != entry.row and same and prints(value, self._printed(other)):
                return "copied", f"it is the figure of the row {other.row}, where it holds"
        return "", ""

    def _swapped(self, entry: Entry, figure: Printed) -> tuple[str, str]:
        """The digits of the other quantity, or of this one with the point or the unit elsewhere."""
        other = "params" if self.quantity == "cost" else "cost"
        digits = [figure.value * Fraction(10) ** power for power in (-3, 3)]
        for way in ways(other, entry):
            value = entry.ours(other, way, entry.side)
            for shifted, step in ((digits[0], figure.step / 1000), (digits[1], figure.step * 1000)):
                if prints(value, Printed("", shifted, step)):
                    name = "parameters" if other == "params" else "cost"
                    return "swapped", f"the digits are those of the {name}, {scaled(value or 0)}"
        for slip in SLIPS:
            for factor in (Fraction(slip), Fraction(1, slip)):
                step = figure.step * _tens(entry.value.digits) if slip == 1000 else figure.step
                moved = Printed("", figure.value * factor, step * factor)
                value = entry.ours(self.quantity, self.way, entry.side)
                if prints(value, moved):
                    kind = "unit" if slip == 1000 else "swapped"
                    return kind, f"ours is {scaled(value or 0)}: {slip} times {'more' if factor > 1 else 'less'}"
        return "", ""

    def _at_another_size(self, entry: Entry, figure: Printed) -> tuple[str, str]:
        """Of parameters in the column's scope alone: another size and another scope at once explain nothing."""
        for one in entry.options:
            for way in dict.fromkeys((self.way, *(USUAL[:3] if self.quantity == "cost" else ()))):
                value = (one.costs if self.quantity == "cost" else one.params).get(way)
                if one.side != entry.side and value is not None and rounds_to(value, figure):
                    return "size", f"it holds at {one.side}² ({way}), not at {entry.side}²"
        return "", ""

    def _printed(self, entry: Entry) -> Printed:
        return entry.value.printed(self.scale)

    def _finding(self, row: str, kind: str, cell: str, ours: int | None, text: str) -> LintFinding:
        return LintFinding(
            row=row,
            column=self.column.head,
            finding=kind,
            printed=cell,
            ours=ours,
            convention=self.convention,
            text=text,
        )


def _tens(digits: str) -> int:
    """What the last digit of a whole number counts that may be rounded to tens or hundreds: 390 stands for 386, too."""
    whole = "" if "." in digits else digits
    return int("1" + "0" * (len(whole) - len(whole.rstrip("0"))))


def judged(column: Column, quantity: str, entries: Sequence[Entry]) -> Judge:
    """The column with its scale, way of counting and rounding rule: those that give most of its figures."""
    stated = column.scale or ("M" if quantity == "params" else "G")
    plain = _best(column, quantity, entries, dict.fromkeys((stated, "M", "G", "k", "")), stated)
    binary = _best(column, quantity, entries, [one for one in BINARY if one.startswith(stated)], stated)
    return binary if binary.holding >= max(FEWEST, SURE * plain.holding) else plain


def _best(column: Column, quantity: str, entries: Sequence[Entry], scales: Iterable[str], stated: str) -> Judge:
    best: tuple[tuple[int, ...], Judge] | None = None
    for scale in scales:
        for way in dict.fromkeys(way for entry in entries for way in ways(quantity, entry)):
            for rule in ("rounded", "truncated"):
                found = Judge(column, quantity, entries, scale, way, rule, 0)
                holding, by_rule, likely = _score(found)
                found = Judge(column, quantity, entries, scale, way, rule, holding)
                score = (holding, by_rule, int(scale == stated), int(rule == "rounded"), likely)
                if best is None or score > best[0]:
                    best = score, found
    return best[1] if best else Judge(column, quantity, entries, stated, "", "rounded", 0)


def _score(judge: Judge) -> tuple[int, int, int]:
    """(figures given, those by the rule, minus the place of the way in the order of likelihood)."""
    given = by_rule = 0
    rule = rounds_to if judge.rule == "rounded" else truncates_to
    for entry in judge.entries:
        figure, value = entry.value.printed(judge.scale), entry.ours(judge.quantity, judge.way, entry.side)
        if value is not None and prints(value, figure):
            given += 1
            by_rule += rule(value, figure)
    order = USUAL if judge.quantity == "cost" else SCOPES
    return given, by_rule, -order.index(judge.way) if judge.way in order else -len(order)
