"""Noise that groups share, and the least difference it leaves significant."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effbench.errors import EffbenchError
from effbench.stats.paired import interval
from effbench.stats.pooled import Noise, least_difference, pooled, reach

VALUES = st.lists(st.floats(-1, 1), min_size=1, max_size=5)


def test_deviations_are_from_each_group_s_own_mean():
    # (1 + 0 + 1) + (4 + 4) = 10 over 2 + 1 degrees of freedom.
    assert pooled([[1, 2, 3], [10, 14], [7]]) == Noise(math.sqrt(10 / 3), 3)


@pytest.mark.parametrize("groups", [[], [[1.0]], [[1.0], [2.0]]])
def test_groups_of_one_value_say_nothing(groups):
    assert pooled(groups) is None


@given(st.lists(VALUES, max_size=5), st.floats(-10, 10))
def test_a_shift_of_one_group_changes_nothing(groups, shift):
    before = pooled(groups)
    after = pooled([[value + shift for value in values] if n == 0 else values for n, values in enumerate(groups)])
    assert (before is None) == (after is None)
    if before and after:
        assert after.freedom == before.freedom
        assert after.deviation == pytest.approx(before.deviation, abs=1e-7)


def test_the_reach_of_one_group_s_mean():
    pytest.importorskip("scipy")
    # t(0.975; 4) = 2.7764: 2.7764 · 2 / √3 = 3.2060; of that group alone it is Student's interval.
    assert reach(Noise(2.0, 4), 3) == pytest.approx(3.2060, abs=1e-4)
    values = [1.0, 2.0, 4.0]
    found = interval(values)
    assert reach(pooled([values]), 3) == pytest.approx(found.high - found.mean)


def test_the_least_significant_difference():
    pytest.importorskip("scipy")
    # t(0.975; 4) = 2.7764 in every table; two groups of 3: 2.7764 · 2 · √(2/3) = 4.5339.
    assert least_difference(Noise(2.0, 4), 3, 3) == pytest.approx(4.5339, abs=1e-4)


def test_on_two_groups_it_is_where_student_s_test_turns_significant():
    scipy_stats = pytest.importorskip("scipy.stats")
    groups = [[0.0, 1.0, 2.5], [0.5, 1.0, 1.5]]
    reach = least_difference(pooled(groups), 3, 3)
    gap = sum(groups[1]) / 3 - sum(groups[0]) / 3
    for shift, significant in ((reach - gap + 1e-6, True), (reach - gap - 1e-6, False)):
        moved = [value + shift for value in groups[1]]
        assert bool(scipy_stats.ttest_ind(groups[0], moved).pvalue < 0.05) is significant


@pytest.mark.parametrize("value", [math.nan, math.inf, "1"])
def test_noise_of_what_is_no_number_is_refused(value):
    with pytest.raises(EffbenchError, match="is not a finite number"):
        pooled([[1.0, 2.0], [1.0, value]])
