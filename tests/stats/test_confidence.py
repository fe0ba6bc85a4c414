from math import log

import numpy as np
import pytest

from effbench.errors import SpecError
from effbench.stats.confidence import require_logits
from effbench.stats.scores import SCORES, score


def of(name, *exits):
    """The scores of one image."""
    return score(name).of(np.array([exits], dtype=float))[0].tolist()


def test_two_equal_classes_are_as_unsure_as_can_be():
    # p = (1/2, 1/2): H = ln 2, as a share of ln 2 it is 1; the best is 1/2 and leads by 0
    assert of("entropy", [5, 5]) == pytest.approx([log(2)])
    assert of("normalised_entropy", [5, 5]) == pytest.approx([1])
    assert of("max_probability", [5, 5]) == pytest.approx([0.5])
    assert of("margin", [5, 5]) == pytest.approx([0])


def test_three_to_one():
    # logits (ln 3, 0): p = (3/4, 1/4); H = 3/4 ln(4/3) + 1/4 ln 4 = ln 4 - 3/4 ln 3
    logits = [log(3), 0]
    assert of("entropy", logits) == pytest.approx([log(4) - 0.75 * log(3)])
    assert of("max_probability", logits) == pytest.approx([0.75])
    assert of("margin", logits) == pytest.approx([0.5])


def test_the_margin_is_over_the_second_of_many():
    # weights 6, 3, 1 of 10
    assert of("margin", [log(3), log(6), 0]) == pytest.approx([0.3])


def test_patience_counts_exits_in_a_row_of_the_same_class():
    a, b = [1, 0], [0, 1]
    assert of("patience", a, a, b, b, b, a) == [1, 2, 1, 2, 3, 1]


@pytest.mark.parametrize("name", ["entropy", "normalised_entropy", "max_probability", "margin"])
def test_huge_logits_neither_overflow_nor_lose_sign(name):
    found = of(name, [1e300, 0, -1e300], [0, 1e4, 0])
    assert found == pytest.approx([0, 0] if score(name).leaves_below else [1, 1])
    assert all(value >= 0 for value in found)


@pytest.mark.parametrize(
    ("logits", "said"),
    [
        (np.zeros((2, 3)), "three axes"),
        (np.zeros((0, 2, 3)), "1 image, 1 exit and 2 classes at least, got 0, 2 and 3"),
        (np.zeros((1, 0, 3)), "got 1, 0 and 3"),
        (np.zeros((1, 2, 1)), "got 1, 2 and 1"),
        (np.array([[["a", "b"]]]), "must be numbers"),
        ([[[1, 2]], [[1, 2], [3, 4]]], "unequal length"),
        (np.array([[[0, 1], [0, np.nan]]]), "image 0, exit 2, class 1 is nan"),
        (np.array([[[0, -np.inf]]]), "image 0, exit 1, class 1 is -inf"),
    ],
)
def test_logits_that_are_none(logits, said):
    with pytest.raises(SpecError, match=said):
        require_logits(logits)


def test_half_precision_becomes_double():
    found = require_logits(np.ones((1, 2, 3), dtype=np.float16))
    assert found.dtype == np.float64


def test_scores_do_not_change_with_a_shift_of_the_logits():
    logits = np.random.default_rng(0).normal(size=(50, 2, 5))
    for rule in SCORES.values():
        assert rule.of(logits + 100) == pytest.approx(rule.of(logits), abs=1e-9)
