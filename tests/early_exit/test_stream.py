from math import inf

import numpy as np
import pytest

from effbench.early_exit.control import BatteryPlan, Fixed, LatencyTarget, dial
from effbench.early_exit.pareto import front, point
from effbench.early_exit.stream import Stream, simulate, stream
from effbench.early_exit.sweep import sweep
from effbench.errors import SpecError
from effbench.stats.scores import score

RULE, COSTS = score("entropy"), [1, 3, 10]


@pytest.fixture(scope="module")
def given(drawn):
    return drawn(500)


@pytest.fixture(scope="module")
def turned(given):
    """Never exiting, then the front from accurate to cheap."""
    swept = sweep(given, RULE, vectors=400)
    return (point(swept, COSTS, 0), *dial(front(swept, COSTS)))


def test_easy_and_hard_by_turns(given):
    found = stream(given, RULE, 1000, seed=0)
    assert found.hard.reshape(4, 250).all(axis=1).tolist() == [False, True, False, True]
    assert not found.hard.reshape(4, 250)[[0, 2]].any()
    first = RULE.of(given.logits)[:, 0]
    assert first[found.rows[~found.hard]].max() <= first[found.rows[found.hard]].min()


def test_the_seed_is_all_that_varies(given):
    assert stream(given, RULE, 50, seed=3).rows.tolist() == stream(given, RULE, 50, seed=3).rows.tolist()
    assert stream(given, RULE, 50, seed=3).rows.tolist() != stream(given, RULE, 50, seed=4).rows.tolist()


@pytest.mark.parametrize("images", [0, 3])
def test_a_stream_that_is_too_short(given, images):
    with pytest.raises(SpecError, match="a stream needs 4 images"):
        stream(given, RULE, images, seed=0)


def test_a_battery_that_is_empty_serves_nobody_more(given, turned):
    # never exiting costs 10 an image: 35 pays for three
    incoming = stream(given, RULE, 20, seed=0)
    trace = simulate(given, RULE, incoming, COSTS, turned, Fixed(at=0), 35)
    assert (trace.served, trace.images) == (3, 20)
    assert trace.charge.tolist() == [25, 15, 5]
    assert trace.exits.tolist() == [2, 2, 2]
    assert trace.accuracy == given.right[incoming.rows[:3], 2].sum() / 20


def test_nobody_is_served_on_less_than_one_image(given, turned):
    trace = simulate(given, RULE, stream(given, RULE, 20, seed=0), COSTS, turned, Fixed(at=0), 9.5)
    assert trace.served == 0
    assert trace.accuracy == 0


def test_a_plan_serves_the_whole_stream_where_never_exiting_does_not(given, turned):
    incoming = stream(given, RULE, 2000, seed=0)
    capacity = 0.5 * 10 * 2000
    plan = BatteryPlan(costs=tuple(float(p.cost) for p in turned), worst=10)
    planned = simulate(given, RULE, incoming, COSTS, turned, plan, capacity)
    never = simulate(given, RULE, incoming, COSTS, turned, Fixed(at=0), capacity)
    assert never.served == 1000
    assert planned.served == 2000
    assert planned.accuracy > never.accuracy
    assert planned.charge[-1] == pytest.approx(capacity - planned.cost.sum())


def test_latency_control_holds_its_target_on_easy_and_on_hard_images(given, turned):
    incoming, target = stream(given, RULE, 4000, seed=1), 4.0
    controller = LatencyTarget(positions=len(turned), target=target)
    trace = simulate(given, RULE, incoming, COSTS, turned, controller, inf)
    settled = np.arange(4000) % 1000 >= 300  # of each phase the first images are left to the controller
    for hard in (False, True):
        assert trace.cost[settled & (incoming.hard == hard)].mean() == pytest.approx(target, rel=0.15)
    fixed = simulate(given, RULE, incoming, COSTS, turned, Fixed(at=len(turned) // 2), inf)
    assert fixed.cost[incoming.hard].mean() > 1.5 * fixed.cost[~incoming.hard].mean()  # which thresholds alone do not


def test_images_leave_where_the_policy_of_the_position_says(given, turned):
    every = Stream(rows=np.arange(given.images), hard=np.zeros(given.images, dtype=bool))
    for at in (0, len(turned) - 1):
        trace = simulate(given, RULE, every, COSTS, turned, Fixed(at=at), inf)
        assert tuple(np.bincount(trace.exits, minlength=3)) == turned[at].left
        assert trace.right.sum() == turned[at].correct


@pytest.mark.parametrize("capacity", [0, -1, float("nan")])
def test_a_battery_that_holds_nothing(given, turned, capacity):
    with pytest.raises(SpecError, match="a battery must hold"):
        simulate(given, RULE, stream(given, RULE, 20, seed=0), COSTS, turned, Fixed(at=0), capacity)
