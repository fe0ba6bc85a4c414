"""What a paper says is more accurate than what, judged on trainings of ours: paired by seed, with intervals.

A verdict is about the data set and recipe that were trained, which are the paper's only if they are said to be.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from effbench.claims.orderings import GREATER, Ordering
from effbench.maps.trained_grid import Cell
from effbench.stats.paired import Interval, interval

LEVEL = 0.95

MARGIN = 0.005
"""An advantage in accuracy below this is no gain: half a point. A statement that there is none needs such a margin."""

HOLDS, FAILS, UNDECIDED, NOT_TRAINED = "holds here", "does not hold here", "undecided", "not trained"

Means = Mapping[str, Cell]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two networks of the map, paired by seed.

    Attributes:
        of, against: their layer counts. seeds: that both have. difference: of accuracy, and its interval over seeds;
            one or both infinitely wide with fewer than two seeds. cost_ratio: cost of ``of`` over that of ``against``.
        outcome: what this pair alone says of the statement.
    """

    of: str
    against: str
    differences: Mapping[int, float]
    cost_ratio: float
    difference: Interval
    outcome: str

    @property
    def seeds(self) -> list[int]:
        """Those that both networks were trained with."""
        return list(self.differences)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One statement and what our trainings say.

    Attributes:
        ordering: the statement. outcome: HOLDS, FAILS, UNDECIDED or NOT_TRAINED.
        difference: mean over the pairs, with its interval over seeds; None if no pair was trained.
        comparisons: every pair that was trained. untrained: pairs of which a network or a common seed is missing.
    """

    ordering: Ordering
    outcome: str
    difference: Interval | None
    comparisons: tuple[Comparison, ...]
    untrained: tuple[tuple[str, str], ...]

    def count(self, outcome: str) -> int:
        """Pairs that say so each by itself."""
        return sum(one.outcome == outcome for one in self.comparisons)


def judged(statements: Sequence[Ordering], cells: Sequence[Cell]) -> list[Verdict]:
    """A verdict on every statement about networks of as many branches, in order; cells with no accuracy count for none.

    A statement about many pairs is judged by the mean of their differences, seed by seed; what pairs say by themselves
    stands beside it.
    """
    branches = len(cells[0].layers)
    trained = {cell.name: cell for cell in cells if cell.status == "trained"}
    layers = sorted({count for cell in cells for count in cell.layers})
    return [_judge(one, trained, layers) for one in statements if one.branches == branches]


def instances(ordering: Ordering, layers: Sequence[int]) -> list[tuple[str, str]]:
    """The pairs with every letter replaced by every layer count; a network without a layer is none."""
    found: dict[tuple[str, str], None] = {}
    for of, against in ordering.pairs:
        letters = sorted({part for part in of.split("-") if part.isalpha()})
        for values in product(layers, repeat=len(letters)):
            meant = dict(zip(letters, map(str, values), strict=True))
            pair = _filled(of, meant), _filled(against, meant)
            if all(any(part != "0" for part in name.split("-")) for name in pair):
                found[pair] = None
    return list(found)


def _filled(pattern: str, meant: Mapping[str, str]) -> str:
    return "-".join(meant.get(part, part) for part in pattern.split("-"))


def _judge(ordering: Ordering, trained: Means, layers: Sequence[int]) -> Verdict:
    compared, untrained = [], []
    for of, against in instances(ordering, layers):
        common = sorted(set(trained[of].right) & set(trained[against].right)) if {of, against} <= set(trained) else []
        if common:
            compared.append(_compare(ordering, trained[of], trained[against], common))
        else:
            untrained.append((of, against))
    overall = _overall(compared)
    return Verdict(
        ordering=ordering,
        outcome=NOT_TRAINED if overall is None else _outcome(ordering, overall),
        difference=overall,
        comparisons=tuple(compared),
        untrained=tuple(untrained),
    )


def _compare(ordering: Ordering, of: Cell, against: Cell, seeds: Sequence[int]) -> Comparison:
    first, second = of.accuracies, against.accuracies
    differences = {seed: first[seed] - second[seed] for seed in seeds}
    found = interval(list(differences.values()), LEVEL)
    return Comparison(
        of=of.name,
        against=against.name,
        differences=differences,
        cost_ratio=of.cost / against.cost,
        difference=found,
        outcome=_outcome(ordering, found),
    )


def _overall(compared: Sequence[Comparison]) -> Interval | None:
    """Mean over the pairs, seed by seed, of the seeds that all pairs have; without one, the mean of their means."""
    if not compared:
        return None
    common = set.intersection(*(set(one.differences) for one in compared))
    if not common:
        mean = math.fsum(one.difference.mean for one in compared) / len(compared)
        return Interval(mean, -math.inf, math.inf)
    by_seed = [math.fsum(one.differences[seed] for one in compared) / len(compared) for seed in sorted(common)]
    return interval(by_seed, LEVEL)


def _outcome(ordering: Ordering, found: Interval) -> str:
    """An interval on one side of 0, or of MARGIN where the statement is that there is no gain, decides."""
    if ordering.relation == GREATER:
        return HOLDS if found.low > 0 else FAILS if found.high < 0 else UNDECIDED
    return HOLDS if found.high < MARGIN else FAILS if found.low > 0 else UNDECIDED


def as_row(verdict: Verdict, dataset: str) -> dict[str, Any]:
    """The verdict as plain JSON values; an end of an interval that is not known is None."""
    said = verdict.ordering
    return {
        "id": said.id,
        "paper": said.paper,
        "where": said.where,
        "said": said.said,
        "of_dataset": said.dataset,
        "judged_on": dataset,
        "outcome": verdict.outcome,
        **_ends(verdict.difference),
        "pairs_holding": verdict.count(HOLDS),
        "pairs_against": verdict.count(FAILS),
        "pairs": [
            {
                "of": one.of,
                "against": one.against,
                "seeds": one.seeds,
                "differences": list(one.differences.values()),
                "cost_ratio": one.cost_ratio,
                "outcome": one.outcome,
                **_ends(one.difference),
            }
            for one in verdict.comparisons
        ],
        "untrained": [list(pair) for pair in verdict.untrained],
    }


def _ends(found: Interval | None) -> dict[str, float | None]:
    if found is None:
        return {"difference": None, "low": None, "high": None}
    known = math.isfinite(found.high)
    return {"difference": found.mean, "low": found.low if known else None, "high": found.high if known else None}
