"""Paired ratios and their interval, against numbers derived by hand and against scipy's own t test."""

from __future__ import annotations

import math

import pytest

from effbench.errors import EffbenchError
from effbench.stats.paired import interval, log_ratio

pytest.importorskip("scipy")


def turns(a: list[int], b: list[int]) -> dict[str, dict[str, list[int]]]:
    return {"a": {"cpu": a, "wall": [2 * x for x in a]}, "b": {"cpu": b, "wall": [7 * x for x in b]}}


def test_the_ratio_of_a_round_is_that_of_whole_turns():
    # (10 + 30) ns against (20 + 60) ns: twice as long, however the steps of a turn are spread
    assert log_ratio([turns([10, 30], [20, 60])], "a", "b", "cpu") == pytest.approx(math.log(2))


def test_the_median_round_counts():
    # ratios 1, 2 and 100: one disturbed round is ignored
    rounds = [turns([10], [10]), turns([10], [20]), turns([10], [1000])]
    assert log_ratio(rounds, "a", "b", "cpu") == pytest.approx(math.log(2))


def test_each_clock_has_its_own_ratio():
    assert log_ratio([turns([10], [10])], "a", "b", "wall") == pytest.approx(math.log(3.5))


def test_sides_exchanged_change_the_sign_alone():
    rounds = [turns([10], [13]), turns([11], [12]), turns([9], [14])]
    assert log_ratio(rounds, "a", "b", "cpu") == pytest.approx(-log_ratio(rounds, "b", "a", "cpu"))


def test_no_ratio_without_rounds():
    with pytest.raises(ValueError, match="no median"):
        log_ratio([], "a", "b", "cpu")


@pytest.mark.parametrize("bad", [[0], [0, 0], [], [-5, 20], [math.nan], [math.inf], ["7"], [True], [None], [10**400]])
@pytest.mark.parametrize("side", ["a", "b"])
def test_no_ratio_of_a_turn_without_time(bad, side):
    rounds = [turns([10], [10]), turns([10], [10])]
    rounds[1][side]["cpu"] = bad
    with pytest.raises(EffbenchError, match=f"round 2 of {side} by the cpu clock: .* is not a time"):
        log_ratio(rounds, "a", "b", "cpu")


def test_a_step_may_be_shorter_than_the_clock_sees():
    assert log_ratio([turns([0, 10], [20, 0])], "a", "b", "cpu") == pytest.approx(math.log(2))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "0.5", None, True])
def test_an_interval_of_what_is_no_number_is_refused(value):
    with pytest.raises(EffbenchError, match=r"an interval: .* is not a finite number"):
        interval([0.1, value, 0.2])


def test_the_interval_by_hand():
    # 1, 2, 3: mean 2, sd 1, standard error 1/sqrt(3); t(2 degrees, 97.5 %) = 4.30265
    found = interval([1.0, 2.0, 3.0])
    assert found.mean == pytest.approx(2)
    assert found.high - 2 == pytest.approx(4.30265 / math.sqrt(3), rel=1e-5)
    assert 2 - found.low == pytest.approx(found.high - 2)


def test_the_interval_agrees_with_scipy():
    stats = pytest.importorskip("scipy.stats")
    values = [0.3, -0.1, 0.25, 0.0, 0.4, 0.11]
    theirs = stats.ttest_1samp(values, 0).confidence_interval(0.99)
    assert interval(values, 0.99)[1:] == pytest.approx((theirs.low, theirs.high))


def test_one_value_bounds_nothing():
    assert interval([0.5]) == (0.5, -math.inf, math.inf)


def test_no_values_are_an_error():
    with pytest.raises(ValueError, match="no values"):
        interval([])


def test_two_values_bound_something():
    """0 and 2: mean 1, standard error 1, and Student's t with one degree of freedom is 12.706."""
    found = interval([0.0, 2.0])
    assert (found.low, found.high) == pytest.approx((1 - 12.706, 1 + 12.706), abs=1e-3)
