"""One verdict a claim: published figure x every way of counting x our counts. Verdicts are computed, never typed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from effbench.audit.printed import SCALES, Printed, match, printed
from effbench.audit.readings import READINGS, Reading, candidate_sizes, total
from effbench.audit.relations import agrees, interval, plain, related, value_of
from effbench.claims.load import Claim, Paper
from effbench.cost.convention import convention
from effbench.cost.formulas import implied_exit_share
from effbench.registry import resolve

HOLDS = ("exact", "rounded", "truncated", "follows", "about", "implies")
"""Outcomes in a claim's favour; ``off`` and ``contradicts`` are against it; ``not checked`` is neither."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What we find about one claim.

    Attributes:
        claim: the published figure.
        outcome: ``exact``, ``rounded``, ``truncated`` (our count prints as the figure), ``follows`` (from the paper's own
            figures), ``about`` (called approximate, and near), ``implies`` (a possible exit share), ``off``,
            ``contradicts`` (the paper's own figures), or ``not checked``.
        ours: our value in base units, where there is one; for relations in the claim's unit.
        under: convention or parameter scope of ``ours``. size: image side of ``ours``.
        detail: a sentence, where the outcome needs one.
        shares: of early-exit figures, the share of images that would leave at each early exit if all left there.
        readings: every way of counting that was tried.
    """

    claim: Claim
    outcome: str
    ours: int | Fraction | None = None
    under: str | None = None
    size: int | None = None
    detail: str = ""
    shares: tuple[float, ...] = ()
    readings: tuple[Reading, ...] = ()

    @property
    def ratio(self) -> float | None:
        """Ours over the printed figure."""
        if self.ours is None or not self.claim.digits:
            return None
        return float(self.ours / figure_of(self.claim).value)


def figure_of(claim: Claim) -> Printed:
    """The claim's digits and scale; percentages, factors and points as plain numbers."""
    return printed(claim.digits, claim.unit if claim.unit in SCALES else "")


def is_direct(claim: Claim) -> bool:
    """Whether our counts of one model can be set beside the figure as it stands."""
    return (
        claim.relation is None
        and claim.exit_threshold is None
        and claim.model is not None
        and claim.metric in READINGS
        and claim.unit in SCALES
    )


def readings_of(paper: Paper) -> dict[str, tuple[Reading, ...]]:
    """Claim id -> all readings, for every claim that can be counted directly."""
    found = {}
    for claim in filter(is_direct, paper.claims):
        read = READINGS[claim.metric]
        found[claim.id] = tuple(read(claim.counted_model, figure_of(claim), candidate_sizes(claim, paper)))
    return found


VOTES = {"exact": 2, "rounded": 2, "truncated": 1, "off": 0}
"""What a figure is worth for a way of counting that gives it: rounding is the usual way to print."""


def leading(paper: Paper, readings: Mapping[str, tuple[Reading, ...]]) -> dict[tuple[str, str], list[str]]:
    """(where, metric) -> ways of counting, the one that explains most figures first.

    Figures of the same place decide; between equals, those of the whole paper; then the order of the conventions.
    """
    votes: Counter[tuple[str, str, str]] = Counter()
    for claim_id, options in readings.items():
        claim = paper.claim(claim_id)
        for under in {option.under for option in options}:
            worth = max(VOTES[option.match] for option in options if option.under == under)
            votes[claim.where, claim.metric, under] += worth
            votes["", claim.metric, under] += worth
    ranked = {}
    for claim in paper.claims:
        if claim.id in readings and (claim.where, claim.metric) not in ranked:
            unders = list(dict.fromkeys(option.under for option in readings[claim.id]))
            here, metric = claim.where, claim.metric
            ranked[here, metric] = sorted(unders, key=lambda u: (-votes[here, metric, u], -votes["", metric, u]))
    return ranked


def verdicts(paper: Paper) -> list[Verdict]:
    """One verdict for every claim of the paper, in its order."""
    readings = readings_of(paper)
    ranks = leading(paper, readings)
    usual, sizes = _usual_convention(ranks), _usual_sizes(paper, readings)
    found = []
    for claim in paper.claims:
        if claim.id in readings:
            place = claim.where, claim.metric
            found.append(_direct(claim, readings[claim.id], ranks[place], sizes.get(place)))
        elif claim.relation is not None:
            found.append(_relation(claim, paper, usual))
        elif claim.exit_threshold is not None and claim.metric == "flops" and claim.unit in SCALES:
            found.append(_early_exit(claim, usual))
        else:
            found.append(Verdict(claim=claim, outcome="not checked", detail=_why_not(claim)))
    return found


def _usual_convention(ranks: Mapping[tuple[str, str], list[str]]) -> str:
    firsts = Counter(order[0] for (_, metric), order in ranks.items() if metric == "flops")
    return firsts.most_common(1)[0][0] if firsts else "macs"


def _usual_sizes(paper: Paper, readings: Mapping[str, tuple[Reading, ...]]) -> dict[tuple[str, str], int]:
    """(where, metric) -> the image side at which most figures there hold."""
    sizes: dict[tuple[str, str], Counter[int]] = {}
    for claim_id, options in readings.items():
        claim = paper.claim(claim_id)
        tally = sizes.setdefault((claim.where, claim.metric), Counter())
        tally.update({option.size for option in options if option.holds})
    return {place: tally.most_common(1)[0][0] for place, tally in sizes.items() if tally}


def _direct(claim: Claim, options: tuple[Reading, ...], ranking: list[str], usual_size: int | None) -> Verdict:
    """The best reading that holds; where none does, the place's usual way of counting at its usual size."""

    def order(option: Reading) -> tuple[bool, int, bool]:
        return not option.holds, ranking.index(option.under), option.size != usual_size

    best = min(options, key=order)
    return Verdict(claim=claim, outcome=best.match, ours=best.value, under=best.under, size=best.size, readings=options)


def _relation(claim: Claim, paper: Paper, usual: str) -> Verdict:
    if claim.of is not None and claim.against is not None:
        of, against = paper.claim(claim.of), paper.claim(claim.against)
        if claim.relation == "greater":
            holds = figure_of(of).value > figure_of(against).value
            detail = f"{of.printed} against {against.printed}"
            return Verdict(claim=claim, outcome="follows" if holds else "contradicts", detail=detail)
        return _arithmetic(claim, of, against)
    return _between_models(claim, usual)


def _arithmetic(claim: Claim, of: Claim, against: Claim) -> Verdict:
    relation = str(claim.relation)
    top, bottom = figure_of(of), figure_of(against)
    allowed = related(relation, interval(top), interval(bottom))
    ours = value_of(relation, top.value, bottom.value)
    detail = f"{of.printed} {of.unit} against {against.printed} {against.unit}"
    if agrees(plain(claim.digits), allowed):
        outcome = "follows"
    elif claim.approximate and agrees(plain(claim.digits), allowed, approximate=True):
        outcome = "about"
    else:
        outcome = "contradicts"
    return Verdict(claim=claim, outcome=outcome, ours=ours, under="the paper's figures", detail=detail)


def _between_models(claim: Claim, usual: str) -> Verdict:
    of, against = (total(str(name), claim.size, usual) for name in (claim.of_model, claim.against_model))
    ours = value_of(str(claim.relation), Fraction(of), Fraction(against))
    figure = plain(claim.digits)
    outcome = match(ours, figure)
    if outcome == "off" and claim.approximate and agrees(figure, (ours, ours), approximate=True):
        outcome = "about"
    detail = f"{claim.of_model} against {claim.against_model}"
    return Verdict(claim=claim, outcome=outcome, ours=ours, under=usual, detail=detail)


def _early_exit(claim: Claim, usual: str) -> Verdict:
    """Eq. 4 solved for the share of images that leave early, at each exit in turn."""
    if claim.model is None:
        return Verdict(claim=claim, outcome="not checked", detail=_why_not(claim))
    model = resolve(claim.model).at_size(claim.size)
    totals = [int(convention(usual).total(counts)) for counts in model.exits()]
    figure, full = figure_of(claim), totals[-1]
    shares = tuple(float(implied_exit_share(figure.value, cost, full)) for cost in totals[:-1])
    outcome = "implies" if any(0 <= share <= 1 for share in shares) else "off"
    said = "; ".join(f"{share:.2%} if all leave at exit {i}" for i, share in enumerate(shares, start=1))
    detail = f"early exits: {said}"
    return Verdict(claim=claim, outcome=outcome, ours=full, under=usual, size=claim.size, detail=detail, shares=shares)


def _why_not(claim: Claim) -> str:
    if claim.metric in ("top1", "top5"):
        return "accuracy: needs training"
    if claim.metric == "training_hours":
        return "time: needs the authors' machine"
    if claim.model is None:
        return f"{claim.system}: no model registered"
    return "nothing printed to compare it with"
