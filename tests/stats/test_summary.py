"""Medians, percentiles and intervals of samples."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effbench.errors import EffbenchError
from effbench.stats.summary import centre, needed, percentile

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")


@pytest.mark.parametrize(
    ("percent", "count"),
    # smallest n with p^n <= 0.05: 0.9^28 = 0.0523, 0.9^29 = 0.0471; 0.95^58 = 0.0510, 0.95^59 = 0.0485;
    # 0.99^298 = 0.0500..., 0.99^299 = 0.0495; 0.5^4 = 0.0625, 0.5^5 = 0.0313; a low percentile by its own tail
    [(90, 29), (95, 59), (99, 299), (50, 5), (10, 29)],
)
def test_a_percentile_needs_a_sample_beyond_it(percent, count):
    assert needed(percent) == count
    assert percentile(range(count - 1), percent) is None
    assert percentile(range(count), percent) is not None


@pytest.mark.parametrize("percent", [0, 100, -1, 101])
def test_there_is_no_such_percentile(percent):
    with pytest.raises(ValueError, match="between 0 and 100"):
        needed(percent)


def test_a_percentile_is_a_sample():
    # of 1..100 in any order, 90 are not above 90
    assert percentile(list(range(100, 0, -1)), 90) == 90


@given(st.lists(st.floats(1e-9, 1e9), min_size=29, max_size=200))
def test_at_least_that_share_does_not_exceed_a_percentile(samples):
    found = percentile(samples, 90)
    assert sum(sample <= found for sample in samples) >= 0.9 * len(samples)
    assert sum(sample < found for sample in samples) < 0.9 * len(samples)


def test_the_centre_is_the_median_of_medians_however_many_samples_each_has():
    # medians 2, 5, 100; pooled, the many samples of the first would make it 2
    assert centre([[1, 2, 3] * 50, [5], [100, 100]]).value == 5


def test_equal_processes_leave_no_doubt():
    assert centre([[4.0, 4.0], [4.0, 4.0], [4.0]]) == pytest.approx((4.0, 4.0, 4.0))


def test_one_process_says_nothing_about_others_and_two_say_something():
    assert centre([[1.0, 1.0, 1.0]]) == (1.0, 0.0, math.inf)
    assert centre([[1.0], [1.1]]).high < math.inf


@pytest.mark.parametrize("processes", [[], [[1.0], []]])
def test_an_interval_needs_samples(processes):
    with pytest.raises(ValueError, match="samples of at least one process"):
        centre(processes)


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, "1", True])
def test_a_sample_that_is_no_time_is_named(value):
    with pytest.raises(EffbenchError, match=r"samples of process 2: .* is not a time"):
        centre([[1.0], [1.0, value]])


def test_a_percentile_of_what_is_no_number_is_refused():
    with pytest.raises(EffbenchError, match="samples: nan is not a finite number"):
        percentile([1.0] * 30 + [math.nan], 90)


def test_the_interval_scales_with_the_unit_and_is_the_same_every_time():
    processes = [[1.0, 1.2, 1.1], [1.3, 1.4], [0.9, 1.0, 1.1]]
    found = centre(processes)
    assert centre(processes) == found
    scaled = centre([[1000 * value for value in process] for process in processes])
    assert scaled == pytest.approx([1000 * value for value in found])


@pytest.mark.parametrize("count", [3, 5, 8])
def test_the_interval_holds_the_true_median_as_often_as_it_says_though_processes_differ(count):
    """Processes differ by 10 %, samples in one by 1 %: an interval over pooled samples is several times too narrow."""
    draw = np.random.default_rng(20)
    rounds = 200
    held = 0
    for _ in range(rounds):
        moods = 0.1 * draw.standard_normal(count)
        found = centre([np.exp(mood + 0.01 * draw.standard_normal(8)).tolist() for mood in moods])
        held += found.low <= 1 <= found.high
    # 95 % of 200 are 190, with a standard deviation of 3
    assert held >= 181
    assert found.high / found.low < 10
