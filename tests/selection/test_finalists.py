"""Finalists on a scripted clock."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from effbench.errors import EffbenchError, SpecError
from effbench.prediction.timing import name_of
from effbench.processes.process import WorkerFailed
from effbench.selection.budget import Budget
from effbench.selection.finalists import Here, chosen, pace, spread, times


def test_rates_are_images_per_second_of_the_clock_that_is_asked():
    here = Here(batch=4, clock="cpu")
    jobs = [here.job("a", None), here.job("b", 64)]

    def run(asked, rounds):
        return {name_of(job): {"wall": [8_000_000] * 4, "cpu": [n * 2_000_000] * 4} for n, job in enumerate(asked, 1)}

    found = times(jobs, here, run)
    assert found.rates == pytest.approx([2000, 1000])
    assert found.busy == pytest.approx(16 / 6)
    assert times(jobs, Here(batch=4), run).rates == pytest.approx([500, 500])


def test_nothing_is_timed_without_finalists():
    assert list(times([], Here()).rates) == []


def test_a_network_that_cannot_be_timed_is_one_line():
    def run(asked, rounds):
        raise WorkerFailed("model", "no such network", "a")

    with pytest.raises(EffbenchError, match="cannot be timed"):
        times([Here().job("a", None)], Here(), run)


@pytest.mark.parametrize("wrong", [{"threads": 0}, {"batch": 0}, {"count": 99}])
def test_impossible_numbers_are_refused(wrong):
    with pytest.raises(SpecError):
        Here(**wrong).require()


@dataclass(frozen=True)
class Named:
    macs: float
    excess: float
    params: float = 0.0
    memory: float = 0.0


def test_those_that_may_meet_the_budget_are_timed_beside_those_that_are_predicted_to():
    late, may = [Named(1.0, 1.3)], [Named(1.0, 1.24 - n / 100) for n in range(20)]
    rows = [*late, *may, Named(9.0, 1.1), *[Named(1.0, 0.9 - n / 100) for n in range(6)]]
    found = chosen(rows, Budget(macs=5.0, latency=1.0), 5)
    assert [one.excess for one in found[5:]] == [row.excess for row in rows[-6:-1]]
    assert found[4] == may[-1]
    assert all(one in may for one in found[:5])
    assert len(set(found[:5])) == 5
    assert chosen(rows[-2:], Budget(macs=5.0, latency=1.0), 5) == rows[-2:]


@pytest.mark.parametrize(
    ("measured", "found"),
    [((100, 210, 330), None), ((130, 260, 390), 1.3), ((50, 100, 900), 0.5), ((), None)],
)
def test_the_pace_is_the_median_of_measured_over_predicted(measured, found):
    assert pace(zip((100.0, 200.0, 300.0), measured, strict=False)) == found
    assert pace([(None, 5.0)]) is None


def test_a_few_are_spread_over_all_and_end_with_the_last():
    assert spread(range(10), 3) == [2, 6, 9]
    assert spread(range(2), 3) == [0, 1]
    assert spread(range(2), 0) == []


def test_a_looser_budget_has_more_time_and_no_more_of_the_rest():
    budget = Budget(macs=2.0, throughput=100.0, latency=0.5)
    assert budget.seconds == 0.01
    assert budget.looser(2.0) == Budget(macs=2.0, throughput=50.0, latency=1.0)
    assert Budget().seconds == float("inf")
