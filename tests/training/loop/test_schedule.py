"""The learning rate, by hand."""

from __future__ import annotations

from math import cos, pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effbench.training.loop.recipe import Schedule
from effbench.training.loop.schedule import share


def test_warm_up_is_linear_and_ends_at_the_peak():
    """0.4 epochs of 10 steps are 4 steps: 1/4, 2/4, 3/4, 4/4."""
    assert [share(Schedule(warmup=0.4), step, 20, 10) for step in range(4)] == [0.25, 0.5, 0.75, 1.0]


def test_the_cosine_falls_from_the_peak_to_the_final_share():
    """4 steps of warm-up of 20: the cosine begins at step 4 and is half way at step 12; step 20 is never made."""
    schedule = Schedule(warmup=0.4, final=0.1)
    assert share(schedule, 4, 20, 10) == 1.0
    assert share(schedule, 12, 20, 10) == pytest.approx(0.55)  # 0.1 + 0.9 / 2
    assert share(schedule, 19, 20, 10) == pytest.approx(0.1 + 0.9 * (1 + cos(15 / 16 * pi)) / 2)
    assert share(schedule, 20, 20, 10) == pytest.approx(0.1)


def test_constant_stays_at_the_peak():
    assert {share(Schedule(name="constant", warmup=0.1), step, 20, 10) for step in range(20)} == {1.0}


@given(st.integers(1, 50), st.integers(1, 20), st.floats(0, 1), st.floats(0, 1))
def test_it_never_leaves_its_bounds_and_never_rises_after_warm_up(per_epoch, epochs, warm, final):
    schedule = Schedule(warmup=warm * epochs, final=final)
    steps = epochs * per_epoch
    shares = [share(schedule, step, steps, per_epoch) for step in range(steps)]
    after = shares[round(schedule.warmup * per_epoch) :]
    assert all(0 < s <= 1 for s in shares[: steps - len(after)])
    assert all(final - 1e-9 <= s <= 1 for s in after)
    assert after == sorted(after, reverse=True)
