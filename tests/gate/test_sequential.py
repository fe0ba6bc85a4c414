"""The gate's decision: t tests by hand and against scipy, Holm by hand, looks, error rates under a known model."""

from __future__ import annotations

import math

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")

from effbench.errors import EffbenchError  # noqa: E402 - after the check for numpy
from effbench.gate.sequential import FAIL, PASS, UNDECIDED, Plan, decide, holm, look, slower  # noqa: E402

OPEN = np.ones(1, dtype=bool)


def column(*values: float):
    """Log ratios of one model."""
    return np.array(values)[:, None]


def test_p_values_are_those_of_a_one_sided_t_test():
    stats = pytest.importorskip("scipy.stats")
    values = [0.031, 0.012, 0.044, 0.025, 0.018, 0.029]
    above, below = slower(column(*values), 0.02)
    theirs = stats.ttest_1samp(values, math.log1p(0.02), alternative="greater").pvalue
    assert above[0] == pytest.approx(theirs)
    assert below[0] == pytest.approx(1 - theirs)


@pytest.mark.parametrize(("value", "above"), [(0.5, 0.0), (-0.5, 1.0), (0.0, 1.0)])
def test_no_spread_is_a_certainty(value, above):
    p, q = slower(column(value, value, value), 0.0)
    assert (p[0], q[0]) == (above, 1 - above)


def test_holm_by_hand():
    # level 0.05, four open: 0.01 <= 0.05/4, 0.015 <= 0.05/3, 0.03 > 0.05/2: stop, although 0.04 <= 0.05/1
    p = np.array([0.04, 0.01, 0.03, 0.015])
    assert holm(p, 0.05, np.ones(4, dtype=bool)).tolist() == [False, True, False, True]


def test_decided_models_do_not_count_for_holm():
    # only the third is open: 0.03 <= 0.05/1
    found = holm(np.array([0.001, 0.001, 0.03]), 0.05, np.array([False, False, True]))
    assert found.tolist() == [False, False, True]


def test_a_clear_slow_down_fails_and_none_passes():
    noise = np.array([0.001, -0.001, 0.002, -0.002, 0.0005, -0.0005])[:, None]
    plan = Plan()
    assert look(noise + 0.05, noise + 0.05, plan, OPEN)[0].tolist() == [FAIL]
    assert look(noise, noise, plan, OPEN)[0].tolist() == [PASS]
    assert look(noise + math.log1p(0.02), noise, plan, OPEN)[0].tolist() == [UNDECIDED]


def test_a_faster_head_passes():
    noise = np.array([0.001, -0.001, 0.002, -0.002, 0.0005, -0.0005])[:, None]
    assert look(noise - 0.3, noise - 0.3, Plan(), OPEN)[0].tolist() == [PASS]


NOISE = np.array([0.001, -0.001, 0.002, -0.002, 0.0005, -0.0005])[:, None]


@pytest.mark.parametrize(("gated", "beside"), [(0.013, 0.028), (0.028, 0.013)])
def test_clocks_on_either_side_of_the_margin_decide_nothing(gated, beside):
    verdict, objects, parts = look(NOISE + gated, NOISE + beside, Plan(), OPEN)
    assert (verdict.tolist(), objects.tolist(), parts.tolist()) == ([UNDECIDED], [True], [False])


@pytest.mark.parametrize(("gated", "beside"), [(0.0, 0.18), (0.05, -0.05), (-0.05, 0.05), (0.05, 0.2)])
def test_clocks_that_part_by_more_than_the_margin_fail(gated, beside):
    verdict, objects, parts = look(NOISE + gated, NOISE + beside, Plan(), OPEN)
    assert (verdict.tolist(), objects.tolist(), parts.tolist()) == ([FAIL], [False], [True])
    within = look(NOISE + gated, NOISE + beside, Plan(margin=0.3), OPEN)
    assert within[0].tolist() == [PASS]


def test_what_both_clocks_pass_passes_however_they_part():
    verdict, objects, parts = look(NOISE - 0.3, NOISE - 0.1, Plan(looks=(6,)), OPEN)
    assert (verdict.tolist(), objects.tolist(), parts.tolist()) == ([PASS], [False], [False])


def test_a_noisy_second_clock_does_not_object():
    verdict, objects, parts = look(NOISE + 0.05, 300 * NOISE, Plan(), OPEN)
    assert (verdict.tolist(), objects.tolist(), parts.tolist()) == ([FAIL], [False], [False])


