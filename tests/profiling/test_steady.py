"""Warm-up and sampling on scripted clocks: no time passes, every number is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from effbench.profiling.network_worker import Turn
from effbench.profiling.steady import Warmth, judged, sample, warm_up

MS = 1_000_000


def taking(walls: Iterable[int], cpu: float = 1.0) -> tuple[Callable[[int], Turn], list[int]]:
    """Steps of those wall times, the last for ever, CPU time in proportion; and the sizes of the turns asked."""
    left, asked = list(walls), []

    def take(steps: int) -> Turn:
        asked.append(steps)
        taken = [left.pop(0) if len(left) > 1 else left[0] for _ in range(steps)]
        return {"wall": taken, "cpu": [round(cpu * wall) for wall in taken]}

    return take, asked


def test_a_steady_network_takes_three_windows():
    # a turn lasts 50 ms: 5 steps of 10 ms
    take, asked = taking([10 * MS])
    assert warm_up(take, {"wall": 10 * MS}, 10) == Warmth(
        steady=True, steps=15, seconds=0.15, clock="cpu", step_ns=10 * MS
    )
    assert asked == [5, 5, 5]


def test_a_network_that_speeds_up_is_waited_for():
    # one step a window, as each takes longer than a turn; 100, 100, 104 is the first run of three within 5 %
    take, _ = taking([value * MS for value in (400, 200, 120, 100, 100, 104)])
    warmth = warm_up(take, {"wall": 900 * MS}, 10)
    assert (warmth.steady, warmth.steps, warmth.step_ns) == (True, 6, 104 * MS)
    assert warmth.seconds == pytest.approx(1.024)


def test_five_percent_is_the_most_that_windows_may_differ():
    # 106 against 100 does not agree, 105 against 100 does
    take, _ = taking([value * MS for value in (100, 106, 100, 100, 105)])
    assert warm_up(take, {"wall": 100 * MS}, 10).steps == 5


def test_a_network_that_never_settles_is_given_up_and_said_to_be_so():
    # 100 and 200 ms in turn; 1 s is over after 7 windows: 100+200+100+200+100+200+100 = 1000
    take, asked = taking([100 * MS, 200 * MS] * 10)
    warmth = warm_up(take, {"wall": 100 * MS}, 1.0)
    assert not warmth.steady
    assert warmth.seconds == pytest.approx(1.0)
    assert len(asked) == 7


def test_a_slow_network_gets_six_windows_before_it_is_called_unsteady():
    take, asked = taking([10_000 * MS, 20_000 * MS] * 10)
    assert not warm_up(take, {"wall": 10_000 * MS}, 1.0).steady
    assert asked == [1] * 6


def test_a_step_longer_than_the_warm_up_still_makes_three_windows():
    take, asked = taking([20_000 * MS])
    assert warm_up(take, {"wall": 20_000 * MS}, 1.0).steady
    assert asked == [1, 1, 1]


def test_after_a_slow_first_step_turns_become_longer():
    # the first window is measured out by the first step (1 s), the next by what a step takes (1 ms)
    take, asked = taking([MS])
    warm_up(take, {"wall": 1000 * MS}, 10)
    assert asked == [1, 50, 50]


@pytest.mark.parametrize(
    ("turn", "clock"),
    [
        ({"wall": [10], "cpu": [9]}, "cpu"),
        ({"wall": [100], "cpu": [9]}, "wall"),  # waits: its CPU time says nothing
        ({"wall": [10], "cpu": [9], "device": [5], "launch": [1]}, "device"),
    ],
)
def test_the_clock_that_is_judged(turn, clock):
    assert judged(turn) == clock


@pytest.mark.parametrize(
    ("count", "seconds", "steps"),
    [
        (7, 0.001, 10),  # turns of 5 steps of 10 ms until there are 7
        (1, 0.2, 20),  # 0.2 s of 10 ms
        (1, 0.001, 5),
    ],
)
def test_samples_are_as_many_and_as_long_as_asked(count, seconds, steps):
    take, _ = taking([10 * MS])
    found = sample(take, 10 * MS, count, seconds)
    assert found == {"wall": [10 * MS] * steps, "cpu": [10 * MS] * steps}
