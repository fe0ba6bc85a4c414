"""Two sides that nothing pairs: intervals checked by hand, against SciPy and by simulation."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("scipy")

import numpy as np
from scipy import stats

from effbench.errors import EffbenchError
from effbench.gate.outcome import effect_of
from effbench.gate.unpaired import difference, verdict
from effbench.stats.paired import Interval

RUNS = st.lists(st.floats(-1, 1), min_size=2, max_size=8).filter(lambda values: np.std(values) > 1e-3)


@given(RUNS, RUNS)
def test_several_runs_a_side_are_welchs_test(base, head):
    """The interval of SciPy's two-sided test at 98 % has ends that are each passed with 1 %."""
    theirs = stats.ttest_ind(head, base, equal_var=False).confidence_interval(0.98)
    ours = difference(base, head, 0.01)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-6, abs=1e-9)


def test_one_run_against_several_is_a_prediction_interval():
    """base 1, 2, 3: mean 2, variance 1; head 5. Standard error sqrt(1/3 + 1), two degrees of freedom.

    The 99 % point of Student t with 2 degrees is 6.9646 (tables), so the reach is 6.9646 · 1.1547 = 8.042.
    """
    found = difference([1, 2, 3], [5], 0.01)
    assert found == pytest.approx((3, 3 - 8.042, 3 + 8.042), abs=1e-3)
    swapped = difference([5], [1, 2, 3], 0.01)
    assert swapped == pytest.approx((-3, -3 - 8.042, -3 + 8.042), abs=1e-3)


def test_one_run_a_side_says_nothing():
    assert difference([1.0], [2.0], 0.01) == (1.0, -math.inf, math.inf)


def test_a_known_spread_is_used_as_it_is():
    """99 % point of the normal: 2.3263; sqrt(2) · 0.01 · 2.3263 = 0.0329."""
    found = difference([0.0], [0.1], 0.01, spread=0.01)
    assert found == pytest.approx((0.1, 0.1 - 0.0329, 0.1 + 0.0329), abs=1e-4)


def test_no_spread_at_all_is_a_certainty():
    assert difference([1.0, 1.0], [2.0, 2.0], 0.01) == (1, 1, 1)


@pytest.mark.parametrize(("base", "head"), [([], [1.0]), ([1.0], [])])
def test_a_side_without_values(base, head):
    with pytest.raises(ValueError, match="no values"):
        difference(base, head, 0.01)


@pytest.mark.parametrize("sizes", [(2, 2), (5, 1), (1, 5), (4, 7)])
def test_either_end_is_passed_as_often_as_was_allowed(sizes):
    """4,000 draws without a difference, at 5 %: each rate within four standard errors of it, or below (Welch)."""
    draws = np.random.default_rng(0)
    found = [
        difference(draws.normal(size=sizes[0]).tolist(), draws.normal(size=sizes[1]).tolist(), 0.05)
        for _ in range(4000)
    ]
    low, high = np.mean([each.low > 0 for each in found]), np.mean([each.high < 0 for each in found])
    error = 4 * math.sqrt(0.05 * 0.95 / 4000)
    assert max(low, high) < 0.05 + error
    assert min(low, high) > 0.015  # it is not so wide that it never decides
    if 1 in sizes:
        assert min(low, high) > 0.05 - error


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.06, 0.2, "FAIL"), (-0.1, 0.04, "PASS"), (0.04, 0.06, "INCONCLUSIVE"), (-math.inf, math.inf, "INCONCLUSIVE")],
)
def test_the_whole_interval_decides(low, high, said):
    """ln(1.05) = 0.0488."""
    assert verdict(Interval((low + high) / 2, low, high), 0.05) == said


def test_an_effect_for_people():
    effect = effect_of(Interval(math.log(1.1), -math.inf, math.log(2)))
    assert vars(effect) == pytest.approx({"change": 0.1, "low": None, "high": 1})


@pytest.mark.parametrize("value", [math.nan, math.inf, "1", True])
@pytest.mark.parametrize("side", ["base", "head"])
def test_a_value_that_is_no_number_is_named(value, side):
    values = {"base": [0.0, 0.1], "head": [0.0, 0.1]} | {side: [0.0, value]}
    with pytest.raises(EffbenchError, match=f"{side}: .* is not a finite number"):
        difference(values["base"], values["head"], 0.01)


@pytest.mark.parametrize("spread", [math.nan, math.inf, -0.1, 0.0])
def test_a_spread_that_cannot_be_is_named(spread):
    with pytest.raises(EffbenchError, match=r"the standard deviation between runs: .* is not"):
        difference([0.0], [0.3], 0.01, spread=spread)


@pytest.mark.parametrize("margin", [math.nan, math.inf, 1.0, -0.1])
def test_against_a_margin_that_is_none_nothing_passes(margin):
    with pytest.raises(EffbenchError, match="the margin must be at least 0 and below 100 %"):
        verdict(Interval(0.3, 0.2, 0.4), margin)


def test_an_interval_of_no_number_is_not_decided():
    assert verdict(Interval(math.nan, math.nan, math.nan), 0.05) == "INCONCLUSIVE"


def test_an_end_at_the_margin_decides_nothing():
    limit = math.log1p(0.05)
    assert {verdict(Interval(0.0, *ends), 0.05) for ends in ((-1.0, limit), (limit, 1.0))} == {"INCONCLUSIVE"}
