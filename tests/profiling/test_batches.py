"""The knee of throughput over batch sizes, and the best measured again."""

from __future__ import annotations

from random import Random

import pytest

from effbench.profiling.batches import Knee, Point, best, knee, knees, measure_with_best_again, sweeps
from effbench.profiling.rows import Plan
from effbench.profiling.visits import Visits
from effbench.profiling.worker.job import Job

pytest.importorskip("scipy")

MS = 1_000_000
NAME = "vit_cifar10:3"
PLAN = Plan(processes=2, samples=2, seconds=0.01)


def points(*values, spread=0.0):
    """Batches 1, 2, 4, … of those throughputs, with intervals of ± spread."""
    return [Point(2**i, v, v * (1 - spread), v * (1 + spread)) for i, v in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "batch"),
    [
        ((100, 180, 196, 200), 4),  # 95 % of 200 is 190
        ((100, 180, 189, 200), 8),
        ((190, 195, 200), 1),
        ((50, 100, 200), 4),
    ],
)
def test_the_knee_is_the_smallest_batch_within_five_percent_of_the_best(values, batch):
    found = points(*values)
    assert knee(found, best(found)) == Knee(batch, 2 ** (len(values) - 1), sure=True)


def test_the_order_of_the_batches_does_not_matter():
    found = points(100, 196, 200)[::-1]
    assert knee(found, best(found)).batch == 2


def test_intervals_that_reach_the_best_leave_a_smaller_knee_possible():
    # batch 2: 180 + 10 % = 198 reaches 95 % of 200 - 10 % = 171
    found = points(100, 180, 200, spread=0.1)
    assert knee(found, best(found)) == Knee(4, 4, sure=False)


def test_a_best_that_was_too_high_by_chance_moves_the_knee():
    # in the sweep 200, measured again 185: 95 % are 175.75, which batch 2 reaches
    found = points(100, 180, 200)
    assert knee(found, best(found)).batch == 4
    assert knee(found, Point(4, 185, 185, 185)).batch == 2


def test_there_is_no_best_of_nothing():
    with pytest.raises(ValueError, match="empty"):
        best([])


def test_the_best_of_a_sweep_is_measured_again_in_processes_of_its_own(bench):
    # every step takes 10 ms: the largest batch has the largest throughput
    bench.steps[NAME] = {"wall": 10 * MS, "cpu": 10 * MS}
    jobs = [Job(model=NAME, batch=batch) for batch in (1, 2, 4)]
    left = []
    rows, ended = measure_with_best_again(
        jobs, PLAN, Visits(None, ""), order=Random(0), progress=lambda count, row: left.append(count)
    )
    assert ended == ""
    assert [(row.job.batch, row.again) for row in rows] == [(1, False), (2, False), (4, False), (4, True)]
    assert [job.batch for job in bench.loaded[-2:]] == [4, 4]
    assert left == [6, 5, 4, 3, 2, 1, 2, 1]
    ((job, found),) = knees(rows)
    assert (job.batch, found) == (4, Knee(4, 4, sure=True))


def test_two_batch_sizes_or_different_dtypes_are_no_sweep(bench):
    bench.steps[NAME] = {"wall": 10 * MS, "cpu": 10 * MS}
    jobs = [Job(model=NAME, batch=1), Job(model=NAME, batch=2), Job(model=NAME, batch=4, dtype="bf16")]
    rows, _ = measure_with_best_again(jobs, PLAN, Visits(None, ""), order=Random(0))
    assert len(rows) == 3
    assert sweeps(rows) == []
    assert knees(rows) == []


def test_a_batch_that_does_not_fit_is_left_out_of_its_sweep(bench):
    from effbench.processes.process import WorkerFailed

    bench.steps[NAME] = {"wall": 10 * MS, "cpu": 10 * MS}
    bench.failures[NAME, "memory"] = [WorkerFailed("out_of_memory", "no room")]
    jobs = [Job(model=NAME, batch=batch) for batch in (1, 2, 4, 8)]
    rows, ended = measure_with_best_again(jobs, PLAN, Visits(None, ""), order=Random(0))
    assert ended == ""
    assert sorted(row.status for row in rows) == ["measured"] * 4 + ["out_of_memory"]
    assert len(sweeps(rows)[0]) == 3
