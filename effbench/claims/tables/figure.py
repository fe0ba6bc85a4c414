"""One published figure with ours, the difference and the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from effbench.claims.audit import Audit, Ours
from effbench.claims.paper import Claim, Layout
from effbench.claims.ranking import is_direct
from effbench.claims.readings import figure_of
from effbench.claims.tables.accuracy import Training, accuracy
from effbench.claims.verdict import Verdict
from effbench.claims.wording import in_few_words
from effbench.render.numbers import fixed
from effbench.stats.printed import SCALES

Line = Literal["published", "ours", "verdict"]
"""What the lines of a row are: as printed; analytic, counted or measured; the difference and what it means."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of a cell.

    Attributes:
        table: key of its table.
        value: ours, exact; None where we have none. words: the verdict in one word or a few.
        mark: letter of the way of counting under which the published figure holds.
        best: of the published figures it is compared with. ours_best: likewise of ours.
    """

    table: str
    verdict: Verdict
    value: Ours | None
    words: str
    mark: str = ""
    best: bool = False
    ours_best: bool = False

    @property
    def claim(self) -> Claim:
        """The published figure."""
        return self.verdict.claim

    @property
    def ours(self) -> str | None:
        """Ours in the unit of the paper, with one digit more than it prints."""
        return None if self.value is None else shown(self.value.value, self.claim)

    @property
    def reduction(self) -> bool:
        """Whether it is a reduction, printed in brackets behind the figure it belongs to."""
        return self.claim.relation == "reduction"

    def digits(self, line: Line) -> str | None:
        """The number of that line."""
        return {"published": self.claim.printed, "ours": self.ours}[line]

    def is_best(self, line: Line) -> bool:
        """Whether that number is set in bold."""
        return {"published": self.best, "ours": self.ours_best}[line]

    def judgement(self) -> str:
        """The difference, the verdict, and what the figure holds under, at the image side where the paper has none."""
        gap = None if self.value is None else difference(self.value.value, self.claim)
        unstated = is_direct(self.claim) and self.claim.metric == "flops" and self.claim.size is None
        at = f"at {self.verdict.size}²" if unstated and self.verdict.size else ""
        under = f"under [{self.mark}]" if self.mark else ""
        return " ".join(part for part in (", ".join(part for part in (gap, self.words) if part), under, at) if part)

    @property
    def holds_at(self) -> tuple[str, int] | None:
        """The way of counting and the image side that give the published digits."""
        v = self.verdict
        return (str(v.under), v.size) if v.holds and v.size is not None else None

    @property
    def gap(self) -> tuple[float, str] | None:
        """Ours against the published figure, and the unit of that."""
        if self.value is None:
            return None
        return float(round(_difference(self.value.value, self.claim), 9)), _gap_unit(self.claim)

    def plain(self) -> dict[str, object]:
        """The figure for machines: exact, in base units; None where there is nothing."""
        claim, value = self.claim, self.value
        under, at = self.holds_at or (None, None)
        gap, unit = self.gap or (None, None)
        return {
            "table": self.table,
            "where": claim.where,
            "row": claim.row,
            "image_size": claim.size,
            "column": claim.column,
            "claim": claim.id,
            "metric": claim.metric,
            "relation": claim.relation,
            "published": claim.printed,
            "unit": claim.unit,
            "ours": None if value is None else value.plain_value,
            "ours_source": None if value is None else value.source,
            "ours_under": None if value is None else value.under or None,
            "difference": gap,
            "difference_unit": unit,
            "verdict": self.words,
            "holds_under": under,
            "holds_at_size": at,
            "model": claim.model,
            "evidence": self.verdict.detail,
            "reading": claim.reading,
            "later": claim.later,
            "later_in": claim.later_in,
        }


@dataclass(frozen=True)
class Context:
    """What every figure of a table is made with.

    Attributes:
        found: the paper and our verdicts. marks: way of counting -> its letter. trainings: of ours.
    """

    layout: Layout
    found: Audit
    marks: Mapping[str, str]
    trainings: Sequence[Training] = ()


def figure(context: Context, claim: Claim) -> Figure:
    """The published figure beside ours: counted, or measured where a training of ours is about it."""
    verdict = context.found.verdicts[claim.id]
    run = accuracy(claim, context.trainings)
    return Figure(
        table=context.layout.key,
        verdict=verdict,
        value=context.found.ours(claim) if run is None else Ours(run.percent, "", "measured"),
        words=in_few_words(verdict) if run is None else run.words,
        mark=context.marks[str(verdict.under)] if is_direct(claim) and verdict.holds else "",
    )


def shown(value: int | Fraction, claim: Claim) -> str:
    """Ours in the unit of the paper, with one digit more than it prints."""
    return fixed(Fraction(value) / 10 ** SCALES.get(claim.unit, 0), claim.decimals + 1)


def difference(value: int | Fraction, claim: Claim) -> str:
    """Ours against the published figure: of percentages in points, else in percent."""
    text = fixed(_difference(value, claim), 2)
    sign = "+" if Decimal(text) > 0 else ""
    return f"{sign}{text.removeprefix('-') if Decimal(text) == 0 else text} {_gap_unit(claim)}"


def _gap_unit(claim: Claim) -> str:
    return "points" if claim.unit == "%" else "%"


def _difference(value: int | Fraction, claim: Claim) -> Fraction:
    printed = figure_of(claim).value
    return Fraction(value) - printed if claim.unit == "%" else 100 * (Fraction(value) / printed - 1)
