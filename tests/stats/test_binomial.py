from math import comb

import pytest

pytest.importorskip("scipy")

from effbench.errors import SpecError
from effbench.stats.binomial import most_events, tail, upper_bound, wilson, wilson_difference


def by_hand(events, trials, rate):
    return sum(comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(events + 1))


def test_the_tail_is_a_sum():
    # 3 heads or fewer in 10 throws: (1 + 10 + 45 + 120) / 1024
    assert tail(3, 10, 0.5) == pytest.approx(176 / 1024)


def test_the_largest_count_that_is_still_surprising():
    # at 10 % of 50: P(0) = .0052, P(<= 1) = .0338, P(<= 2) = .1117
    assert by_hand(1, 50, 0.1) <= 0.05 < by_hand(2, 50, 0.1)
    assert most_events(50, 0.1, 0.05) == 1


def test_too_few_trials_prove_nothing():
    # 0.99^298 = .0500… > .05, 0.99^299 < .05
    assert most_events(298, 0.01, 0.05) == -1
    assert most_events(299, 0.01, 0.05) == 0


@pytest.mark.parametrize("trials", [1, 7, 100, 1000])
@pytest.mark.parametrize("rate", [0.003, 0.1, 0.5, 0.9])
def test_the_largest_count_against_its_definition(trials, rate):
    found = most_events(trials, rate, 0.05)
    assert found == max((k for k in range(trials + 1) if tail(k, trials, rate) <= 0.05), default=-1)


def test_clopper_pearson_is_the_tail_turned_round():
    # no event in n: (1 - p)^n = delta
    assert upper_bound(0, 299, 0.05) == pytest.approx(1 - 0.05 ** (1 / 299))
    assert by_hand(4, 60, upper_bound(4, 60, 0.1)) == pytest.approx(0.1)
    assert upper_bound(5, 5, 0.1) == 1


def test_wilson():
    # 8 of 10, z = 1.959964: (.8 + z²/20 ± z sqrt(.016 + z²/400)) / (1 + z²/10)
    assert wilson(8, 10) == pytest.approx((0.49016, 0.94331), abs=1e-5)
    assert wilson(0, 10)[0] == 0
    assert wilson(10, 10)[1] == 1


@pytest.mark.parametrize("call", [lambda: wilson(0, 0), lambda: wilson(3, 2), lambda: tail(-1, 2, 0.5)])
def test_counts_that_are_no_proportion(call):
    with pytest.raises(SpecError, match="is not a proportion"):
        call()


@pytest.mark.parametrize("level", [0, 1, -0.1, 5])
def test_levels_that_are_none(level):
    with pytest.raises(SpecError, match="between 0 and 1"):
        upper_bound(1, 2, level)


def test_the_interval_of_a_difference_is_newcombe_s():
    # Newcombe 1998, method 10, by its formula.
    low, high = wilson_difference(9, 3, 10)
    (l1, u1), (l2, u2) = wilson(9, 10), wilson(3, 10)
    assert low == pytest.approx(0.6 - ((0.9 - l1) ** 2 + (u2 - 0.3) ** 2) ** 0.5)
    assert high == pytest.approx(0.6 + ((u1 - 0.9) ** 2 + (0.3 - l2) ** 2) ** 0.5)
    assert low == pytest.approx(0.1705, abs=1e-4)  # Newcombe 1998, Table II, contrast (e): 9/10 - 3/10
    assert high == pytest.approx(0.8090, abs=1e-4)
    assert wilson_difference(5, 5, 10)[0] == -wilson_difference(5, 5, 10)[1]
