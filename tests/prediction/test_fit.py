"""Weights that are known are found again; intervals hold for families that were held out."""

from __future__ import annotations

import pytest

pytest.importorskip("numpy")
pytest.importorskip("scipy")

import numpy as np

from effbench.prediction.fit import places, smoothed, weights
from effbench.prediction.validation import FOLDS, covered, cross_validate, fold_of, percentiles, width

TRUE = np.array([2.0, 0.0, 0.5, 3.0])


def networks(noise, count=400, seed=0):
    """(columns, log seconds, families) of made-up networks whose families differ by ``noise``."""
    draw = np.random.default_rng(seed)
    columns = np.exp(draw.normal(size=(count, 4)))
    families = [f"family {i % 40}" for i in range(count)]
    own = draw.normal(scale=noise, size=40)
    left = np.array([own[i % 40] for i in range(count)]) + draw.normal(scale=noise / 2, size=count)
    return columns, np.log(columns @ TRUE) + left, families


def test_weights_are_found_again():
    columns, seconds, _ = networks(0.0)
    assert weights(columns, seconds) == pytest.approx(TRUE, rel=1e-6, abs=1e-9)


def test_a_few_wild_networks_change_little():
    columns, seconds, _ = networks(0.01)
    seconds[:8] += 3.0
    assert weights(columns, seconds) == pytest.approx(TRUE, rel=0.03, abs=0.02)


def test_no_weight_is_negative():
    columns, seconds, _ = networks(0.5)
    assert (weights(columns, seconds - columns[:, 1] * 0.05) >= 0).all()


def test_a_family_is_in_one_fold_and_folds_are_even():
    families = [f"family {i % 37}" for i in range(400)]
    folds = fold_of(families)
    assert len({(family, fold) for family, fold in zip(families, folds, strict=True)}) == 37
    sizes = [folds.count(number) for number in range(FOLDS)]
    assert max(sizes) - min(sizes) <= 11


def test_nine_in_ten_are_within_their_interval():
    errors = cross_validate(*networks(0.2, count=1200), macs=np.ones(1200))
    assert 0.86 <= covered(errors) <= 0.94
    one = width(errors.left, errors.distances)
    inside = np.abs(errors.left) <= one.base * (1 + one.growth * errors.distances)
    assert 0.89 <= inside.mean() <= 0.92


def test_a_held_out_family_is_not_known_to_its_prediction():
    columns, seconds, families = networks(0.1)
    before = cross_validate(columns, seconds, families, macs=np.ones(400))
    changed = seconds + np.where(np.array(families) == "family 3", 2.0, 0.0)
    after = cross_validate(columns, changed, families, macs=np.ones(400))
    of_it = np.array(families) == "family 3"
    assert after.left[of_it] == pytest.approx(before.left[of_it] - 2.0)


def test_a_neighbour_corrects_and_a_stranger_does_not():
    at = np.array([[0.0, 0.0], [9.0, 9.0]])
    known, left, crowd = np.array([[0.0, 0.1]]), np.array([0.4]), np.array([1.0])
    corrections, distances = smoothed(at, known, left, crowd)
    assert corrections[0] == pytest.approx(0.4 / 1.3, rel=0.01)
    assert corrections[1] == pytest.approx(0.0, abs=1e-9)
    assert distances[0] == pytest.approx(0.1)
    none, _ = smoothed(at[:1], known, left, crowd, own=np.array([0]))
    assert none[0] == 0.0


def test_places_of_equal_shares_differ_by_time_alone():
    one = places(np.array([[1.0, 1.0], [2.0, 2.0]]), np.array([1.0, 1.0]))
    assert one[0, :2] == pytest.approx(one[1, :2])
    assert one[1, 2] - one[0, 2] == pytest.approx(np.log(2))


def test_percentiles_are_relative_errors():
    assert percentiles(np.log(np.array([1.1, 0.9, 1.1]))) == pytest.approx((0.1, 0.1))