def test_a_pass_waits_for_more_pairs_while_the_other_clock_may_be_slower():
    beside = 300 * NOISE + 0.1
    assert look(NOISE, beside, Plan(looks=(6, 12)), OPEN)[0].tolist() == [UNDECIDED]
    assert look(NOISE, beside, Plan(looks=(6,)), OPEN)[0].tolist() == [PASS]  # no more are to come


def test_clocks_that_are_noisy_and_equal_part_no_more_often_than_alpha():
    # 5 models, wall slower by just the margin: alpha = 1 %; 4,000 runs, binomial sd 0.16 %, allowed 3 sd
    rng = np.random.default_rng(9)
    gated = rng.normal(0, 0.017, (4000, 30, 5))
    beside = gated + rng.normal(math.log1p(0.02), 0.041, (4000, 30, 5))
    failed = (decide(gated, beside, Plan())[0] == FAIL).any(axis=-1).mean()
    assert failed <= 0.01 + 3 * 0.0016


def test_a_model_keeps_its_first_decision():
    # clearly slower in the first six pairs, much faster afterwards
    first = np.array([0.05, 0.051, 0.049, 0.05, 0.0505, 0.0495])
    gated = np.concatenate([first, np.full(6, -1.0)])[:, None]
    verdict, used = decide(gated, gated, Plan(looks=(6, 12)))
    assert verdict.tolist() == [FAIL]
    assert used.tolist() == 6


def test_a_run_lasts_until_its_last_model_is_decided():
    rng = np.random.default_rng(1)
    clear, hard = rng.normal(0.2, 0.001, 12), rng.normal(math.log1p(0.02), 0.03, 12)
    gated = np.stack([clear, hard], axis=-1)
    verdict, used = decide(gated, gated, Plan(looks=(6, 12)))
    assert verdict.tolist() == [FAIL, UNDECIDED]
    assert used.tolist() == 12


@pytest.mark.parametrize(
    ("true", "verdict", "least"),
    [(0.0, PASS, 0.99), (0.05, FAIL, 0.99), (0.10, FAIL, 0.999)],
)
def test_power_under_normal_noise(true, verdict, least):
    rng = np.random.default_rng(7)
    gated = rng.normal(math.log1p(true), 0.017, (4000, 30, 1))
    beside = rng.normal(math.log1p(true), 0.041, (4000, 30, 1))
    assert (decide(gated, beside, Plan())[0] == verdict).mean() >= least


def test_at_the_margin_the_family_fails_no_more_often_than_alpha():
    # 5 models, all exactly at the margin: alpha = 1 %; 4,000 runs, binomial sd 0.16 %, allowed 3 sd
    rng = np.random.default_rng(8)
    gated = rng.normal(math.log1p(0.02), 0.017, (4000, 30, 5))
    failed = (decide(gated, gated, Plan())[0] == FAIL).any(axis=-1).mean()
    assert failed <= 0.01 + 3 * 0.0016


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"margin": -0.01}, "margin must be at least 0 and below 100 %, got -1 %"),
        ({"margin": 1.0}, "below 100 %"),
        ({"alpha": 0.0}, "alpha must be above 0"),
        ({"alpha": 0.5}, "below 0.5"),
        ({"looks": (2, 4)}, "looks must rise from at least 3 pairs, got 2, 4"),
        ({"looks": (6, 6)}, "looks must rise"),
        ({"looks": ()}, "looks must rise"),
    ],
)
def test_impossible_plans(given, said):
    with pytest.raises(EffbenchError, match=said):
        Plan(**given)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("beside", [False, True])
def test_a_pair_that_is_no_number_is_never_a_pass(value, beside):
    """Thirty pairs at +35 % and one that says nothing: a comparison with NaN is false, which once read as PASS."""
    right = np.full((30, 2), math.log(1.35))
    wrong = right.copy()
    wrong[3, 1] = value
    with pytest.raises(EffbenchError, match=r"pair 4 of model 2: the log ratio .* is not a finite number"):
        decide(*((right, wrong) if beside else (wrong, right)), Plan())
    with pytest.raises(EffbenchError, match="pair 4 of model 2"):
        decide(wrong[None], right[None], Plan())  # of many runs
