"""Kendall's tau and its interval."""

from __future__ import annotations

import numpy as np
import pytest

from effbench.errors import SpecError
from effbench.stats.ranks import agreement


def test_the_same_order_is_1_and_the_opposite_is_minus_1():
    values = [1.0, 3.0, 2.0, 5.0]
    assert agreement(values, [10 * value for value in values])[:3] == (1.0, 1.0, 1.0)
    assert agreement(values, [-value for value in values]).tau == -1.0


def test_ties_are_counted_as_scipy_counts_them():
    stats = pytest.importorskip("scipy.stats")
    draw = np.random.default_rng(0)
    for _ in range(20):
        a, b = draw.integers(0, 6, 15), draw.integers(0, 6, 15)
        assert agreement(a, b).tau == pytest.approx(stats.kendalltau(a, b).statistic)


def test_one_pair_out_of_order():
    # Of six pairs five agree: tau = 4/6.
    assert agreement([1, 2, 3, 4], [1, 2, 4, 3]).tau == pytest.approx(2 / 3)


def test_the_interval_holds_the_true_tau_about_as_often_as_it_says():
    """Normal pairs of correlation 0.8 have tau = 2/pi arcsin 0.8 = 0.590."""
    draw, held = np.random.default_rng(1), 0
    for seed in range(60):
        x = draw.normal(size=30)
        y = 0.8 * x + 0.6 * draw.normal(size=30)
        found = agreement(x, y, seed=seed)
        held += found.low <= 2 / np.pi * np.arcsin(0.8) <= found.high
    assert 50 <= held <= 60


def test_no_order_is_none_and_other_lengths_are_refused():
    assert agreement([1, 1, 1], [1, 2, 3]) is None
    assert agreement([], []) is None
    with pytest.raises(SpecError, match="3 and 2 values"):
        agreement([1, 2, 3], [1, 2])
