"""Tables that mix ways of counting, image sizes, parameter scopes or rounding rules."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence

from effbench.claims.conditions import column_of, follows
from effbench.claims.finding import Finding
from effbench.claims.mistakes import nearly
from effbench.claims.paper import Paper
from effbench.claims.ranking import is_direct, ranking
from effbench.claims.readings import ALL, WITH_UNUSED, figure_of, total
from effbench.claims.verdict import Verdict
from effbench.cost.convention import convention
from effbench.render.numbers import fixed, in_unit


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


def mixed_scopes(paper: Paper, verdicts: Sequence[Verdict]) -> Iterator[Finding]:
    """A table whose numbers of parameters come out in different scopes: with the head, without it, with unused ones."""
    for where, group in _tables(verdicts, "params"):
        ranks = ranking(paper)
        scopes = _fewest_scopes(
            {v: _scopes(v, ranks.rules[column_of(v.claim)]) for v in group if v.holds}, ranks.orders[where, "params"]
        )
        if len(scopes) > 1:
            (usual, first), *others = scopes.items()
            odd = "; ".join(f"{', '.join(v.claim.row for v in held)} {scope}" for scope, held in others)
            text = f"{where} counts parameters in {len(scopes)} scopes: {len(first)} {usual}; {odd}"
            ids = tuple(v.claim.id for _, held in others for v in held)
            yield Finding(paper.key, where, "parameter scope", text, ids)


def _fewest_scopes(scopes: Mapping[Verdict, Container[str]], order: Sequence[str]) -> dict[str, list[Verdict]]:
    """Scope -> figures that come out in it, the scope of the most figures first, so that all are in one of few."""
    left, found = list(scopes), dict[str, list[Verdict]]()
    while left:
        by_scope = {scope: [v for v in left if scope in scopes[v]] for scope in order}
        most = max(order, key=lambda scope: len(by_scope[scope]))
        found[most] = by_scope[most]
        left = [v for v in left if v not in by_scope[most]]
    return found


def _scopes(v: Verdict, rule: str) -> set[str]:
    """Every scope in which the figure comes out, by the rule of its column if it can.

    Where nothing is unused, all parameters are those with unused ones.
    """
    here = [r for r in v.readings if r.size == v.size and r.holds]
    found = {r.under for r in here if follows(rule, r.value, figure_of(v.claim))} or {r.under for r in here}
    has_unused = any(r.under == WITH_UNUSED for r in v.readings)
    return found | ({WITH_UNUSED} if ALL in found and not has_unused else set())


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
            said = "; ".join(f"{v.claim.system} {v.claim.text} for {in_its_unit(v, 2)} {v.claim.unit}" for v in odd)
            text = f"{column}: {len(group) - len(odd)} figures are {rule}, the others not: {said}"
            yield Finding(paper.key, where, "rounding", text, tuple(v.claim.id for v in odd))


def _by_rule(v: Verdict, rule: str) -> bool:
    return any(follows(rule, r.value, figure_of(v.claim)) for r in v.readings if r.size == v.size)


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


def in_its_unit(v: Verdict, more: int = 1) -> str:
    """Ours with so many digits more than are printed."""
    return in_unit(int(v.ours or 0), v.claim.unit, v.claim.decimals + more)
