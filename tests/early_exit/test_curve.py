import numpy as np
import pytest

from effbench.early_exit.curve import STEPS, curve
from effbench.early_exit.outcome import outcome
from effbench.early_exit.policy import Policy
from effbench.errors import SpecError
from effbench.stats.scores import SCORES, score


@pytest.mark.parametrize("name", SCORES)
def test_every_point_is_one_threshold_at_all_exits(drawn, name):
    given = drawn(40)
    found = curve(given, score(name), steps=7)
    costs = [1, 4, 9]
    for i, t in enumerate(found.thresholds.tolist()):
        expected = outcome(given, Policy(score=name, thresholds=(t, t)))
        assert tuple(found.left[i]) == expected.left
        assert found.accuracy()[i] == expected.accuracy
        assert found.mean_cost(costs)[i] == pytest.approx(float(expected.cost(costs)))


def test_cost_falls_from_strict_to_loose(drawn):
    given = drawn(150)
    found, scores = curve(given, score("entropy")), np.unique(given.scores(score("entropy"))[:, :2])
    assert (np.diff(found.thresholds) > 0).all()
    assert (np.diff(found.mean_cost([1, 4, 9])) <= 0).all()
    assert np.isfinite(found.thresholds).all()
    assert (found.thresholds[0] < scores[1], found.thresholds[-1] > scores[-2]) == (True, True)  # of every early exit
    assert len(found.thresholds) == STEPS < len(scores)
    assert found.shares().sum(axis=1) == pytest.approx(np.ones(len(found.thresholds)))


def test_no_threshold(drawn):
    with pytest.raises(SpecError, match="one exit has no threshold"):
        curve(drawn(3, exits=1), score("entropy"))
