from math import sqrt

import numpy as np
import pytest

from effbench.errors import SpecError
from effbench.stats.bootstrap import mean_interval


def test_images_that_all_leave_at_one_exit_vary_in_nothing():
    assert mean_interval([0, 7, 0], [1, 2, 3]) == (2, 2)


def test_the_interval_is_the_normal_one_where_there_are_many_images():
    # half at 0, half at 2: mean 1, standard deviation 1, standard error 1 / sqrt(n)
    half = 1.959964 / sqrt(20_000)
    low, high = mean_interval([10_000, 10_000], [0, 2])
    assert (low, high) == pytest.approx((1 - half, 1 + half), abs=0.05 * half)


def test_it_is_resampling_of_images():
    # the same images one by one, drawn with replacement
    costs = np.repeat([1.0, 4.0, 9.0], [20, 10, 5])
    rng = np.random.default_rng(1)
    means = rng.choice(costs, size=(10_000, len(costs))).mean(axis=1)
    assert mean_interval([20, 10, 5], [1, 4, 9]) == pytest.approx(tuple(np.quantile(means, [0.025, 0.975])), rel=0.03)


def test_the_seed_is_all_that_varies():
    assert mean_interval([3, 5], [1, 2], seed=4) == mean_interval([3, 5], [1, 2], seed=4)


@pytest.mark.parametrize("images", [[0, 0], [-1, 2]])
def test_images_that_are_none(images):
    with pytest.raises(SpecError, match="not all 0"):
        mean_interval(images, [1, 2])
