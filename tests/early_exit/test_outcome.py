from fractions import Fraction

import numpy as np
import pytest

from effbench.early_exit.outcome import outcome
from effbench.early_exit.policy import Policy, never
from effbench.early_exit.predictions import predictions
from effbench.errors import SpecError

# probability of class 0 at exits 1 and 2; true classes 0, 0, 1, 1
P = np.array([(0.9, 0.6), (0.6, 0.9), (0.2, 0.4), (0.8, 0.1)])
GIVEN = predictions(np.stack([np.log(P / (1 - P)), np.zeros_like(P)], axis=-1), np.array([0, 0, 1, 1]))
POLICY = Policy(score="max_probability", thresholds=(0.75,))  # images 1, 3 and 4 leave; 4 is wrong there
COSTS = [1, 10]


def test_by_hand():
    found = outcome(GIVEN, POLICY)
    assert found.exits.tolist() == [0, 1, 0, 0]
    assert found.left == (3, 1)
    assert found.right.tolist() == [True, True, True, False]
    assert found.accuracy == 0.75
    assert found.cost(COSTS) == Fraction(13, 4)
    assert found.confidence == pytest.approx([0.9, 0.9, 0.8, 0.8])
    # bins of 0.9: gap |2 - 1.8|; bin of 0.8: |1 - 1.6|
    assert found.calibration_error() == pytest.approx((0.2 + 0.6) / 4)


def test_the_worst_case_is_of_the_images_there_are():
    assert outcome(GIVEN, POLICY).worst_case(COSTS) == 10
    assert outcome(GIVEN.take([0, 2]), POLICY).worst_case(COSTS) == 1


def test_classes_apart():
    found = outcome(GIVEN, POLICY)
    first, second = found.of_class(0), found.of_class(1)
    assert (first.left, first.accuracy, first.cost(COSTS)) == ((1, 1), 1, Fraction(11, 2))
    assert (second.left, second.accuracy, second.cost(COSTS)) == ((2, 0), 0.5, 1)


def test_never_exiting_is_the_last_exit():
    found = outcome(GIVEN, never("entropy", 2))
    assert found.left == (0, 4)
    assert found.right.tolist() == GIVEN.right[:, 1].tolist()
    assert found.cost_interval(COSTS) == (10, 10)


def test_a_temperature_changes_who_leaves_and_not_what_is_predicted():
    # halved logits: 0.9 = sigmoid(ln 9) becomes sigmoid(ln 3) = 3/4; 0.8 = sigmoid(ln 4) becomes sigmoid(ln 2) = 2/3
    hot = outcome(GIVEN, Policy(score="max_probability", thresholds=(0.74,), temperatures=(2.0, 1.0)))
    assert hot.exits.tolist() == [0, 1, 1, 1]
    assert hot.confidence[0] == pytest.approx(0.75)


def test_the_accuracy_interval_is_wilsons():
    pytest.importorskip("scipy")
    from effbench.stats.binomial import wilson

    assert outcome(GIVEN, POLICY).accuracy_interval() == wilson(3, 4)


def test_a_policy_for_another_network():
    with pytest.raises(SpecError, match="2 exits needs 1 thresholds"):
        outcome(GIVEN, Policy(score="entropy", thresholds=(0.1, 0.2)))
