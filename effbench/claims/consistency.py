"""Inconsistencies inside a paper, found by computation: each names its evidence and what should stand there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from effbench.claims.comparisons import compared
from effbench.claims.conditions import column_of, follows
from effbench.claims.mistakes import explained, nearly
from effbench.claims.paper import Claim, Paper
from effbench.claims.ranking import is_direct, ranking
from effbench.claims.readings import READINGS, figure_of, total
from effbench.claims.relations import disagree
from effbench.claims.shapes import differs
from effbench.claims.statements import counted
from effbench.claims.verdict import Verdict
from effbench.cost.convention import convention
from effbench.errors import MissingExtra
from effbench.render.numbers import fixed, in_unit


@dataclass(frozen=True)
class Finding:
    """Something in a paper that does not fit the rest of it.

    Attributes:
        paper: key. where: place in the paper.
        kind: the check that found it, e.g. ``arithmetic``, ``convention``, ``copied figure`` or ``ordering``.
        text: what is printed and what was found.
        claims: ids of the claims concerned.
    """

    paper: str
    where: str
    kind: str
    text: str
    claims: tuple[str, ...]

    def plain(self) -> dict[str, object]:
        """As JSON and CSV hold it, among the rows of figures: a row of the kind ``inconsistency``."""
        return {
            "record": "inconsistency",
            "paper": self.paper,
            "where": self.where,
            "kind": self.kind,
            "detail": self.text,
            "claims": list(self.claims),
        }


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
            yield _finding(paper, v.claim, "ordering", text)


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


def mixed_conventions(paper: Paper, verdicts: Sequence[Verdict]) -> Iterator[Finding]:
    """A table in which some figures come out only under another way of counting than the rest."""
    for where, group in _tables(verdicts, "flops"):
        holding = [v for v in group if v.holds]
        unders = [str(v.under) for v in holding]
        usual = max(unders, key=unders.count) if unders else ""
        for other in dict.fromkeys(under for under in unders if under != usual):
            odd = [v for v in holding if v.under == other]
            would = ", ".join(f"{_counted_as(v, usual)} {v.claim.unit} for {v.claim.text}" for v in odd)
            text = (
                f"{where} mixes two ways of counting: {unders.count(usual)} figures hold under {usual}, "
                f"{_only_under(odd, usual, other)} ({_difference(usual, other)}). Counted like the rest: {would}"
                + _percentages(where, verdicts)
            )
            yield Finding(paper.key, where, "convention", text, tuple(v.claim.id for v in odd))


def mixed_sizes(paper: Paper, verdicts: Sequence[Verdict]) -> Iterator[Finding]:
    """A column without image sizes whose figures hold at different ones."""
    for where, group in _tables(verdicts, "flops"):
        free = [v for v in group if v.claim.size is None and v.holds]
        sizes = {v.claim.id: {option.size for option in v.readings if option.holds} for v in free}
        if free and not set.intersection(*sizes.values()):
            said = "; ".join(
                f"{v.claim.system} {v.claim.text} only at {' or '.join(f'{s}²' for s in sorted(sizes[v.claim.id]))}"
                for v in free
            )
            text = f"{where} states no image size and mixes several: {said}"
            yield Finding(paper.key, where, "image size", text, tuple(sizes))


def wrong_figures(paper: Paper, verdicts: Sequence[Verdict]) -> Iterator[Finding]:
    """A figure that no way of counting gives, with the likeliest explanation the other figures allow.

    Less than one in the last printed digit is a matter of rounding (28.29 printed as 29), see ``mixed_rounding``.
    """
    for v in verdicts:
        if v.outcome == "off" and is_direct(v.claim) and not nearly(v):
            kind, reason = explained(v, verdicts)
            ours = f"{_scaled(v)} {v.claim.unit} ({v.under}, {v.size}²)"
            yield _finding(paper, v.claim, kind, f"{name(v.claim)}: printed {v.claim.text}, ours {ours}; {reason}")


def mixed_rounding(paper: Paper, verdicts: Sequence[Verdict]) -> Iterator[Finding]:
    """A column in which some figures come out only by another rounding rule than the rest."""
    ranks = ranking(paper)
    columns: dict[tuple[str, str, str], list[Verdict]] = {}
    for v in verdicts:
        if v.claim.in_table and is_direct(v.claim) and (v.holds or nearly(v)):
            columns.setdefault(column_of(v.claim), []).append(v)
    for (where, column, _), group in columns.items():
        rule = ranks.rules[column_of(group[0].claim)]
        odd = [v for v in group if not _by_rule(v, rule)]
        if odd:
            said = "; ".join(f"{v.claim.system} {v.claim.text} for {_scaled(v, 2)} {v.claim.unit}" for v in odd)
            text = f"{column}: {len(group) - len(odd)} figures are {rule}, the others not: {said}"
            yield Finding(paper.key, where, "rounding", text, tuple(v.claim.id for v in odd))


def _by_rule(v: Verdict, rule: str) -> bool:
    return any(follows(rule, r.value, figure_of(v.claim)) for r in v.readings if r.size == v.size)


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


def _tables(verdicts: Sequence[Verdict], metric: str) -> Iterator[tuple[str, list[Verdict]]]:
    """(table, directly counted figures of that metric)."""
    groups: dict[str, list[Verdict]] = {}
    for v in verdicts:
        if v.claim.in_table and v.claim.metric == metric and is_direct(v.claim):
            groups.setdefault(v.claim.where, []).append(v)
    yield from groups.items()


def _systems(group: Sequence[Verdict]) -> str:
    return ", ".join(dict.fromkeys(v.claim.system for v in group))


def _only_under(odd: Sequence[Verdict], usual: str, other: str) -> str:
    """The systems, every way of counting that gives all their figures, and whether they are cut off or quoted."""
    ways = [
        {r.under for r in v.readings if r.size == v.size and r.match in (v.outcome, "exact") and r.under != usual}
        for v in odd
    ]
    others = sorted(set.intersection(*ways) - {other})
    said = f"{_systems(odd)} only under {' or '.join([other, *others])}"
    if all(any(r.under == usual and r.size == v.size and r.holds for r in v.readings) for v in odd):
        said += f" by rounding, and cut off under {usual}"
    return said + (", as quoted from another paper" if all(v.claim.cites for v in odd) else "")


def _difference(usual: str, other: str) -> str:
    """What one convention counts and the other does not."""
    one, two = convention(usual).price, convention(other).price
    said = [f"{kind} {two.get(kind, 0)} instead of {price}" for kind, price in one.items() if two.get(kind, 0) != price]
    return ", ".join(said) or convention(other).doc


def _counted_as(v: Verdict, under: str) -> str:
    return in_unit(total(v.claim.counted_model, v.size, under), v.claim.unit, v.claim.decimals)


def _percentages(where: str, verdicts: Sequence[Verdict]) -> str:
    """What the table's percentages would read if their two figures were counted alike."""
    mixed = [v for v in verdicts if v.claim.where == where and v.alike is not None]
    said = [f"{fixed(float(v.alike or 0), 2)} for {v.claim.text}" for v in mixed]
    return f"; the percentages would read {', '.join(said)}" if said else ""


def _scaled(v: Verdict, more: int = 1) -> str:
    """Ours with so many digits more than are printed."""
    return in_unit(int(v.ours or 0), v.claim.unit, v.claim.decimals + more)
