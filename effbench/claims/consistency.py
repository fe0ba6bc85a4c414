"""Inconsistencies inside a paper, found by computation: each names its evidence and what should stand there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from effbench.claims.comparisons import compared
from effbench.claims.finding import Finding
from effbench.claims.mistakes import explained, nearly
from effbench.claims.mixed import in_its_unit, mixed_conventions, mixed_rounding, mixed_scopes, mixed_sizes
from effbench.claims.paper import Claim, Paper
from effbench.claims.ranking import is_direct
from effbench.claims.readings import READINGS, figure_of
from effbench.claims.relations import disagree
from effbench.claims.shapes import differs
from effbench.claims.statements import counted
from effbench.claims.verdict import Verdict
from effbench.errors import MissingExtra
from effbench.render.numbers import fixed


def findings(paper: Paper, verdicts: Sequence[Verdict]) -> list[Finding]:
    """Every inconsistency, in the order of the checks below."""
    return [finding for check in CHECKS for finding in check(paper, verdicts)]


def arithmetic(paper: Paper, verdicts: Sequence[Verdict]) -> Iterator[Finding]:
    """A percentage, difference or factor that does not follow from the figures it is made of."""
    for v in verdicts:
        claim = v.claim
        if v.outcome == "contradicts" and v.ours is not None:
            text = f"{name(claim)}: printed {claim.text}, but {v.detail} gives {relative(v)}"
            yield _finding(paper, claim, "arithmetic", text)
        elif v.outcome == "off" and claim.of_model is not None:
            text = f"{name(claim)}: printed {claim.text}, ours {relative(v)} under {v.under} ({v.detail})"
            yield _finding(paper, claim, "ratio", text)


def impossible_shares(paper: Paper, verdicts: Sequence[Verdict]) -> Iterator[Finding]:
    """A mean cost that no share of early exits gives."""
    for v in verdicts:
        if v.outcome == "off" and v.claim.exit_threshold is not None:
            text = f"{name(v.claim)}: printed {v.claim.text}, which no exit share gives ({v.detail})"
            yield _finding(paper, v.claim, "exit share", text)


def ordering(paper: Paper, verdicts: Sequence[Verdict]) -> Iterator[Finding]:
    """A comparison in words that the printed figures do not bear out."""
    for v in verdicts:
        if v.outcome == "contradicts" and v.claim.relation == "greater":
            text = f"the text says {name(v.claim)}; {_in_part(paper, v.claim)}the figures are {v.detail}"
            yield _finding(paper, v.claim, "ordering", "; ".join(filter(None, (text, v.claim.read_as))))


def _in_part(paper: Paper, claim: Claim) -> str:
    """Where a comparison holds and where not; empty where it holds nowhere."""
    pairs = compared(paper, claim)
    holds, fails = ([pair.place for pair in pairs if pair.is_greater == way] for way in (True, False))
    return f"it holds for {', '.join(holds)}, not for {', '.join(fails)}: " if holds else ""


def statements(paper: Paper, verdicts: Sequence[Verdict]) -> Iterator[Finding]:
    """A statement without a figure that our counts do not bear out."""
    for v in verdicts:
        one = paper.statement(v.claim)
        if one is None:
            continue
        try:
            found = counted(one)
        except MissingExtra:
            continue  # a network that cannot be counted here
        if found.holds is False:
            yield _finding(paper, v.claim, "statement", f"the text says {name(v.claim)}; our counts: {found.text}")


def wrong_figures(paper: Paper, verdicts: Sequence[Verdict]) -> Iterator[Finding]:
    """A figure that no way of counting gives, with the likeliest explanation the other figures allow.

    Less than one in the last printed digit is a matter of rounding (28.29 printed as 29), see ``mixed_rounding``.
    """
    for v in verdicts:
        if v.outcome == "off" and is_direct(v.claim) and not nearly(v):
            kind, reason = explained(v, verdicts)
            ours = f"{in_its_unit(v)} {v.claim.unit} ({v.under}, {v.size}²)"
            yield _finding(paper, v.claim, kind, f"{name(v.claim)}: printed {v.claim.text}, ours {ours}; {reason}")


def stated_shapes(paper: Paper, verdicts: Sequence[Verdict]) -> Iterator[Finding]:
    """A printed shape that the factors stated for it do not give."""
    for shape in paper.shapes:
        if text := differs(shape):
            yield Finding(paper.key, shape.where, "shape", text, (shape.id,))


def duplicate_rows(paper: Paper, verdicts: Sequence[Verdict]) -> Iterator[Finding]:
    """Two systems whose accuracies agree in every printed digit, top-1 and top-5."""
    rows: dict[tuple[str, str], dict[str, Claim]] = {}
    for v in verdicts:
        if v.claim.metric in ("top1", "top5") and v.claim.in_table and v.claim.relation is None:
            rows.setdefault((v.claim.where, v.claim.row), {})[v.claim.metric] = v.claim
    full = [row for row in rows.values() if len(row) == 2]
    for one, two in combinations(full, 2):
        same = all(one[m].printed == two[m].printed and len(one[m].digits) >= 4 for m in one)
        if same and (one["top1"].model or one["top1"].system) != (two["top1"].model or two["top1"].system):
            first, second = one["top1"], two["top1"]
            text = (
                f"{first.row} ({first.where}) and {second.row} ({second.where}) are different systems with the same "
                f"accuracies, {first.printed} and {one['top5'].printed} %"
            )
            yield Finding(paper.key, second.where, "duplicate row", text, (first.id, second.id))


def contradictions(paper: Paper, verdicts: Sequence[Verdict]) -> Iterator[Finding]:
    """The same quantity printed twice with digits that cannot both be right."""
    groups: dict[tuple[object, ...], list[Claim]] = {}
    for claim in paper.claims:
        if claim.relation is None and claim.model is not None:
            dataset = None if claim.metric in READINGS else claim.dataset  # a cost is of any data set
            key = (claim.model, claim.metric, claim.size, dataset, claim.exit_threshold, claim.unit)
            groups.setdefault(key, []).append(claim)
    for group in groups.values():
        for one, two in combinations(group, 2):
            if disagree(figure_of(one), figure_of(two)):
                text = f"{name(one)} is {one.text} in {one.where} and {two.text} in {two.where}"
                yield Finding(paper.key, one.where, "contradiction", text, (one.id, two.id))


CHECKS: tuple[Callable[[Paper, Sequence[Verdict]], Iterator[Finding]], ...] = (
    arithmetic,
    mixed_conventions,
    mixed_scopes,
    mixed_sizes,
    mixed_rounding,
    wrong_figures,
    stated_shapes,
    impossible_shares,
    duplicate_rows,
    contradictions,
    ordering,
    statements,
)


def name(claim: Claim) -> str:
    """Row and column as printed."""
    return f"{claim.row}, {claim.column}" if claim.column else claim.row


def relative(v: Verdict) -> str:
    """Our figure of a relation, with one digit more than the paper prints."""
    return f"{fixed(float(v.ours or 0), v.claim.decimals + 1)} {v.claim.unit}"


def _finding(paper: Paper, claim: Claim, kind: str, text: str) -> Finding:
    return Finding(paper.key, claim.where, kind, text, (claim.id,))
