"""Throughput over batch sizes: the knee, and the best, which is measured again because it was picked for being high."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from effbench.profiling.measured import flat
from effbench.profiling.rows import Open, Plan, Row, measure, open_worker, rows_for
from effbench.profiling.visits import Visits
from effbench.profiling.worker.job import Job

WITHIN = 0.05
"""The knee is the smallest batch whose throughput is at most this share below the best."""

MIN_BATCHES = 3
"""Fewer batch sizes are no sweep."""

SWEEP = {"cpu": (1, 2, 4, 8, 16, 32), "cuda": (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)}
"""Device -> batch sizes of ``--sweep``."""


class Point(NamedTuple):
    """Throughput at a batch size, images/s, with its interval."""

    batch: int
    value: float
    low: float
    high: float


class Knee(NamedTuple):
    """Where more images per step stop paying.

    Attributes:
        batch: the smallest whose throughput is within WITHIN of the best's. best: the batch size of the best.
        sure: whether every smaller batch is below that even by the ends of the intervals that favour it.
    """

    batch: int
    best: int
    sure: bool


def best(points: Sequence[Point]) -> Point:
    """The point of the largest throughput.

    Raises:
        ValueError: no points.
    """
    return max(points, key=lambda point: point.value)


def knee(points: Sequence[Point], top: Point) -> Knee:
    """The knee of a sweep.

    Args:
        points: of the sweep, the best among them. top: the best, measured again: the largest of several noisy values is
            too high, and a knee looked for below it would be too large.
    """
    enough = (1 - WITHIN) * top.value
    reached = next(p for p in sorted(points) if p.value >= enough or p.batch == top.batch)
    smaller = [p for p in points if p.batch < reached.batch]
    return Knee(reached.batch, top.batch, all(p.high < (1 - WITHIN) * top.low for p in smaller))


def sweeps(rows: Sequence[Row]) -> list[list[Row]]:
    """Measured rows that differ in their batch size alone, where there are MIN_BATCHES or more."""
    groups: dict[Job, list[Row]] = {}
    for row in rows:
        if row.visits and not row.again:
            groups.setdefault(dataclasses.replace(row.job, batch=1), []).append(row)
    return [group for group in groups.values() if len(group) >= MIN_BATCHES]


def point(row: Row) -> Point:
    """Throughput at the row's batch size; an end that is not known is as far away as it can be."""
    values = flat(row)
    low, high = values["throughput_low"], values["throughput_high"]
    return Point(row.job.batch, values["throughput"], low or 0.0, high or float("inf"))


def winner(group: Sequence[Row]) -> Job:
    """The job of the largest throughput."""
    top = best([point(row) for row in group])
    return next(row.job for row in group if row.job.batch == top.batch)


def knees(rows: Sequence[Row]) -> list[tuple[Job, Knee]]:
    """The knee of each sweep whose best was measured again."""
    again = {row.job: row for row in rows if row.again and row.visits}
    groups = [(group, winner(group)) for group in sweeps(rows)]
    return [(job, knee([point(row) for row in group], point(again[job]))) for group, job in groups if job in again]


def measure_with_best_again(
    jobs: Sequence[Job],
    plan: Plan,
    visits: Visits,
    *,
    order: Random,
    start: Open = open_worker,
    progress: Callable[[int, Row], None] = lambda left, row: None,
) -> tuple[list[Row], str]:
    """Measure every job, then the best of every sweep in processes of its own.

    Args:
        progress: is told how many processes are left, and what the next one measures.

    Returns:
        All rows, and why it stopped early (see ``rows.measure``).
    """

    def step(row: Row) -> None:
        progress(sum(one.wanted - len(one.visits) for one in rows if one.open), row)

    rows = rows_for(jobs, plan, visits)
    ended = measure(rows, plan, visits, order=order, start=start, progress=step)
    if ended:
        return rows, ended
    rows += rows_for([winner(group) for group in sweeps(rows)], plan, visits, again=True)
    return rows, measure(rows, plan, visits, order=order, start=start, progress=step)
