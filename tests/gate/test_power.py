"""Runs drawn from measured pairs."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")

from effbench.errors import EffbenchError  # noqa: E402 - after the check for numpy
from effbench.gate.power import rates  # noqa: E402 - after the check for numpy
from effbench.gate.sequential import Plan  # noqa: E402

PLAN = Plan()


def pairs(sd: float, models: int = 1, seed: int = 3):
    return np.random.default_rng(seed).normal(0, sd, (60, models))


def test_shares_add_up():
    found = rates(pairs(0.03), pairs(0.03), PLAN, slower=0.03, draws=500)
    assert found.fail + found.passes + found.inconclusive == pytest.approx(1)
    assert found.draws == 500


def test_quiet_pairs_are_decided_at_the_first_look():
    found = rates(pairs(0.001), pairs(0.001), PLAN, slower=0.05, draws=500)
    assert (found.fail, found.pairs) == (1.0, 6.0)


def test_hopeless_noise_is_inconclusive_and_not_a_failure():
    found = rates(pairs(1.0), pairs(1.0), PLAN, draws=2000)
    assert found.fail <= 0.01
    assert found.inconclusive > 0.9
    assert found.pairs > 29


def test_the_slow_down_is_put_into_one_model_alone():
    found = rates(pairs(0.001, 3), pairs(0.001, 3), PLAN, model=1, slower=0.05, draws=200)
    assert (found.fail, found.any_fail) == (1.0, 1.0)
    other = rates(pairs(0.001, 3), pairs(0.001, 3), PLAN, model=1, slower=0.0, draws=200)
    assert (other.passes, other.any_fail) == (1.0, 0.0)


def test_the_same_seed_draws_the_same_runs():
    given = (pairs(0.03), pairs(0.05), PLAN)
    assert rates(*given, slower=0.02, draws=300) == rates(*given, slower=0.02, draws=300)
    assert rates(*given, slower=0.02, draws=300) != rates(*given, slower=0.02, draws=300, seed=1)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("which", ["deciding", "other"])
def test_no_rates_from_what_is_no_number(value, which):
    right, wrong = pairs(0.01), pairs(0.01)
    wrong[5] = value
    given = (wrong, right) if which == "deciding" else (right, wrong)
    with pytest.raises(EffbenchError, match=f"log ratios on the {which} clock: .* is not a finite number"):
        rates(*given, PLAN, draws=1)


def test_no_rates_for_a_slow_down_that_is_none():
    with pytest.raises(EffbenchError, match="the slow-down: nan is not a finite number"):
        rates(pairs(0.01), pairs(0.01), PLAN, slower=float("nan"), draws=1)
