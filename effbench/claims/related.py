"""Verdicts on what a paper says of two figures, or of two networks: a difference, a ratio, an ordering."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from effbench.claims.comparisons import Compared
from effbench.claims.paper import Claim
from effbench.claims.readings import figure_of, total, total_of_part
from effbench.claims.relations import agrees, interval, related, value_of
from effbench.claims.verdict import Verdict
from effbench.cost.convention import conventions
from effbench.stats.printed import Printed, match, rounds_to, truncates_to


def in_words(claim: Claim, pairs: Sequence[Compared]) -> Verdict:
    """An ordering, at every accuracy that is printed of both; of what is called similar, the figures alone."""
    if not pairs:
        return Verdict(claim=claim, outcome="not checked", detail="nothing printed of both")
    detail = "; ".join(pair.text for pair in pairs) if len(pairs) > 1 else pairs[0].figures
    if claim.relation == "similar":
        return Verdict(claim=claim, outcome="no limit", detail=f"{detail}; the words name no limit")
    holds = all(pair.is_greater for pair in pairs)
    return Verdict(claim=claim, outcome="follows" if holds else "contradicts", detail=detail)


def arithmetic(claim: Claim, of: Claim, against: Claim, alike: Fraction | None) -> Verdict:
    """Whether the printed relation follows from the two printed figures; ``alike``: its value counted alike."""
    relation = str(claim.relation)
    top, bottom = figure_of(of), figure_of(against)
    if relation != "difference" and bottom.low <= 0:
        return Verdict(claim=claim, outcome="not checked", detail="the figure it is compared with may be 0")
    allowed = related(relation, interval(top), interval(bottom))
    ours = value_of(relation, top.value, bottom.value)
    follows_from = agrees(figure_of(claim), allowed)
    detail = f"{of.text} against {against.text}{_by_which_rule(ours, figure_of(claim)) if follows_from else ''}"
    if alike is not None:
        detail += f", which are counted differently; counted alike {float(alike):.2f} {claim.unit}"
    if follows_from:
        outcome = "follows"
    elif claim.approximate and agrees(figure_of(claim), allowed, approximate=True, relation=relation):
        outcome = "about"
    else:
        outcome = "contradicts"
    return Verdict(claim=claim, outcome=outcome, ours=ours, under="the paper's figures", detail=detail, alike=alike)


def _by_which_rule(ours: Fraction, figure: Printed) -> str:
    """ ", rounded" or ", cut off", where only one of the two gives the printed digits."""
    rounded, cut = rounds_to(ours, figure), truncates_to(ours, figure)
    return "" if rounded == cut else ", rounded" if rounded else ", cut off"


def alike(claim: Claim, direct: Mapping[str, Verdict]) -> Fraction | None:
    """The relation with ``of`` counted as ``against`` is, where our verdicts say that they are not."""
    of, against = direct.get(str(claim.of)), direct.get(str(claim.against))
    if of is None or against is None or claim.metric != "flops" or not (of.holds and against.holds):
        return None
    if of.under == against.under:
        return None
    top, bottom = (total(v.claim.counted_model, v.size, str(against.under)) for v in (of, against))
    return value_of(str(claim.relation), Fraction(top), Fraction(bottom))


def between_models(claim: Claim, of_model: str, against_model: str, usual: str) -> Verdict:
    """The paper's usual way of counting, else any that gives the figure; where none does, what all of them give."""
    detail = f"{of_model} against {against_model}" + (f", {', '.join(claim.part)} alone" if claim.part else "")
    found = _relations(claim, of_model, against_model)
    if usual not in found:
        return Verdict(claim=claim, outcome="not checked", detail=f"{detail} costs nothing under {usual}")
    order = sorted(found, key=lambda name: (match(found[name], figure_of(claim)) == "off", name != usual))
    outcome = match(found[order[0]], figure_of(claim))
    if outcome == "off":
        order = [usual]
        about = claim.approximate and agrees(
            figure_of(claim), (found[usual], found[usual]), approximate=True, relation=str(claim.relation)
        )
        low, high = (f"{float(end):.{claim.decimals + 1}f}" for end in (min(found.values()), max(found.values())))
        detail += "" if about else f"; {low} to {high} under all {len(found)} conventions"
        detail += "" if about else _the_other_way_round(claim, found, usual)
        outcome = "about" if about else "off"
    return Verdict(claim=claim, outcome=outcome, ours=found[order[0]], under=order[0], detail=detail)


def _the_other_way_round(claim: Claim, found: Mapping[str, Fraction], usual: str) -> str:
    """Cut "by" and cut "to" so many percent are easily confused: under which convention the other one holds."""
    if claim.relation not in ("reduction", "percent"):
        return ""
    names = [name for name in found if match(100 - found[name], figure_of(claim)) != "off"]
    if not names:
        return ""
    word = "to" if claim.relation == "reduction" else "by"
    under = usual if usual in names else ", ".join(names)
    return f'; "{word} {claim.text}" would hold under {under}, so likely a slip of wording'


def _relations(claim: Claim, of_model: str, against_model: str) -> dict[str, Fraction]:
    """Convention -> our value of the relation; those that count nothing of it are left out."""
    found = {}
    for name in conventions():
        of, against = (total_of_part(model, claim.size, name, claim.part) for model in (of_model, against_model))
        if of and against:
            found[name] = value_of(str(claim.relation), Fraction(of), Fraction(against))
    return found
