"""Finalists on a scripted clock."""

from __future__ import annotations

import pytest

from effbench.errors import EffbenchError, SpecError
from effbench.prediction.timing import name_of
from effbench.processes.process import WorkerFailed
from effbench.selection.finalists import Here, times


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
