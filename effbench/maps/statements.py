"""What a paper says is more accurate than what, judged on trainings of ours: paired by seed, with intervals.

A verdict is about the data set and recipe that were trained, which are the paper's only if they are said to be.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Protocol

from effbench.maps.grid import Cell
from effbench.stats.binomial import wilson_difference
from effbench.stats.paired import Interval, interval

LEVEL = 0.95

MARGIN = 0.005
"""An advantage in accuracy below this is no gain: half a point. A statement that there is none needs such a margin."""

HOLDS, FAILS, UNDECIDED, NOT_TRAINED = "holds here", "does not hold here", "undecided", "not trained"

GREATER = "greater"
"""Relation of a statement that the first network of each pair is more accurate; any other says that it is not."""


class Statement(Protocol):
    """One statement of a paper about the accuracy of networks of different layer counts.

    Attributes:
        paper: key. id: unique within it. where: place as printed. said: the statement in words.
        dataset: the paper's. relation: GREATER, or that there is no gain.
        pairs: layer counts, coarse to fine; a letter stands for every count, the same in both.
    """

    @property
    def paper(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def where(self) -> str: ...
    @property
    def said(self) -> str: ...
    @property
    def dataset(self) -> str: ...
    @property
    def relation(self) -> str: ...
    @property
    def pairs(self) -> Sequence[tuple[str, str]]: ...


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two networks of the map, paired by seed.

    Attributes:
        of, against: their layer counts. seeds: that both have. differences: of accuracy, seed by seed.
        cost_ratio: cost of ``of`` over that of ``against``. outcome: what this pair alone says of the statement.
        difference, low, high: mean and its interval over seeds; None for ends that fewer than two seeds leave open.
        images_low, images_high: of the mean, what other test images would leave open, the networks taken to be
            independent (Newcombe): too wide, as they see the same ones. It says nothing of other seeds.
    """

    of: str
    against: str
    seeds: tuple[int, ...]
    differences: tuple[float, ...]
    cost_ratio: float
    outcome: str
    difference: float | None
    low: float | None
    high: float | None
    images_low: float
    images_high: float


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One statement and what our trainings say.

    Attributes:
        id, paper, where, said: of the statement. of_dataset: the paper's. judged_on: that of the trainings.
        epochs: of the trainings.
        outcome: HOLDS, FAILS, UNDECIDED or NOT_TRAINED.
        difference, low, high: mean over the pairs and its interval over seeds; None if no pair was trained.
        images_low, images_high: what other test images would leave open (see ``Comparison``), the pairs' mean.
        pairs_holding, pairs_against: pairs that say so each by itself. pairs: every pair that was trained.
        untrained: pairs of which a network or a common seed is missing.
    """

    id: str
    paper: str
    where: str
    said: str
    of_dataset: str
    judged_on: str
    epochs: float
    outcome: str
    difference: float | None
    low: float | None
    high: float | None
    images_low: float | None
    images_high: float | None
    pairs_holding: int
    pairs_against: int
    pairs: tuple[Comparison, ...]
    untrained: tuple[tuple[str, str], ...]


def judged(statements: Sequence[Statement], cells: Sequence[Cell], dataset: str, epochs: float = 0) -> list[Verdict]:
    """A verdict on every statement about networks of as many branches, in order; cells with no accuracy count for none.

    A statement about many pairs is judged by the mean of their differences, seed by seed; what pairs say by themselves
    stands beside it.

    Args:
        cells: networks that were trained on ``dataset``. epochs: of their trainings.
    """
    trained = {cell.name: cell for cell in cells if cell.status == "trained"}
    layers = sorted({count for cell in cells for count in cell.layers})
    dashes = len(cells[0].layers) - 1
    on = (dataset, epochs)
    return [_judge(one, trained, layers, on) for one in statements if one.pairs[0][0].count("-") == dashes]


def instances(statement: Statement, layers: Sequence[int]) -> list[tuple[str, str]]:
    """The pairs with every letter replaced by every layer count; a network without a layer is none."""
    found: dict[tuple[str, str], None] = {}
    for of, against in statement.pairs:
        letters = sorted({part for part in of.split("-") if part.isalpha()})
        for values in product(layers, repeat=len(letters)):
            meant = dict(zip(letters, map(str, values), strict=True))
            pair = _filled(of, meant), _filled(against, meant)
            if all(any(part != "0" for part in name.split("-")) for name in pair):
                found[pair] = None
    return list(found)


def _filled(pattern: str, meant: Mapping[str, str]) -> str:
    return "-".join(meant.get(part, part) for part in pattern.split("-"))


def _judge(statement: Statement, trained: Mapping[str, Cell], layers: Sequence[int], on: tuple[str, float]) -> Verdict:
    compared, untrained = [], []
    for of, against in instances(statement, layers):
        common = sorted(set(trained[of].right) & set(trained[against].right)) if {of, against} <= set(trained) else []
        if common:
            compared.append(_compare(statement, trained[of], trained[against], common))
        else:
            untrained.append((of, against))
    overall = _overall(compared)
    difference, low, high = _known(overall)
    return Verdict(
        id=statement.id,
        paper=statement.paper,
        where=statement.where,
        said=statement.said,
        of_dataset=statement.dataset,
        judged_on=on[0],
        epochs=on[1],
        outcome=NOT_TRAINED if overall is None else _outcome(statement, overall),
        difference=difference,
        low=low,
        high=high,
        images_low=_mean([one.images_low for one in compared]),
        images_high=_mean([one.images_high for one in compared]),
        pairs_holding=sum(one.outcome == HOLDS for one in compared),
        pairs_against=sum(one.outcome == FAILS for one in compared),
        pairs=tuple(compared),
        untrained=tuple(untrained),
    )


def _compare(statement: Statement, of: Cell, against: Cell, seeds: Sequence[int]) -> Comparison:
    first, second = of.accuracies, against.accuracies
    differences = [first[seed] - second[seed] for seed in seeds]
    found = interval(differences, LEVEL)
    difference, low, high = _known(found)
    right = [round(math.fsum(cell.right[seed] for seed in seeds) / len(seeds)) for cell in (of, against)]
    images_low, images_high = wilson_difference(right[0], right[1], of.images, LEVEL)
    return Comparison(
        of=of.name,
        against=against.name,
        seeds=tuple(seeds),
        differences=tuple(differences),
        cost_ratio=of.cost / against.cost,
        outcome=_outcome(statement, found),
        difference=difference,
        low=low,
        high=high,
        images_low=images_low,
        images_high=images_high,
    )


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def _overall(compared: Sequence[Comparison]) -> Interval | None:
    """Mean over the pairs, seed by seed, of the seeds that all pairs have; without one, the mean of their means."""
    if not compared:
        return None
    by_seed = [dict(zip(one.seeds, one.differences, strict=True)) for one in compared]
    common = sorted(set.intersection(*map(set, by_seed)))
    if not common:
        mean = math.fsum(one.difference or 0.0 for one in compared) / len(compared)
        return Interval(mean, -math.inf, math.inf)
    return interval([math.fsum(one[seed] for one in by_seed) / len(compared) for seed in common], LEVEL)


def _outcome(statement: Statement, found: Interval) -> str:
    """An interval on one side of 0, or of MARGIN where the statement is that there is no gain, decides."""
    if statement.relation == GREATER:
        return HOLDS if found.low > 0 else FAILS if found.high < 0 else UNDECIDED
    return HOLDS if found.high < MARGIN else FAILS if found.low > 0 else UNDECIDED


def _known(found: Interval | None) -> tuple[float | None, float | None, float | None]:
    """Mean and ends; None for what is not known."""
    if found is None or not math.isfinite(found.high):
        return (None if found is None else found.mean), None, None
    return found
