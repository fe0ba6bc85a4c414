"""One published figure with ours, the difference and the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from effbench.claims.audit import Audit, Ours
from effbench.claims.paper import Claim, Layout
from effbench.claims.ranking import figure_of, is_direct
from effbench.claims.tables.accuracy import Training, accuracy
from effbench.claims.tables.layout import RowKey
from effbench.claims.tables.table import Figure, Record
from effbench.claims.wording import in_few_words
from effbench.render.numbers import fixed
from effbench.stats.printed import SCALES


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


def figure(context: Context, key: RowKey, claim: Claim) -> Figure:
    """The published figure beside ours: counted, or measured where a training of ours is about it."""
    verdict = context.found.verdicts[claim.id]
    run = accuracy(claim, context.trainings)
    ours = context.found.ours(claim) if run is None else Ours(run.percent, "", "measured")
    counted = verdict.holds and verdict.size is not None
    gap = None if ours is None else _difference(ours.value, claim)
    record = Record(
        table=context.layout.key,
        where=claim.where,
        row=claim.row,
        image_size=key.side if context.layout.side else claim.size,
        column=claim.column,
        claim=claim.id,
        metric=claim.metric,
        relation=claim.relation,
        published=claim.printed,
        unit=claim.unit,
        ours=None if ours is None else _exact(ours.value),
        ours_source=None if ours is None else ours.source,
        ours_under=None if ours is None else ours.under or None,
        difference=None if gap is None else float(round(gap, 9)),
        difference_unit=None if gap is None else _gap_unit(claim),
        verdict=in_few_words(verdict) if run is None else run.words,
        holds_under=verdict.under if counted else None,
        holds_at_size=verdict.size if counted else None,
        model=claim.model,
        evidence=verdict.detail,
    )
    return Figure(
        record=record,
        ours=None if ours is None else shown(ours.value, claim),
        difference=None if ours is None else difference(ours.value, claim),
        mark=context.marks[str(verdict.under)] if is_direct(claim) and verdict.holds else "",
        at=f"at {verdict.size}²" if is_direct(claim) and verdict.size and _unstated(claim) else "",
    )


def shown(value: int | Fraction, claim: Claim) -> str:
    """Ours in the unit of the paper, with one digit more than it prints."""
    return fixed(_decimal(Fraction(value) / 10 ** SCALES.get(claim.unit, 0)), claim.decimals + 1)


def difference(value: int | Fraction, claim: Claim) -> str:
    """Ours against the published figure: of percentages in points, else in percent."""
    text = fixed(_decimal(_difference(value, claim)), 2)
    sign = "+" if Decimal(text) > 0 else ""
    return f"{sign}{text.removeprefix('-') if Decimal(text) == 0 else text} {_gap_unit(claim)}"


def _gap_unit(claim: Claim) -> str:
    return "points" if claim.unit == "%" else "%"


def _difference(value: int | Fraction, claim: Claim) -> Fraction:
    figure = figure_of(claim).value
    return Fraction(value) - figure if claim.unit == "%" else 100 * (Fraction(value) / figure - 1)


def _unstated(claim: Claim) -> bool:
    """Whether the paper states no image side and the quantity depends on it."""
    return claim.size is None and claim.metric == "flops"


def _exact(value: int | Fraction) -> int | float:
    return value if isinstance(value, int) else float(round(value, 9))


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
