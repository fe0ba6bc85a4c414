"""Why a printed figure may be off: changed later, another row, another quantity, another size, or nothing known."""

from __future__ import annotations

from collections.abc import Sequence

from effbench.claims.conditions import copied, likeness
from effbench.claims.paper import Claim
from effbench.claims.ranking import is_direct
from effbench.claims.readings import READINGS, cost_readings, figure_of
from effbench.claims.verdict import Verdict
from effbench.models.registry import resolve
from effbench.render.numbers import in_unit
from effbench.stats.printed import printed

CHANGED_LATER = "changed later"
"""Kind of a figure that a later version of the paper prints otherwise."""


def nearly(v: Verdict) -> bool:
    """Whether ours at the row's image size, read in any way, is less than one in the last printed digit away."""
    figure = figure_of(v.claim)
    return any(abs(option.value - figure.value) < figure.step for option in v.readings if option.size == v.size)


def explained(v: Verdict, verdicts: Sequence[Verdict]) -> tuple[str, str]:
    """(kind, reason) for a figure that is off."""
    claim = v.claim
    if claim.later:
        return CHANGED_LATER, _later(v)
    twins = [other for other in verdicts if _copied(other, claim)]
    if twins:
        nearest = max(twins, key=lambda other: likeness(other.claim, claim))
        at = f" at {nearest.claim.size}²" if nearest.claim.size else ""
        return "copied figure", f"it is the figure of the row {nearest.claim.row}{at}, where it holds"
    if claim.metric == "params":
        for option in cost_readings(claim.counted_model, printed(claim.digits, "G"), [v.size] if v.size else []):
            if option.holds:
                giga = in_unit(option.value, "G", 3)
                return "other quantity", f"the digits are the model's cost, {giga} G under {option.under}"
    usual = resolve(claim.counted_model).entry.spec.image_size
    away = f"{v.ratio:.3f} times the printed figure"
    there = [
        option for option in READINGS[claim.metric](claim.counted_model, figure_of(claim), [usual]) if option.holds
    ]
    for option in there:
        if option.under == v.under:
            return "image size", f"it holds at {option.size}² ({option.under})"
    if there:
        away += f"; it would hold at {there[0].size}² ({there[0].under}), two changes at once"
    return "off", away


def _later(v: Verdict) -> str:
    """What a later version prints, and whether a count of ours at the row's image size gives that."""
    claim = v.claim
    figure = printed(claim.later, claim.unit)
    options = READINGS[claim.metric](claim.counted_model, figure, [] if v.size is None else [v.size])
    under = next((option.under for option in options if option.holds), None)
    said = f"which holds under {under}" if under else "which holds under no way of counting either"
    return f"{claim.later_in} prints {claim.later} {claim.unit}, {said}"


def _copied(other: Verdict, claim: Claim) -> bool:
    """Whether the figure is that of ``other``, where it holds."""
    return is_direct(other.claim) and other.holds and copied(claim, other.claim)
