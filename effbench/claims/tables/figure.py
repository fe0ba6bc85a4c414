"""One published figure with ours, the difference and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from effbench.claims.load import Claim
from effbench.claims.ranking import figure_of, is_direct
from effbench.claims.tables.accuracy import Accuracies
from effbench.claims.tables.layout import Layout, RowKey
from effbench.claims.tables.ours import Audited, Ours, said
from effbench.claims.tables.table import Figure
from effbench.claims.verdict import Verdict
from effbench.render.numbers import fixed
from effbench.stats.printed import SCALES


@dataclass(frozen=True)
class Context:
    """What every figure of a table is made with.

    Attributes:
        layout: of the table. found: the paper and our verdicts. marks: way of counting -> its letter.
        runs: accuracies of our own trainings.
    """

    layout: Layout
    found: Audited
    marks: Mapping[str, str]
    runs: Accuracies


def figure(context: Context, key: RowKey, claim: Claim) -> Figure:
    """The published figure beside ours: counted, or measured where a training of ours is about it."""
    verdict = context.found.verdicts[claim.id]
    run = context.runs.of(claim)
    ours = context.found.ours(claim) if run is None else Ours(run.percent, "", "measured")
    words = said(verdict) if run is None else run.words
    holds = is_direct(claim) and verdict.holds
    return Figure(
        claim=claim.id,
        unit=claim.unit,
        published=claim.printed,
        ours=None if ours is None else shown(ours.value, claim),
        difference=None if ours is None else difference(ours.value, claim),
        verdict=words,
        mark=context.marks[str(verdict.under)] if holds else "",
        at=f"at {verdict.size}²" if is_direct(claim) and verdict.size and _unstated(claim) else "",
        reduction=claim.relation == "reduction",
        row={**_place(context.layout, key, claim), **_ours(ours, claim), **_verdict(verdict, words)},
    )


def shown(value: int | Fraction, claim: Claim) -> str:
    """Ours in the unit of the paper, with one digit more than it prints."""
    decimals = len(claim.digits.partition(".")[2]) + 1
    return fixed(Fraction(value) / 10 ** SCALES.get(claim.unit, 0), decimals)


def difference(value: int | Fraction, claim: Claim) -> str:
    """Ours against the published figure: of percentages in points, else in percent."""
    text = fixed(_difference(value, claim), 2)
    sign = "+" if Decimal(text) > 0 else ""
    return f"{sign}{text.removeprefix('-') if Decimal(text) == 0 else text} {'points' if claim.unit == '%' else '%'}"


def _difference(value: int | Fraction, claim: Claim) -> Fraction:
    figure = figure_of(claim).value
    return Fraction(value) - figure if claim.unit == "%" else 100 * (Fraction(value) / figure - 1)


def _unstated(claim: Claim) -> bool:
    """Whether the paper states no image side and the quantity depends on it."""
    return claim.size is None and claim.metric == "flops"


def _place(layout: Layout, key: RowKey, claim: Claim) -> dict[str, Any]:
    return {
        "table": layout.key,
        "where": claim.where,
        "row": claim.row,
        "image_size": key.side if layout.side else claim.size,
        "column": claim.column,
        "claim": claim.id,
        "metric": claim.metric,
        "relation": claim.relation,
        "published": claim.printed,
        "unit": claim.unit,
    }


def _ours(ours: Ours | None, claim: Claim) -> dict[str, Any]:
    if ours is None:
        return dict.fromkeys(("ours", "ours_source", "ours_under", "difference", "difference_unit"))
    exact = ours.value if isinstance(ours.value, int) else float(round(ours.value, 9))
    return {
        "ours": exact,
        "ours_source": ours.source,
        "ours_under": ours.under or None,
        "difference": float(round(_difference(ours.value, claim), 9)),
        "difference_unit": "points" if claim.unit == "%" else "%",
    }


def _verdict(verdict: Verdict, words: str) -> dict[str, Any]:
    counted = verdict.holds and verdict.size is not None
    return {
        "verdict": words,
        "holds_under": verdict.under if counted else None,
        "holds_at_size": verdict.size if counted else None,
        "model": verdict.claim.model,
        "evidence": verdict.detail,
    }
