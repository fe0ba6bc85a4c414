"""The same system in two papers: figures whose digits cannot both be right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from effbench.claims.conditions import NEAR, row_of
from effbench.claims.finding import Finding
from effbench.claims.paper import Claim, Paper
from effbench.claims.ranking import ranking
from effbench.claims.readings import READINGS, figure_of
from effbench.claims.relations import disagree

Figure = tuple[Paper, Claim]


def across(papers: Sequence[Paper]) -> list[Finding]:
    """Every disagreement between two of the papers: a finding of the later one that names the earlier one."""
    groups: dict[tuple[object, ...], list[Figure]] = {}
    for about in papers:
        for claim in about.claims:
            for key in _keys(claim) if _comparable(claim) else ():
                groups.setdefault(key, []).append((about, claim))
    found = [finding for group in groups.values() for finding in _disagreements(group)]
    return list({(f.paper, f.claims): f for f in found}.values())


def _comparable(claim: Claim) -> bool:
    return claim.relation is None and claim.model is not None and bool(claim.printed) and not claim.exit_threshold


def _keys(claim: Claim) -> Iterator[tuple[object, ...]]:
    """Of one network, or of what both papers call by one name, whichever variant of it each has."""
    dataset = None if claim.metric in READINGS else claim.dataset  # a cost is of any data set
    yield claim.model, claim.metric, dataset, claim.unit
    if not claim.system.lower().startswith("our"):
        yield "called", claim.system.lower(), claim.metric, dataset, claim.unit


def _disagreements(group: Sequence[Figure]) -> Iterator[Finding]:
    for (earlier, one), (later, two) in combinations(group, 2):
        together = earlier.key != later.key and (_one_size(earlier, one, later, two) or _far(one, two))
        if together and disagree(figure_of(one), figure_of(two)):
            column = two.column or two.metric
            places = [f"{c.text} in {about.short} ({c.where})" for about, c in ((later, two), (earlier, one))]
            text = f"{two.system}, {column}: {', '.join(places)}"
            yield Finding(later.key, two.where, "across papers", text, (two.id, f"{earlier.key}:{one.id}"))


def _one_size(earlier: Paper, one: Claim, later: Paper, two: Claim) -> bool:
    """Whether both rows are of one image side, printed or told from their costs; an unknown one fits any."""
    sizes = {size for about, claim in ((earlier, one), (later, two)) if (size := _size(about, claim)) is not None}
    return len(sizes) < 2


def _far(one: Claim, two: Claim) -> bool:
    """Whether numbers of parameters are further apart than image sizes make them."""
    first, second = figure_of(one).value, figure_of(two).value
    return one.metric == "params" and abs(first - second) > NEAR * max(first, second)


def _size(about: Paper, claim: Claim) -> int | None:
    return claim.size if claim.size is not None else ranking(about).sizes.get(row_of(claim))
