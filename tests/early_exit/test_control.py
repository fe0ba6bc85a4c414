from fractions import Fraction

import pytest

from effbench.early_exit.control import BatteryLevel, BatteryPlan, LatencyTarget, Moment, dial
from effbench.early_exit.pareto import Point
from effbench.errors import SpecError


def point(cost):
    return Point(thresholds=(0.1,), left=(1, 0), correct=1, cost=Fraction(cost))


def now(charge=100.0, images_left=10, last_cost=None):
    return Moment(charge=charge, full=100.0, images_left=images_left, last_cost=last_cost)


def test_a_dial_goes_from_accurate_to_cheap_evenly_by_cost():
    front = [point(cost) for cost in (10, 11, 12, 20, 30)]
    # three positions: 30, 20 and 10; five: 30, 25 (20 is the nearer of the two that tie), 20, 15 (12), 10
    assert [p.cost for p in dial(front, 3)] == [30, 20, 10]
    assert [p.cost for p in dial(front, 5)] == [30, 20, 12, 10]


def test_a_dial_of_one_point():
    assert dial([point(3)]) == (point(3),)
    with pytest.raises(SpecError, match="one operating point"):
        dial([])


@pytest.mark.parametrize(("charge", "at"), [(100, 0), (90, 0), (70, 2), (50, 4), (10, 8), (0, 8)])
def test_the_dial_follows_the_battery_level(charge, at):
    # accurate above 90 %, cheapest below 10 %: 9 positions, one per tenth of charge
    controller = BatteryLevel(positions=9, accurate_above=0.9, cheap_below=0.1)
    assert controller.position(now(charge=charge)) == at


@pytest.mark.parametrize(("above", "below"), [(0.1, 0.1), (0.1, 0.9), (1.1, 0.1), (0.5, -0.1)])
def test_levels_that_are_none(above, below):
    with pytest.raises(SpecError, match="battery levels"):
        BatteryLevel(positions=3, accurate_above=above, cheap_below=below)


@pytest.mark.parametrize(("charge", "left", "at"), [(100, 10, 1), (99, 10, 2), (300, 10, 0), (59, 10, 2), (49, 10, 3)])
def test_the_plan_is_the_most_accurate_point_the_charge_pays_for(charge, left, at):
    controller = BatteryPlan(costs=(30.0, 10.0, 5.0, 2.0), worst=30.0)
    assert controller.position(now(charge=charge, images_left=left)) == at


def test_the_plan_risks_no_image():
    # after one image at 30 the other nine need 18 at the cheapest: 48 may be risked, 47 may not, though 4.7 > 2
    controller = BatteryPlan(costs=(30.0, 4.0, 2.0), worst=30.0)
    assert controller.position(now(charge=48)) == 1
    assert controller.position(now(charge=47)) == 2


def test_latency_control_integrates_the_error():
    # memory 1: the mean is the last cost; twice the target moves by the gain, half of it back by half the gain
    controller = LatencyTarget(positions=10, target=4, gain=2, memory=1)
    assert controller.position(now()) == 0
    assert controller.position(now(last_cost=8)) == 2
    assert controller.position(now(last_cost=8)) == 4
    assert controller.position(now(last_cost=2)) == 3
    assert controller.position(now(last_cost=4)) == 3


def test_latency_control_does_not_wind_up():
    controller = LatencyTarget(positions=3, target=1, gain=10, memory=1)
    for _ in range(100):
        assert controller.position(now(last_cost=9)) == 2
    assert controller.position(now(last_cost=0.5)) == 0  # 5 positions back from the end, not from hundreds beyond


@pytest.mark.parametrize("wrong", [{"target": 0}, {"gain": 0}, {"memory": 0}])
def test_latency_targets_that_are_none(wrong):
    with pytest.raises(SpecError, match="must be above 0"):
        LatencyTarget(**{"positions": 3, "target": 1, **wrong})
