"""One verdict a claim: published figure x every way of counting x our counts. Verdicts are computed, never typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from effbench.claims.comparisons import compared
from effbench.claims.conditions import column_of, follows, row_of
from effbench.claims.paper import Claim, Paper
from effbench.claims.ranking import Ranking, ranking
from effbench.claims.readings import READINGS, Reading, figure_of
from effbench.claims.related import alike, arithmetic, between_models, in_words
from effbench.claims.verdict import Verdict
from effbench.cost.convention import convention, conventions
from effbench.cost.formulas import implied_exit_share
from effbench.counting.operations import operations
from effbench.errors import EffbenchError
from effbench.models.registry import resolve
from effbench.render.numbers import in_unit
from effbench.stats.printed import SCALES, Printed


def verdicts(paper: Paper) -> list[Verdict]:
    """One verdict for every claim of the paper, in its order."""
    ranks = ranking(paper)
    direct = _one_name({claim_id: _direct(paper.claim(claim_id), ranks) for claim_id in ranks.readings})
    return [direct.get(claim.id) or _indirect(claim, paper, ranks.usual, direct) for claim in paper.claims]


def _indirect(claim: Claim, paper: Paper, usual: str, direct: Mapping[str, Verdict]) -> Verdict:
    if claim.relation in ("greater", "similar"):
        return in_words(claim, compared(paper, claim))
    if claim.of is not None and claim.against is not None:
        of, against = paper.claim(claim.of), paper.claim(claim.against)
        return arithmetic(claim, of, against, alike(claim, direct))
    if claim.of_model is not None and claim.against_model is not None:
        return between_models(claim, claim.of_model, claim.against_model, usual)
    if claim.exit_threshold is not None and claim.metric == "flops" and claim.model:
        return _early_exit(claim, usual)
    if claim.scope and claim.model is not None and claim.metric in READINGS:
        return _part_of(claim, claim.model)
    return Verdict(claim=claim, outcome="not checked", detail=_why_not(claim))


def _part_of(claim: Claim, model: str) -> Verdict:
    """A figure of more than the registered model: ours is shown, and contradicts only if the part exceeds the whole."""
    options = READINGS[claim.metric](model, figure_of(claim), [claim.size or resolve(model).spec.image_size])
    if not options:
        return Verdict(claim=claim, outcome="not checked", detail=_not_counted(claim))
    first = options[0]
    alone = f"{in_unit(first.value, claim.unit, 1)} {claim.unit} ({first.under}, {first.size}²)"
    detail = f"printed of {claim.scope}; {model} alone has {alone}"
    outcome = "contradicts" if first.value >= figure_of(claim).high else "not checked"
    return Verdict(claim=claim, outcome=outcome, detail=detail)


def _direct(claim: Claim, ranks: Ranking) -> Verdict:
    """The best reading at the row's image size: that holds, by the column's rounding rule, by its way of counting."""
    if not ranks.readings[claim.id]:
        return Verdict(claim=claim, outcome="not checked", detail=_not_counted(claim))
    order, rule = ranks.orders[claim.where, claim.metric], ranks.rules[column_of(claim)]
    figure, size = figure_of(claim), ranks.sizes.get(row_of(claim))
    options = tuple(_by_rule(option, rule, figure) for option in ranks.readings[claim.id])

    plainest = list(conventions()) if claim.cites and claim.metric == "flops" else order  # cited: of another paper

    def preference(option: Reading) -> tuple[bool, bool, bool, bool, int]:
        by_rule, leading = follows(rule, option.value, figure), option.under == order[0]
        other_scope = plainest is order and _scope(option.under) != _scope(order[0])
        return not option.holds, not by_rule, not leading, other_scope, plainest.index(option.under)

    best = min([r for r in options if r.size == size] or options, key=preference)
    return Verdict(claim=claim, outcome=best.match, ours=best.value, under=best.under, size=best.size, readings=options)


def _by_rule(option: Reading, rule: str, figure: Printed) -> Reading:
    """What both rounding and cutting off give, called as in the rest of its column."""
    is_cut = option.match == "rounded" and rule == "truncated" and follows(rule, option.value, figure)
    return replace(option, match=rule) if is_cut else option


def _one_name(direct: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """A figure of the text that a table prints, too, under the way of counting that it has there."""
    tables = {_figure(v): v for v in direct.values() if v.claim.in_table and v.holds}
    return {
        id: v if v.claim.in_table or _figure(v) not in tables else replace(tables[_figure(v)], claim=v.claim)
        for id, v in direct.items()
    }


def _figure(v: Verdict) -> tuple[object, ...]:
    return v.claim.model, v.claim.metric, v.size, v.claim.printed, v.claim.unit


def _scope(under: str) -> tuple[str, ...]:
    """The modules that a convention leaves out: a paper changes its tool rather than what it counts."""
    known = conventions().get(under)
    return known.exclude if known else ()


def _early_exit(claim: Claim, usual: str) -> Verdict:
    """Eq. 4 solved for the share of images that leave early, at each exit in turn."""
    model = resolve(claim.counted_model, claim.size)
    totals = [int(convention(usual).total(counts)) for counts in model.exits()]
    full = totals[-1]
    low, value, high = _costs(claim, full)
    shares = tuple(float(implied_exit_share(value, cost, full)) for cost in totals[:-1])
    outcome = "implies" if low <= full and any(high >= cost for cost in totals[:-1]) else "off"
    detail = ", ".join(f"{100 * share:.2f} % if all leave at exit {i}" for i, share in enumerate(shares, start=1))
    return Verdict(claim=claim, outcome=outcome, ours=full, under=usual, size=claim.size, detail=detail, shares=shares)


def _costs(claim: Claim, full: int) -> tuple[Fraction, Fraction, Fraction]:
    """Lowest, printed and highest cost that the figure stands for: a cost, or a percentage less than ``full``."""
    figure = figure_of(claim)
    if claim.unit in SCALES:
        return figure.low, figure.value, figure.high
    low, value, high = (full * (1 - percent / 100) for percent in (figure.high, figure.value, figure.low))
    return low, value, high


def _not_counted(claim: Claim) -> str:
    """Why our counts say nothing about a figure of a registered model."""
    try:
        operations(claim.counted_model, claim.size)
    except EffbenchError as error:
        return str(error)
    return f"{claim.model} cannot have the sizes that may be meant"


def _why_not(claim: Claim) -> str:
    if not claim.printed:
        return "in words: the paper prints no figures to compare"
    if claim.metric in ("top1", "top5"):
        return "accuracy: needs training"
    if claim.metric == "training_hours":
        return "time: needs the authors' machine"
    if claim.model is None:
        return f"{claim.system}: the claim names no registered model"
    return "nothing printed to compare it with"
