from math import log

import numpy as np
import pytest

from effbench.errors import SpecError
from effbench.stats.calibration import BINS, bin_of, calibration_error, negative_log_likelihood


def test_bins_are_closed_above():
    width = 1 / BINS
    assert bin_of(np.array([width / 2, width, 1.5 * width, 1.0])).tolist() == [0, 0, 1, BINS - 1]


def test_by_hand():
    # bin of 0.9: two images, one right: gap |1 - 1.8| = 0.8; bin of 0.58: one, right: gap |1 - 0.58| = 0.42; over 3
    found = calibration_error(np.array([0.9, 0.9, 0.58]), np.array([True, False, True]))
    assert found == pytest.approx((0.8 + 0.42) / 3)


def test_sure_and_right_is_no_error():
    assert calibration_error(np.array([1.0, 1.0]), np.array([True, True])) == 0


@pytest.mark.parametrize("shape", [(0,), (2, 1), (3,)])
def test_arrays_that_do_not_fit(shape):
    with pytest.raises(SpecError, match="one confidence per prediction"):
        calibration_error(np.ones(shape), np.ones(0 if shape == (0,) else 2, dtype=bool))


def test_the_likelihood_by_hand():
    # p(true) = 3/4 and 1/4
    logits = np.array([[log(3), 0], [log(3), 0]])
    assert negative_log_likelihood(logits, np.array([0, 1])) == pytest.approx(-(log(0.75) + log(0.25)) / 2)
