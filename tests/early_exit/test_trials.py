import pytest

from effbench.early_exit.table import trial_row
from effbench.early_exit.trials import trials
from effbench.errors import SpecError


def rows(data, kind, **given):
    return {row.controller: row for row in (trial_row(data, trial) for trial in trials(data, kind, **given))}


def test_a_battery(data):
    found = rows(data, "battery", images=200, capacity=0.5, target=None)
    assert found["never exits"].served == 100
    assert found["by charge per image left"].served == 200
    assert found["by charge per image left"].accuracy > found["never exits"].accuracy


def test_a_latency(data):
    found = rows(data, "latency", images=2000, capacity=1, target=50e6)
    assert found["never exits"].cost == 89_999_360
    assert found["by recent cost"].cost == pytest.approx(50e6, rel=0.1)
    assert found["by recent cost"].charge_left is None


@pytest.mark.parametrize(
    ("kind", "capacity", "target", "said"),
    [
        ("battery", 0, None, "capacity is above 0 and at most 1"),
        ("battery", 1.5, None, "capacity is above 0 and at most 1"),
        ("latency", 1, None, "target above 0"),
        ("latency", 1, -1.0, "target above 0"),
    ],
)
def test_trials_that_cannot_be(data, kind, capacity, target, said):
    with pytest.raises(SpecError, match=said):
        trials(data, kind, images=100, capacity=capacity, target=target)
