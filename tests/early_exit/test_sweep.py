from itertools import product
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effbench.early_exit.outcome import outcome
from effbench.early_exit.policy import Policy
from effbench.early_exit.predictions import predictions
from effbench.early_exit.sweep import LARGEST, candidates, levels, ranks, sweep
from effbench.errors import SpecError
from effbench.stats.scores import SCORES, score


def two_classes(*images):
    """Predictions of images given as (probability of class 0 at each exit); the true class is 0."""
    p = np.array(images)
    logits = np.stack([np.log(p / (1 - p)), np.zeros_like(p)], axis=-1)
    return predictions(logits, np.zeros(len(p), dtype=int))


def test_by_hand_with_one_early_exit():
    # certainties at exit 1: 0.9 (right), 0.8 (wrong: class 0 has 0.2), 0.6 (right); exit 2 is wrong on the third alone
    swept = sweep(two_classes((0.9, 0.7), (0.2, 0.7), (0.6, 0.3)), score("max_probability"))
    assert swept.thresholds[0][1:-1] == pytest.approx([0.85, 0.7])
    assert swept.left[0].tolist() == [0, 1, 2, 3]  # never, below 0.9, below 0.8, always
    assert swept.left[1].tolist() == [3, 2, 1, 0]
    assert swept.correct.tolist() == [2, 2, 1, 2]
    assert swept.total_cost([1, 10]).tolist() == [30, 21, 12, 3]


@settings(deadline=None, max_examples=60)
@given(
    name=st.sampled_from(sorted(SCORES)),
    exits=st.integers(2, 4),
    images=st.integers(1, 30),
    seed=st.integers(0, 1000),
)
def test_every_point_of_a_sweep_is_what_brute_force_finds(drawn, name, exits, images, seed):
    given_images, costs = drawn(images, exits=exits, seed=seed), [3, 5, 11, 20][:exits]
    swept = sweep(given_images, score(name), vectors=4 ** (exits - 1))
    total, errors = swept.total_cost(costs), swept.calibration_error()
    for index in product(*map(range, swept.shape)):
        found = outcome(given_images, Policy(score=name, thresholds=swept.vector(index)))
        assert swept.leaving(index) == found.left
        assert swept.correct[index] == found.correct
        assert errors[index] == pytest.approx(found.calibration_error(), abs=1e-12)
        assert total[index] == found.cost(costs) * images


def test_all_candidates_where_they_are_few_else_some_evenly():
    scores = np.array([0.1, 0.3, 0.3, 0.4, 0.8])
    assert candidates(scores, score("entropy"), 100) == pytest.approx([-inf, 0.2, 0.35, 0.6, inf])
    assert candidates(scores, score("margin"), 100) == pytest.approx([inf, 0.6, 0.35, 0.2, -inf])
    assert candidates(scores, score("entropy"), 4) == pytest.approx([-inf, 0.2, 0.6, inf])
    assert candidates(scores, score("entropy"), 2).tolist() == [-inf, inf]
    assert candidates(np.array([0.5]), score("entropy"), 100).tolist() == [-inf, inf]


@pytest.mark.parametrize("name", ["entropy", "max_probability"])
def test_a_threshold_between_two_neighbouring_floats_still_tells_them_apart(name):
    low, high = 0.5, np.nextafter(0.5, 1)
    middle = candidates(np.array([low, high]), score(name), 10)[1]
    assert score(name).leaves(np.array([low, high]), middle).sum() == 1


@given(st.lists(st.floats(0, 3), min_size=1, max_size=20), st.sampled_from(["entropy", "margin"]))
def test_a_rank_is_the_first_threshold_that_lets_go(values, name):
    rule, scores = score(name), np.array(values)
    axis = candidates(scores, rule, 7)
    leaves = rule.leaves(scores[:, None], axis[None, :])  # (n, thresholds)
    assert leaves[:, -1].all()
    assert ranks(scores, axis, rule).tolist() == leaves.argmax(axis=1).tolist()
    assert ranks(scores, axis[:1], rule).tolist() == [1] * len(values)  # "never" lets none go: past the end


@pytest.mark.parametrize(
    ("exits", "vectors", "most"), [(2, 100, 100), (3, 100, 10), (3, 99, 9), (4, 1000, 10), (4, 8, 2)]
)
def test_levels_fill_the_number_of_vectors(exits, vectors, most):
    assert levels(exits, vectors) == most


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda d: sweep(d(5, exits=1), score("entropy")), "one exit"),
        (lambda d: sweep(d(5), score("entropy"), vectors=3), "4 to 4000000 vectors, got 3"),
        (lambda d: sweep(d(5), score("entropy"), vectors=LARGEST + 1), "got 4000001"),
        (lambda d: sweep(d(5), score("entropy")).total_cost([1, 2]), "3 exits need 3 costs"),
        (lambda d: sweep(d(5), score("entropy")).total_cost([1, 2, 2**62]), "exceeds 64 bits"),
    ],
)
def test_sweeps_that_cannot_be(drawn, call, said):
    with pytest.raises(SpecError, match=said):
        call(drawn)


def test_measured_costs_are_floats(drawn):
    swept = sweep(drawn(10, exits=2), score("entropy"))
    assert swept.total_cost([0.5, 1.5])[0] == pytest.approx(15)
    assert swept.total_cost([0.5, 1.5])[-1] == pytest.approx(5)


def test_one_image(drawn):
    swept = sweep(drawn(1), score("entropy"))
    assert swept.shape == (2, 2)
    assert swept.left[0].ravel().tolist() == [0, 1]
