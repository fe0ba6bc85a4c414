"""One verdict a claim: published figure x every way of counting x our counts. Verdicts are computed, never typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from effbench.claims.comparisons import Compared, compared
from effbench.claims.conditions import column_of, follows, row_of
from effbench.claims.paper import Claim, Paper
from effbench.claims.ranking import Ranking, ranking
from effbench.claims.readings import READINGS, Reading, figure_of, total, total_of_part
from effbench.claims.relations import agrees, interval, related, value_of
from effbench.cost.convention import convention, conventions
from effbench.cost.formulas import implied_exit_share
from effbench.counting.operations import operations
from effbench.errors import EffbenchError
from effbench.models.registry import resolve
from effbench.render.numbers import in_unit
from effbench.render.plain import plain
from effbench.stats.printed import SCALES, Printed, match, rounds_to, truncates_to


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What we find about one claim.

    Attributes:
        claim: the published figure.
        outcome: ``exact``, ``rounded``, ``truncated`` (our count prints as the figure), ``follows`` (from the paper's
            figures), ``about`` (called approximate, and near), ``implies`` (a possible exit share), ``off``,
            ``contradicts`` (the paper's own figures), ``no limit`` (in words that name none), or ``not checked``.
        ours: our value in base units, where there is one; for relations in the claim's unit.
        under: convention or parameter scope of ``ours``. size: image side of ``ours``.
        detail: a sentence, where the outcome needs one.
        shares: of early-exit figures, the share of images that would leave at each early exit if all left there.
        alike: of a relation between two figures that hold under different conventions: its value if both are counted
            under that of ``against``.
        readings: every way of counting that was tried.
    """

    claim: Claim
    outcome: str
    ours: int | Fraction | None = None
    under: str | None = None
    size: int | None = None
    detail: str = ""
    shares: tuple[float, ...] = ()
    alike: Fraction | None = None
    readings: tuple[Reading, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether a count of ours prints as the figure."""
        return self.outcome in ("exact", "rounded", "truncated")

    @property
    def ratio(self) -> float | None:
        """Ours over the printed figure."""
        if self.ours is None or not self.claim.digits or not figure_of(self.claim).value:
            return None
        return float(self.ours / figure_of(self.claim).value)

    def plain(self) -> dict[str, object]:
        """Claim and verdict as JSON and CSV hold them: a row of the kind ``figure``."""
        published = {name: value for name, value in plain(self.claim).items() if name not in ("of", "against")}
        return {
            "record": "figure",
            **published,
            "verdict": self.outcome,
            "ours": self.ours if self.ours is None or isinstance(self.ours, int) else float(self.ours),
            "under": self.under,
            "at_size": self.size,
            "ratio": self.ratio,
            "implied_shares": list(self.shares),
            "detail": self.detail,
            "kind": None,
            "claims": [self.claim.id],
        }


def verdicts(paper: Paper) -> list[Verdict]:
    """One verdict for every claim of the paper, in its order."""
    ranks = ranking(paper)
    direct = _one_name({claim_id: _direct(paper.claim(claim_id), ranks) for claim_id in ranks.readings})
    return [direct.get(claim.id) or _indirect(claim, paper, ranks.usual, direct) for claim in paper.claims]


def _indirect(claim: Claim, paper: Paper, usual: str, direct: Mapping[str, Verdict]) -> Verdict:
    if claim.relation in ("greater", "similar"):
        return _in_words(claim, compared(paper, claim))
    if claim.of is not None and claim.against is not None:
        of, against = paper.claim(claim.of), paper.claim(claim.against)
        return _arithmetic(claim, of, against, _alike(claim, direct))
    if claim.of_model is not None and claim.against_model is not None:
        return _between_models(claim, claim.of_model, claim.against_model, usual)
    if claim.exit_threshold is not None and claim.metric == "flops" and claim.unit in SCALES and claim.model:
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


def _in_words(claim: Claim, pairs: Sequence[Compared]) -> Verdict:
    """An ordering, at every accuracy that is printed of both; of what is called similar, the figures alone."""
    if not pairs:
        return Verdict(claim=claim, outcome="not checked", detail="nothing printed of both")
    detail = "; ".join(pair.text for pair in pairs) if len(pairs) > 1 else pairs[0].figures
    if claim.relation == "similar":
        return Verdict(claim=claim, outcome="no limit", detail=f"{detail}; the words name no limit")
    holds = all(pair.is_greater for pair in pairs)
    return Verdict(claim=claim, outcome="follows" if holds else "contradicts", detail=detail)


def _arithmetic(claim: Claim, of: Claim, against: Claim, alike: Fraction | None) -> Verdict:
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


def _alike(claim: Claim, direct: Mapping[str, Verdict]) -> Fraction | None:
    """The relation with ``of`` counted as ``against`` is, where our verdicts say that they are not."""
    of, against = direct.get(str(claim.of)), direct.get(str(claim.against))
    if of is None or against is None or claim.metric != "flops" or not (of.holds and against.holds):
        return None
    if of.under == against.under:
        return None
    top, bottom = (total(v.claim.counted_model, v.size, str(against.under)) for v in (of, against))
    return value_of(str(claim.relation), Fraction(top), Fraction(bottom))


def _between_models(claim: Claim, of_model: str, against_model: str, usual: str) -> Verdict:
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
    return (
        f'; "{word} {claim.text}" would hold under {usual if usual in names else names[0]}, so likely a slip of wording'
    )


def _relations(claim: Claim, of_model: str, against_model: str) -> dict[str, Fraction]:
    """Convention -> our value of the relation; those that count nothing of it are left out."""
    found = {}
    for name in conventions():
        of, against = (total_of_part(model, claim.size, name, claim.part) for model in (of_model, against_model))
        if of and against:
            found[name] = value_of(str(claim.relation), Fraction(of), Fraction(against))
    return found


def _early_exit(claim: Claim, usual: str) -> Verdict:
    """Eq. 4 solved for the share of images that leave early, at each exit in turn."""
    model = resolve(claim.counted_model, claim.size)
    totals = [int(convention(usual).total(counts)) for counts in model.exits()]
    figure, full = figure_of(claim), totals[-1]
    shares = tuple(float(implied_exit_share(figure.value, cost, full)) for cost in totals[:-1])
    outcome = "implies" if any(_possible(figure, cost, full) for cost in totals[:-1]) else "off"
    said = "; ".join(f"{share:.2%} if all leave at exit {i}" for i, share in enumerate(shares, start=1))
    detail = f"early exits: {said}"
    return Verdict(claim=claim, outcome=outcome, ours=full, under=usual, size=claim.size, detail=detail, shares=shares)


def _possible(figure: Printed, exit_cost: int, full: int) -> bool:
    """Whether a cost that prints as these digits lies between leaving at the exit and going all the way."""
    return figure.low <= full and figure.high >= exit_cost


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
